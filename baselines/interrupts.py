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

    with _handling(leave, signal.SIGTERM):
        yield


@contextmanager
def catching() -> Iterator[Callable[[], int]]:
    """Yield a function that returns the signal that came, or 0 if none did."""
    came: list[int] = []

    def note(number: int, frame: Any) -> None:  # noqa: ANN401
        came.append(number)
        signal.signal(number, before[number])

    with _handling(note, *STATUS) as before:
        yield lambda: came[0] if came else 0


@contextmanager
def _handling(handler: Callable[[int, Any], None], *numbers: int) -> Iterator[dict[int, Any]]:
    """Handle signals that are not ignored; yield what did before.

    Only the main thread may say what signals do: elsewhere nothing is handled.
    """
    ours = threading.current_thread() is threading.main_thread()
    handlers = {number: signal.getsignal(number) for number in numbers if ours}
    before = {number: one for number, one in handlers.items() if one != signal.SIG_IGN}
    for number in before:
        signal.signal(number, handler)
    try:
        yield before
    finally:
        for number, one in before.items():
            signal.signal(number, one)
