"""Animating a stream of frames: what comes out, in what order, and how much is kept."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
import torch

from fomm import FOMM, FOMMConfig
from fomm.animator import Animator
from fomm.relative import relative_keypoints


def reference(model: FOMM, source: np.ndarray, clip: np.ndarray, **options) -> np.ndarray:
    """The plain way: the model itself, all frames at once."""
    tensor = torch.from_numpy(clip).permute(0, 3, 1, 2).float() / 255
    picture = torch.from_numpy(source).permute(2, 0, 1)[None].float() / 255
    with torch.no_grad():
        kp_source, kp_driving = model.kp_detector(picture), model.kp_detector(tensor)
        if options.pop("relative"):
            start = {name: value[:1] for name, value in kp_driving.items()}
            kp_driving = relative_keypoints(kp_source, kp_driving, kp_initial=start, **options)
        encoded = model.generator.encode_source(picture)
        out = model.generator.animate(encoded, kp_source=kp_source, kp_driving=kp_driving)
    return out["prediction"].permute(0, 2, 3, 1).numpy()


@pytest.mark.parametrize("batch", [1, 4])
@pytest.mark.parametrize(
    "options",
    [{"relative": False}, {"relative": True}, {"relative": True, "adapt_scale": True}],
    ids=["absolute", "relative", "scaled"],
)
def test_frames_are_what_the_model_computes(model, clip, batch, options):
    source = np.ascontiguousarray(clip[3][:, ::-1])
    found = list(Animator(model, batch=batch).frames(source, iter(clip), **options))
    expected = reference(model, source, clip, **options)
    assert len(found) == len(clip)
    for moved, driving, prediction in zip(found, clip, expected, strict=True):
        assert np.array_equal(moved.driving, driving)
        assert moved.prediction.dtype == np.uint8
        assert np.abs(moved.prediction / 255 - prediction).max() < 0.51 / 255


def test_the_initial_frame_is_where_relative_motion_starts(model, clip):
    animator = Animator(model)
    source = animator.encode(clip[0])
    (moved,) = animator.frames(source, [clip[4]], initial=clip[4])
    np.testing.assert_allclose(moved.kp_used, source.keypoints["value"][0], atol=1e-5)
    (other,) = animator.frames(source, [clip[4]], initial=clip[0])
    assert np.abs(other.kp_used - moved.kp_used).max() > 1e-4


def test_frames_are_read_as_needed_and_not_kept(model, clip):
    read: list[weakref.ref] = []

    def endless():
        while True:
            frame = clip[len(read) % len(clip)].copy()
            read.append(weakref.ref(frame))
            yield frame

    frames = Animator(model).frames(clip[0], endless())
    for count in range(1, 12):
        next(frames)
        assert len(read) == count
    gc.collect()
    assert sum(ref() is not None for ref in read) <= 3


def test_nearest_pose_finds_the_source_among_the_frames(model, clip):
    animator = Animator(model)
    index, frame = animator.nearest_pose(animator.encode(clip[4]), iter(clip))
    assert index == 4
    assert np.array_equal(frame, clip[4])
    with pytest.raises(ValueError, match="no driving frame"):
        animator.nearest_pose(animator.encode(clip[4]), [])


def test_no_frames_in_no_frames_out(model, clip):
    assert list(Animator(model).frames(clip[0], [])) == []


@pytest.mark.parametrize("shape", [(32, 32, 3), (64, 64), (64, 64, 4)])
def test_pictures_of_a_wrong_shape_are_refused(model, clip, shape):
    with pytest.raises(ValueError, match=r"expected pictures of \(64, 64, 3\)"):
        Animator(model).encode(np.zeros(shape, np.uint8))


def test_singular_jacobians_warn_and_give_finite_pictures(clip):
    """A detector whose jacobians are all zero: relative motion becomes a shift."""
    torch.manual_seed(0)
    model = FOMM.from_config(FOMMConfig.load("mini")).eval()
    with torch.no_grad():
        model.kp_detector.jacobian.bias.zero_()
    animator = Animator(model)
    with pytest.warns(UserWarning, match="singular jacobian"):
        moved = list(animator.frames(clip[0], clip))
    assert all(np.isfinite(frame.kp_used).all() for frame in moved)
    assert len({frame.prediction.tobytes() for frame in moved}) > 1


def test_same_frames_same_bytes(model, clip):
    first, second = (
        [moved.prediction.tobytes() for moved in Animator(model).frames(clip[0], clip)]
        for _ in range(2)
    )
    assert first == second


def test_nearest_pose_is_the_same_by_chunks(model, clip):
    animator = Animator(model, batch=4)
    for wanted in (1, 5):
        index, frame = animator.nearest_pose(animator.encode(clip[wanted]), iter(clip))
        assert index == wanted
        assert np.array_equal(frame, clip[wanted])
