"""How quickly a training runs: steps per second, waits for data, memory, time left.

Nothing here belongs in a loss curve: what is measured differs from run to run.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
import torch

_MIB = 2**20


class Meter:
    """Measures one session of a training; make it just before the first step.

    The time between two rows counts as a whole, with all that happens between steps: validation,
    pictures, saving.

    Args:
        total_steps: Steps of the whole training.
        begin: Steps that earlier sessions have done.
        clock: Seconds, from any origin; must not go backwards.
    """

    def __init__(
        self, total_steps: int, *, begin: int = 0, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._left, self._clock = total_steps - begin, clock
        self._steps, self._waited = 0, 0.0
        self._start = self._warm = clock()
        self._row = (0, 0.0, self._start)  # steps, seconds waited and time at the last row

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Count the time of the block as a wait for data."""
        began = self._clock()
        try:
            yield
        finally:
            self._waited += self._clock() - began

    def step(self) -> None:
        """Mark the end of a step."""
        self._steps += 1
        if self._steps == 1:
            self._warm = self._clock()

    def row(self, step: int) -> dict[str, float]:
        """Return what was measured since the last row, or since the beginning.

        Args:
            step: Steps done, over all sessions: the row's number.

        Returns:
            ``step``; ``steps_per_second``; ``wait_share``, of the time, in [0, 1]; ``memory_mib``,
            the resident set of this process, without its workers; ``cuda_mib``, the most that
            tensors took on the current device so far, where CUDA is in use; ``seconds_left``,
            NaN before the first step.
        """
        steps, waited, then = self._row
        now = self._clock()
        self._row = (self._steps, self._waited, now)
        row = {
            "step": float(step),
            "steps_per_second": _ratio(self._steps - steps, now - then),
            "wait_share": _ratio(self._waited - waited, now - then),
            "memory_mib": psutil.Process().memory_info().rss / _MIB,
        }
        if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]
            row["cuda_mib"] = torch.cuda.max_memory_allocated() / _MIB
        return row | {"seconds_left": self._seconds_left(now)}

    @property
    def wait_share(self) -> float:
        """Share in [0, 1] of the session's time so far that was spent in waits for data."""
        return _ratio(self._waited, self._clock() - self._start)

    def _seconds_left(self, now: float) -> float:
        """Estimate from all steps of the session but the first, which warms up, if it can be."""
        if not self._steps:
            return math.nan
        first = self._steps == 1
        each = now - self._start if first else (now - self._warm) / (self._steps - 1)
        return each * (self._left - self._steps)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else 0.0
