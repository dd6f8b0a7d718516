"""The face detector S3FD of Zhang et al. (ICCV 2017): VGG-16 with heads on six scales.

Keys and shapes are those of `s3fd_convert.pth`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_GROUPS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
_TAPS = {  # name of the head -> channels
    "conv3_3_norm": 256,
    "conv4_3_norm": 512,
    "conv5_3_norm": 512,
    "fc7": 1024,
    "conv6_2": 512,
    "conv7_2": 256,
}
LEVELS = len(_TAPS)
_BACKGROUNDS = 3  # conf channels of the finest level that stand for the background


class ChannelNorm(nn.Module):
    """Divides by the Euclidean norm over channels and multiplies by a weight per channel."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        """Return a tensor like ``x``, (B, C, H, W)."""
        norm = x.square().sum(1, keepdim=True).sqrt() + 1e-10
        return x / norm * self.weight[:, None, None]


class S3fdNet(nn.Module):
    """Scores and offsets of one square prior per cell, on six scales."""

    def __init__(self) -> None:
        super().__init__()
        inputs = 3
        for group, widths in enumerate(_GROUPS, 1):
            for number, outputs in enumerate(widths, 1):
                self.add_module(f"conv{group}_{number}", nn.Conv2d(inputs, outputs, 3, 1, 1))
                inputs = outputs
        self.fc6, self.fc7 = nn.Conv2d(512, 1024, 3, 1, 3), nn.Conv2d(1024, 1024, 1)
        self.conv6_1, self.conv6_2 = nn.Conv2d(1024, 256, 1), nn.Conv2d(256, 512, 3, 2, 1)
        self.conv7_1, self.conv7_2 = nn.Conv2d(512, 128, 1), nn.Conv2d(128, 256, 3, 2, 1)
        for tap, channels in _TAPS.items():
            if tap.endswith("_norm"):
                self.add_module(tap, ChannelNorm(channels))
        for level, (tap, channels) in enumerate(_TAPS.items()):
            scores = 2 if level else _BACKGROUNDS + 1
            self.add_module(f"{tap}_mbox_conf", nn.Conv2d(channels, scores, 3, 1, 1))
            self.add_module(f"{tap}_mbox_loc", nn.Conv2d(channels, 4, 3, 1, 1))

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Return [scores, offsets] of each level, finest first, before the softmax.

        Args:
            pictures: float (B, 3, H, W), H and W at least 32: BGR minus its mean (104, 117, 123).

        Returns:
            Twelve tensors: (B, 2, h, w) background and face, then (B, 4, h, w), of six levels.
        """
        outputs: list[Tensor] = []
        for tap, features in self._features(pictures).items():
            scores = self.get_submodule(f"{tap}_mbox_conf")(features)
            background, face = scores[:, :-1].amax(1, keepdim=True), scores[:, -1:]
            outputs.append(torch.cat([background, face], 1))
            outputs.append(self.get_submodule(f"{tap}_mbox_loc")(features))
        return outputs

    def _features(self, x: Tensor) -> dict[str, Tensor]:
        """Return what the heads read, by the names of the taps."""
        taps: dict[str, Tensor] = {}
        for group, widths in enumerate(_GROUPS, 1):
            for number in range(1, len(widths) + 1):
                x = F.relu(self.get_submodule(f"conv{group}_{number}")(x))
            if group >= 3:
                taps[f"conv{group}_3_norm"] = self.get_submodule(f"conv{group}_3_norm")(x)
            x = F.max_pool2d(x, 2)
        x = F.relu(self.fc6(x))  # four cells larger than what it reads
        taps["fc7"] = x = F.relu(self.fc7(x))
        taps["conv6_2"] = x = F.relu(self.conv6_2(F.relu(self.conv6_1(x))))
        taps["conv7_2"] = F.relu(self.conv7_2(F.relu(self.conv7_1(x))))
        return taps
