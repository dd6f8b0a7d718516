"""Identity B performs the motion of A: geometry, relative curves, bounds, and A by A is A."""

from itertools import permutations

import cv2
import numpy as np
import pytest

from datasets.crop_rules import Cut
from datasets.crop_video import CropConfig
from datasets.pair_manifest import MODES
from datasets.pair_truth import draw_pair, takes_of
from datasets.registry import UsageError
from datasets.truth import crop_truth, flow_to_first
from datasets.worlds import WORLDS, animation, world_of
from datasets.worlds.animation import Take, animate, box_to_box, relative, window
from datasets.worlds.render import render_video
from datasets.worlds.scenes import identity_of, motion_of
from datasets.worlds.skeleton import LIMB_ENDS, SIDES, figure
from datasets.worlds.world import Motion

CONFIG = CropConfig(size=48)


@pytest.fixture(scope="module")
def takes(small_plan):
    """A function (dataset) that returns the clips of a small world, in order of their ids."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("datasets.pair_truth.plan", small_plan)
        yield lambda dataset, seed=0: list(takes_of(dataset, seed, CONFIG).values())


def cast(takes, dataset):
    """Two clips of different identities."""
    first = takes(dataset)[0]
    return first, next(t for t in takes(dataset) if t.video.identity != first.video.identity)


def clip_of(take):
    """Pictures and truth of a clip, by way of its whole source video."""
    frames, truth = render_video(take.video)
    left, top, right, bottom = take.cut.box
    shown = frames[take.cut.first : take.cut.stop, top:bottom, left:right]
    shrinks = min(shown.shape[1:3]) >= CONFIG.size
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    side = (CONFIG.size, CONFIG.size)
    pictures = np.stack(
        [cv2.resize(np.ascontiguousarray(f), side, interpolation=how) for f in shown]
    )
    return pictures, crop_truth(truth.window(take.cut.first, take.cut.stop), take.cut.box, side[0])


def same(one, other):
    names = ("keypoints", "visible", "part_map", "part_affines")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dataset", WORLDS)
def test_a_clip_animated_by_itself_is_the_clip_to_the_last_bit(takes, dataset, mode):
    for take in takes(dataset)[1:3]:
        frames, truth = draw_pair(take, take, mode=mode, config=CONFIG)
        pictures, own = clip_of(take)
        assert take.cut.first > 0 and len(frames) == len(pictures) + 1
        assert np.array_equal(frames[1:], pictures) and same(truth.window(1, len(truth)), own)
        assert np.array_equal(frames[0], pictures[0]) and same(truth.window(0, 1), own.window(0, 1))


def test_so_it_is_in_a_file_of_another_size_and_rate(takes):
    found = [t for seed in range(6) for t in takes("voxceleb", seed) if t.video.scale != 1]
    take = next(t for t in found if t.video.fps == 30)
    for mode in MODES:
        frames, truth = draw_pair(take, take, mode=mode, config=CONFIG)
        pictures, own = clip_of(take)
        assert np.array_equal(frames[1:], pictures) and same(truth.window(1, len(truth)), own)


def check_places(source, driving):
    """The body of B in A's pose, by the plain formula: crop of A after zoom of A."""
    _, truth = draw_pair(source, driving, mode="absolute", config=CONFIG)
    world, motion = world_of(source.video.dataset), motion_of(driving.video)
    zoom = driving.video.scale
    left, top, right, bottom = driving.cut.box
    scale = CONFIG.size / np.array([right - left, bottom - top])
    for t, frame in enumerate(range(driving.cut.first, driving.cut.stop), 1):
        points = world.pose(identity_of(source.video), motion, frame).keypoints
        seen = ((points + 0.5) * zoom - [left, top]) * scale - 0.5
        assert np.abs(truth.keypoints[t] - seen).max() < 1e-3
    assert len(truth) == driving.cut.stop - driving.cut.first + 1


@pytest.mark.parametrize("dataset", WORLDS)
def test_absolute_puts_the_source_where_the_driving_stands_in_its_crop(takes, dataset):
    driving, source = cast(takes, dataset)
    check_places(source, driving)


