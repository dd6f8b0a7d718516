"""Resampling: warps, resizing, anti-aliased down-sampling, with the original's conventions.

`warp` (grid_sample) uses ``align_corners=True``: the released weights were trained with torch 1.0,
where that was the only behaviour, and every grid of the model puts -1 and +1 on pixel
centres. Today's default, False, silently computes something else; it can be chosen for comparison
with runs of the original code under torch >= 1.3. `resize` (interpolate) always uses
``align_corners=False``, which was the default then and is now.
"""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Padding = Literal["zeros", "reflection"]


def coordinate_grid(height: int, width: int, *, like: Tensor) -> Tensor:
    """Return the (x, y) of every pixel centre, -1 and +1 at the outermost pixels.

    Args:
        height: Rows.
        width: Columns.
        like: A floating tensor whose dtype and device the result takes.

    Returns:
        (height, width, 2); x = 2 j / (width - 1) - 1 for column j, y likewise for rows.
    """
    x = 2 * torch.arange(width, dtype=like.dtype, device=like.device) / max(width - 1, 1) - 1
    y = 2 * torch.arange(height, dtype=like.dtype, device=like.device) / max(height - 1, 1) - 1
    return torch.stack((x.expand(height, width), y[:, None].expand(height, width)), dim=-1)


def warp(image: Tensor, grid: Tensor, *, align_corners: bool, padding: Padding = "zeros") -> Tensor:
    """Sample ``image`` bilinearly at ``grid``: a backward warp.

    Args:
        image: (B, C, H, W).
        grid: (B, h, w, 2), (x, y) in [-1, 1] of ``image``.
        align_corners: Whether -1 and +1 are centres (True) or outer edges of border pixels.
        padding: What lies outside.

    Returns:
        (B, C, h, w), in memory as ``image`` lies (the library returns planes, and everything after
        a warp would go on in a mixture of orders).
    """
    out = F.grid_sample(
        image, grid, mode="bilinear", padding_mode=padding, align_corners=align_corners
    )
    return out.contiguous(memory_format=memory_order(image))


def memory_order(x: Tensor) -> torch.memory_format:
    """Return channels-last if ``x`` (B, C, H, W) lies in that order, else the plain one."""
    last = x.is_contiguous(memory_format=torch.channels_last) and not x.is_contiguous()
    return torch.channels_last if last else torch.contiguous_format


def resize(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """Resize (B, C, H, W) bilinearly to (B, C, *size); the same tensor if it has that size."""
    if (maps.shape[2], maps.shape[3]) == size:
        return maps
    return F.interpolate(maps, size=size, mode="bilinear", align_corners=False)


def resize_flow(flow: Tensor, size: tuple[int, int]) -> Tensor:
    """Resize a grid (B, h, w, 2) to (B, *size, 2); its values stay as they are."""
    return resize(flow.permute(0, 3, 1, 2), size).permute(0, 2, 3, 1)


def pixel_flow(deformation: Tensor, size: tuple[int, int]) -> Tensor:
    """Return a deformation as a backward flow in pixels, at its own resolution.

    A cell of the motion maps stands for W / w pixels, as the features that it moves do, so a
    displacement of one cell is one of W / w pixels.

    Args:
        deformation: (B, h, w, 2), where in the source each cell is found, (x, y) in [-1, 1] with
            -1 and +1 on the centres of the outermost cells.
        size: Height and width of the picture.

    Returns:
        (B, h, w, 2): the position in the source minus the cell's own, in pixels.
    """
    height, width = deformation.shape[1:3]
    cells = deformation.new_tensor([(width - 1) / 2, (height - 1) / 2])
    pitch = deformation.new_tensor([size[1] / width, size[0] / height])
    return (deformation - coordinate_grid(height, width, like=deformation)) * cells * pitch


class AntiAlias(nn.Module):
    """Gaussian blur, then every n-th pixel from index 0, with n = int(1 / scale).

    sigma = (1 / scale - 1) / 2, 2 round(4 sigma) + 1 taps, zero padding. Blur and sub-sampling are
    one strided depth-wise convolution, so only the pixels that are kept are computed. The
    samples are not centred and the border is darkened; the published model was trained with both.

    Args:
        channels: C.
        scale: At most 1, where the module is the identity.
    """

    weight: Tensor

    def __init__(self, channels: int, scale: float) -> None:
        super().__init__()
        self.stride = int(1 / scale)
        if scale != 1:
            kernel = anti_alias_kernel(scale)
            self.register_buffer("weight", kernel.expand(channels, 1, -1, -1).clone())

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, ceil(H / n), ceil(W / n))."""
        if self.stride == 1 and "weight" not in self._buffers:
            return x
        padding = self.weight.shape[-1] // 2
        groups = self.weight.shape[0]
        return F.conv2d(x, self.weight, stride=self.stride, padding=padding, groups=groups)


def anti_alias_kernel(scale: float) -> Tensor:
    """Return the normalised Gaussian (size, size) float32 that `AntiAlias` blurs with."""
    sigma = (1 / scale - 1) / 2
    size = 2 * round(4 * sigma) + 1
    t = torch.arange(size, dtype=torch.float32)
    line = torch.exp(-((t - (size - 1) / 2) ** 2) / (2 * sigma**2))
    kernel = line[:, None] * line[None, :]
    normalised: Tensor = kernel / kernel.sum()
    return normalised
