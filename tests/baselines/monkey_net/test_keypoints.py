"""Moments of heat maps and Gaussians of keypoints, degenerate ones among them."""

from __future__ import annotations

import pytest
import torch

from baselines.monkey_net.frames import fold_keypoints
from baselines.monkey_net.keypoints import (
    FLOOR,
    clipped_variance,
    gaussians,
    inverse_variance,
    moments,
)


def peaks(*places: tuple[int, int], size: int = 64) -> torch.Tensor:
    """A heat map (1, 1, size, size) as a detector makes it: equal peaks, and the floor."""
    heat = torch.zeros(1, 1, size, size)
    for row, column in places:
        heat[0, 0, row, column] = 1 / len(places)
    return heat + FLOOR


def test_moments_of_two_points():
    heat = peaks((0, 0), (0, 4), size=5) - FLOOR  # x = -1 and 1, y = -1
    found = moments(heat, "matrix")
    assert torch.allclose(found["mean"], torch.tensor([[[0.0, -1.0]]]))
    assert torch.allclose(found["var"], torch.tensor([[[[1.0, 0.0], [0.0, 0.0]]]]), atol=1e-7)
    assert torch.allclose(moments(heat, "single")["var"], torch.tensor(0.5))
    assert set(moments(heat, 0.01)) == {"mean"}


def test_the_floor_is_not_renormalised():
    found = moments(peaks((0, 63)), "matrix")["mean"]
    assert torch.allclose(found, torch.tensor([1.0, -1.0]), atol=1e-6)
    found = moments(peaks((0, 63)) + 1e-4, "matrix")["mean"]
    assert torch.allclose(found, torch.tensor([1.0, -1.0]), atol=1e-6)  # the grid has mean 0


@pytest.mark.parametrize("seed", range(3))
def test_clipping_scales_the_whole_matrix(seed):
    torch.manual_seed(seed)
    root = torch.randn(50, 2, 2, dtype=torch.float64) * 0.05
    var = root @ root.mT
    found = clipped_variance(var, 1e-3)
    smallest = torch.linalg.svdvals(var).amin(-1)[:, None, None]
    scaled = torch.where(smallest < 1e-3, var * 1e-3 / smallest.clamp_min(1e-6), var)
    assert torch.allclose(found, scaled, rtol=1e-9)
    assert (smallest < 1e-3).any() and (smallest > 1e-3).any()


def test_two_points_on_a_diagonal_have_a_variance():
    """The original gets a smallest singular value of 0 here, and infinities from it."""
    heat = peaks((10, 10), (50, 50)).requires_grad_()
    keypoints = moments(heat, "matrix")
    keypoints["var"] = clipped_variance(keypoints["var"], 1e-3)
    assert torch.linalg.svdvals(keypoints["var"]).amin().item() == pytest.approx(1e-3, rel=0.01)
    exact = clipped_variance(moments(heat.double(), "matrix")["var"], 1e-3)
    assert torch.allclose(keypoints["var"].double(), exact, rtol=0.01)
    maps = gaussians(keypoints, (64, 64), kp_variance="matrix")
    assert torch.isfinite(maps).all() and 0.5 < maps.max() <= 1.0001
    maps.sum().backward()
    assert torch.isfinite(heat.grad).all()


DEGENERATE = {
    "zero": [[0.0, 0.0], [0.0, 0.0]],
    "line": [[0.3, 0.3], [0.3, 0.3]],
    "falling line": [[0.5, -0.5], [-0.5, 0.5]],
    "row": [[0.5, 0.0], [0.0, 0.0]],
    "rounded": [[0.5, 0.50000006], [0.50000006, 0.5]],
    "isotropic": [[0.02, 0.0], [0.0, 0.02]],
    "tiny": [[1e-9, 0.0], [0.0, 1e-9]],
}


@pytest.mark.parametrize("clip", [None, 1e-3])
@pytest.mark.parametrize("kind", DEGENERATE)
def test_degenerate_variances_stay_finite_with_their_gradients(kind, clip):
    var = torch.tensor(DEGENERATE[kind]).expand(1, 1, 2, 2).clone().requires_grad_()
    mean = torch.tensor([[[0.1, -0.2]]], requires_grad=True)
    used = var if clip is None else clipped_variance(var, clip)
    maps = gaussians({"mean": mean, "var": used}, (33, 49), kp_variance="matrix")
    assert torch.isfinite(maps).all() and maps.max() <= 1.3
    maps.square().sum().backward()
    assert torch.isfinite(var.grad).all() and torch.isfinite(mean.grad).all()


def test_the_inverse_is_one():
    torch.manual_seed(0)
    root = torch.randn(100, 2, 2, dtype=torch.float64) * 0.1
    var = root @ root.mT + 1e-3 * torch.eye(2)
    eye = torch.eye(2, dtype=torch.float64).expand(100, 2, 2)
    assert torch.allclose(inverse_variance(var) @ var, eye, atol=1e-9)


def test_a_single_variance_is_a_round_matrix():
    mean = torch.tensor([[[0.3, -0.1]]])
    single = gaussians(
        {"mean": mean, "var": torch.full((1, 1, 1, 1), 0.02)}, (16, 24), kp_variance="single"
    )
    matrix = gaussians(
        {"mean": mean, "var": 0.02 * torch.eye(2)[None, None]}, (16, 24), kp_variance="matrix"
    )
    number = gaussians({"mean": mean}, (16, 24), kp_variance=0.02)
    assert torch.allclose(single, matrix) and torch.allclose(single, number, atol=1e-6)


@torch.no_grad()
@pytest.mark.parametrize("norm", ["sum", 100])
def test_keypoints_far_outside_leave_empty_maps(norm, configs, seeded, source):
    """Their Gaussians sum to 0, by which the original divides."""
    name = "bair_like" if norm == "sum" else "taichi_like"
    model = seeded(name).eval()
    kp = model.kp_detector(source)
    far = kp | {"mean": kp["mean"] + 1000}
    out = model.generator(source, kp_source=kp, kp_driving=far)
    assert all(torch.isfinite(value).all() for value in out.values())
    maps = model.discriminator.kp_embedding(source[:, :, 0], kp_driving=fold_keypoints(far))
    assert not maps.any()


@torch.no_grad()
def test_a_flat_and_a_sharp_frame(seeded):
    """Constant pictures: every heat map is what the borders make of it."""
    model = seeded("taichi_like").eval()
    for value in (0.0, 1.0):
        kp = model.kp_detector(torch.full((1, 3, 1, 64, 64), value))
        assert torch.isfinite(kp["mean"]).all() and torch.isfinite(kp["var"]).all()
    for network in model.modules():
        if isinstance(network, torch.nn.Conv2d):
            network.weight.mul_(50)
    sharp = model.kp_detector(torch.rand(1, 3, 1, 64, 64))
    assert torch.isfinite(sharp["var"]).all()
    assert (torch.linalg.svdvals(sharp["var"]).amin(-1) > 0.99e-3).all()
