"""The keypoint detector: keypoints as soft-argmax, jacobians as weighted averages of maps."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from fomm.blocks import convolve_together
from fomm.config import CommonConfig, DetectorConfig
from fomm.hourglass import Hourglass
from fomm.sampling import AntiAlias, coordinate_grid

Keypoints = dict[str, Tensor]
"""{"value": (B, K, 2) as (x, y) in [-1, 1]; "jacobian": (B, K, 2, 2), absent if not estimated}."""

MIN_DETERMINANT = 1e-6


class KeypointDetector(nn.Module):
    """Unsupervised keypoints with local affine frames (paper, section 3.1).

    The heads have padding 0, so heat-maps are 6 pixels smaller than the feature maps, yet they are
    spanned by a full [-1, 1] grid: coordinates are stretched by (W - 1) / (W - 7). Released
    weights need it.

    Args:
        config: Sizes; ``single_jacobian_map`` shares one jacobian map between all keypoints.
        common: Number of keypoints and channels, and whether jacobians are estimated.
    """

    def __init__(self, config: DetectorConfig, common: CommonConfig) -> None:
        super().__init__()
        self.temperature = config.temperature
        self.predictor = Hourglass(
            common.num_channels,
            block_expansion=config.block_expansion,
            num_blocks=config.num_blocks,
            max_features=config.max_features,
        )
        features = self.predictor.out_features
        self.kp = nn.Conv2d(features, common.num_kp, 7, padding=config.pad)
        self.jacobian: nn.Conv2d | None = None
        if common.estimate_jacobian:
            maps = 1 if config.single_jacobian_map else common.num_kp
            self.jacobian = nn.Conv2d(features, 4 * maps, 7, padding=config.pad)
            self._start_at_identity(self.jacobian, maps)
        if config.scale_factor != 1:
            self.down = AntiAlias(common.num_channels, config.scale_factor)

    @staticmethod
    def _start_at_identity(head: nn.Conv2d, maps: int) -> None:
        identity = torch.tensor([1.0, 0.0, 0.0, 1.0]).repeat(maps)
        nn.init.zeros_(head.weight)
        if head.bias is not None:
            head.bias.data.copy_(identity)

    def features(self, x: Tensor) -> Tensor:
        """(B, C, H, W) in [0, 1] -> hourglass features (B, b + C, s H, s W)."""
        if hasattr(self, "down"):
            x = self.down(x)
        return self.predictor(x)  # type: ignore[no-any-return]

    def forward(self, x: Tensor) -> Keypoints:
        """Detect keypoints in (B, C, H, W) images, values in [0, 1]; see `Keypoints`."""
        features = self.features(x)
        logits, *rest = convolve_together(features, [self.kp, self.jacobian])  # (B, K, h, w)
        heatmap = torch.softmax(logits.flatten(2) / self.temperature, dim=2)  # (B, K, h w)
        grid = coordinate_grid(logits.shape[2], logits.shape[3], like=heatmap)
        keypoints = {"value": heatmap @ grid.flatten(0, 1)}
        if rest:
            maps = rest[0].flatten(2)  # (B, 4 J, h w)
            if maps.shape[1] == 4:
                jacobian = heatmap @ maps.mT  # (B, K, 4)
            else:
                maps = maps.view(*heatmap.shape[:2], 4, -1)
                jacobian = (maps @ heatmap[..., None]).squeeze(-1)  # (B, K, 4)
            keypoints["jacobian"] = jacobian.view(*jacobian.shape[:2], 2, 2)
        return keypoints


def inverse_2x2(matrix: Tensor) -> Tensor:
    """Invert 2x2 matrices in closed form, safely.

    Where the determinant is smaller than `MIN_DETERMINANT` in magnitude, that value (with its
    sign) takes its place: the result stays finite, and no gradient flows through the determinant.
    The original inverts without a guard and returns infinities there; elsewhere nothing differs.

    Args:
        matrix: (..., 2, 2).

    Returns:
        (..., 2, 2).
    """
    a, b, c, d = matrix.flatten(-2).unbind(-1)
    determinant = a * d - b * c
    limit = torch.full_like(determinant, MIN_DETERMINANT).copysign(determinant.detach())
    safe = torch.where(determinant.abs() < MIN_DETERMINANT, limit, determinant)
    adjugate = torch.stack((d, -b, -c, a), dim=-1)
    return (adjugate / safe[..., None]).view(matrix.shape)


def detached(keypoints: Keypoints) -> Keypoints:
    """Return the same keypoints outside the graph."""
    return {name: value.detach() for name, value in keypoints.items()}
