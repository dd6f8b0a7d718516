"""What is scored: the tasks of a board, where their results lie, and the words of their tables."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from datasets.registry import UsageError, choose
from metrics.result import Result

RECONSTRUCTION = "reconstruction"
ANIMATIONS: tuple[str, ...] = ("animation-absolute", "animation-relative")
TASKS: tuple[str, ...] = (RECONSTRUCTION, *ANIMATIONS)
"""Results of two tasks never share a table: their values are against different truths."""


def mode(task: str) -> str:
    """Return the mode of an animation task; other tasks have none, and it is empty.

    Example:
        >>> mode("animation-relative"), mode("reconstruction")
        ('relative', '')
    """
    return task.removeprefix("animation-") if task in ANIMATIONS else ""


def items(task: str) -> str:
    """Return what a value is the mean over: ``clips``, or ``pairs`` of a source and a driver."""
    return "pairs" if task in ANIMATIONS else "clips"


def videos(task: str) -> str:
    """Return what the intervals are clustered by."""
    return "driving videos" if task in ANIMATIONS else "source videos"


def task_folders(folder: Path) -> dict[str, Path]:
    """Return task -> folder of its results: ``folder`` itself, and ``animation-<mode>/`` if there.

    Raises:
        UsageError: There is a folder ``animation-*`` of no known task.
    """
    beside = sorted(path.name for path in folder.glob("animation-*") if path.is_dir())
    for name in beside:
        try:
            choose("task", name, ANIMATIONS)
        except UsageError as error:
            raise UsageError(f"{folder / name}: {error}; rename or remove the folder") from error
    return {RECONSTRUCTION: folder} | {name: folder / name for name in ANIMATIONS if name in beside}


def by_task(results: Iterable[Result]) -> dict[str, list[Result]]:
    """Part ``results`` by task, in the order of `TASKS`; a task without results is left out.

    Raises:
        UsageError: A result is of no known task.
    """
    rows = list(results)
    for row in rows:
        if row.task not in TASKS:
            known = ", ".join(TASKS)
            raise UsageError(
                f"{row.dataset}-{row.method}: unknown task {row.task!r}; known: {known}"
            )
    groups = {task: [row for row in rows if row.task == task] for task in TASKS}
    return {task: group for task, group in groups.items() if group}
