from __future__ import annotations

import numpy as np
import pytest
import torch

from fomm.transform import Transform


@pytest.fixture
def pieces(golden):
    return {k: torch.from_numpy(v) for k, v in golden("pieces_ac_true.npz").items()}


@pytest.fixture
def transform(pieces):
    return Transform(pieces["theta"], pieces["control_params"][:, 0])


def test_points_jacobian_and_frame_match_the_original(pieces, transform, image):
    points = pieces["transform_points"]
    close = {"rtol": 0, "atol": 1e-5}
    torch.testing.assert_close(transform.points(points), pieces["transform_warp"], **close)
    torch.testing.assert_close(transform.jacobian(points), pieces["transform_jacobian"], **close)
    frame = transform.frame(image(456, 64))
    torch.testing.assert_close(frame, pieces["transform_frame"], **close)
    other = transform.frame(image(456, 64), align_corners=False)
    assert (other - pieces["transform_frame"]).abs().max() > 0.01


def random(seed: int) -> tuple[Transform, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    t = Transform.random(2, generator=generator, sigma_tps=0.05)
    z = torch.rand(2, 6, 2, generator=generator, dtype=torch.float64) * 2 - 1
    return Transform(t.theta.double(), t.control.double()), z.requires_grad_()


def test_jacobian_equals_autograd_and_so_does_its_gradient():
    transform, z = random(0)
    points = transform.points(z)
    rows = [torch.autograd.grad(points[..., i].sum(), z, create_graph=True)[0] for i in (0, 1)]
    by_autograd = torch.stack(rows, dim=-2)
    torch.testing.assert_close(transform.jacobian(z), by_autograd)
    weights = torch.randn_like(by_autograd)
    second = [
        torch.autograd.grad((j * weights).sum(), z)[0] for j in (transform.jacobian(z), by_autograd)
    ]
    torch.testing.assert_close(*second)


def test_jacobian_is_finite_on_a_control_point():
    transform, _ = random(0)
    z = torch.tensor([[[0.0, 0.0]], [[-0.5, 0.5]]], dtype=torch.float64, requires_grad=True)
    transform.jacobian(z).sum().backward()
    assert z.grad.isfinite().all()


def test_random_is_reproducible_and_near_the_identity():
    draws = [Transform.random(500, generator=torch.Generator().manual_seed(3)) for _ in range(2)]
    torch.testing.assert_close(draws[0].theta, draws[1].theta, rtol=0, atol=0)
    noise = (draws[0].theta - torch.eye(2, 3)).numpy()
    assert np.std(noise) == pytest.approx(0.05, rel=0.1)
    assert draws[0].control.shape == (500, 25)
    assert draws[0].control.std() == pytest.approx(0.005, rel=0.1)


def test_random_can_be_drawn_on_the_cpu_and_put_elsewhere():
    def draw(**where: object) -> Transform:
        return Transform.random(2, generator=torch.Generator().manual_seed(3), **where)

    same, there = draw(device=torch.device("cpu")), draw(device="meta")
    torch.testing.assert_close(same.theta, draw().theta, rtol=0, atol=0)
    torch.testing.assert_close(same.control, draw().control, rtol=0, atol=0)
    assert there.theta.device.type == there.control.device.type == "meta"
    assert there.frame(torch.zeros(2, 3, 8, 8, device="meta")).shape == (2, 3, 8, 8)


def test_no_motion_returns_the_frame(image):
    still = Transform(torch.eye(2, 3).expand(2, 2, 3), torch.zeros(2, 25))
    frame = image(1, 16)
    torch.testing.assert_close(still.frame(frame), frame, rtol=0, atol=1e-5)
