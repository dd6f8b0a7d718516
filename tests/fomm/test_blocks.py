from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from fomm.blocks import (
    UpBlock,
    convolve_together,
    coordinate_grid,
    folded_kernel,
    gaussian,
)
from fomm.hourglass import Hourglass
from fomm.sampling import AntiAlias, anti_alias_kernel


def test_grid_puts_ends_on_outer_pixels(golden):
    grid = coordinate_grid(3, 5, like=torch.zeros(()))
    np.testing.assert_allclose(grid, golden("pieces_ac_true.npz")["grid_3x5"], atol=1e-6)
    assert grid[0, 0].tolist() == [-1, -1]
    assert grid[-1, -1].tolist() == [1, 1]
    assert coordinate_grid(1, 1, like=torch.zeros(())).isfinite().all()


def test_gaussian_matches_the_original(golden):
    pieces = golden("pieces_ac_true.npz")
    mean = torch.from_numpy(pieces["transform_points"])
    found = gaussian(mean, (16, 12), variance=0.01)
    expected = pieces["gaussian_16x12_var001"]
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("scale", [0.5, 0.25, 0.125])
def test_anti_alias_matches_the_original(golden, image, scale):
    pieces = golden("pieces_ac_true.npz")
    np.testing.assert_allclose(
        anti_alias_kernel(scale), pieces[f"antialias_{scale}_kernel"], atol=1e-7
    )
    found = AntiAlias(3, scale)(image(123, 64, "noise"))
    np.testing.assert_allclose(found, pieces[f"antialias_{scale}_out"], atol=1e-5)


def test_anti_alias_takes_pixels_from_index_zero():
    module = AntiAlias(1, 0.25)
    x = torch.rand(1, 1, 17, 20)
    blurred = F.conv2d(x, module.weight, padding=6)
    torch.testing.assert_close(module(x), blurred[:, :, ::4, ::4])
    assert list(module.state_dict()) == ["weight"]


def test_anti_alias_is_the_identity_at_scale_one():
    module = AntiAlias(3, 1)
    x = torch.rand(1, 3, 8, 8)
    assert module(x) is x
    assert not module.state_dict()


def test_folded_kernel_is_upsampling_then_convolution():
    x, weight = torch.rand(2, 3, 5, 7, dtype=torch.float64), torch.rand(4, 3, 3, 3).double()
    expected = F.conv2d(F.interpolate(x, scale_factor=2.0), weight, padding=1)
    found = F.conv_transpose2d(x, folded_kernel(weight), stride=2, padding=1)
    torch.testing.assert_close(found, expected)


def test_both_forms_of_up_block_agree_with_gradients():
    block = UpBlock(3, 4).double().eval()
    many = torch.rand(9, 3, 8, 8, dtype=torch.float64)  # 576 pixels: folded
    block(many).square().sum().backward()
    folded = block.conv.weight.grad.clone()
    block.zero_grad()
    sum(block(one[None]).square().sum() for one in many).backward()  # 64 pixels: plain
    torch.testing.assert_close(block.conv.weight.grad, folded)
    torch.testing.assert_close(block(many)[:1], block(many[:1]))


def test_heads_convolved_together_are_the_heads():
    heads = [torch.nn.Conv2d(3, n, 7, padding=3) for n in (2, 5)]
    x = torch.rand(1, 3, 8, 8)
    found = convolve_together(x, [heads[0], None, heads[1]])
    for head, out in zip(heads, found, strict=True):
        torch.testing.assert_close(out, head(x))


def test_hourglass_refuses_sides_it_cannot_halve():
    hourglass = Hourglass(3, block_expansion=4, num_blocks=3, max_features=8)
    assert hourglass(torch.rand(1, 3, 16, 24)).shape == (1, 7, 16, 24)
    with pytest.raises(ValueError, match=r"20x24.*multiples of 8"):
        hourglass(torch.rand(1, 3, 20, 24))
