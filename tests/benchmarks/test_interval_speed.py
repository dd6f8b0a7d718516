"""Intervals of many pairs at once, against one after the other (one thread each)."""

import numpy as np
import pytest

from metrics.aggregate import paired
from metrics.aggregate_many import paired_many
from tests.benchmarks.timing import taking_turns

pytestmark = pytest.mark.benchmark(group="intervals")


def test_a_hundred_pairs_of_28_clips(benchmark, capsys):
    rng = np.random.Generator(np.random.PCG64(1))
    videos = {f"c{i:02}": f"v{i % 24:02}" for i in range(28)}
    methods = [
        dict(zip(videos, rng.exponential(size=28).tolist(), strict=True)) for _ in range(101)
    ]
    pairs = [(one, methods[0]) for one in methods[1:]]

    seconds = taking_turns(
        benchmark,
        plain=lambda: [paired(one, other, videos) for one, other in pairs],
        ours=lambda: paired_many(pairs, videos),
        rounds=5,
    )

    ratio = min(seconds["plain"]) / min(seconds["ours"])
    benchmark.extra_info |= {"times faster": ratio, "must": "times faster > 15"}
    with capsys.disabled():
        print(f"\n100 pairs: {min(seconds['ours']) * 1e3:.0f} ms at once, {ratio:.1f} x faster")
    assert ratio > 15
