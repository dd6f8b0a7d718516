"""What a method is asked to do: reconstruct a clip, or animate a picture by another clip."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

Task = Literal["reconstruction", "animation-absolute", "animation-relative"]
TASKS: tuple[Task, ...] = get_args(Task)
RECONSTRUCTION: Task = "reconstruction"
ANIMATION: tuple[Task, ...] = ("animation-absolute", "animation-relative")


def mode_of(task: Task) -> str | None:
    """Return the mode of an animation task, None for reconstruction.

    Example:
        >>> mode_of("animation-relative"), mode_of("reconstruction")
        ('relative', None)
    """
    return None if task == RECONSTRUCTION else task.removeprefix("animation-")


def folder_of(task: Task, folder: Path) -> Path:
    """Return where the results of ``task`` lie in a folder of results.

    Example:
        >>> folder_of("animation-relative", Path("scores")).as_posix()
        'scores/animation-relative'
        >>> folder_of("reconstruction", Path("scores")).as_posix()
        'scores'
    """
    return folder if task == RECONSTRUCTION else folder / task


def predictions_of(task: Task, work: Path) -> Path:
    """Return where the predictions of all methods for ``task`` lie in ``work/<profile>``.

    Example:
        >>> predictions_of("animation-relative", Path("work/mini")).as_posix()
        'work/mini/animations/relative'
    """
    mode = mode_of(task)
    return work / "predictions" if mode is None else work / "animations" / mode
