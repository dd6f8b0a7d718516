"""The generator: all levels of an encoder of the source are warped, then decoded."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from baselines.monkey_net.blocks import Decoder, level_widths
from baselines.monkey_net.config import CommonConfig, GeneratorConfig
from baselines.monkey_net.embedding import MovementEmbedding
from baselines.monkey_net.frames import (
    Keypoints,
    Network,
    check_size,
    check_video,
    fold,
    fold_keypoints,
    group,
    resize_maps,
    unfold,
    warp_each,
)
from baselines.monkey_net.motion import DenseMotion
from fomm.blocks import ResBlock
from fomm.hourglass import Encoder


class Generator(Network):
    """Draw driving frames with what the source shows.

    Args:
        config: Sizes.
        common: Number of keypoints and channels.
        align_corners: Convention of the warps, see `fomm.sampling`.
    """

    def __init__(
        self, config: GeneratorConfig, common: CommonConfig, *, align_corners: bool
    ) -> None:
        super().__init__()
        self.config = config
        self.channels = common.num_channels
        self.align_corners = align_corners
        widths = level_widths(config.block_expansion, config.max_features, config.num_blocks)
        self.appearance_encoder = Encoder([common.num_channels, *widths[1:]])
        self.dense_motion_module = DenseMotion(
            config.dense_motion_params, common, align_corners=align_corners
        )
        self.kp_embedding: MovementEmbedding | None = None
        if config.kp_embedding_params is not None:
            self.kp_embedding = MovementEmbedding(
                config.kp_embedding_params, common, align_corners=align_corners
            )
        extra = 0 if self.kp_embedding is None else self.kp_embedding.out_features
        self.video_decoder = Decoder(widths, in_features=common.num_channels, extra=extra)
        self.refinement_module = _refinement(
            self.video_decoder.out_features, common.num_channels, config.num_refinement_blocks
        )

    def encode(self, source: Tensor) -> list[Tensor]:
        """Encode pictures (M, C, H, W); the result serves any number of driving frames.

        Returns:
            The source itself, then (M, c, H / 2^i, W / 2^i) for i = 1 ... n.

        Raises:
            ValueError: H or W is not a multiple of 2^n.
        """
        check_size("generator", source, 1 << self.config.num_blocks)
        return self.appearance_encoder(source)  # type: ignore[no-any-return]

    def animate(
        self, encoded: list[Tensor], *, kp_source: Keypoints, kp_driving: Keypoints
    ) -> dict[str, Tensor]:
        """Generate driving frames.

        Args:
            encoded: From `encode`, of M sources.
            kp_source: (M, K, ...) each.
            kp_driving: (N, K, ...) each, N a multiple of M: the first N / M are of the first
                source.

        Returns:
            ``prediction`` (N, C, H, W) in [0, 1]; ``deformed`` (N, C, H, W), the source warped;
            ``deformation`` (N, h, w, 2), see `DenseMotion`.
        """
        source = encoded[0]
        deformation = self.dense_motion_module(source, kp_source=kp_source, kp_driving=kp_driving)
        moved = [self._warped(level, deformation) for level in encoded]
        skips = moved
        if self.kp_embedding is not None:
            told = self.kp_embedding(source, kp_source=kp_source, kp_driving=kp_driving)
            skips = [torch.cat((level, self._resized(told, level)), dim=1) for level in moved]
        prediction = torch.sigmoid(self.refinement_module(self.video_decoder(skips)))
        return {"prediction": prediction, "deformed": moved[0], "deformation": deformation}

    def forward(
        self, source: Tensor, *, kp_source: Keypoints, kp_driving: Keypoints
    ) -> dict[str, Tensor]:
        """Encode and animate videos.

        Args:
            source: (B, C, 1, H, W) in [0, 1].
            kp_source: (B, 1, K, ...) each.
            kp_driving: (B, D, K, ...) each.

        Returns:
            ``prediction`` and ``deformed`` (B, C, D, H, W); ``deformation`` (B, D, h, w, 3), the
            third coordinate being 0.

        Raises:
            ValueError: The source has another shape, or its sides do not fit the blocks.
        """
        check_video("generator", source, self.channels)
        if source.shape[2] != 1:
            raise ValueError(f"generator: expected one source frame, got {source.shape[2]}")
        out = self.animate(
            self.encode(fold(source)),
            kp_source=fold_keypoints(kp_source),
            kp_driving=fold_keypoints(kp_driving),
        )
        flow = out["deformation"]
        flow = torch.cat((flow, torch.zeros_like(flow[..., :1])), dim=-1)
        return {
            "prediction": unfold(out["prediction"], len(source)),
            "deformed": unfold(out["deformed"], len(source)),
            "deformation": group(flow, len(source)),
        }

    def _resized(self, maps: Tensor, level: Tensor) -> Tensor:
        size = (level.shape[2], level.shape[3])
        return resize_maps(maps, size, self.config.interpolation_mode)

    def _warped(self, level: Tensor, deformation: Tensor) -> Tensor:
        grids = self._resized(deformation.permute(0, 3, 1, 2), level).permute(0, 2, 3, 1)
        return warp_each(level, grids, align_corners=self.align_corners)


def _refinement(features: int, channels: int, blocks: int) -> nn.Sequential:
    refinement = nn.Sequential()
    for i in range(blocks):
        refinement.add_module(f"r{i}", ResBlock(features))
    refinement.add_module("conv-last", nn.Conv2d(features, channels, 1))
    return refinement
