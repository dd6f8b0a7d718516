"""Intervals: degenerate cases, order, clusters, pairs. Coverage: `test_coverage.py`."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.aggregate import estimate, paired

RNG = np.random.Generator(np.random.PCG64(3))
VALUES = RNG.exponential(size=40).tolist()
VIDEOS = [f"v{i // 2:02}" for i in range(40)]


def test_value_is_the_mean():
    found = estimate(VALUES, VIDEOS, replicates=500)
    assert found.value == math.fsum(VALUES) / 40
    assert found.lo < found.value < found.hi
    assert (found.clips, found.videos, found.reason) == (40, 20, None)


def test_weights_give_the_ratio_of_sums():
    found = estimate([1.0, 0.0], ["a", "b"], weights=[1, 3])
    assert found.value == 0.25


def test_no_variance():
    found = estimate([0.1] * 40, VIDEOS, weights=list(range(1, 41)), replicates=100)
    assert found.lo == found.hi == found.value == pytest.approx(0.1, rel=1e-15)


def test_fewer_than_five_videos_have_no_interval():
    found = estimate([1.0, 2.0, 3.0, 4.0, 5.0], list("abcdd"))
    assert (found.value, found.lo, found.hi) == (3.0, None, None)
    assert "4 videos" in found.reason


def test_one_video_that_differs_is_no_basis():
    found = estimate([0.0] * 23 + [1.0], [str(i) for i in range(24)])
    assert found.lo is None
    assert "too few videos differ" in found.reason


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(40)))
def test_order_does_not_matter(order):
    shuffled = [VALUES[i] for i in order], [VIDEOS[i] for i in order]
    assert estimate(*shuffled, replicates=200) == estimate(VALUES, VIDEOS, replicates=200)


def test_same_seed_same_interval_other_seed_other():
    one, same = (estimate(VALUES, VIDEOS, replicates=300, seed=1) for _ in range(2))
    assert one == same
    assert one.hi != estimate(VALUES, VIDEOS, replicates=300, seed=2).hi


def test_scale_and_shift_carry_over():
    one = estimate(VALUES, VIDEOS, replicates=300)
    other = estimate([2 * v + 5 for v in VALUES], VIDEOS, replicates=300)
    assert other.lo == pytest.approx(2 * one.lo + 5, rel=1e-9)
    assert other.hi == pytest.approx(2 * one.hi + 5, rel=1e-9)


def test_skewed_data_reach_further_on_their_side():
    found = estimate(VALUES, VIDEOS, replicates=2000)
    assert found.hi - found.value > found.value - found.lo


def test_clips_of_one_video_do_not_count_as_many():
    one = estimate(VALUES[:20], [str(i) for i in range(20)], replicates=500)
    copies = estimate(VALUES[:20] * 5, [str(i) for i in range(20)] * 5, replicates=500)
    assert copies.hi - copies.lo == pytest.approx(one.hi - one.lo, rel=1e-9)


def test_bounds_cut_the_interval():
    values = [0.001, *[0.0] * 10, *VALUES[:8]]
    found = estimate(values, [str(i) for i in range(19)], bounds=(0.25, 0.3), replicates=300)
    assert found.lo == 0.25
    assert found.hi == 0.3


def test_paired_is_on_common_clips_only():
    one = {"a": 1.0, "b": 2.0, "c": 9.0}
    other = {"a": 0.5, "b": 1.0, "d": 7.0}
    found = paired(one, other, dict.fromkeys("abcd", "v"))
    assert (found.value, found.clips, found.videos) == (0.75, 2, 1)
    assert paired(one, {"z": 1.0}, {}) is None


def test_paired_sees_what_separate_intervals_hide():
    """A small difference that every clip shows, under a large spread between clips."""
    clips = [f"c{i}" for i in range(40)]
    one = dict(zip(clips, VALUES, strict=True))
    other = {c: v + 0.05 + 0.01 * (i % 3) for i, (c, v) in enumerate(one.items())}
    found = paired(one, other, dict(zip(clips, VIDEOS, strict=True)), replicates=500)
    assert found.lo < found.hi < 0
    apart = estimate(VALUES, VIDEOS, replicates=500)
    assert apart.lo < apart.value + 0.06 < apart.hi


@pytest.mark.parametrize(
    ("values", "videos", "weights"),
    [
        ([], [], None),
        ([1.0], ["a", "b"], None),
        ([math.nan], ["a"], None),
        ([math.inf], ["a"], None),
        ([1.0], ["a"], [0.0]),
        ([1.0, 1.0], ["a", "b"], [1.0]),
    ],
)
def test_bad_input(values, videos, weights):
    with pytest.raises(ValueError, match=r"."):
        estimate(values, videos, weights=weights)


def test_the_interval_is_around_the_value_that_is_shown():
    """Sums over clips and over videos differ in the last digit; the interval must not care."""
    rng = np.random.Generator(np.random.PCG64(0))
    for _ in range(200):
        value = float(rng.uniform(0.1, 0.9))
        shown = float(np.nextafter(value, 1))
        found = estimate([value] * 7, list("aabcdef"), value=shown, replicates=20)
        assert found.lo <= found.value == shown <= found.hi
