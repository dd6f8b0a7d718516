"""Keypoints as the mean and the variance of heat maps, and back: Gaussians around keypoints."""

from __future__ import annotations

import torch
from torch import Tensor

from baselines.monkey_net.blocks import Hourglass, level_widths
from baselines.monkey_net.config import CommonConfig, DetectorConfig, KpVariance
from baselines.monkey_net.frames import (
    Keypoints,
    Network,
    check_size,
    check_video,
    fold,
    shrink,
    unfold_keypoints,
)
from fomm.blocks import gaussian
from fomm.sampling import coordinate_grid

FLOOR = 1e-7
"""Added to every position of a heat map, whose mass it changes: the released weights know it."""

SMALLEST = 1e-6
"""A singular value below this counts as this; that of a heat map is larger, thanks to `FLOOR`."""


class KeypointDetector(Network):
    """Unsupervised keypoints: bottlenecks of the reconstruction, not annotated points.

    Args:
        config: Sizes, and how small a variance may be.
        common: Number of keypoints and what they know of their extent.
    """

    def __init__(self, config: DetectorConfig, common: CommonConfig) -> None:
        super().__init__()
        self.config = config
        self.common = common
        widths = level_widths(config.block_expansion, config.max_features, config.num_blocks)
        self.predictor = Hourglass(common.num_channels, common.num_kp, widths=widths)

    def forward(self, video: Tensor) -> Keypoints:
        """Detect keypoints in (B, C, D, H, W), values in [0, 1]: (B, D, K, ...) each.

        Raises:
            ValueError: The shape is another, or the sides do not fit the blocks.
        """
        check_video("keypoint detector", video, self.common.num_channels)
        return unfold_keypoints(self.detect(fold(video)), len(video))

    def detect(self, frames: Tensor) -> Keypoints:
        """Detect keypoints in pictures (N, C, H, W): (N, K, ...) each."""
        unit = self.predictor.unit * round(1 / self.config.scale_factor)
        check_size("keypoint detector", frames, unit)
        logits = self.predictor(shrink(frames, self.config.scale_factor))  # (N, K, h, w)
        heatmap = torch.softmax(logits.flatten(2) / self.config.temperature, dim=2)
        keypoints = moments(heatmap.view_as(logits) + FLOOR, self.common.kp_variance)
        if self.config.clip_variance and self.common.kp_variance == "matrix":
            keypoints["var"] = clipped_variance(keypoints["var"], self.config.clip_variance)
        return keypoints


def moments(heatmap: Tensor, kp_variance: KpVariance) -> Keypoints:
    """Return mean and variance of heat maps, from their rows' and columns' sums.

    Args:
        heatmap: (N, K, h, w), not negative. Its sum is taken to be 1, though it be a little more.
        kp_variance: ``matrix``: (N, K, 2, 2); ``single``: (N, K, 1, 1); a number: none.
    """
    grid = coordinate_grid(heatmap.shape[2], heatmap.shape[3], like=heatmap)
    x, y = grid[0, :, 0], grid[:, 0, 1]
    columns, rows = heatmap.sum(2), heatmap.sum(3)  # (N, K, w), (N, K, h)
    mean = torch.stack((columns @ x, rows @ y), dim=-1)
    if isinstance(kp_variance, float):
        return {"mean": mean}
    dx, dy = x - mean[..., 0:1], y - mean[..., 1:2]
    xx, yy = (columns * dx**2).sum(-1), (rows * dy**2).sum(-1)  # (N, K)
    if kp_variance == "single":
        return {"mean": mean, "var": ((xx + yy) / 2)[..., None, None]}
    xy = ((heatmap @ dx[..., None])[..., 0] * dy).sum(-1)
    var = torch.stack((xx, xy, xy, yy), dim=-1).view(*xx.shape, 2, 2)
    return {"mean": mean, "var": var}


def clipped_variance(var: Tensor, smallest: float) -> Tensor:
    """Scale up matrices whose smallest singular value is below ``smallest``, to just that.

    The value is |determinant| / largest: the original subtracts two nearly equal numbers, which in
    float32 gives 0, then infinities, for a heat map of two points on a diagonal.

    Args:
        var: (..., 2, 2); all of a matrix is scaled, so it keeps its shape.
        smallest: Above 0.
    """
    a, b, c, d = var.flatten(-2).unbind(-1)
    spread = (a**2 + b**2 - c**2 - d**2) ** 2 + 4 * (a * c + b * d) ** 2
    # At an isotropic matrix the square root has an infinite slope.
    round_ = spread == 0
    root = torch.where(round_, 0.0, torch.where(round_, 1.0, spread).sqrt())
    largest = ((a**2 + b**2 + c**2 + d**2 + root) / 2).clamp_min(SMALLEST**2).sqrt()
    value = ((a * d - b * c).abs() / largest).clamp_min(SMALLEST)
    factor = (smallest / value).clamp_min(1.0)
    return var * factor[..., None, None]


def inverse_variance(var: Tensor) -> Tensor:
    """Invert symmetric (..., 2, 2) variances, safely.

    A diagonal below `FLOOR` counts as that, and a correlation above 1 - 1e-6 in magnitude as that:
    the result is finite and has no negative direction, so Gaussians stay below 1. A heat map's
    variance is far from either, but float32 can lose the difference.
    """
    (a, b), (c, d) = (row.unbind(-1) for row in var.unbind(-2))
    a, d, b = a.clamp_min(FLOOR), d.clamp_min(FLOOR), (b + c) / 2
    reach = (1 - 1e-6) * (a * d).sqrt()
    b = torch.maximum(torch.minimum(b, reach), -reach)
    adjugate = torch.stack((d, -b, -b, a), dim=-1)
    return (adjugate / (a * d - b * b)[..., None]).view(var.shape)


def gaussians(keypoints: Keypoints, size: tuple[int, int], *, kp_variance: KpVariance) -> Tensor:
    """Return exp(-1/2 q' inv(var) q) around every keypoint, q = z - mean: the peak is 1.

    Args:
        keypoints: (N, K, ...) each.
        size: Rows and columns.
        kp_variance: Of the model; a number is the variance itself.

    Returns:
        (N, K, *size).
    """
    mean = keypoints["mean"]
    if isinstance(kp_variance, float):
        return gaussian(mean, size, variance=kp_variance)
    var = keypoints["var"]
    if kp_variance == "single":
        var = var * torch.eye(2, dtype=var.dtype, device=var.device)
    inverse = inverse_variance(var)[..., None, :, :]  # (N, K, 1, 2, 2)
    grid = coordinate_grid(*size, like=mean)
    x = grid[0, :, 0] - mean[..., 0:1]  # (N, K, w)
    y = (grid[:, 0, 1] - mean[..., 1:2])[..., None]  # (N, K, h, 1)
    # The exponent as one matrix product: its parts need not be kept for the backward pass.
    cross = inverse[..., 0, 1] + inverse[..., 1, 0]
    columns = torch.stack((inverse[..., 0, 0] * x**2, cross * x, torch.ones_like(x)), dim=-2)
    rows = torch.cat((torch.ones_like(y), y, inverse[..., 1, 1, None] * y**2), dim=-1)
    return torch.exp(-0.5 * (rows @ columns))
