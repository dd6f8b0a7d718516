"""Sizes, sources, poses, first weights, and the two ways to the same prediction."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from baselines.x2face import X2Face
from baselines.x2face.sources import confidence_weights
from datasets.registry import UsageError


@torch.no_grad()
def test_embedding_once_and_driving_in_batches_is_the_plain_forward(small, image):
    model, source, driving = small(), image(1, 32), image(2, 32, 3)
    plain = torch.cat([model(frame[None], source) for frame in driving])
    cached = model.drive(model.embed(source), driving)
    torch.testing.assert_close(cached, plain, rtol=0, atol=1e-5)
    assert plain.shape == (3, 3, 32, 32)
    assert not torch.allclose(plain[0], plain[1], atol=1e-2)


@torch.no_grad()
def test_channels_last_computes_the_same(small, image):
    model, frames = small(), (image(1, 32, 2), image(2, 32, 2), image(3, 32, 2))
    plain = model(*frames)
    model.to(memory_format=torch.channels_last)
    other = model(*(f.to(memory_format=torch.channels_last) for f in frames))
    torch.testing.assert_close(other, plain, rtol=0, atol=1e-5)


@pytest.mark.parametrize(("side", "levels"), [(128, 7), (256, 8), (384, 7), (512, 8), (64, 5)])
@torch.no_grad()
def test_sides_that_the_depth_allows(small, image, side, levels):
    model = small(embedding_levels=levels, driving_levels=levels)
    assert model(image(1, side), image(2, side)).shape == (1, 3, side, side)


@pytest.mark.parametrize(
    ("side", "advice"), [(128, "7 levels"), (320, "6 levels"), (384, "7 levels")]
)
def test_sides_that_it_does_not_allow_name_the_levels_that_do(small, image, side, advice):
    model = small(embedding_levels=8, driving_levels=8)
    with pytest.raises(UsageError, match=f"multiple of 256, got a source of.*with {advice}"):
        model.embed(image(1, side))
    with pytest.raises(UsageError, match=f"multiple of 256, got a driving frame of.*with {advice}"):
        model.get_sampler(image(1, side))


def test_sides_that_no_depth_allows_are_to_be_resized(small, image):
    with pytest.raises(UsageError, match=r"of 40x40; resize it$"):
        small().embed(image(1, 40))


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        (torch.rand(1, 3, 32, 64), r"square, got 32x64 \(height x width\)"),
        (torch.rand(3, 32, 32), r"float tensor \(B, 3, S, S\), got torch.float32 \(3, 32, 32\)"),
        (torch.rand(1, 1, 32, 32), r"\(1, 1, 32, 32\)"),
        (torch.zeros(1, 3, 32, 32, dtype=torch.uint8), "torch.uint8"),
        (torch.rand(1, 3, 0, 0), "multiple of 32"),
    ],
)
def test_frames_of_another_kind_are_refused(small, image, frames, message):
    with pytest.raises(UsageError, match=message):
        small()(frames, image(1, 32))
    with pytest.raises(UsageError, match=message):
        small()(image(1, 32), frames)


@pytest.mark.parametrize("call", ["forward", "embed", "get_unwrapped"])
def test_no_source_at_all_is_refused(small, image, call):
    frames = [image(1, 32)] if call == "forward" else []
    with pytest.raises(UsageError, match="no source frame; give at least one"):
        getattr(small(), call)(*frames)


@torch.no_grad()
def test_sources_and_driving_frames_must_go_together(small, image):
    model = small()
    with pytest.raises(UsageError, match="sources must have one shape"):
        model.embed(image(1, 32), image(1, 64))
    with pytest.raises(UsageError, match="do not go with grids"):
        model(image(1, 64), image(1, 32))
    with pytest.raises(UsageError, match="do not go with grids"):
        model(image(1, 32, 3), image(1, 32, 2))


@torch.no_grad()
def test_sources_are_weighed_by_confidence_or_not(small, image):
    model, one, two = small(), image(1, 32), image(2, 32)
    faces = [model.get_unwrapped_oneimage(s) for s in (one, two)]
    torch.testing.assert_close(model.embed(one, two, confidence=False), sum(faces) / 2)
    weighed = model.embed(one, two)
    assert not torch.allclose(weighed, sum(faces) / 2, atol=1e-3)
    torch.testing.assert_close(weighed, model.embed(two, one))
    torch.testing.assert_close(model.embed(one, one), model.embed(one))
    shown, weights = model.get_unwrapped(one, two)
    assert weights.shape == (1, 1, 32, 32, 2)
    assert not torch.allclose(shown, weighed, atol=1e-4)  # the original shows it without the 0.1


def test_weights_are_the_formula_and_do_not_overflow():
    logits = torch.tensor([0.3, -2.0, 1.5]).view(3, 1, 1, 1, 1)
    plain = logits.exp() + 0.1
    torch.testing.assert_close(confidence_weights(logits, floor=0.1), plain / plain.sum(0))
    for top in (1000.0, -1000.0):
        for floor in (0.0, 0.1):
            weights = confidence_weights(torch.tensor([top, top, top - 9]), floor=floor)
            assert weights.isfinite().all()
            torch.testing.assert_close(weights.sum(), torch.tensor(1.0))


@pytest.mark.parametrize("sources", [1, 2])
def test_confidence_learns_from_two_sources_only(small, image, sources):
    model = small().train()
    frames = [image(i, 32, 2) for i in range(sources + 1)]
    (model(*frames) - frames[0]).abs().mean().backward()
    rows = model.pix2pixUnwrapped.netG.model.up[2].weight.grad.flatten(1).norm(dim=1)
    assert (rows[:2] > 0).all()
    assert (rows[2] > 0) == (sources == 2)


@torch.no_grad()
def test_a_pose_replaces_the_driving_frames_own(small, image):
    model, source, driving = small(pose=True), image(1, 32), image(2, 32, 2)
    vector = model.driving_vector(driving).flatten(1)
    innermost = model.pix2pixSampler.innermost
    own = innermost.posefrombottle(vector)
    torch.testing.assert_close(model(driving, source, pose=own), model(driving, source))
    turned = model(driving, source, pose=own[:1] + torch.tensor([0.0, 0.0, 1.0]))
    one = model(driving[1:], source, pose=own[:1] + torch.tensor([0.0, 0.0, 1.0]))
    assert not torch.allclose(turned, model(driving, source), atol=1e-2)
    torch.testing.assert_close(turned[1:], one, rtol=0, atol=1e-5)


def test_poses_that_do_not_fit_are_refused(small, image):
    with pytest.raises(UsageError, match="built with pose=True"):
        small().get_sampler(image(1, 32), pose=torch.zeros(1, 3))
    with pytest.raises(UsageError, match=r"got \(1, 2\) and \(1, 6, 1, 1\)"):
        small(pose=True).get_sampler(image(1, 32), pose=torch.zeros(1, 2))
    with pytest.raises(UsageError, match=r"\(1, 6, 2, 2\)"):  # 64 pixels leave a vector of 2x2
        small(pose=True).get_sampler(image(1, 64), pose=torch.zeros(1, 3))


def test_a_driving_vector_can_be_decoded_twice(small, image):
    model = small()
    vector = model.driving_vector(image(1, 32))
    assert torch.equal(model.sampler_of(vector), model.sampler_of(vector))


def test_first_weights_are_drawn_as_published():
    torch.manual_seed(0)
    model = X2Face(5, 5, inner_channels=16, base=16)
    conv = model.pix2pixUnwrapped.netG.model.submodule.submodule.down[1]
    assert conv.bias is None
    fans = 16 * (conv.in_channels + conv.out_channels)
    assert conv.weight.std().item() == pytest.approx(math.sqrt(2 / fans), rel=0.02)
    norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)]
    scales = torch.cat([norm.weight.detach() for norm in norms])
    assert scales.min() > 0.02 and scales.max() < 1 and abs(scales.mean() - 0.51) < 0.03
    assert not any(norm.bias.any() for norm in norms)


def test_networks_need_five_levels():
    with pytest.raises(UsageError, match="at least 5 levels, got 4"):
        X2Face(4, 5)
    with pytest.raises(UsageError, match="at least 5 levels, got 0"):
        X2Face(5, 0)
