"""The two small networks of the mini extractors: heat-map keypoints and an identity embedding.

Both are plain convolutions of a few 10,000 parameters. They are trained with batch normalisation,
which `fold` merges into the convolutions before the weights are stored.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import fusion

SIDE = 64
CELLS = 32
CROP_SIDE = 48
DIMENSIONS = 64


def block(
    inputs: int, outputs: int, *, stride: int = 1, dilation: int = 1, norm: bool
) -> nn.Sequential:
    """Return 3x3 convolution, batch normalisation (nothing when folded) and ReLU."""
    convolution = nn.Conv2d(inputs, outputs, 3, stride, dilation, dilation, bias=not norm)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs) if norm else nn.Identity(), nn.ReLU())


class KeypointNet(nn.Module):
    """A U-Net of three scales: heat maps of 32x32 cells and a visibility score per keypoint.

    The coarse scale is dilated, so that every cell sees nearly the whole picture: only the face
    tells which foot is the left one.
    """

    def __init__(self, keypoints: int, *, norm: bool = False) -> None:
        super().__init__()
        self.fine = nn.Sequential(block(3, 16, stride=2, norm=norm), block(16, 16, norm=norm))
        self.medium = nn.Sequential(block(16, 32, stride=2, norm=norm), block(32, 32, norm=norm))
        self.coarse = nn.Sequential(
            block(32, 40, stride=2, norm=norm),
            block(40, 40, dilation=2, norm=norm),
            block(40, 40, dilation=2, norm=norm),
        )
        self.to_medium, self.to_fine = nn.Conv2d(40, 32, 1), nn.Conv2d(32, 16, 1)
        self.up_medium, self.up_fine = block(32, 32, norm=norm), block(16, 24, norm=norm)
        self.heat, self.seen = nn.Conv2d(24, keypoints, 1), nn.Conv2d(24, keypoints, 1)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Return heat-map logits and visibility logits, both (B, K, 32, 32).

        Args:
            pictures: float32 (B, 3, 64, 64) in [-0.5, 0.5].
        """
        fine = self.fine(pictures)  # (B, 16, 32, 32)
        medium = self.medium(fine)  # (B, 32, 16, 16)
        coarse = self.coarse(medium)  # (B, 40, 8, 8)
        medium = self.up_medium(medium + F.interpolate(self.to_medium(coarse), scale_factor=2.0))
        fine = self.up_fine(fine + F.interpolate(self.to_fine(medium), scale_factor=2.0))
        return self.heat(fine), self.seen(fine)


def locate(heat: Tensor, seen: Tensor) -> tuple[Tensor, Tensor]:
    """Return positions (B, K, 2) in pixels of the 64x64 picture, and visibility logits (B, K).

    The position is the mean of the heat map (soft-argmax); the visibility is read where the heat
    map looks, without a gradient into it.

    Args:
        heat: (B, K, 32, 32) logits.
        seen: (B, K, 32, 32) logits.
    """
    weights = heat.flatten(2).softmax(-1).view_as(heat)
    centres = torch.arange(CELLS, dtype=heat.dtype, device=heat.device) * (SIDE / CELLS) + 0.5
    x = (weights.sum(2) * centres).sum(-1)
    y = (weights.sum(3) * centres).sum(-1)
    return torch.stack([x, y], -1), (weights.detach() * seen).sum((2, 3))


class IdentityNet(nn.Module):
    """Five convolutions over a 48x48 crop, mean and maximum pooled, to a unit vector."""

    def __init__(self, *, norm: bool = False) -> None:
        super().__init__()
        self.features = nn.Sequential(
            block(3, 16, stride=2, norm=norm),
            block(16, 32, stride=2, norm=norm),
            block(32, 32, norm=norm),
            block(32, 36, stride=2, norm=norm),
            block(36, 36, norm=norm),
        )
        self.embed = nn.Linear(72, DIMENSIONS)

    def forward(self, crops: Tensor) -> Tensor:
        """Return unit vectors (B, 64) of crops, float32 (B, 3, 48, 48) in [-0.5, 0.5]."""
        maps = self.features(crops)  # (B, 36, 6, 6)
        pooled = torch.cat([maps.mean((2, 3)), maps.amax((2, 3))], 1)
        return F.normalize(self.embed(pooled), dim=1)


def fold(network: nn.Module) -> None:
    """Merge every batch normalisation into the convolution before it, in place."""
    network.eval()
    for part in network.modules():
        if not isinstance(part, nn.Sequential):
            continue
        convolution, norm = part[0], part[1]
        if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            part[0] = fusion.fuse_conv_bn_eval(convolution, norm)
            part[1] = nn.Identity()
