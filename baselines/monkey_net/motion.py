"""Dense motion: a backward flow as a mixture of the keypoints' displacements and a correction."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from baselines.monkey_net.blocks import GroupBlock, Hourglass, level_widths
from baselines.monkey_net.config import CommonConfig, DenseMotionConfig
from baselines.monkey_net.embedding import MovementEmbedding, displacements
from baselines.monkey_net.frames import Keypoints, shrink
from fomm.sampling import coordinate_grid


class DenseMotion(nn.Module):
    """The motion network: from sparse keypoints to dense flow.

    Args:
        config: Sizes; ``use_mask`` mixes displacements, ``use_correction`` adds a free flow.
        common: Number of keypoints and channels.
        align_corners: Convention of the warps, see `fomm.sampling`.
    """

    def __init__(
        self, config: DenseMotionConfig, common: CommonConfig, *, align_corners: bool
    ) -> None:
        super().__init__()
        self.config = config
        self.points = (common.num_kp + 1) * config.use_mask
        self.mask_embedding = MovementEmbedding(
            config.mask_embedding_params, common, background=True, align_corners=align_corners
        )
        features = self.mask_embedding.out_features
        self.group_blocks = nn.ModuleList(
            GroupBlock(features, groups=common.num_kp + 1) for _ in range(config.num_group_blocks)
        )
        self.hourglass = Hourglass(
            features,
            self.points + 2 * config.use_correction,
            widths=level_widths(config.block_expansion, config.max_features, config.num_blocks),
        )
        self._start_at_background()

    def _start_at_background(self) -> None:
        last = self.hourglass.decoder.conv
        if last is None or last.bias is None:
            return
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        if self.points:
            nn.init.constant_(last.bias[:1], self.config.bg_init)

    def forward(self, source: Tensor, *, kp_source: Keypoints, kp_driving: Keypoints) -> Tensor:
        """Estimate the backward flow driving -> source.

        Args:
            source: (M, C, H, W).
            kp_source: (M, K, ...) each.
            kp_driving: (N, K, ...) each, N a multiple of M.

        Returns:
            (N, h, w, 2): for every pixel of a driving frame the (x, y) of the source to read, in
            [-1, 1] inside it; h and w are H and W times ``scale_factor``.
        """
        source = shrink(source, self.config.scale_factor)
        features = self.mask_embedding(source, kp_source=kp_source, kp_driving=kp_driving)
        for block in self.group_blocks:
            features = block(features)
        maps = self.hourglass(features)
        deformation = coordinate_grid(maps.shape[2], maps.shape[3], like=maps)
        if self.points:
            mask = torch.softmax(maps[:, : self.points], dim=1)
            moving = mask[:, 1:].flatten(2).mT  # (N, h w, K); the background does not move
            flow = moving @ displacements(kp_driving, kp_source)
            deformation = deformation + flow.view(len(flow), *maps.shape[2:], 2)
        if self.config.use_correction:
            deformation = deformation + maps[:, self.points :].permute(0, 2, 3, 1)
        return deformation
