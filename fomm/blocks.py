"""Building blocks of the First Order Motion Model: grids, Gaussians, convolution blocks.

The model is that of Siarohin et al., "First Order Motion Model for Image Animation", NeurIPS 2019
(https://arxiv.org/abs/2003.00196; "the paper" in this package). Attribute names and the order in
which sub-modules are registered are those of the released checkpoints and must not change:
optimizer states in those files are positional.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fomm.sampling import coordinate_grid, memory_order
from fomm.tiled import convolve

FOLD_FROM_PIXELS = 512


@contextmanager
def frozen(module: nn.Module) -> Iterator[None]:
    """Let gradients pass through ``module`` but not into its parameters."""
    parameters = [p for p in module.parameters() if p.requires_grad]
    for parameter in parameters:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in parameters:
            parameter.requires_grad_(True)


def gaussian(mean: Tensor, size: tuple[int, int], *, variance: float) -> Tensor:
    """Return an isotropic, not normalised Gaussian exp(-|z - mean|^2 / (2 variance)) per mean.

    It is computed as the product of one row and one column (a Gaussian is separable).

    Args:
        mean: (..., 2), (x, y) in [-1, 1].
        size: Rows and columns of the result.
        variance: In squared grid units.

    Returns:
        (..., height, width), values in (0, 1].
    """
    height, width = size
    grid = coordinate_grid(height, width, like=mean)
    x = torch.exp(-0.5 * (grid[0, :, 0] - mean[..., 0:1]) ** 2 / variance)  # (..., width)
    y = torch.exp(-0.5 * (grid[:, 0, 1] - mean[..., 1:2]) ** 2 / variance)  # (..., height)
    return y[..., :, None] * x[..., None, :]


class BatchNorm2d(nn.BatchNorm2d):
    """Batch normalisation whose `num_batches_tracked` stays 0, as in the released checkpoints."""

    def forward(self, input: Tensor) -> Tensor:
        """Normalise (B, C, H, W) over B, H and W."""
        return F.batch_norm(
            input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training,
            0.1 if self.momentum is None else self.momentum,
            self.eps,
        )


class SameBlock(nn.Module):
    """Convolution (odd kernel, same size) -> batch norm -> ReLU."""

    def __init__(self, in_features: int, out_features: int, *, kernel_size: int = 3) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_features, out_features, kernel_size, padding=kernel_size // 2)
        self.norm = BatchNorm2d(out_features)

    def forward(self, x: Tensor) -> Tensor:
        """(B, in, H, W) -> (B, out, H, W)."""
        return F.relu(self.norm(self.conv(x)), inplace=True)


class DownBlock(nn.Module):
    """Convolution 3x3 -> batch norm -> ReLU -> 2x2 average pool."""

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_features, out_features, 3, padding=1)
        self.norm = BatchNorm2d(out_features)

    def forward(self, x: Tensor) -> Tensor:
        """(B, in, H, W) -> (B, out, H // 2, W // 2)."""
        return halve(F.relu(self.norm(convolve(self.conv, x)), inplace=True))


class _Halve(torch.autograd.Function):
    """`F.avg_pool2d(x, 2)`, whose gradient is spread without a pass of zeros before it.

    The library's own backward also falls to a slow loop where the gradient's memory order is not
    that of the input, as behind a warp.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:  # noqa: ANN401
        ctx.order = memory_order(x)
        return F.avg_pool2d(x, 2)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:  # noqa: ANN401
        gradient = (0.25 * gradients[0]).contiguous(memory_format=ctx.order)
        return F.interpolate(gradient, scale_factor=2.0, mode="nearest")


def halve(x: Tensor) -> Tensor:
    """Average over 2x2 pixels: (B, C, H, W) with even sides -> (B, C, H / 2, W / 2)."""
    halved: Tensor = _Halve.apply(x)
    return halved


class UpBlock(nn.Module):
    """Nearest x2 up-sampling -> convolution 3x3 -> batch norm -> ReLU.

    Up-sampling by repetition followed by a 3x3 convolution is a transposed convolution of stride 2
    with a 4x4 kernel: 16 instead of 36 products per input pixel. On a CPU this form is used
    where there are enough pixels to pay for folding the kernel (1.2 to 2 times faster,
    backward included); it differs from the other by rounding only.
    """

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_features, out_features, 3, padding=1)
        self.norm = BatchNorm2d(out_features)

    def forward(self, x: Tensor) -> Tensor:
        """(B, in, H, W) -> (B, out, 2 H, 2 W)."""
        pixels = x.shape[0] * x.shape[2] * x.shape[3]
        if x.device.type == "cpu" and pixels >= FOLD_FROM_PIXELS:
            kernel = folded_kernel(self.conv.weight)
            x = F.conv_transpose2d(x, kernel, self.conv.bias, stride=2, padding=1)
        else:
            x = self.conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))
        return F.relu(self.norm(x), inplace=True)


def folded_kernel(weight: Tensor) -> Tensor:
    """Merge nearest x2 up-sampling into a 3x3 convolution kernel.

    Args:
        weight: (out, in, 3, 3) of a convolution with padding 1.

    Returns:
        (in, out, 4, 4) for `conv_transpose2d` with stride 2 and padding 1: the flipped kernel
        convolved with a 2x2 box of ones.
    """
    padded = F.pad(weight.flip(2, 3), (1, 1, 1, 1))  # (out, in, 5, 5)
    rows = padded[:, :, :-1] + padded[:, :, 1:]
    return (rows[..., :-1] + rows[..., 1:]).transpose(0, 1)


def convolve_together(x: Tensor, heads: Sequence[nn.Conv2d | None]) -> list[Tensor]:
    """Apply several heads of the same kernel size and padding as one convolution.

    A convolution with few outputs costs a CPU almost as much as one with sixteen.

    Args:
        x: (B, in, H, W).
        heads: Convolutions; None stands for a head that the model does not have.

    Returns:
        The output of every head that there is, (B, out_i, h, w).
    """
    present = [head for head in heads if head is not None]
    weight = torch.cat([head.weight for head in present])
    bias = torch.cat([head.bias for head in present if head.bias is not None])
    out = F.conv2d(x, weight, bias, padding=present[0].padding)
    return list(torch.split(out, [head.out_channels for head in present], dim=1))


class ResBlock(nn.Module):
    """Pre-activation residual block: x + conv(relu(norm(conv(relu(norm(x))))))."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(features, features, 3, padding=1)
        self.conv2 = nn.Conv2d(features, features, 3, padding=1)
        self.norm1 = BatchNorm2d(features)
        self.norm2 = BatchNorm2d(features)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> the same shape."""
        out = convolve(self.conv1, F.relu(self.norm1(x), inplace=True))
        out = convolve(self.conv2, F.relu(self.norm2(out), inplace=True))
        return x + out
