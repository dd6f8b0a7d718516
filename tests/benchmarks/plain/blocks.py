"""Blocks of the model, each written down the direct way."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


def coordinate_grid(height, width, *, like):
    """(height, width, 2): (x, y) of every pixel, -1 and +1 at the outermost centres."""
    x = torch.arange(width).to(like)
    y = torch.arange(height).to(like)
    x = 2 * (x / (width - 1)) - 1
    y = 2 * (y / (height - 1)) - 1
    xx = x.view(1, -1).repeat(height, 1)
    yy = y.view(-1, 1).repeat(1, width)
    return torch.stack([xx, yy], dim=-1)


def gaussian(mean, size, variance):
    """(B, K, 2) -> (B, K, h, w): exp(-|z - mean|^2 / (2 variance))."""
    grid = coordinate_grid(*size, like=mean).view(1, 1, *size, 2)
    offset = grid - mean.view(*mean.shape[:2], 1, 1, 2)
    return torch.exp(-0.5 * (offset**2).sum(-1) / variance)


class SameBlock(nn.Module):
    def __init__(self, in_features, out_features, kernel_size, padding):
        super().__init__()
        self.conv = nn.Conv2d(in_features, out_features, kernel_size, padding=padding)
        self.norm = nn.BatchNorm2d(out_features)

    def forward(self, x):
        return F.relu(self.norm(self.conv(x)))


class DownBlock(nn.Module):
    def __init__(self, in_features, out_features):
        super().__init__()
        self.conv = nn.Conv2d(in_features, out_features, 3, padding=1)
        self.norm = nn.BatchNorm2d(out_features)
        self.pool = nn.AvgPool2d(2)

    def forward(self, x):
        return self.pool(F.relu(self.norm(self.conv(x))))


class UpBlock(nn.Module):
    def __init__(self, in_features, out_features):
        super().__init__()
        self.conv = nn.Conv2d(in_features, out_features, 3, padding=1)
        self.norm = nn.BatchNorm2d(out_features)

    def forward(self, x):
        x = F.interpolate(x, scale_factor=2)
        return F.relu(self.norm(self.conv(x)))


class ResBlock(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.conv1 = nn.Conv2d(features, features, 3, padding=1)
        self.conv2 = nn.Conv2d(features, features, 3, padding=1)
        self.norm1 = nn.BatchNorm2d(features)
        self.norm2 = nn.BatchNorm2d(features)

    def forward(self, x):
        out = self.conv1(F.relu(self.norm1(x)))
        out = self.conv2(F.relu(self.norm2(out)))
        return out + x


class Encoder(nn.Module):
    def __init__(self, block_expansion, in_features, num_blocks, max_features):
        super().__init__()
        blocks = []
        for i in range(num_blocks):
            before = in_features if i == 0 else min(max_features, block_expansion * 2**i)
            blocks.append(DownBlock(before, min(max_features, block_expansion * 2 ** (i + 1))))
        self.down_blocks = nn.ModuleList(blocks)

    def forward(self, x):
        outputs = [x]
        for block in self.down_blocks:
            outputs.append(block(outputs[-1]))
        return outputs


class Decoder(nn.Module):
    def __init__(self, block_expansion, in_features, num_blocks, max_features):
        super().__init__()
        blocks = []
        for i in reversed(range(num_blocks)):
            before = min(max_features, block_expansion * 2 ** (i + 1))
            doubled = 1 if i == num_blocks - 1 else 2
            blocks.append(UpBlock(doubled * before, min(max_features, block_expansion * 2**i)))
        self.up_blocks = nn.ModuleList(blocks)
        self.out_features = block_expansion + in_features

    def forward(self, outputs):
        out = outputs.pop()
        for block in self.up_blocks:
            out = block(out)
            out = torch.cat([out, outputs.pop()], dim=1)
        return out


class Hourglass(nn.Module):
    def __init__(self, block_expansion, in_features, num_blocks, max_features):
        super().__init__()
        self.encoder = Encoder(block_expansion, in_features, num_blocks, max_features)
        self.decoder = Decoder(block_expansion, in_features, num_blocks, max_features)
        self.out_features = self.decoder.out_features

    def forward(self, x):
        return self.decoder(self.encoder(x))


class AntiAliasDown(nn.Module):
    """Gaussian blur at full size, then every n-th pixel."""

    def __init__(self, channels, scale):
        super().__init__()
        sigma = (1 / scale - 1) / 2
        size = 2 * round(sigma * 4) + 1
        t = torch.arange(size, dtype=torch.float32) - (size - 1) / 2
        line = torch.exp(-(t**2) / (2 * sigma**2)) if sigma else torch.ones(1)
        kernel = line.view(-1, 1) * line.view(1, -1)
        kernel = kernel / kernel.sum()
        self.register_buffer("weight", kernel.view(1, 1, size, size).repeat(channels, 1, 1, 1))
        self.scale = scale
        self.margin = size // 2
        self.step = int(1 / scale)

    def forward(self, x):
        if self.scale == 1:
            return x
        x = F.pad(x, (self.margin, self.margin, self.margin, self.margin))
        x = F.conv2d(x, self.weight, groups=x.shape[1])
        return x[:, :, :: self.step, :: self.step]
