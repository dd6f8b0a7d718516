"""What the benchmarks of speed share: threads on purpose, and forms that take turns.

A benchmark has a group, and puts what it found into `benchmark.extra_info`: numbers, short words,
and under ``must`` what it asserts of them (``ratio <= 0.8``). docs/benchmarks.md shows all of it,
and the first paragraph of the file's docstring.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import pytest
import torch

THREADS = int(os.environ.get("BENCH_THREADS", "1"))


@pytest.fixture(autouse=True)
def threads():
    before = torch.get_num_threads()
    torch.set_num_threads(THREADS)
    yield
    torch.set_num_threads(before)


def timed(function: Callable[[], object], seconds: list[float]) -> None:
    """Run ``function`` and note how long it took: process time, which with one thread leaves out
    what neighbours take."""
    clock = time.process_time if THREADS == 1 else time.perf_counter
    began = clock()
    function()
    seconds.append(clock() - began)


def taking_turns(
    benchmark, *, plain: Callable[[], object], ours: Callable[[], object], rounds: int
) -> dict[str, list[float]]:
    """Return the seconds of both forms, which take turns, so that a busy machine slows both."""
    seconds: dict[str, list[float]] = {"plain": [], "ours": []}
    benchmark.pedantic(
        lambda: timed(ours, seconds["ours"]),
        setup=lambda: timed(plain, seconds["plain"]),
        rounds=rounds,
    )
    return seconds
