"""Signals that ask a long run to stop: it finishes its step, saves its state, and exits.

    SIGTERM   (Slurm before it takes the machine away)   exit status 75, EX_TEMPFAIL of sysexits.h
    SIGINT    (Ctrl-C)                                    exit status 130, as shells have it

The same command goes on where it stopped. A second signal of the kind ends it at once.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

STATUS = {signal.SIGTERM: 75, signal.SIGINT: 130}


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
