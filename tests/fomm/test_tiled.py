"""Convolutions by tiles against the library's, gradients included."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from fomm import tiled
from fomm.tiled import QuadConvolution, convolve


def gradients(function, conv, x) -> list[torch.Tensor]:
    out = function(conv, x)
    weights = torch.linspace(-1, 1, out.numel(), dtype=out.dtype).view_as(out)
    return [out, *torch.autograd.grad((out * weights).sum(), (x, conv.weight, conv.bias))]


@pytest.mark.parametrize("size", [(3, 8, 8), (1, 9, 14), (5, 4, 7)])
@pytest.mark.parametrize("order", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("buffer", [1, 2**22])
def test_tiles_equal_the_direct_sum(monkeypatch, size, order, buffer):
    monkeypatch.setattr(tiled, "_CHANNELS", 1)
    monkeypatch.setattr(tiled, "_PIXELS", range(1, 10**6))
    monkeypatch.setattr(tiled, "_BUFFER", buffer)
    torch.manual_seed(0)
    conv = nn.Conv2d(5, 3, 3, padding=1).double().to(memory_format=order)
    batch, height, width = size
    x = torch.randn(batch, 5, height, width, dtype=torch.float64).to(memory_format=order)
    x.requires_grad_()
    found, expected = gradients(convolve, conv, x), gradients(nn.Conv2d.forward, conv, x)
    for a, b in zip(found, expected, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-11)
        assert a.dim() == 1 or a.is_contiguous(memory_format=order)


def test_tiles_in_float32_round_little():
    torch.manual_seed(0)
    conv, x = nn.Conv2d(128, 128, 3, padding=1), torch.randn(1, 128, 32, 32)
    assert tiled._pays(conv, x)
    exact = conv.double()(x.double())
    found = convolve(conv.float(), x)
    assert (found - exact).abs().max() < 2e-5 * exact.std()


@pytest.mark.parametrize("side", [6, 7])
def test_quads_equal_the_direct_sum(side):
    torch.manual_seed(0)
    conv = QuadConvolution(4, 3, 7, padding=3).double()
    x = torch.randn(2, 4, side, side, dtype=torch.float64, requires_grad=True)
    found, expected = (
        gradients(QuadConvolution.forward, conv, x),
        gradients(nn.Conv2d.forward, conv, x),
    )
    for a, b in zip(found, expected, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-11)
