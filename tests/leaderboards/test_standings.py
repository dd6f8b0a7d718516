"""Ranks with ties, against the pairwise duels that define them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaderboards.board import Section
from leaderboards.duels import duel
from leaderboards.standings import Standing, standings
from tests.leaderboards.scored import scored, section_of


def board(offsets, *, metric="akd@clean", videos=None, scale=0.1, seed=0, missing=0.0):
    rng = np.random.default_rng(seed)
    hard = rng.exponential(size=24) + 1
    made = []
    for number, offset in enumerate(offsets):
        values = (hard + offset + scale * rng.normal(size=24)).tolist()
        some = [None if rng.random() < missing else value for value in values]
        made.append(scored(f"m{number}", {metric: some}, videos=videos))
    return section_of(*made)


def shown(section, metric="akd@clean"):
    return {name: found.text for name, found in standings(section, metric).items()}


def test_rows_that_cannot_be_told_apart_share_a_rank():
    section = board([0.0, 0.005, 0.5, 0.503, 0.9])

    assert shown(section) == {"m0": "=1", "m1": "=1", "m2": "=3", "m3": "=3", "m4": "5"}
    assert [s.best for s in standings(section, "akd@clean").values()] == [True, True] + [False] * 3


def test_the_paired_difference_decides_and_not_whether_intervals_overlap():
    section = board([0.0, 0.15], scale=0.01)
    one, two = (row.metrics["akd@clean"] for row in section.methods)

    assert one.lo < two.lo < one.hi
    assert shown(section) == {"m0": "1", "m1": "2"}


def test_higher_is_better_where_the_metric_says_so():
    assert shown(board([0.0, 0.5, 0.505], metric="psnr"), "psnr") == {
        "m2": "=1",
        "m1": "=1",
        "m0": "3",
    }


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.02, 0.1]), st.sampled_from([0.0, 0.2]))
def test_groups_are_those_of_the_duels(seed, step, missing):
    rng = np.random.default_rng(seed)
    section = board((step * rng.integers(0, 4, 6)).tolist(), seed=seed, missing=missing)
    found = standings(section, "akd@clean")

    first, expected, size = "", {}, {}
    for place, method in enumerate(found, start=1):
        if not first or duel(section, first, method, "akd@clean").verdict == "better":
            first, rank = method, place
        expected[method] = rank
        size[rank] = size.get(rank, 0) + 1
    assert {name: s.rank for name, s in found.items()} == expected
    assert {name: s.tied for name, s in found.items()} == {
        name: size[rank] > 1 for name, rank in expected.items()
    }


def test_one_row_alone_is_first_and_beats_nobody():
    assert standings(board([0.0]), "akd@clean") == {"m0": Standing(1, tied=False, best=False)}


def test_too_few_videos_decide_nothing_and_make_nothing_best():
    found = standings(board([0.0, 9.0], videos=list("abcd") * 6), "akd@clean")

    assert found == {name: Standing(1, tied=True, best=False) for name in ("m0", "m1")}


def test_equal_values_are_in_the_order_of_their_names():
    section = section_of(*(scored(name, {"psnr": [3.0] * 9}) for name in ("z", "b", "k")))

    assert shown(section, "psnr") == {"b": "=1", "k": "=1", "z": "=1"}


@pytest.mark.parametrize("metric", ["fid", "akd@paper", "vmaf", "psnr"])
def test_no_ranks_without_direction_or_values_per_clip(metric):
    section = board([0.0, 1.0])
    assert standings(section, metric) == {}
    bare = Section("taichi-hd", section.methods, (), ())
    assert standings(bare, "akd@clean") == {}


def test_rows_without_a_value_have_no_rank():
    nothing = scored("none", {"akd@clean": [None] * 24})
    some = [scored(name, {"akd@clean": [float(i) for i in range(24)]}) for name in "ab"]

    assert sorted(standings(section_of(*some, nothing), "akd@clean")) == ["a", "b"]
