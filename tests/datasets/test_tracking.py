"""Boxes, growth and what is kept: numbers computed by hand, and what was published."""

import dataclasses

import pytest

from datasets.metadata import read_metadata
from datasets.registry import UsageError
from datasets.track_rules import RECIPES, TrackRules
from datasets.tracking import (
    Detection,
    counted,
    finished,
    grown,
    iou,
    is_valid,
    limited,
    settled,
    union,
)

TAICHI, VOX, LATER = RECIPES["taichi"], RECIPES["vox"], RECIPES["vox-2019-08"]
SIZE = (1280, 720)


def ended(rules, found, frames=200):
    return finished(rules, found, frames=(10, 10 + frames), ended="lost", size=SIZE)


def test_overlap_counts_pixels_inclusively():
    assert iou((0, 0, 9, 9), (0, 0, 9, 9)) == 1
    assert iou((0, 0, 9, 9), (10, 0, 19, 9)) == 0
    assert iou((0, 0, 9, 9), (5, 5, 14, 14)) == 25 / 175
    assert iou((0, 0, 9, 9), (9, 9, 18, 18)) == 1 / 199


def test_union_holds_both():
    assert union((5, 0, 9, 9), (0, 4, 7, 20)) == (0, 0, 9, 20)


@pytest.mark.parametrize(
    ("box", "share", "shape", "expected"),
    [
        ((100, 50, 200, 250), 0.05, "square", (40, 40, 260, 260)),
        ((0, 0, 100, 60), 0.05, "square", (-5, -25, 105, 85)),
        ((100, 100, 201, 150), 0.10, "square", (90, 64, 211, 185)),
        ((100, 50, 200, 250), 0.10, "aspect", (90, 30, 210, 270)),
        ((3, 3, 100, 100), 0.10, "aspect", (-6, -6, 109, 109)),  # -6.7 and 109.7, cut off
        ((10, 10, 20, 30), 0.0, "aspect", (10, 10, 20, 30)),
    ],
)
def test_growth(box, share, shape, expected):
    assert grown(box, share=share, shape=shape) == expected


@pytest.mark.parametrize(
    ("box", "found", "expected"),
    [
        ((0, 0, 100, 160), (10, 10, 90, 150), (0, 0, 100, 160)),
        ((-8, 20, 88, 80), (0, 25, 80, 75), (0, 20, 96, 80)),  # moved right by 8
        ((10, -5, 70, 67), (15, 1, 65, 61), (10, 0, 70, 72)),  # moved down by 5
        ((10, 100, 70, 166), (15, 106, 65, 166), (10, 100, 70, 166)),  # the lower edge: as it is
        ((-9, 20, 88, 80), (0, 25, 80, 75), None),  # 9 of 80 pixels are more than a tenth
        ((10, 95, 70, 167), (15, 100, 65, 160), None),
    ],
)
def test_overshoot_is_moved_at_the_left_and_upper_edge_only(box, found, expected):
    assert settled(box, found, size=(100, 160), max_overshoot=0.1) == expected


def test_without_overshoot_the_edge_itself_is_inside():
    found = (5, 5, 95, 95)
    assert settled((0, 0, 100, 100), found, size=(100, 100), max_overshoot=0) == (0, 0, 100, 100)
    for out in ((-1, 0, 99, 100), (0, -1, 99, 99), (1, 0, 101, 100), (0, 1, 100, 101)):
        assert settled(out, found, size=(100, 100), max_overshoot=0) is None


@pytest.mark.parametrize(
    ("rules", "box", "frames", "status", "stored"),
    [
        (TAICHI, (500, 200, 600, 500), 128, "ok", (385, 185, 715, 515)),
        (TAICHI, (500, 200, 600, 500), 127, "too-short", (385, 185, 715, 515)),
        (TAICHI, (500, 200, 600, 433), 128, "ok", (422, 188, 678, 444)),  # 1.1 * 233 = 256
        (TAICHI, (500, 200, 600, 432), 128, "too-small", (422, 188, 677, 443)),  # 255
        (TAICHI, (500, 10, 600, 310), 128, "outside", (385, -5, 715, 325)),
        (TAICHI, (50, 200, 150, 500), 128, "outside", (-65, 185, 265, 515)),
        (VOX, (500, 200, 700, 456), 64, "ok", (480, 174, 720, 481)),
        (VOX, (500, 200, 700, 456), 63, "too-short", (480, 174, 720, 481)),
        (VOX, (500, 200, 700, 455), 64, "too-small", (480, 174, 720, 480)),  # judged ungrown
        (VOX, (500, 10, 700, 310), 64, "ok", (480, 0, 720, 360)),  # 20 above: moved down
        (VOX, (500, 410, 700, 710), 64, "ok", (480, 380, 720, 740)),  # past the lower edge
        (LATER, (500, 100, 700, 400), 64, "ok", (420, 70, 780, 430)),
        (LATER, (500, 10, 700, 310), 64, "outside", (420, -20, 780, 340)),
        (RECIPES["nemo"], (500, 200, 520, 220), 1, "ok", (498, 198, 522, 222)),
    ],
)
def test_what_is_kept(rules, box, frames, status, stored):
    track = ended(rules, box, frames)
    assert (track.status, track.box, track.end - track.start) == (status, stored, frames)


