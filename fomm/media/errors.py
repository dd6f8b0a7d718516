"""The error of everything that reads or writes pictures and videos."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av

AV_ERRORS = (av.FFmpegError, OSError, ValueError)
"""What av raises: not all of its errors are built-in ones."""


class MediaError(ValueError):
    """A picture or video that cannot be read or written: what, where, and what to do."""


def reason(error: BaseException) -> str:
    """Return the short text of an error of av or Pillow, in one line and without its number."""
    text = str(getattr(error, "strerror", None) or error) or type(error).__name__
    return " ".join(text.split())


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn errors of the system (no permission, a name too long) into `MediaError`."""
    try:
        yield
    except OSError as error:
        raise MediaError(f"{path}: cannot be read ({reason(error)})") from error


def require_there(path: Path, *, what: str) -> None:
    """Check that ``path`` is a file or folder; ``what`` is what it should be.

    Raises:
        MediaError: There is nothing, or nobody may look.
    """
    with reading(path):
        if not path.exists():
            raise MediaError(f"{path}: no such {what}; check the path")


def require_file(path: Path, *, what: str) -> None:
    """Check that ``path`` is a file with something in it; ``what`` is what it should be.

    Raises:
        MediaError: It is missing, a folder, or empty, or nobody may look.
    """
    require_there(path, what=what)
    with reading(path):
        if not path.is_file():
            raise MediaError(f"{path}: not a file; give the path of a {what}")
        if not path.stat().st_size:
            raise MediaError(f"{path}: the file is empty; get it again")
