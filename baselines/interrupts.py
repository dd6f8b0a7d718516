"""Signals that ask a long run to stop: it finishes its step, saves its state, and exits.

    SIGTERM   (Slurm before it takes the machine away)   exit status 75, EX_TEMPFAIL of sysexits.h
    SIGINT    (Ctrl-C)                                    exit status 130, as shells have it

The same command goes on where it stopped. A second signal of the kind ends it at once, and so does
the first one while nothing is done yet that could be lost.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from baselines.stage import StoppedError

STATUS = {signal.SIGTERM: 75, signal.SIGINT: 130}


@contextmanager
def leaving() -> Iterator[None]:
    """End at once with SIGTERM's status when it comes, as Python does by itself with Ctrl-C.

    Raises:
        StoppedError: It came.
    """

    def leave(number: int, frame: Any) -> None:  # noqa: ANN401
        raise StoppedError(STATUS[signal.SIGTERM], "stopped before the first step")

    before = signal.getsignal(signal.SIGTERM)
    ours = threading.current_thread() is threading.main_thread() and before != signal.SIG_IGN
    if ours:
        signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        if ours:
            signal.signal(signal.SIGTERM, before)


@contextmanager
def catching() -> Iterator[Callable[[], int]]:
    """Yield a function that returns the signal that came, or 0 if none did."""
    came: list[int] = []

    def note(number: int, frame: Any) -> None:  # noqa: ANN401
        came.append(number)
        signal.signal(number, before[number])

    # Only the main thread may say what signals do; elsewhere nothing is caught.
    ours = STATUS if threading.current_thread() is threading.main_thread() else {}
    before: dict[int, Any] = {number: signal.getsignal(number) for number in ours}
    for number in before:
        if before[number] != signal.SIG_IGN:
            signal.signal(number, note)
    try:
        yield lambda: came[0] if came else 0
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
