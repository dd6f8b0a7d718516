"""Paired differences from per-clip values: signs, common clips, reasons."""

import numpy as np
import pytest

from leaderboards.duels import duel, duels
from metrics.aggregate import paired
from metrics.result import Split
from tests.leaderboards.scored import scored, section_of

RNG = np.random.Generator(np.random.PCG64(2))
HARD = RNG.exponential(size=28) + 1


def noisy(offset, scale=0.05):
    return (HARD + offset + scale * RNG.normal(size=28)).tolist()


VIDEOS = [f"v{i % 24:02}" for i in range(28)]
A, B, C = noisy(0.0), noisy(0.2), noisy(0.001)
SECTION = section_of(
    *(
        scored(name, {"akd@clean": values, "psnr": values, "l1@paper": values}, videos=VIDEOS)
        for name, values in (("a", A), ("b", B), ("c", C))
    )
)


def test_a_duel_is_the_paired_difference():
    found = duel(SECTION, "a", "b", "akd@clean")
    clips = [f"c{i:02}" for i in range(28)]
    of = dict(zip(clips, VIDEOS, strict=True))
    expected = paired(dict(zip(clips, A, strict=True)), dict(zip(clips, B, strict=True)), of)

    assert found.difference == expected.value < 0
    assert (found.lo, found.hi) == pytest.approx((expected.lo, expected.hi), rel=1e-9)
    assert (found.clips, found.videos, found.verdict, found.reason) == (28, 24, "better", None)


def test_the_good_direction_decides_the_verdict():
    assert duel(SECTION, "a", "b", "psnr").verdict == "worse"
    assert duel(SECTION, "b", "a", "psnr").verdict == "better"
    assert duel(SECTION, "a", "c", "akd@clean").verdict == "undecided"


def test_turning_a_pair_round_changes_signs_and_nothing_else():
    table = duels(SECTION, ["c", "a", "b", "a"], "akd@clean")

    assert sorted(table) == [("a", "b"), ("a", "c"), ("b", "a"), ("b", "c"), ("c", "a"), ("c", "b")]
    for (first, second), found in table.items():
        back = table[second, first]
        assert (found.lo, found.hi, found.difference) == (-back.hi, -back.lo, -back.difference)
        assert found.turned() == back
        alone = duel(SECTION, first, second, "akd@clean")
        assert (alone.difference, alone.verdict) == (found.difference, found.verdict)
        assert (alone.lo, alone.hi) == pytest.approx((found.lo, found.hi), rel=1e-9)


def test_frame_weighted_means_are_compared_with_their_weights():
    one, two = (
        sum((20 + i % 7) * v for i, v in enumerate(values)) / sum(20 + i % 7 for i in range(28))
        for values in (A, B)
    )
    assert duel(SECTION, "a", "b", "l1@paper").difference == pytest.approx(one - two, rel=1e-12)


def test_only_clips_that_both_have_count():
    less = [None if i < 4 else value for i, value in enumerate(B)]
    section = section_of(
        scored("a", {"akd@clean": A}),
        scored("b", {"akd@clean": less}),
        scored("d", {"akd@clean": C}, clips=range(8, 28)),
        scored("e", {"akd@clean": [1.0, *[None] * 27]}),
        scored("f", {"akd@clean": [None, *[1.0] * 27]}),
    )

    assert duel(section, "a", "b", "akd@clean").clips == 24
    assert duel(section, "d", "b", "akd@clean").clips == 20
    assert duel(section, "e", "f", "akd@clean").reason == "no clip has a value of both"
    short = duel(section, "a", "e", "akd@clean")
    assert (short.lo, short.verdict) == (None, None)
    assert short.difference is not None
    assert "1 videos" in short.reason


def test_what_cannot_be_compared_says_why():
    section = section_of(
        scored("a", {"akd@clean": A}),
        scored("b", {"akd@clean": B}, split=Split("taichi-hd-mini@v1", "test", "0" * 64)),
        scored("c", {"akd@clean": C}, protocol={"fd_stride": 9}),
    )

    assert duel(section, "a", "b", "akd@clean").reason == "another split"
    assert duel(section, "a", "c", "akd@clean").reason == "another fd_stride"
    assert duel(SECTION, "a", "b", "fid").reason == "not a mean over values per clip"
    assert duel(SECTION, "a", "b", "akd@paper").reason == "not a mean over values per clip"
    assert duel(SECTION, "a", "b", "ssim").reason == "no clip has a value of both"
    with pytest.raises(KeyError):
        duel(SECTION, "a", "nobody", "psnr")