def test_so_it_does_between_files_of_different_sizes(takes):
    plans = (takes("voxceleb", seed) for seed in range(9))
    large, small = next(
        (large, small)
        for plan in plans
        for large, small in permutations(plan, 2)
        if large.video.scale > small.video.scale
    )
    check_places(large, small)
    check_places(small, large)


@pytest.mark.parametrize("dataset", ["taichi-hd", "voxceleb"])
@pytest.mark.parametrize("mode", MODES)
def test_the_background_is_the_sources_and_stands_still(takes, dataset, mode):
    driving, source = cast(takes, dataset)
    frames, truth = draw_pair(source, driving, mode=mode, config=CONFIG)
    kernel = np.ones((5, 5), np.uint8)
    clear = [cv2.dilate((m > 0).astype(np.uint8), kernel) == 0 for m in truth.part_map]
    for frame, behind in zip(frames[1:], clear[1:], strict=True):
        at = behind & clear[0]
        assert at.sum() > 200 and np.array_equal(frame[at], frames[0][at])
    assert (truth.part_affines[:, 0] == truth.part_affines[0, 0]).all()


@pytest.mark.parametrize("dataset", ["taichi-hd", "voxceleb", "mgif"])
@pytest.mark.parametrize("mode", MODES)
def test_the_flow_takes_the_source_picture_to_every_frame(takes, dataset, mode):
    """Inside of parts, where the source shows them, the warped source is the frame."""
    driving, source = cast(takes, dataset)
    frames, truth = draw_pair(source, driving, mode=mode, config=CropConfig(size=96))
    flow, visible = (values[1:] for values in flow_to_first(truth))
    y, x = np.mgrid[:96, :96].astype(np.float32)
    kernel = np.ones((5, 5), np.uint8)
    inside = [cv2.erode(m, kernel) == cv2.dilate(m, kernel) for m in truth.part_map]
    errors, still = [], []
    for t, frame in enumerate(frames[1:]):
        there = np.nan_to_num(flow[t]) + np.dstack([x, y])
        warped = cv2.remap(frames[0], there[..., 0], there[..., 1], cv2.INTER_LINEAR)
        sure = cv2.remap(inside[0].astype(np.float32), there[..., 0], there[..., 1], 1) > 0.99
        at = sure & visible[t] & inside[t + 1] & (np.abs(flow[t]).max(axis=-1) > 0.5)
        errors.append(np.abs(warped.astype(float) - frame).mean(axis=-1)[at])
        still.append(np.abs(frames[0].astype(float) - frame).mean(axis=-1)[at])
    error, unmoved = np.concatenate(errors).mean(), np.concatenate(still).mean()
    assert len(np.concatenate(errors)) > 200 and error < 6 and error < unmoved / 2


def test_relative_begins_with_the_source_picture(takes):
    for dataset in WORLDS:
        driving, source = cast(takes, dataset)
        first, second, third = [one.picture for one in animate(source, driving, mode="relative")][
            :3
        ]
        assert np.array_equal(first, second) and not np.array_equal(second, third)


def test_relative_by_hand():
    source = Motion(
        {"place": np.full(2, 90.0), "shut": np.array([0.5, 0.0]), "pair": np.ones((2, 2))},
        {"shut": (0.0, 1.0), "pair": ((0.0, -np.inf), (np.inf, 1.25))},
    )
    driving = Motion(
        {
            "place": np.full(3, 40.0),
            "shut": np.array([0.2, 0.6, 1.0]),
            "pair": np.array([[3.0, 3.0], [1.0, 1.0], [4.0, 4.0]]),
        }
    )
    found = relative(source, driving).curves
    assert found["place"].tolist() == [90.0, 90.0, 90.0]
    np.testing.assert_allclose(found["shut"], [0.5, 0.9, 1.0])
    np.testing.assert_allclose(found["pair"], [[1.0, 1.0], [0.0, -1.0], [2.0, 1.25]])


