"""The plan of the mini worlds: counts, splits, lengths, rates and boxes; and the zoomed videos."""

from itertools import islice

import cv2
import numpy as np
import pytest

from datasets.crop_rules import frame_window, scale_box
from datasets.resize import area_antialias
from datasets.truth import Truth, crop_truth, flow_between
from datasets.video import printed_fps
from datasets.worlds import WORLDS, scenes, world_of
from datasets.worlds.render import draw_frames
from datasets.worlds.scenes import SPLITS, SplitPlan, choose_box, plan

FEWEST_CLIPS = {"train": 40, "val": 4, "test": 24}


def of_split(videos, split):
    return [video for video in videos if video.rows[0].partition == split]


def shared(videos, key):
    """What two splits have in common."""
    seen = [{key(video) for video in of_split(videos, split.split)} for split in SPLITS]
    return (seen[0] & seen[1]) | (seen[0] & seen[2]) | (seen[1] & seen[2])


def check(videos, splits):
    """What holds for a plan of whatever size."""
    assert [video.video_id for video in videos] == sorted({video.video_id for video in videos})
    for split in splits:
        mine = of_split(videos, split.split)
        assert len(mine) == split.videos
        assert len({video.identity for video in mine}) == split.identities
        doubles = [number for number, video in enumerate(mine) if len(video.rows) == 2]
        assert doubles == list(range(0, split.videos, split.every))
        assert {row.partition for video in mine for row in video.rows} == {split.split}
    assert not shared(videos, lambda video: video.identity)
    assert not shared(videos, lambda video: video.motion)
    assert not shared(videos, lambda video: video.video_id)


@pytest.mark.parametrize("dataset", WORLDS)
def test_small_plan(dataset, monkeypatch):
    splits = (SplitPlan("train", 3, 2, 2), SplitPlan("val", 1, 1, 1), SplitPlan("test", 2, 1, 2))
    monkeypatch.setattr(scenes, "SPLITS", splits)
    check(plan.__wrapped__(dataset, 3), splits)


@pytest.mark.slow
@pytest.mark.parametrize("dataset", WORLDS)
def test_counts_and_splits(dataset):
    videos = plan(dataset, 0)
    check(videos, SPLITS)
    clips = {s: sum(len(video.rows) for video in of_split(videos, s)) for s in FEWEST_CLIPS}
    assert all(clips[split] >= fewest for split, fewest in FEWEST_CLIPS.items()), clips
    assert len(of_split(videos, "test")) >= 24


@pytest.mark.slow
@pytest.mark.parametrize("dataset", WORLDS)
def test_lengths_and_rates_by_the_crop_rule(dataset):
    videos = plan(dataset, 0)
    lengths = set()
    for video in videos:
        last = 0
        for row in video.rows:
            fps = printed_fps(video.fps)
            first, stop = frame_window(row.start, row.end, ref_fps=row.fps, fps=fps)
            assert last <= first and stop <= video.frames, row
            lengths.add(stop - first)
            last = stop
    assert min(lengths) >= 24 and max(lengths) <= 48 and len(lengths) > 12
    assert {float(video.fps) for video in videos} == {25.0, 30.0}
    if dataset == "voxceleb":
        assert {row.fps for video in videos for row in video.rows} == {25.0}


@pytest.mark.slow
@pytest.mark.parametrize("dataset", WORLDS)
def test_boxes_lie_inside_the_canvas_and_off_its_centre(dataset):
    videos = plan(dataset, 0)
    canvas = world_of(dataset).canvas
    boxes = np.array([row.bbox for video in videos for row in video.rows])
    assert {(row.width, row.height) for video in videos for row in video.rows} == {canvas}
    sides = boxes[:, 2:] - boxes[:, :2]
    assert (boxes[:, :2] >= 0).all() and (boxes[:, 2:] <= canvas).all() and (sides > 0).all()
    off = np.abs((boxes[:, :2] + boxes[:, 2:]) / 2 - np.array(canvas) / 2).max(axis=1)
    assert (off >= 1).mean() > 0.8
    square = (sides[:, 0] == sides[:, 1]).mean()
    assert square < 0.1 if dataset in ("voxceleb", "fashion") else square == 1


def test_box_is_off_the_centre_of_its_subject():
    rng = np.random.default_rng(0)
    low, high = np.array([70.0, 50.0]), np.array([100.0, 90.0])
    boxes = np.array([choose_box(world_of("taichi-hd"), low, high, rng) for _ in range(50)])
    off = (boxes[:, :2] + boxes[:, 2:]) / 2 - (low + high) / 2
    sides = boxes[:, 2:] - boxes[:, :2]
    assert (np.abs(off).max(axis=1) >= 0.5).mean() > 0.7
    assert (np.abs(off) <= 0.05 * sides + 1).all()


@pytest.mark.slow
def test_some_videos_of_voxceleb_are_larger_than_their_metadata_say():
    scales = [video.scale for video in plan("voxceleb", 0)]
    assert set(scales) == {1.0, 1.25} and 0.1 < scales.count(1.25) / len(scales) < 0.5
    assert {video.scale for video in plan("mgif", 0)} == {1.0}


def cropped(video, count, size):
    """The first clip's box of the first frames of ``video``: pictures and truth."""
    drawn = list(islice(draw_frames(video), count))
    row = video.rows[0]
    height, width = drawn[0].picture.shape[:2]
    box = scale_box(row.bbox, reference=(row.width, row.height), actual=(width, height))
    left, top, right, bottom = box
    truth = Truth(
        np.stack([d.keypoints for d in drawn]).astype(np.float32),
        np.stack([d.visible for d in drawn]),
        np.stack([d.part_map for d in drawn]),
        np.stack([d.affines for d in drawn]),
    )
    pictures = [area_antialias(d.picture[top:bottom, left:right], size) for d in drawn]
    return np.stack(pictures), crop_truth(truth, box, size)


def interior(part_map):
    kernel = np.ones((5, 5), np.uint8)
    return cv2.erode(part_map, kernel) == cv2.dilate(part_map, kernel)


def warp(picture, flow):
    ys, xs = np.mgrid[: flow.shape[0], : flow.shape[1]]
    x, y = (flow + np.stack([xs, ys], -1)).astype(np.float32).transpose(2, 0, 1)
    return cv2.remap(picture, x, y, cv2.INTER_LINEAR)


@pytest.mark.slow
def test_flow_of_a_zoomed_and_cropped_video_reproduces_its_pixels():
    """The file has 1.25 times the size of the metadata, and the crop squeezes a box into a square.

    Compared where something moves; there, not moving anything is worse by far.
    """
    zoomed = [video for video in plan("voxceleb", 0) if video.scale == 1.25]
    before, after = [], []
    for video in zoomed[:3]:
        pictures, truth = cropped(video, 12, 96)
        flow, visible = flow_between(truth, 11, 0)
        sure = warp(interior(truth.part_map[0]).astype(np.float32), flow) > 0.99
        moves = np.abs(flow).max(axis=-1) > 0.5
        at = visible & sure & moves & interior(truth.part_map[11])
        source, target = (pictures[t].astype(np.float32) for t in (0, 11))
        before.append(np.abs(source - target).mean(-1)[at])
        after.append(np.abs(warp(source, flow) - target).mean(-1)[at])
    unmoved, moved = np.concatenate(before), np.concatenate(after)
    assert len(moved) > 1000
    assert moved.mean() < 3
    assert unmoved.mean() > 4 * moved.mean()
