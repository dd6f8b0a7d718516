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

    with _handling(leave, _handlers(signal.SIGTERM)):
        yield


@contextmanager
def catching() -> Iterator[Callable[[], int]]:
    """Yield a function that returns the signal that came, or 0 if none did."""
    came: list[int] = []
    before = _handlers(*STATUS)

    def note(number: int, frame: Any) -> None:  # noqa: ANN401
        came.append(number)
        signal.signal(number, before[number])

    with _handling(note, before):
        yield lambda: came[0] if came else 0


def _handlers(*numbers: int) -> dict[int, Any]:
    """Return what handles these signals now, but for those that are ignored.

    Only the main thread may say what signals do: elsewhere there are none to handle.
    """
    ours = threading.current_thread() is threading.main_thread()
    found = {number: signal.getsignal(number) for number in numbers if ours}
    return {number: one for number, one in found.items() if one != signal.SIG_IGN}


@contextmanager
def _handling(handler: Callable[[int, Any], None], before: dict[int, Any]) -> Iterator[None]:
    """Handle signals otherwise than ``before``, which comes back."""
    try:
        for number in before:
            signal.signal(number, handler)
        yield
    finally:
        for number, one in before.items():
            signal.signal(number, one)
