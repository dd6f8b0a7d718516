"""Tasks as headings."""

from __future__ import annotations

from leaderboards.tasks import mode


def task_title(task: str) -> str:
    """Return a task as a heading.

    Example:
        >>> task_title("reconstruction"), task_title("animation-relative")
        ('Reconstruction', 'Animation, relative')
    """
    return f"Animation, {mode(task)}" if mode(task) else task.capitalize()


def task_text(task: str) -> str:
    """Return in one sentence what a task is."""
    return _TEXTS[task]


_TEXTS = {
    "reconstruction": "A clip is rebuilt from its first frame and its own motion; the truth is the "
    "clip itself.",
    "animation-absolute": "The first frame of one clip takes the pose of another subject's clip, "
    "frame by frame.",
    "animation-relative": "The first frame of one clip adds the motion of another subject's clip "
    "since that clip's first frame to its own pose.",
}
