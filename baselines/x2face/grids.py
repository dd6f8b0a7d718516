"""Sampling grids: from a network's output, one through the other, and as flow in pixels."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def identity_grid(side: int, *, like: Tensor) -> Tensor:
    """Return (side, side, 2), the (x, y) of every pixel, -1 and +1 on the border pixels' centres.

    Rounded to float32 in every dtype, as the original does: training in float64 feels it.
    """
    line = torch.linspace(-1, 1, side, dtype=torch.float64).float().to(like)
    return torch.stack((line.expand(side, side), line[:, None].expand(side, side)), dim=-1)


def offset_grid(raw: Tensor) -> Tensor:
    """Return the identity grid plus tanh(raw).

    The identity has -1 and +1 on the centres of the border pixels, whatever `grid_sample` is told
    about corners. The sum is not clamped.

    Args:
        raw: (B, 2 or more, S, S), x before y; further channels are ignored.

    Returns:
        (B, S, S, 2), each component in (-2, 2).
    """
    offset = raw[:, :2].tanh().permute(0, 2, 3, 1)
    return offset + identity_grid(raw.shape[2], like=raw)


def compose(inner: Tensor, outer: Tensor, *, align_corners: bool) -> Tensor:
    """Return where in the source each pixel of the prediction comes from.

    The prediction at x is the embedded face at outer(x), which is the source at inner(outer(x)).
    Where ``outer`` leaves the face (the prediction is black there) its border is taken.

    Args:
        inner: (1 or B, S, S, 2), the grid that made the embedded face.
        outer: (B, S, S, 2), the driving grid.
        align_corners: As in the model's `grid_sample`.

    Returns:
        (B, S, S, 2).
    """
    maps = inner.expand(len(outer), -1, -1, -1).permute(0, 3, 1, 2)
    found = F.grid_sample(
        maps, outer, mode="bilinear", padding_mode="border", align_corners=align_corners
    )
    return found.permute(0, 2, 3, 1)


def flow_in_pixels(grid: Tensor, *, align_corners: bool) -> Tensor:
    """Return the backward flow of a sampling grid, in pixels.

    Args:
        grid: (B, S, S, 2), positions in a square picture of the same size.
        align_corners: Whether -1 and +1 are centres (True) or outer edges of border pixels.

    Returns:
        (B, S, S, 2): the position in the picture minus the pixel's own, x before y.
    """
    side = grid.shape[1]
    half = (side - 1) / 2
    centre_to_edge = half if align_corners else side / 2
    return grid * centre_to_edge - identity_grid(side, like=grid) * half
