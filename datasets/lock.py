"""One run of a stage at a time in one folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from datasets.registry import UsageError


@contextmanager
def alone(folder: Path, stage: str) -> Iterator[None]:
    """Hold ``folder``, which is made if it is missing, against other runs of ``stage``.

    The lock is on the folder itself: no file is left behind, and the system releases it however the
    run ends. Where locks cannot be had (Windows, some network file systems) there is none.

    Raises:
        UsageError: Another run holds it.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder}: is not a folder")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        import fcntl
    except ImportError:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            text = f"{folder}: another run of {stage} works in this folder; wait for its end"
            raise UsageError(text) from error
        except OSError:
            pass  # a file system without locks
        yield
    finally:
        os.close(handle)
