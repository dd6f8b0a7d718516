"""Winograd tiles against the direct sum."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from fomm.winograd import winograd_conv2d, winograd_kernel


def drawn(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype)


@pytest.mark.parametrize("side", [(4, 4), (8, 12), (5, 7), (1, 1), (3, 9), (16, 2)])
@pytest.mark.parametrize("batch", [1, 3])
def test_equals_the_direct_sum_at_any_size(side, batch):
    x = drawn(batch, 5, *side, dtype=torch.float64)
    weight, bias = (drawn(*shape, seed=1, dtype=torch.float64) for shape in ((6, 5, 3, 3), (6,)))
    found = winograd_conv2d(x, winograd_kernel(weight), bias)
    torch.testing.assert_close(found, F.conv2d(x, weight, bias, padding=1), rtol=0, atol=1e-12)


def test_the_order_in_memory_does_not_matter():
    x, kernel = drawn(2, 5, 8, 8), winograd_kernel(drawn(6, 5, 3, 3, seed=1))
    found = winograd_conv2d(x.contiguous(memory_format=torch.channels_last), kernel)
    assert torch.equal(found, winograd_conv2d(x, kernel))
    assert found.is_contiguous(memory_format=torch.channels_last)


def test_rounding_in_float32_is_what_the_module_says():
    x, weight = drawn(1, 256, 32, 32), drawn(256, 256, 3, 3, seed=1) / 48
    exact = F.conv2d(x.double(), weight.double(), padding=1)
    error = winograd_conv2d(x, winograd_kernel(weight)).double() - exact
    assert exact.std() == pytest.approx(1, rel=0.05)
    assert error.square().mean().sqrt() < 2e-6
    assert error.abs().max() < 3e-5
