"""Build a leaderboard from score files, or check that a committed one is what they give.

python -m leaderboards.build --profile mini
python -m leaderboards.build --profile mini --check
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from datasets.registry import PROFILES, VERSION, UsageError
from leaderboards import readme
from leaderboards.board import sections_by_task
from leaderboards.check import SPLITS, differences, read_readme
from leaderboards.derived import check_not_empty, load, site_files, tables
from leaderboards.files import write_if_changed
from leaderboards.inputs import FOLDERS, inputs
from leaderboards.sums import SUMS, sums


def build(
    scores: Path,
    out: Path,
    *,
    profile: str,
    submitted: Path,
    splits: Path = SPLITS,
    readme_file: Path | None = None,
    version: str = VERSION,
) -> list[Path]:
    """Write the board of ``scores`` (and of what was submitted) to the folder ``out``.

    Nothing is written before all results have been read and all tables rendered; the site is made
    from the inputs as they lie in the board.

    Args:
        scores: Folder of ``<dataset>-<method>.json`` and their ``.clips.csv``, and of
            ``animation-<mode>/`` with the same, if animations were scored. Losses and gallery are
            taken from beside it.
        out: The board; what the scores no longer give is removed from it.
        profile: The profile that all results must have.
        submitted: Folder of submissions of all profiles; need not exist.
        splits: Folder of the frozen splits, ``<version>/*.toml`` below it.
        readme_file: The README whose sections are rewritten; None for none.
        version: Version word of the board.

    Returns:
        The paths that were written because they changed.

    Raises:
        UsageError: No or damaged results, two of one name, or a marker missing in the README.
    """
    loaded = load(scores, profile=profile, version=version, submitted=submitted, splits=splits)
    check_not_empty(loaded, scores, profile=profile)
    tasks = sections_by_task(loaded.results, loaded.clips)
    made = tables(tasks, out, profile=profile, version=version)
    files: dict[Path, str | bytes] = {out / name: text for name, text in made.items()}
    kept = inputs(scores, loaded, profile=profile)
    files |= {out / name: data for name, data in kept.items()}
    files |= {out / name: text for name, text in sums(kept).items()}
    if readme_file is not None:
        text = read_readme(readme_file)
        files[readme_file] = readme.update(
            text, tasks, version=version, profile=profile, where=readme_file
        )
    a_board = (out / "table.md").is_file()
    written = [path for path, data in sorted(files.items()) if write_if_changed(path, data)]
    if a_board:  # or else whatever lies there is not ours
        _remove_stale([out / name for name in FOLDERS], keep=set(files))
    pages = site_files(out, tasks, made, profile=profile, version=version, splits=splits)
    files |= {out / name: data for name, data in pages.items()}
    written += [
        out / name for name, data in sorted(pages.items()) if write_if_changed(out / name, data)
    ]
    if a_board:
        derived = [out / "metrics", out / "site", out / SUMS, *out.glob("animation*")]
        derived += out.rglob(".*.part")  # of a build that was killed
        _remove_stale(derived, keep=set(files))
    return written


def _remove_stale(places: Iterable[Path], *, keep: Collection[Path]) -> None:
    """Remove what an earlier board had in ``places`` and this one has not."""
    for place in places:
        for path in sorted([place, *place.rglob("*")], reverse=True):
            if path.is_dir():
                if not any(path.iterdir()):
                    path.rmdir()
            elif path not in keep:
                path.unlink(missing_ok=True)


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
        "--splits", type=Path, default=SPLITS, help="frozen splits, in a folder per version"
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
    options = {"profile": args.profile, "submitted": args.submitted, "splits": args.splits}
    try:
        if args.check:
            found = differences(out, version=VERSION, readme_file=args.readme, **options)
            print("\n".join(found) if found else f"{out}: rebuilt from its results, same bytes")
            return 1 if found else 0
        written = build(scores, out, readme_file=args.readme, **options)
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join(map(str, written)) if written else f"{out}: nothing changed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
