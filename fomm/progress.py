"""Progress of an animation: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

EVERY_SECONDS = 10.0

Report = Callable[[str, int, int], None]
"""Called before the first frame and after each: what is being done, frames done, frames in all
(0: not known)."""


@contextmanager
def progress(stream: TextIO | None = None) -> Iterator[Report]:
    """Yield a function to be called with what is done, frames done and in all (0: not known).

    Called with 0 frames done it starts the clock of what is done. Where nothing can be written (no
    standard error, or nobody reads it) nothing is.

    Args:
        stream: Where to write; standard error by default.
    """
    out = stream or sys.stderr
    if _is_terminal(out):
        with _bar() as report:
            yield report
        return
    yield _Lines(out)


class _Lines:
    """A line at the end of each task, and in between when there was none for some seconds."""

    def __init__(self, out: TextIO | None) -> None:
        self._out, self._what = out, ""
        self._began = self._last = 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        if what != self._what or not done:
            self._what, self._began, self._last = what, now, now
        if done and (now - self._last >= EVERY_SECONDS or done == total):
            self._last = now
            _say(f"{what} {_estimate(done, total, now - self._began)}", self._out)


def _say(text: str, out: TextIO | None) -> None:
    if out is not None:  # as under pythonw; print would take standard output then
        with suppress(OSError, ValueError):  # nobody reads; closed
            print(text, file=out, flush=True)


def _is_terminal(out: TextIO | None) -> bool:
    with suppress(OSError, ValueError):
        return out is not None and out.isatty()
    return False


def _estimate(done: int, total: int, seconds: float) -> str:
    """Say how far it is.

    Example:
        >>> _estimate(10, 40, 5.0)
        '10/40 frames, 2.0 frames/s, 15 s left'
        >>> _estimate(10, 0, 5.0)
        '10 frames, 2.0 frames/s'
    """
    rate = done / max(seconds, 1e-9)
    if total < done:
        return f"{done} frames, {rate:.1f} frames/s"
    return f"{done}/{total} frames, {rate:.1f} frames/s, {(total - done) / rate:.0f} s left"


@contextmanager
def _bar() -> Iterator[Report]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
    from rich.progress import TimeRemainingColumn as Left

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Left())
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, console=Console(stderr=True)) as bar:

        def report(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=None)
            bar.update(tasks[what], completed=done, total=max(total, done) if total else None)

        yield report


@contextmanager
def plain_warnings() -> Iterator[None]:
    """Show warnings as a line on standard error, without the place in the code."""

    def show(message: Warning | str, *_: object, **__: object) -> None:
        _say(f"warning: {message}", sys.stderr)

    with warnings.catch_warnings():
        warnings.showwarning = show
        yield
