"""The patch discriminator, used only in training; it is told where the keypoints are."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from baselines.monkey_net.blocks import level_widths
from baselines.monkey_net.config import CommonConfig, DiscriminatorConfig
from baselines.monkey_net.embedding import MovementEmbedding
from baselines.monkey_net.frames import (
    Keypoints,
    Network,
    check_video,
    fold,
    fold_keypoints,
    shrink,
    unfold,
)


class DiscriminatorBlock(nn.Module):
    """Convolution 4x4 without padding [-> instance norm] -> leaky ReLU -> 2x2 average pool."""

    def __init__(self, in_features: int, out_features: int, *, norm: bool) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_features, out_features, 4)
        self.norm = nn.InstanceNorm2d(out_features, affine=True) if norm else None

    def forward(self, x: Tensor, *, videos: int) -> Tensor:
        """(B D, in, H, W) of B videos -> (B D, out, (H - 3) // 2, (W - 3) // 2)."""
        out = self.conv(x)
        if self.norm is not None:
            out = _instance_norm(out, self.norm, videos)
        return F.avg_pool2d(F.leaky_relu(out, 0.2, inplace=True), 2)


def _instance_norm(x: Tensor, norm: nn.InstanceNorm2d, videos: int) -> Tensor:
    """Normalise over rows, columns and the frames of a video: the one place where they meet.

    As a group norm with a channel per group, which a CPU does best plane by plane.
    """
    joint = x if len(x) == videos else unfold(x, videos)
    out = F.group_norm(joint.contiguous(), x.shape[1], norm.weight, norm.bias, norm.eps)
    return out if len(x) == videos else fold(out)


class Discriminator(Network):
    """Real or generated, per patch.

    Args:
        config: Sizes, and what is said about keypoints.
        common: Number of keypoints and channels.
        align_corners: Convention of warps, see `fomm.sampling`.
    """

    def __init__(
        self, config: DiscriminatorConfig, common: CommonConfig, *, align_corners: bool
    ) -> None:
        super().__init__()
        self.config = config
        self.channels = common.num_channels
        self.kp_embedding: MovementEmbedding | None = None
        if config.kp_embedding_params is not None:
            self.kp_embedding = MovementEmbedding(
                config.kp_embedding_params, common, align_corners=align_corners
            )
        extra = 0 if self.kp_embedding is None else self.kp_embedding.out_features
        widths = level_widths(config.block_expansion, config.max_features, config.num_blocks)
        widths[0] = common.num_channels + extra
        self.down_blocks = nn.ModuleList(
            DiscriminatorBlock(a, b, norm=i > 0) for i, (a, b) in enumerate(pairwise(widths))
        )
        self.conv = nn.Conv2d(widths[-1], 1, 1)

    @property
    def smallest_side(self) -> int:
        """The least side of a frame for which a patch is left."""
        side = (4 << len(self.down_blocks)) - 3  # 1, and 2 s + 3 for every block
        return side * round(1 / self.config.scale_factor)

    def forward(
        self, video: Tensor, *, kp_driving: Keypoints, kp_source: Keypoints | None = None
    ) -> list[Tensor]:
        """Judge a video (B, C, D, H, W), values in [0, 1]; see `judge`."""
        return self.judge([video], kp_driving=kp_driving, kp_source=kp_source)[0]

    def judge(
        self,
        videos: Sequence[Tensor],
        *,
        kp_driving: Keypoints,
        kp_source: Keypoints | None = None,
    ) -> list[list[Tensor]]:
        """Judge several videos that share their keypoints, in one pass.

        Args:
            videos: (B, C, D, H, W) each, values in [0, 1].
            kp_driving: (B, D, K, ...) each.
            kp_source: (B, 1, K, ...) each; the published networks do not look at them.

        Returns:
            Per video the video itself, the output of every block, and the scores
            (B, 1, D, h, w).

        Raises:
            ValueError: A video has another shape, or is too small.
        """
        for video in videos:
            self._check(video)
        batch, together = len(videos[0]), len(videos) * len(videos[0])
        x = shrink(torch.cat([fold(video) for video in videos]), self.config.scale_factor)
        if self.kp_embedding is not None:
            told = self.kp_embedding(
                fold(videos[0]),
                kp_driving=fold_keypoints(kp_driving),
                kp_source=None if kp_source is None else fold_keypoints(kp_source),
            )
            x = torch.cat((x, told.repeat(len(videos), 1, 1, 1)), dim=1)
        maps = []
        for block in self.down_blocks:
            x = block(x, videos=together)
            maps.append(unfold(x, together))
        maps.append(unfold(self.conv(x), together))
        return [
            [video, *(part[i * batch : (i + 1) * batch] for part in maps)]
            for i, video in enumerate(videos)
        ]

    def _check(self, video: Tensor) -> None:
        check_video("discriminator", video, self.channels)
        if min(video.shape[3:]) < self.smallest_side:
            raise ValueError(
                f"discriminator: frames are {video.shape[3]}x{video.shape[4]};"
                f" {len(self.down_blocks)} blocks need sides of {self.smallest_side}"
            )
