"""The batched form gives the numbers and the reasons of `metrics.aggregate`, case by case."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from metrics.aggregate import estimate, paired
from metrics.aggregate_many import estimates, first_below, paired_many

RNG = np.random.Generator(np.random.PCG64(5))


def same(many, one):
    assert (many.clips, many.videos, many.reason) == (one.clips, one.videos, one.reason)
    for ours, theirs in ((many.value, one.value), (many.lo, one.lo), (many.hi, one.hi)):
        if theirs is None:
            assert ours is None
        else:
            assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-12)


def videos(sizes):
    """Clips of unequal videos, mixed up as they may be in a file."""
    names = [f"v{number:02}" for number, size in enumerate(sizes) for _ in range(size)]
    return names[::2] + names[1::2]


@pytest.mark.parametrize("sizes", [[1] * 24, [1] * 20 + [2] * 4, [1, 1, 2, 3, 5, 8, 13]])
@pytest.mark.parametrize("weighted", [False, True])
def test_columns_of_every_shape(sizes, weighted):
    of = videos(sizes)
    count = len(of)
    weights = (1 + RNG.integers(0, 40, count)).astype(float).tolist() if weighted else None
    columns = [
        RNG.exponential(size=count),
        RNG.normal(size=count),
        RNG.lognormal(sigma=2, size=count),
        RNG.integers(0, 2, count).astype(float),
        1e-9 * RNG.normal(size=count) + 7,
        np.full(count, 0.1),
        np.zeros(count),
        np.eye(count)[3],
        np.round(RNG.normal(size=count)),
    ] * 3
    lists = [column.tolist() for column in columns]

    found = estimates(lists, of, weights=weights, replicates=1500, seed=2)

    for many, column in zip(found, lists, strict=True):
        same(many, estimate(column, of, weights=weights, replicates=1500, seed=2))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=9),
    st.integers(0, 2**32 - 1),
    st.sampled_from([(0.0, 1.0), (0.0, 0.0, 0.0, 0.5, 1.0), (-1.0, 0.0, 1.0), (0.25, 0.3, 0.1)]),
)
@example([1] * 9, 0, (0.0, 1.0))
def test_few_videos_and_few_distinct_values(sizes, seed, alphabet):
    of = videos(sizes)
    column = np.random.default_rng(seed).choice(alphabet, len(of)).tolist()

    (many,) = estimates([column], of, replicates=300)

    same(many, estimate(column, of, replicates=300))


def test_pairs_with_clips_of_their_own():
    of = {f"c{i:02}": f"v{i // 2}" for i in range(30)} | {"c99": "v99"}
    methods = [{clip: RNG.exponential() for clip in list(of)[:30]} for _ in range(5)]
    del methods[1]["c03"], methods[1]["c04"]
    for clip in list(of)[8:30]:
        del methods[2][clip]
    methods.append({"c99": 1.0})
    methods.append(dict(methods[0]))
    weights = {clip: float(1 + i) for i, clip in enumerate(of)}
    pairs = [(one, other) for one in methods for other in methods]

    for weight in (None, weights):
        found = paired_many(pairs, of, weights=weight, replicates=400)
        for (one, other), many in zip(pairs, found, strict=True):
            of_pair = paired(one, other, of, weights=weight, replicates=400)
            if of_pair is None:
                assert many is None
            else:
                same(many, of_pair)


def test_the_order_and_the_number_of_columns_do_not_matter():
    of = videos([1] * 12 + [2] * 6)
    columns = RNG.normal(size=(37, len(of))).tolist()
    together = estimates(columns, of, replicates=500)

    for number in (0, 7, 8, 36):
        alone = estimates([columns[number]], of, replicates=500)[0]
        same(together[number], alone)
    turned = estimates(columns[::-1], of, replicates=500)[::-1]
    for one, other in zip(together, turned, strict=True):
        same(one, other)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.1, 0.3, 1.0]), st.booleans())
def test_the_first_column_below_zero_is_found_without_looking_at_all(seed, step, holes):
    rng = np.random.default_rng(seed)
    of = videos([1] * 8 + [2] * 3)
    table = rng.normal(size=(30, len(of))) - step * np.arange(30)[:, None] * rng.random()
    if holes:
        table[rng.random(table.shape) < 0.1] = np.nan

    found = first_below(table, of, replicates=200)

    for number, column in enumerate(table):
        there = ~np.isnan(column)
        one = estimate(
            column[there].tolist(),
            [video for video, known in zip(of, there, strict=True) if known],
            replicates=200,
        )
        if one.hi is not None and one.hi < 0:
            assert found == number
            return
    assert found is None


def test_nothing_gives_nothing():
    assert estimates([], ["a"]) == []
    assert paired_many([], {}) == []
    assert first_below(np.zeros((0, 2)), ["a", "b"]) is None
    assert first_below(np.full((2, 2), np.nan), ["a", "b"]) is None
    assert paired_many([({"a": 1.0}, {"b": 1.0})], {"a": "v", "b": "v"}) == [None]


@pytest.mark.parametrize(
    ("columns", "weights"),
    [
        ([[1.0, 2.0], [1.0]], None),
        ([[1.0, math.nan]], None),
        ([[1.0, 2.0], [math.inf, 1.0]], None),
        ([[1.0, 2.0]], [1.0, 0.0]),
        ([[1.0, 2.0]], [1.0]),
    ],
)
def test_bad_input(columns, weights):
    with pytest.raises(ValueError, match=r"."):
        estimates(columns, ["a", "b"], weights=weights)
