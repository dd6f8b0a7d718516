from __future__ import annotations

import math
import mmap

import pytest
import torch

from baselines.meter import Meter


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def steps(meter: Meter, clock: Clock, count: int, *, wait: float, work: float) -> None:
    for _ in range(count):
        with meter.waiting():
            clock.now += wait
        clock.now += work
        meter.step()


def test_rows_are_of_the_time_since_the_last_row() -> None:
    clock = Clock()
    meter = Meter(20, clock=clock)
    steps(meter, clock, 1, wait=2.0, work=6.0)  # warms up
    steps(meter, clock, 4, wait=0.5, work=1.5)
    row = meter.row(5)
    assert list(row) == ["step", "steps_per_second", "wait_share", "memory_mib", "seconds_left"]
    assert row["step"] == 5
    assert row["steps_per_second"] == 5 / 16
    assert row["wait_share"] == 4 / 16
    assert row["seconds_left"] == 15 * 2.0  # without the first step, 15 * 3.2 with it

    steps(meter, clock, 4, wait=0.0, work=1.0)
    row = meter.row(9)
    assert (row["steps_per_second"], row["wait_share"]) == (1.0, 0.0)
    assert row["seconds_left"] == 11 * (4 * 2.0 + 4 * 1.0) / 8
    assert meter.wait_share == 4 / 20


def test_what_happens_between_steps_takes_its_time() -> None:
    clock = Clock()
    meter = Meter(4, clock=clock)
    steps(meter, clock, 2, wait=0.0, work=1.0)
    meter.row(2)
    clock.now += 7.0  # a validation
    steps(meter, clock, 1, wait=2.0, work=1.0)
    row = meter.row(3)
    assert (row["steps_per_second"], row["wait_share"]) == (0.1, 0.2)
    assert row["seconds_left"] == (1.0 + 10.0) / 2


def test_a_resumed_session_has_the_rest_before_it() -> None:
    clock = Clock()
    meter = Meter(100, begin=90, clock=clock)
    assert math.isnan(meter.row(90)["seconds_left"])
    steps(meter, clock, 1, wait=1.0, work=2.0)
    assert meter.row(91)["seconds_left"] == 9 * 3.0  # the first step is all that is known
    steps(meter, clock, 1, wait=0.0, work=2.0)
    assert meter.row(92)["seconds_left"] == 8 * 2.0
    steps(meter, clock, 8, wait=0.0, work=2.0)
    assert meter.row(100)["seconds_left"] == 0.0


def test_no_time_is_no_division_by_zero() -> None:
    meter = Meter(10, clock=Clock())
    meter.step()
    row = meter.row(1)
    assert (row["steps_per_second"], row["wait_share"], meter.wait_share) == (0.0, 0.0, 0.0)


def test_a_wait_that_fails_counts() -> None:
    clock = Clock()
    meter = Meter(10, clock=clock)
    with pytest.raises(KeyError), meter.waiting():
        clock.now += 3.0
        raise KeyError
    clock.now += 1.0
    assert meter.wait_share == 0.75


def test_memory_is_that_of_this_process() -> None:
    meter = Meter(10)
    before = meter.row(0)["memory_mib"]
    held = mmap.mmap(-1, 2**28)  # of the system: an allocator may have kept as much from before
    for page in range(0, 2**28, mmap.PAGESIZE):
        held[page] = 1
    after = meter.row(0)["memory_mib"]
    assert 200 < after - before < 400 and held[0] == 1


def test_memory_of_the_gpu_is_there_where_one_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda: 3 * 2**20)
    assert Meter(1).row(0)["cuda_mib"] == 3.0
