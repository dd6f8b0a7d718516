"""Cuts: pictures whose motion and colours are known."""

import cv2
import numpy as np
import pytest

from datasets.cuts import CutFinder, intensity_change, median_flow


def texture(seed=0, low=0, high=256):
    """uint8 (256, 288, 3): smooth, so that flow can be found."""
    coarse = np.random.default_rng(seed).integers(low, high, (33, 37, 3)).astype(np.uint8)
    return np.ascontiguousarray(cv2.resize(coarse, (288, 256), interpolation=cv2.INTER_CUBIC))


def shifted(by):
    return texture()[:, by : by + 256]


@pytest.fixture
def cut():
    return CutFinder(flow=1.0, intensity=1.5)


def test_the_first_picture_and_a_still_one_are_no_cut(cut):
    assert [cut(shifted(0)) for _ in range(3)] == ["", "", ""]


@pytest.mark.parametrize(("by", "found"), [(1, ""), (2, "cut-flow"), (4, "cut-flow")])
def test_motion_of_the_whole_picture(by, found):
    cut = CutFinder(flow=1.2, intensity=0)
    cut(shifted(0))
    assert cut(shifted(by)) == found
    assert median_flow(shifted(0), shifted(by)) == pytest.approx(by, rel=0.15)


def test_motion_of_a_third_of_the_picture_is_none(cut):
    before, after = shifted(0).copy(), shifted(0).copy()
    after[:80] = shifted(4)[:80]
    cut(before)
    assert cut(after) == ""


@pytest.mark.parametrize(
    ("change", "found"), [(1, ""), (2, "cut-intensity"), (-2, "cut-intensity")]
)
def test_change_of_one_channel(cut, change, found):
    before = np.clip(texture(), 5, 250)
    after = before.copy()
    after[..., 2] = (after[..., 2].astype(int) + change).astype(np.uint8)
    assert intensity_change(before, after) == abs(change)
    cut(before)
    assert cut(after) == ("" if change == 1 else "cut-intensity")


def test_a_picture_is_compared_with_the_one_before_it_only(cut):
    dark, bright = texture(1, high=100), texture(2, low=100)
    assert [cut(one) for one in (dark, dark, bright, bright, dark)] == [
        "",
        "",
        "cut-intensity",
        "",
        "cut-intensity",
    ]


def test_each_kind_can_be_switched_off():
    moved, recoloured = (shifted(0), shifted(4)), (texture(1, high=100), texture(2, low=100))
    off, flow, light = (
        CutFinder(flow=flow, intensity=intensity) for flow, intensity in ((0, 0), (1, 0), (0, 1.5))
    )
    assert [off(one) for one in (*moved, *recoloured)] == ["", "", "", ""]
    assert [flow(one) for one in moved][1] == "cut-flow"
    assert [light(one) for one in recoloured][1] == "cut-intensity"
    assert [light(one) for one in (shifted(0), shifted(0))][1] == ""


def test_a_large_picture_is_seen_at_256(cut):
    large = [cv2.resize(shifted(by), (1280, 720), interpolation=cv2.INTER_LINEAR) for by in (0, 4)]
    cut(large[0])
    assert cut(large[1]) in {"cut-flow", "cut-intensity"}
