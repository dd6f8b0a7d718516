"""The movement embedding: what two sets of keypoints say about every pixel. It has no weights."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from baselines.monkey_net.config import CommonConfig, EmbeddingConfig
from baselines.monkey_net.frames import (
    Keypoints,
    group,
    laid_as,
    shrink,
    warp_each,
)
from baselines.monkey_net.keypoints import gaussians
from fomm.sampling import coordinate_grid

SMALLEST_SUM = 1e-18
"""A Gaussian whose sum is smaller lies outside the picture or between its pixels."""


class MovementEmbedding(nn.Module):
    """Heat maps, displacements and shifted sources, point by point.

    Args:
        config: Which of them.
        common: Number of keypoints and channels, and what Gaussians are made of.
        background: Whether a point that does not move comes first.
        align_corners: Convention of the warp, see `fomm.sampling`.
    """

    def __init__(
        self,
        config: EmbeddingConfig,
        common: CommonConfig,
        *,
        background: bool = False,
        align_corners: bool,
    ) -> None:
        super().__init__()
        self.config = config
        self.common = common
        self.background = background
        self.align_corners = align_corners
        per_point = config.use_heatmap + 2 * config.use_difference
        per_point += common.num_channels * config.use_deformed_source_image
        self.out_features = per_point * (common.num_kp + background)

    def forward(
        self, image: Tensor, *, kp_driving: Keypoints, kp_source: Keypoints | None = None
    ) -> Tensor:
        """Embed the motion from M sources to N driving frames, N a multiple of M.

        Args:
            image: (M, C, H, W), the sources; only its size matters if it is not deformed.
            kp_driving: (N, K, ...) each.
            kp_source: (M, K, ...) each; not needed for the Gaussians of driving keypoints alone.

        Returns:
            (N, points x channels per point, h, w), h and w being H and W times ``scale_factor``.

        Raises:
            ValueError: The source's keypoints are needed and were not given.
        """
        small = shrink(image, self.config.scale_factor)
        parts = list(self._parts(small, kp_driving, kp_source))
        return laid_as(torch.cat(parts, dim=2).flatten(1, 2), image)

    def _parts(
        self, image: Tensor, kp_driving: Keypoints, kp_source: Keypoints | None
    ) -> Iterator[Tensor]:
        """Yield (N, points, channels, h, w) of each kind."""
        config, size = self.config, (image.shape[2], image.shape[3])
        needs_source = config.use_difference or config.use_deformed_source_image
        if kp_source is None:
            if needs_source or config.heatmap_type == "difference":
                raise ValueError("this movement embedding needs the source's keypoints")
            kp_source = kp_driving
        if config.use_heatmap:
            yield self._heatmaps(kp_driving, kp_source, size)[:, :, None]
        if not needs_source:
            return
        shifts = self._with_background(displacements(kp_driving, kp_source))  # (N, points, 2)
        if config.use_difference:
            yield shifts[..., None, None].expand(*shifts.shape, *size)
        if config.use_deformed_source_image:
            yield self._shifted(image, shifts)

    def _heatmaps(
        self, kp_driving: Keypoints, kp_source: Keypoints, size: tuple[int, int]
    ) -> Tensor:
        maps = self._normalised(kp_driving, size)
        if self.config.heatmap_type == "difference":
            source = self._normalised(kp_source, size)
            maps = (group(maps, len(source)) - source[:, None]).flatten(0, 1)
        return self._with_background(maps)

    def _normalised(self, keypoints: Keypoints, size: tuple[int, int]) -> Tensor:
        maps = gaussians(keypoints, size, kp_variance=self.common.kp_variance)
        if isinstance(self.config.norm_const, float):
            return maps / self.config.norm_const
        return maps / maps.sum((2, 3), keepdim=True).clamp_min(SMALLEST_SUM)

    def _shifted(self, image: Tensor, shifts: Tensor) -> Tensor:
        """(M, C, h, w) and (N, points, 2) -> (N, points, C, h, w)."""
        grid = coordinate_grid(image.shape[2], image.shape[3], like=image)
        grids = (grid + shifts[:, :, None, None]).flatten(0, 1)  # (N points, h, w, 2)
        return group(warp_each(image, grids, align_corners=self.align_corners), len(shifts))

    def _with_background(self, points: Tensor) -> Tensor:
        if not self.background:
            return points
        return torch.cat((torch.zeros_like(points[:, :1]), points), dim=1)


def displacements(kp_driving: Keypoints, kp_source: Keypoints) -> Tensor:
    """Return where each point of a driving frame is in its source: source minus driving.

    Args:
        kp_driving: (N, K, ...) each.
        kp_source: (M, K, ...) each, N a multiple of M.

    Returns:
        (N, K, 2).
    """
    driving = kp_driving["mean"]
    source = kp_source["mean"]
    return source.repeat_interleave(len(driving) // len(source), 0) - driving
