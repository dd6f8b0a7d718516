"""Methods behind `fomm.mover.Mover`: the pictures are those of `Method.animate`."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from baselines.animator import MethodAnimator, MonkeyNetAnimator, animator_of
from baselines.method import Method
from baselines.monkey_net.method import MonkeyNetMethod
from baselines.x2face.method import X2FaceMethod

ROOT = Path(__file__).parents[2]
SIZE = 64


def monkey_net(**transfer: bool) -> MonkeyNetMethod:
    """Weights as after some training: the last layer of the motion starts at 0."""
    torch.manual_seed(0)
    config = yaml.safe_load((ROOT / "baselines/monkey_net/configs/mini.yaml").read_text())
    method = MonkeyNetMethod.from_config(config | {"transfer_params": transfer})
    with torch.no_grad():
        for parameter in method.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.05)
    return method


def x2face() -> X2FaceMethod:
    torch.manual_seed(0)
    config = {"size": SIZE, "embedding_levels": 5, "driving_levels": 5, "inner_channels": 6}
    return X2FaceMethod.from_config(config | {"base": 4})


@pytest.fixture(params=["monkey-net", "x2face", "blend"])
def method(request, blend) -> Method:
    return {"monkey-net": monkey_net, "x2face": x2face, "blend": blend}[request.param]()


def tensor(frames: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(frames).permute(0, 3, 1, 2).float() / 255


@torch.inference_mode()
def plainly(method: Method, source: np.ndarray, clip: np.ndarray, initial) -> np.ndarray:
    """All frames at once."""
    state = method.eval().encode(tensor(source[None]))
    first = None if initial is None else tensor(initial[None])
    out = method.animate(state, tensor(clip), initial=first)
    return out.prediction.permute(0, 2, 3, 1).numpy() * 255


@pytest.mark.parametrize("batch", [0, 1, 4])
@pytest.mark.parametrize("relative", [False, True])
def test_frames_are_what_the_method_makes(method, clip, batch, relative):
    source = np.ascontiguousarray(clip[3][:, ::-1])
    animator = animator_of(method, size=SIZE, batch=batch)
    found = list(animator.frames(animator.encode(source), iter(clip), relative=relative))
    expected = plainly(method, source, clip, clip[0] if relative else None)
    for moved, driving, wanted in zip(found, clip, expected, strict=True):
        assert np.array_equal(moved.driving, driving)
        assert moved.prediction.dtype == np.uint8 and moved.prediction.shape == (SIZE, SIZE, 3)
        assert np.abs(moved.prediction - wanted).max() < 0.51


def test_relative_motion_may_start_at_any_frame(method, clip):
    animator = animator_of(method, size=SIZE)
    source = animator.encode(clip[2])
    (moved,) = animator.frames(source, [clip[4]], initial=clip[1])
    assert np.abs(moved.prediction - plainly(method, clip[2], clip[4:5], clip[1])).max() < 0.51


def test_frames_are_read_as_needed_and_not_kept(method, clip):
    read: list[weakref.ref] = []

    def endless():
        while True:
            frame = clip[len(read) % len(clip)].copy()
            read.append(weakref.ref(frame))
            yield frame

    animator = animator_of(method, size=SIZE, batch=1)
    frames = animator.frames(animator.encode(clip[0]), endless())
    for count in range(1, 8):
        next(frames)
        assert len(read) == count
    gc.collect()
    assert sum(ref() is not None for ref in read) <= 3


def test_no_frames_in_no_frames_out(method, clip):
    animator = animator_of(method, size=SIZE)
    assert list(animator.frames(animator.encode(clip[0]), [])) == []


def test_pictures_of_another_size_are_refused(method):
    with pytest.raises(ValueError, match=r"expected pictures of \(64, 64, 3\)"):
        animator_of(method, size=SIZE).encode(np.zeros((32, 32, 3), np.uint8))


@pytest.mark.parametrize("kind", ["x2face", "blend"])
def test_methods_without_keypoints_say_so(kind, blend, clip):
    animator = animator_of(x2face() if kind == "x2face" else blend(), size=SIZE)
    assert type(animator) is MethodAnimator
    source = animator.encode(clip[0])
    assert animator.pose(source) is None
    (moved,) = animator.frames(source, clip[:1])
    assert moved.kp_driving is None and moved.kp_used is None
    with pytest.raises(ValueError, match="no keypoints"):
        animator.nearest_pose(source, clip)
    with pytest.raises(ValueError, match="no keypoints"):
        list(animator.frames(source, clip, adapt_scale=True))


@pytest.fixture(scope="module")
def with_keypoints() -> MonkeyNetAnimator:
    animator = animator_of(monkey_net(), size=SIZE, batch=2)
    assert isinstance(animator, MonkeyNetAnimator)
    return animator


def test_monkey_net_tells_its_keypoints(with_keypoints, clip):
    source = with_keypoints.encode(clip[0])
    pose = with_keypoints.pose(source)
    assert pose.shape == (8, 2) and pose.dtype == np.float32
    moved = list(with_keypoints.frames(source, clip))
    np.testing.assert_allclose(moved[0].kp_driving, pose, atol=1e-5)
    for frame in moved:
        expected = pose + frame.kp_driving - moved[0].kp_driving
        np.testing.assert_allclose(frame.kp_used, expected, atol=1e-5)
    for frame in with_keypoints.frames(source, clip, relative=False):
        assert np.array_equal(frame.kp_used, frame.kp_driving)


def test_monkey_net_finds_the_nearest_pose(with_keypoints, clip):
    index, frame = with_keypoints.nearest_pose(with_keypoints.encode(clip[4]), iter(clip))
    assert index == 4
    assert np.array_equal(frame, clip[4])


def test_the_scale_of_monkey_net_is_its_movement_mult(clip):
    """As an option, or asked for by the configuration: the same pictures, and not those without."""
    source = np.ascontiguousarray(clip[3][:, ::-1])

    def made(*, asked: bool, **transfer: bool) -> np.ndarray:
        animator = animator_of(monkey_net(**transfer), size=SIZE)
        frames = animator.frames(animator.encode(source), clip, adapt_scale=asked)
        return np.stack([moved.kp_used for moved in frames])

    by_option = made(asked=True)
    assert np.array_equal(by_option, made(asked=False, movement_mult=True))
    assert np.array_equal(by_option, made(asked=True, movement_mult=True))
    assert np.abs(by_option - made(asked=False)).max() > 1e-4


def test_other_ways_of_transfer_in_the_configuration_hold(with_keypoints, clip):
    """A source at the border, and a configuration that keeps keypoints inside the picture."""
    clipped = animator_of(monkey_net(clip_mean=True), size=SIZE)
    for animator, inside in ((clipped, True), (with_keypoints, False)):
        source = animator.encode(clip[0])
        keypoints = source.keypoints | {"mean": source.keypoints["mean"] + 0.99}
        source = source._replace(keypoints=keypoints)
        (moved,) = animator.frames(source, [clip[5]], initial=clip[0])
        assert (np.abs(moved.kp_used).max() <= 1) == inside
