"""What is derived from the inputs of a board and the files beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from datasets.registry import UsageError
from leaderboards.board import Section
from leaderboards.frozen import read_frozen
from leaderboards.loading import Loaded, check_loaded, load_board, load_submitted
from leaderboards.reported import Reported, read_reported
from leaderboards.site.collect import collect
from leaderboards.site.render import render_site
from leaderboards.table import render_sections


def load(results: Path, *, profile: str, version: str, submitted: Path, splits: Path) -> Loaded:
    """Read all results of a board, ours and submitted ones, checked in every way.

    Args:
        results: Folder of our result files.
        profile: The profile that they must have.
        version: Version word of the board.
        submitted: Folder of submissions of all profiles; need not exist.
        splits: Folder of the frozen splits, ``<version>/*.toml`` below it.

    Raises:
        UsageError: A file is damaged or contradicts another one; it is named.
    """
    loaded = load_board(results, profile=profile) + load_submitted(submitted, profile=profile)
    check_loaded(loaded, read_frozen(splits / version))
    return loaded


def reported_beside(board: Path, *, profile: str) -> list[Reported]:
    """Return what papers report, ``reported.csv`` two folders above a full board.

    Mini boards show no paper's number: a mini number must not be read beside it.

    Raises:
        UsageError: The table of a full board is missing or damaged.
    """
    return [] if profile == "mini" else read_reported(board.parent.parent / "reported.csv")


Tasks = Mapping[str, Sequence[Section]]
"""Task -> its sections: what all derived files are made of."""


def tables(tasks: Tasks, board: Path, *, profile: str, version: str) -> dict[str, str]:
    """Return the derived tables: path below the board -> text."""
    reported = reported_beside(board, profile=profile)
    return render_sections(tasks, version=version, profile=profile, reported=reported)


def site_files(
    board: Path,
    tasks: Tasks,
    made: Mapping[str, str],
    *,
    profile: str,
    version: str,
    splits: Path,
) -> dict[str, bytes]:
    """Return the files of the site: path below the board (``site/...``) -> bytes.

    Args:
        board: The board, with its inputs in place.
        tasks: Task -> its sections.
        made: Its derived tables.
        profile: Its profile.
        version: Its version word.
        splits: Folder of the frozen splits.
    """
    site = collect(
        board,
        version=version,
        profile=profile,
        sections=tasks,
        tables={name: text for name, text in made.items() if name.endswith((".csv", ".tex"))},
        splits=splits,
    )
    return {f"site/{name}": data for name, data in render_site(site).items()}


def check_not_empty(loaded: Loaded, scores: Path, *, profile: str) -> None:
    """Raise `UsageError` unless ``scores`` hold what a board of ``profile`` is made of.

    A full board may have no row of ours yet, since real data and GPUs are not everybody's; a mini
    one may not.
    """
    if not scores.is_dir():
        raise UsageError(f"{scores}: no score files; make them by 'dvc repro evaluate'")
    ours = [row for row in loaded.results if row.status != "submitted"]
    reconstructed = any(row.task == "reconstruction" for row in ours)
    if not reconstructed and (profile == "mini" or ours):
        raise UsageError(f"{scores}: no score files; make them by 'dvc repro evaluate'")