def test_only_the_first_kept_tracks_of_a_video_count_for_the_limit():
    short = ended(TAICHI, (500, 200, 600, 500), 5)
    tracks = [
        dataclasses.replace(ended(TAICHI, (500, 200, 600, 500)), start=start)
        for start in (40, 20, 30)
    ]
    found = limited([*tracks, short], 2)
    assert [(track.start, track.status) for track in found] == [
        (10, "too-short"),
        (20, "ok"),
        (30, "ok"),
        (40, "over-limit"),
    ]
    assert "over-limit" not in {track.status for track in limited(tracks, 0)}


def test_who_counts_and_who_is_valid():
    def person(height, score, **visible):
        return Detection((0, 0, 50, height), score, **visible)

    # 10 % of the width of 1280, though the paper says of the height
    assert counted(TAICHI, [person(128, 0.95), person(129, 0.90)], width=1280) == []
    assert counted(TAICHI, [person(129, 0.91)], width=1280) == [person(129, 0.91)]
    assert is_valid(TAICHI, person(200, 0.95, head=0.89, ankle=0.89))
    assert not is_valid(TAICHI, person(200, 0.95, head=0.89, ankle=0.88))
    assert not is_valid(TAICHI, person(200, 0.95, head=0.2, ankle=0.99))
    assert is_valid(VOX, person(200, 0.95, head=0.0, ankle=0.0))


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"min_frames": -1}, "min_frames must be 0 or more, got -1"),
        ({"flow_cut": float("nan")}, "flow_cut must be 0 or more, got nan"),
        ({"fps": float("inf")}, "fps must be 0 or more, got inf"),
        ({"min_score": 1.5}, "min_score must be at most 1, got 1.5"),
    ],
)
def test_rules_that_cannot_be_are_refused(change, text):
    with pytest.raises(UsageError, match=f"^{text}$"):
        dataclasses.replace(TAICHI, **change)


def test_the_recipes_are_the_published_numbers():
    assert (
        TrackRules(
            subject="person",
            box="fixed",
            shape="square",
            grow=0.05,
            max_overshoot=0.0,
            min_score=0.9,
            min_height=0.10,
            min_visibility=0.8808,
            max_frames=1024,
            min_frames=128,
            min_side=256,
            max_tracks=1000,
            min_picture=300,
            flow_cut=1.0,
            intensity_cut=1.5,
        )
        == TAICHI
    )
    assert (VOX.box, VOX.shape, VOX.grow, VOX.min_iou) == ("union", "aspect", 0.10, 0.25)
    assert (VOX.max_frames, VOX.min_frames, VOX.min_side, VOX.fps) == (1024, 64, 256, 25.0)
    assert (VOX.max_overshoot, LATER.max_overshoot, LATER.shape) == (0.10, 0.0, "square")


def test_the_published_boxes_of_taichi_keep_the_rules(shared):
    rows = read_metadata(shared / "data" / "metadata" / "taichi-metadata.csv")
    assert len(rows) == 3334
    for row in rows:
        left, top, right, bottom = row.bbox
        assert TAICHI.min_frames <= row.end - row.start <= TAICHI.max_frames
        assert max(right - left, bottom - top) >= TAICHI.min_side
        assert abs((right - left) - (bottom - top)) <= 1
        assert settled(row.bbox, row.bbox, size=(row.width, row.height), max_overshoot=0)


def test_the_published_boxes_of_voxceleb_keep_the_rules(shared):
    """Boxes at the upper edge were moved down by up to a tenth; at the lower one nothing was."""
    rows = read_metadata(shared / "data" / "metadata" / "vox-metadata.csv")
    past = 0
    for row in rows:
        left, top, right, bottom = row.bbox
        assert VOX.min_frames <= row.end - row.start <= VOX.max_frames
        assert max(right - left, bottom - top) >= int(1.2 * VOX.min_side) - 1
        assert left >= 0
        assert top >= 0
        excess = (bottom - row.height) / ((bottom - top) / 1.2)
        assert excess <= (2 if top == 0 else 1) * VOX.max_overshoot + 1e-3
        past += excess > 0 and top > 0
    assert past == 308