@pytest.mark.parametrize("dataset", WORLDS)
def test_where_the_driving_video_plays_does_not_matter_to_relative(takes, dataset, monkeypatch):
    driving, source = cast(takes, dataset)
    other = Take(driving.video, Cut(driving.cut.first, driving.cut.stop, (3, 2, 60, 80)))
    before = [one.picture for one in animate(source, driving, mode="relative")]
    real = motion_of(driving.video)
    places = {"place", "x", "y"} & set(real.curves)
    shifted = Motion(real.curves | {name: real.curves[name] + 8 for name in places}, real.bounds)
    monkeypatch.setattr(
        animation,
        "motion_of",
        lambda video: shifted if video == driving.video else motion_of(video),
    )
    after = [one.picture for one in animate(source, other, mode="relative")]
    gap = np.abs(np.stack(before).astype(int) - np.stack(after)).max()
    assert places and gap <= 1  # the last bit of a sum


@pytest.mark.parametrize("dataset", WORLDS)
def test_motions_keep_within_their_bounds_and_sums_are_held_to_them(dataset):
    world = world_of(dataset)
    motions = [world.motion(np.random.default_rng(seed), 40, 25.0) for seed in range(12)]
    held = 0
    for number, motion in enumerate(motions):
        assert motion.bounds and set(motion.bounds) <= set(motion.curves)
        changed = relative(motion, motions[number - 1])
        for name, (low, high) in motion.bounds.items():
            for curve in (motion.curves[name], changed.curves[name]):
                assert (curve >= low).all() and (curve <= high).all(), (name, number)
            free = motions[number - 1].curves[name]
            free = free - free[0] + motion.curves[name][0]
            held += int((np.abs(free - changed.curves[name]) > 1e-9).sum())
    assert held > 0


@pytest.mark.parametrize("dataset", ["taichi-hd", "fashion"])
def test_bones_keep_their_lengths_in_sums_of_motions(dataset):
    world = world_of(dataset)
    rng = np.random.default_rng
    body = world.identity(rng(0)).body
    for seed in range(0, 12, 2):
        one, two = (world.motion(rng(seed + k), 48, 25.0) for k in (0, 1))
        summed = relative(one, two)
        for frame in range(0, 48, 6):
            joints = figure(body, summed, frame).joints
            for side, _ in SIDES:
                for bone in ("thigh", "shin", "upper arm", "forearm"):
                    start, end = (joints[f"{side} {joint}"] for joint in LIMB_ENDS[bone])
                    assert np.linalg.norm(end - start) == pytest.approx(body[bone], abs=1e-6)


def test_a_window_is_the_frames_of_the_cut():
    motion = Motion({"a": np.arange(9.0), "b": np.arange(18.0).reshape(9, 2)}, {"a": (0.0, 8.0)})
    cut = window(motion, Cut(2, 5, (0, 0, 1, 1)))
    assert cut.curves["a"].tolist() == [2, 3, 4] and cut.curves["b"].shape == (3, 2)
    assert cut.frames == 3 and cut.bounds == motion.bounds


def test_box_to_box_is_one_crop_after_the_other_undone():
    first, second = (3, 7, 53, 41), (20, 10, 91, 70)
    there = box_to_box(first, second)
    place = np.array([17.25, 30.5])
    share = (place + 0.5 - first[:2]) / (np.array(first[2:]) - first[:2])
    expected = np.array(second[:2]) + share * (np.array(second[2:]) - second[:2]) - 0.5
    np.testing.assert_allclose(there[:, :2] @ place + there[:, 2], expected)
    assert np.array_equal(box_to_box(second, second), [[1, 0, 0], [0, 1, 0]])


def test_wrong_modes_and_worlds_are_refused(takes):
    one, other = takes("mgif")[0], takes("fashion")[0]
    with pytest.raises(UsageError, match="unknown mode 'rel'; known: absolute, relative"):
        next(animate(one, one, mode="rel"))
    with pytest.raises(ValueError, match="a clip of fashion cannot drive one of mgif"):
        next(animate(one, other, mode="absolute"))
