"""Progress of long work: a bar on a terminal, otherwise one line per report with the time left."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress


class Progress:
    """Reports the progress of ``total`` steps on standard error.

    Args:
        title: What is being done.
        total: Number of steps.
    """

    def __init__(self, title: str, total: int) -> None:
        self._title, self._total = title, total
        self._first: tuple[int, float] | None = None
        self._bar: RichProgress | None = None
        if sys.stderr.isatty():
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
            self._bar = RichProgress(
                *columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True
            )

    def __enter__(self) -> Self:
        self._first = (0, time.monotonic())
        if self._bar is not None:
            self._bar.start()
            self._bar.add_task(self._title, total=self._total)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def advance(self, done: int, values: Mapping[str, float] | None = None) -> None:
        """Say that ``done`` steps are done; ``values`` are shown beside."""
        shown = " ".join(f"{k} {v:.4g}" for k, v in (values or {}).items() if k != "step")
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=done, description=self._title)
        else:
            left = self._seconds_left(done)
            line = f"{self._title}: {done}/{self._total} {shown} ({left:.0f} s left)"
            print(line, file=sys.stderr, flush=True)  # noqa: T201 - progress is for people

    def _seconds_left(self, done: int) -> float:
        """Estimate from the speed since the first report, so that a resumed run estimates well."""
        assert self._first is not None, "use Progress in a with statement"
        start, began = self._first
        if start == 0:
            elapsed = time.monotonic() - began
            self._first = (done, time.monotonic())
            return elapsed / max(done, 1) * (self._total - done)
        speed = (done - start) / max(time.monotonic() - began, 1e-9)
        return (self._total - done) / max(speed, 1e-9)
