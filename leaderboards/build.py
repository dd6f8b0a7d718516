"""Build a leaderboard from score files, or check that a committed one is what they give.

python -m leaderboards.build --profile mini
python -m leaderboards.build --profile mini --check
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from datasets.registry import PROFILES, VERSION, UsageError
from leaderboards import animation, readme
from leaderboards.consistent import clips_name
from leaderboards.files import difference, read_exactly, write_if_changed
from leaderboards.loading import Loaded, load_board, load_submitted, result_files
from leaderboards.table import render
from leaderboards.tasks import RECONSTRUCTION, task_folders


def build(
    scores: Path,
    out: Path,
    *,
    profile: str,
    submitted: Path,
    readme_file: Path | None = None,
    version: str = VERSION,
) -> list[Path]:
    """Write the board of ``scores`` (and of what was submitted) to the folder ``out``.

    Nothing is written before everything has been read and rendered.

    Args:
        scores: Folder of ``<dataset>-<method>.json`` and their ``.clips.csv``, and of
            ``animation-<mode>/`` with the same, if animations were scored.
        out: The board; its ``results/`` become a copy of ``scores``.
        profile: The profile that all results must have.
        submitted: Folder of submissions of all profiles; need not exist.
        readme_file: The README whose sections are rewritten; None for none.
        version: Version word of the board.

    Returns:
        The paths that were written because they changed.

    Raises:
        UsageError: No or damaged results, two of one name, or a marker missing in the README.
    """
    found = load_board(scores, profile=profile)
    if not any(row.task == RECONSTRUCTION for row in found.results):
        raise UsageError(f"{scores}: no score files; make them by 'dvc repro evaluate'")
    found += load_submitted(submitted, profile=profile)
    made = render(found.results, found.clips, version=version, profile=profile)
    texts = {out / name: text for name, text in made.items()}
    for folder in task_folders(scores).values():
        for path in result_files(folder):
            for file in (path, clips_name(path)):
                texts[out / "results" / file.relative_to(scores)] = read_exactly(file)
    if readme_file is not None:
        text = _read_readme(readme_file)
        texts[readme_file] = readme.update(
            text, found.results, found.clips, version=version, profile=profile, where=readme_file
        )
    _remove_stale(out, keep=set(texts))
    return [path for path, text in sorted(texts.items()) if write_if_changed(path, text)]


def _read_readme(path: Path) -> str:
    if not path.is_file():
        raise UsageError(f"{path}: not found; run from the repository root or pass --readme")
    return read_exactly(path)


def _remove_stale(board: Path, *, keep: set[Path]) -> None:
    """Remove earlier results that the scores no longer have, and the tables of those."""
    for folder in task_folders(board / "results").values():
        for path in [*folder.glob("*.json"), *folder.glob("*.clips.csv")]:
            if path not in keep:
                path.unlink()
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    for name in animation.FILES:
        if board / name not in keep:
            (board / name).unlink(missing_ok=True)


def differences(
    board: Path,
    *,
    profile: str,
    submitted: Path,
    readme_file: Path | None = None,
    version: str = VERSION,
) -> list[str]:
    """Rebuild a committed board from its own ``results/`` and say where the files differ.

    Returns:
        One message per differing file: its path, the first differing line and both versions.
        Empty when every byte is the same. A damaged result is such a message too.

    Raises:
        UsageError: There is no board, or the README lacks a marker.
    """
    if not (board / "results").is_dir():
        raise UsageError(f"{board}: no board there (no results/); build it by 'dvc repro'")
    try:
        loaded = load_board(board / "results", profile=profile)
        loaded += load_submitted(submitted, profile=profile)
        rebuilt = render(loaded.results, loaded.clips, version=version, profile=profile)
    except UsageError as error:
        return [str(error)]
    found = [difference(board / name, text) for name, text in sorted(rebuilt.items())]
    found += [
        f"{board / name}: the results give no such file; build the board again"
        for name in animation.FILES
        if name not in rebuilt and (board / name).exists()
    ]
    if readme_file is not None:
        found.append(_readme_difference(readme_file, loaded, version=version, profile=profile))
    return [message for message in found if message]


def _readme_difference(path: Path, loaded: Loaded, *, version: str, profile: str) -> str | None:
    text = _read_readme(path)
    made = readme.update(
        text, loaded.results, loaded.clips, version=version, profile=profile, where=path
    )
    return difference(path, made)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m leaderboards.build",
        description=__doc__.splitlines()[0] if __doc__ else None,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--profile", choices=PROFILES, default="mini", help="which board")
    for option, text in (
        ("--scores", "score files (default: work/PROFILE/scores)"),
        ("--out", f"the board (default: leaderboards/{VERSION}/PROFILE/board)"),
    ):
        parser.add_argument(option, type=Path, default=argparse.SUPPRESS, help=text)
    parser.add_argument("--readme", type=Path, default=Path("README.md"), help="README to update")
    parser.add_argument(
        "--submitted",
        type=Path,
        default=Path("leaderboards", VERSION, "submitted"),
        help="submissions of others, if any",
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 if the board is not rebuilt"
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return 0, 1 for a failed check, 2 for wrong usage."""
    args = _parser().parse_args(argv)
    scores = getattr(args, "scores", Path("work", args.profile, "scores"))
    out = getattr(args, "out", Path("leaderboards", VERSION, args.profile, "board"))
    try:
        if args.check:
            found = differences(
                out, profile=args.profile, submitted=args.submitted, readme_file=args.readme
            )
            print("\n".join(found) if found else f"{out}: rebuilt from its results, same bytes")
            return 1 if found else 0
        written = build(
            scores, out, profile=args.profile, submitted=args.submitted, readme_file=args.readme
        )
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join(map(str, written)) if written else f"{out}: nothing changed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
