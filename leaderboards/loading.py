"""Reading the results of a board, each with its per-clip values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from datasets.registry import UsageError
from leaderboards.board import Key, key
from leaderboards.consistent import (
    check_agreement,
    check_clips,
    check_intervals,
    check_values,
    clips_name,
)
from leaderboards.consistent_pairs import check_paired
from leaderboards.frozen import Frozen, check_split
from leaderboards.tasks import RECONSTRUCTION, task_folders
from metrics.result import ClipRow, Result, read_clips, read_result


@dataclass(frozen=True)
class Loaded:
    """Results as they were read, every one consistent with its per-clip values.

    Attributes:
        results: In the order of their files.
        clips: Of each result its per-clip values, in the order of the file.
        paths: Where each result lies.
    """

    results: tuple[Result, ...] = ()
    clips: dict[Key, list[ClipRow]] = field(default_factory=dict)
    paths: dict[Key, Path] = field(default_factory=dict)

    def __add__(self, other: Loaded) -> Loaded:
        """Return both; `UsageError` if they share a result."""
        for twice in sorted(set(self.paths) & set(other.paths)):
            raise UsageError(
                f"{other.paths[twice]}: {' '.join(twice)} is in {self.paths[twice]} too; names of "
                "methods are unique"
            )
        return Loaded(
            self.results + other.results, self.clips | other.clips, self.paths | other.paths
        )


def check_loaded(loaded: Loaded, frozen: Frozen) -> None:
    """Raise `UsageError` naming the file if results contradict each other or the frozen splits.

    Args:
        loaded: All results of a board.
        frozen: The splits that they may claim, `leaderboards.frozen.read_frozen`.
    """
    for row in loaded.results:
        check_split(row, frozen, path=loaded.paths[key(row)])
    read = [(loaded.paths[key(row)], row, loaded.clips[key(row)]) for row in loaded.results]
    check_agreement(read)
    check_paired(read)


def result_files(folder: Path) -> list[Path]:
    """Return the result files in ``folder``, sorted; a provenance sidecar is none."""
    return sorted(p for p in folder.glob("*.json") if not p.name.endswith(".provenance.json"))


def load_board(folder: Path, *, profile: str) -> Loaded:
    """Read the results of all tasks: those in ``folder`` and those in ``animation-<mode>/``.

    Raises:
        UsageError: As `load_results`; or a folder ``animation-*`` is of no known task.
    """
    found = Loaded()
    for task, at in task_folders(folder).items():
        found += load_results(at, profile=profile, task=task)
    return found


def load_results(folder: Path, *, profile: str, task: str = RECONSTRUCTION) -> Loaded:
    """Read all ``<dataset>-<method>.json`` and check them against their per-clip files.

    Raises:
        UsageError: A file is damaged, lies under another name than its content, belongs to
            another profile or task, or its per-clip values are missing or contradict it.
    """
    found = []
    for path in result_files(folder):
        result, rows = load_result(path, profile=profile, task=task)
        if path.stem != f"{result.dataset}-{result.method}":
            raise UsageError(f"{path}: holds {result.dataset}-{result.method}; rename the file")
        found.append((path, result, rows))
    return _loaded(found)


def load_submitted(folder: Path, *, profile: str) -> Loaded:
    """Read ``<dataset>/<method>/result.json`` (+ ``result.clips.csv``) below ``folder``, if any.

    ``<dataset>`` is the shown name (``taichi-hd-mini``), so both profiles share one folder.
    Animations lie in ``<dataset>/<method>/animation-<mode>/``.

    Raises:
        UsageError: As in `load_results`; or the status is not ``submitted``.
    """
    found = []
    for home in sorted(path for path in folder.glob("*/*") if path.is_dir()):
        for task, where in task_folders(home).items():
            path = where / "result.json"
            if path.is_file() and _of_profile(path, home, profile=profile):
                found.append((path, *load_result(path, profile=profile, task=task)))
    return _loaded(found)


def _of_profile(path: Path, home: Path, *, profile: str) -> bool:
    """Whether the submission at ``path`` is of ``profile``; `UsageError` if it is no submission."""
    result = read_result(path)
    names = (result.shown_name, result.method)
    if (home.parent.name, home.name) != names:
        raise UsageError(f"{path}: holds {names[0]}/{names[1]}; rename the folder")
    if result.status != "submitted":
        raise UsageError(f"{path}: status is {result.status!r}, expected 'submitted'")
    return result.profile == profile


def _loaded(found: Iterable[tuple[Path, Result, list[ClipRow]]]) -> Loaded:
    rows = list(found)
    check_intervals(rows)
    return Loaded(
        results=tuple(result for _, result, _ in rows),
        clips={key(result): clips for _, result, clips in rows},
        paths={key(result): path for path, result, _ in rows},
    )


def load_result(path: Path, *, profile: str, task: str) -> tuple[Result, list[ClipRow]]:
    """Read one result and its per-clip values; intervals are not recomputed.

    Raises:
        UsageError: One of the two is damaged or missing, is of another profile or task, or they
            contradict each other.
    """
    result = read_result(path)
    if result.task != task:
        raise UsageError(
            f"{path}: is of task {result.task!r}; only {task!r} belongs into this folder"
        )
    if result.profile != profile:
        raise UsageError(f"{path}: is of profile {result.profile!r}, expected {profile!r}")
    clips = clips_name(path)
    if not clips.is_file():
        raise UsageError(f"{clips}: missing; every result has its per-clip values beside it")
    rows = read_clips(clips)
    check_clips(result, rows, path=path)
    check_values(result, rows, path=path)
    return result, rows
