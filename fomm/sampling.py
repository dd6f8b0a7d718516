"""Bilinear resampling, with both conventions of the original in one place.

`warp` (grid_sample) uses ``align_corners=True``: the released weights were trained with torch 1.0,
where that was the only behaviour, and every grid of the model puts -1 and +1 on pixel
centres. Today's default, False, silently computes something else; it can be chosen for comparison
with runs of the original code under torch >= 1.3. `resize` (interpolate) always uses
``align_corners=False``, which was the default then and is now.
"""

from __future__ import annotations

from typing import Literal

import torch.nn.functional as F
from torch import Tensor

Padding = Literal["zeros", "reflection"]


def warp(image: Tensor, grid: Tensor, *, align_corners: bool, padding: Padding = "zeros") -> Tensor:
    """Sample ``image`` bilinearly at ``grid``: a backward warp.

    Args:
        image: (B, C, H, W).
        grid: (B, h, w, 2), (x, y) in [-1, 1] of ``image``.
        align_corners: Whether -1 and +1 are centres (True) or outer edges of border pixels.
        padding: What lies outside.

    Returns:
        (B, C, h, w).
    """
    return F.grid_sample(
        image, grid, mode="bilinear", padding_mode=padding, align_corners=align_corners
    )


def resize(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """Resize (B, C, H, W) bilinearly to (B, C, *size); the same tensor if it has that size."""
    if (maps.shape[2], maps.shape[3]) == size:
        return maps
    return F.interpolate(maps, size=size, mode="bilinear", align_corners=False)


def resize_flow(flow: Tensor, size: tuple[int, int]) -> Tensor:
    """Resize a grid (B, h, w, 2) to (B, *size, 2); its values stay as they are."""
    return resize(flow.permute(0, 3, 1, 2), size).permute(0, 2, 3, 1)
