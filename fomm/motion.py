"""Dense motion: from keypoints of two frames to a backward flow and an occlusion map."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from fomm.blocks import convolve_together, gaussian
from fomm.config import CommonConfig, DenseMotionConfig
from fomm.hourglass import Hourglass
from fomm.keypoints import Keypoints, inverse_2x2
from fomm.sampling import AntiAlias, coordinate_grid, memory_order, warp


class DenseMotion(nn.Module):
    """Combine K local affine motions and the background's identity (paper, section 3.1, eq. 7).

    Args:
        config: Sizes.
        common: Number of keypoints and channels.
        estimate_occlusion_map: Whether to predict which pixels the source does not show.
        align_corners: Convention of the warp, see `fomm.sampling`.
    """

    def __init__(
        self,
        config: DenseMotionConfig,
        common: CommonConfig,
        *,
        estimate_occlusion_map: bool,
        align_corners: bool,
    ) -> None:
        super().__init__()
        self.align_corners = align_corners
        self.kp_variance = config.kp_variance
        self.hourglass = Hourglass(
            (common.num_kp + 1) * (common.num_channels + 1),
            block_expansion=config.block_expansion,
            num_blocks=config.num_blocks,
            max_features=config.max_features,
        )
        features = self.hourglass.out_features
        self.mask = nn.Conv2d(features, common.num_kp + 1, 7, padding=3)
        self.occlusion: nn.Conv2d | None = None
        if estimate_occlusion_map:
            self.occlusion = nn.Conv2d(features, 1, 7, padding=3)
        if config.scale_factor != 1:
            self.down = AntiAlias(common.num_channels, config.scale_factor)

    def shrink(self, source: Tensor) -> Tensor:
        """(B, C, H, W) -> the source at motion resolution (B, C, h, w)."""
        return self.down(source) if hasattr(self, "down") else source

    def forward(
        self, small: Tensor, *, kp_source: Keypoints, kp_driving: Keypoints
    ) -> dict[str, Tensor]:
        """Estimate the backward flow driving -> source.

        Args:
            small: Source at motion resolution, from `shrink`: (B, C, h, w).
            kp_source: Keypoints of the source.
            kp_driving: Keypoints of the driving frame.

        Returns:
            ``sparse_deformed`` (B, K+1, C, h, w), the source moved by each motion; ``mask``
            (B, K+1, h, w), their weights; ``deformation`` (B, h, w, 2), for every pixel of the
            driving frame the (x, y) in [-1, 1] of the source to read; ``occlusion_map``
            (B, 1, h, w), 1 = visible in the source, if estimated.
        """
        size = (small.shape[2], small.shape[3])
        heatmaps = difference_of_gaussians(kp_source, kp_driving, size, variance=self.kp_variance)
        motions = sparse_motions(kp_source, kp_driving, size)  # (B, K+1, h, w, 2)
        # All K+1 warps of one source are one tall picture: (B, C, (K+1) h, w).
        warped = warp(small, motions.flatten(1, 2), align_corners=self.align_corners)
        warped = warped.view(*small.shape[:2], -1, *size).transpose(1, 2)  # (B, K+1, C, h, w)
        evidence = torch.cat((heatmaps[:, :, None], warped), dim=2).flatten(1, 2)
        features = self.hourglass(evidence.contiguous(memory_format=memory_order(small)))

        logits = convolve_together(features, [self.mask, self.occlusion])
        mask = torch.softmax(logits[0], dim=1)
        output = {
            "sparse_deformed": warped,
            "mask": mask,
            "deformation": (mask[..., None] * motions).sum(dim=1),
        }
        if self.occlusion is not None:
            output["occlusion_map"] = torch.sigmoid(logits[1])
        return output


def difference_of_gaussians(
    kp_source: Keypoints, kp_driving: Keypoints, size: tuple[int, int], *, variance: float
) -> Tensor:
    """Return where each motion happens (paper, eq. 6), zeros for the background first.

    Returns:
        (B, K+1, h, w), driving minus source.
    """
    driving = gaussian(kp_driving["value"], size, variance=variance)
    source = gaussian(kp_source["value"], size, variance=variance)
    return torch.cat((torch.zeros_like(driving[:, :1]), driving - source), dim=1)


def sparse_motions(kp_source: Keypoints, kp_driving: Keypoints, size: tuple[int, int]) -> Tensor:
    """Return the local motions of the paper's eq. 4, the background's identity first.

    T_k(z) = J_source inv(J_driving) (z - p_driving) + p_source; without jacobians the matrix is
    the identity. Every motion is evaluated as A z + b in one matrix product.

    Returns:
        (B, K+1, h, w, 2), (x, y) in the source for every pixel z of the driving frame.
    """
    affine = local_affines(kp_source, kp_driving)  # (B, K, 2, 3)
    identity = torch.eye(2, 3, dtype=affine.dtype, device=affine.device)
    affine = torch.cat((identity.expand(affine.shape[0], 1, 2, 3), affine), dim=1)
    grid = coordinate_grid(*size, like=affine).flatten(0, 1)  # (h w, 2)
    motions = grid @ affine[..., :2].mT + affine[..., None, :, 2]  # (B, K+1, h w, 2)
    return motions.view(*affine.shape[:2], *size, 2)


def local_affines(kp_source: Keypoints, kp_driving: Keypoints) -> Tensor:
    """Return [A | b] of every keypoint's motion z -> A z + b: (B, K, 2, 3)."""
    source, driving = kp_source["value"], kp_driving["value"]
    if "jacobian" in kp_driving:
        matrix = kp_source["jacobian"] @ inverse_2x2(kp_driving["jacobian"])
    else:
        identity = torch.eye(2, dtype=driving.dtype, device=driving.device)
        matrix = identity.expand(*driving.shape, 2)
    offset = source - (matrix @ driving[..., None]).squeeze(-1)
    return torch.cat((matrix, offset[..., None]), dim=-1)
