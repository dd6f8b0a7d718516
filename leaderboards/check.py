"""Whether a committed board is what its own inputs give, byte for byte."""

from __future__ import annotations

from pathlib import Path

from datasets.registry import UsageError
from leaderboards import readme
from leaderboards.board import sections_by_task
from leaderboards.derived import Tasks, load, site_files, tables
from leaderboards.files import difference, read_exactly
from leaderboards.inputs import inputs
from leaderboards.sums import sums, sums_differences

SPLITS = Path("datasets", "splits")


def differences(
    board: Path,
    *,
    profile: str,
    version: str,
    submitted: Path,
    splits: Path = SPLITS,
    readme_file: Path | None = None,
) -> list[str]:
    """Rebuild a committed board from its own inputs and say where the files differ.

    Args:
        board: The board.
        profile: Its profile.
        version: Its version word.
        submitted: Folder of submissions of all profiles; need not exist.
        splits: Folder of the frozen splits, ``<version>/*.toml`` below it.
        readme_file: The README whose sections are compared; None for none.

    Returns:
        One message per differing file: its path, the first differing line and both versions.
        Empty when every byte is the same and nothing else lies there. A damaged input is such a
        message too.

    Raises:
        UsageError: There is no board, or the README lacks a marker.
    """
    there = {p.relative_to(board).as_posix() for p in board.rglob("*") if not p.is_dir()}
    if not there:
        raise UsageError(f"{board}: no board there; build it by 'dvc repro'")
    try:
        loaded = load(
            board / "results", profile=profile, version=version, submitted=submitted, splits=splits
        )
        tasks = sections_by_task(loaded.results, loaded.clips)
        texts = tables(tasks, board, profile=profile, version=version)
        kept = inputs(board / "results", loaded, profile=profile)
        pages = site_files(board, tasks, texts, profile=profile, version=version, splits=splits)
    except UsageError as error:
        return [str(error)]
    rebuilt: dict[str, str | bytes] = {**texts, **pages}
    found: list[str | None] = list(sums_differences(board, kept))
    found += [difference(board / name, data) for name, data in sorted(rebuilt.items())]
    found += [
        f"{board / name}: the results give no such file; build the board again"
        for name in sorted(there - set(rebuilt) - set(kept) - set(sums(kept)))
    ]
    if readme_file is not None:
        found.append(_readme_difference(readme_file, tasks, version=version, profile=profile))
    return [message for message in found if message]


def read_readme(path: Path) -> str:
    """Return the README at ``path``; `UsageError` if it is not there."""
    if not path.is_file():
        raise UsageError(f"{path}: not found; run from the repository root or pass --readme")
    return read_exactly(path)


def _readme_difference(path: Path, tasks: Tasks, *, version: str, profile: str) -> str | None:
    text = read_readme(path)
    made = readme.update(text, tasks, version=version, profile=profile, where=path)
    return difference(path, made)
