"""Grids by hand: identity, composition, and flow in pixels."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from baselines.x2face.grids import compose, flow_in_pixels, identity_grid, offset_grid

LIKE = torch.zeros(())


def test_the_identity_has_x_first_and_reaches_the_corners():
    grid = identity_grid(5, like=LIKE)
    assert grid[0, 0].tolist() == [-1, -1] and grid[0, 4].tolist() == [1, -1]
    assert grid[4, 0].tolist() == [-1, 1] and grid[2, 2].tolist() == [0, 0]
    image = torch.rand(1, 3, 5, 5)
    torch.testing.assert_close(F.grid_sample(image, grid[None], align_corners=True), image)


def test_offsets_are_added_after_tanh():
    raw = torch.zeros(1, 3, 4, 4)
    raw[0, 0, 1, 2], raw[0, 1, 1, 2], raw[0, 2] = 0.5, -20.0, 9.0
    moved = offset_grid(raw) - identity_grid(4, like=LIKE)
    assert moved[0, 1, 2].tolist() == pytest.approx([0.4621172, -1.0])
    moved[0, 1, 2] = 0
    assert not moved.any()


@pytest.mark.parametrize("align_corners", [True, False])
def test_flow_counts_pixels(align_corners):
    """A picture whose values are its own positions, sampled at the grid, tells the truth."""
    torch.manual_seed(0)
    grid = torch.rand(2, 9, 9, 2) * 1.2 - 0.6
    own = torch.arange(9.0).expand(9, 9)
    position = torch.stack((own, own.T))[None].expand(2, -1, -1, -1)
    found = F.grid_sample(position, grid, align_corners=align_corners).permute(0, 2, 3, 1)
    flow = flow_in_pixels(grid, align_corners=align_corners)
    torch.testing.assert_close(flow, found - position.permute(0, 2, 3, 1), atol=1e-5, rtol=0)


def test_one_pixel_to_the_right_is_one():
    grid = identity_grid(9, like=LIKE)[None] + torch.tensor([2 / 8, 0.0])
    flow = flow_in_pixels(grid, align_corners=True)
    torch.testing.assert_close(flow, torch.tensor([1.0, 0.0]).expand(1, 9, 9, 2))


@pytest.mark.parametrize("align_corners", [True, False])
def test_sampling_at_a_composed_grid_is_sampling_twice(align_corners):
    """Exactly so on a picture that is linear in its position, inside the face."""
    torch.manual_seed(0)
    inner = identity_grid(17, like=LIKE)[None] * 0.7 + torch.tensor([0.1, -0.05])
    outer = torch.rand(3, 17, 17, 2) - 0.5
    ramp = identity_grid(17, like=LIKE).permute(2, 0, 1)[None]
    face = F.grid_sample(ramp, inner, align_corners=align_corners)
    twice = F.grid_sample(face.expand(3, -1, -1, -1), outer, align_corners=align_corners)
    path = compose(inner, outer, align_corners=align_corners)
    once = F.grid_sample(ramp.expand(3, -1, -1, -1), path, align_corners=align_corners)
    torch.testing.assert_close(once, twice, atol=1e-5, rtol=0)


def test_a_grid_that_leaves_the_face_takes_its_border():
    inner = identity_grid(5, like=LIKE)[None] * 0.5
    outer = torch.full((1, 5, 5, 2), 3.0)
    assert compose(inner, outer, align_corners=True).flatten().tolist() == [0.5] * 50
