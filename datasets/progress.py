"""Progress with an estimate of the time left: a bar on a terminal, lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

Report = Callable[[str], None]


@contextmanager
def progress(title: str, total: int, stream: TextIO | None = None) -> Iterator[Report]:
    """Yield a function to be called with a line of text after each of ``total`` steps.

    Args:
        title: What is being done.
        total: Number of steps.
        stream: Where to write; standard error by default.
    """
    out = stream or sys.stderr
    if out.isatty():
        with _bar(title, total) as report:
            yield report
        return
    began = time.monotonic()
    done = 0

    def report_line(text: str) -> None:
        nonlocal done
        done += 1
        left = (time.monotonic() - began) / done * (total - done)
        print(f"{title} [{done}/{total}] {text}; {left:.0f} s left", file=out, flush=True)

    yield report_line


@contextmanager
def _bar(title: str, total: int) -> Iterator[Report]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Left

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Left())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(title, total=total)

        def report(text: str) -> None:
            bar.update(task, advance=1, description=f"{title}: {text}")

        yield report
