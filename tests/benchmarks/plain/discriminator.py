"""The multi-scale discriminator, section 7 of the description."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from tests.benchmarks.plain.blocks import gaussian


class DiscriminatorBlock(nn.Module):
    def __init__(self, in_features, out_features, norm, pool, sn):
        super().__init__()
        self.conv = nn.Conv2d(in_features, out_features, 4)
        if sn:
            self.conv = nn.utils.spectral_norm(self.conv)
        self.norm = nn.InstanceNorm2d(out_features, affine=True) if norm else None
        self.pool = pool

    def forward(self, x):
        out = self.conv(x)
        if self.norm is not None:
            out = self.norm(out)
        out = F.leaky_relu(out, 0.2)
        if self.pool:
            out = F.avg_pool2d(out, 2)
        return out


class Discriminator(nn.Module):
    def __init__(
        self,
        num_channels=3,
        block_expansion=64,
        num_blocks=4,
        max_features=512,
        sn=False,
        use_kp=False,
        num_kp=10,
        kp_variance=0.01,
    ):
        super().__init__()
        blocks = []
        for i in range(num_blocks):
            before = min(max_features, block_expansion * 2**i)
            if i == 0:
                before = num_channels + (num_kp if use_kp else 0)
            after = min(max_features, block_expansion * 2 ** (i + 1))
            blocks.append(DiscriminatorBlock(before, after, i > 0, i < num_blocks - 1, sn))
        self.down_blocks = nn.ModuleList(blocks)
        self.conv = nn.Conv2d(after, 1, 1)
        if sn:
            self.conv = nn.utils.spectral_norm(self.conv)
        self.use_kp = use_kp
        self.kp_variance = kp_variance

    def forward(self, x, kp):
        if self.use_kp:
            heatmap = gaussian(kp["value"], x.shape[2:], self.kp_variance)
            x = torch.cat([x, heatmap], dim=1)
        maps = []
        for block in self.down_blocks:
            x = block(x)
            maps.append(x)
        return maps, self.conv(x)


class MultiScaleDiscriminator(nn.Module):
    def __init__(self, scales=(1,), **options):
        super().__init__()
        self.scales = [f"{scale:g}" for scale in scales]
        self.discs = nn.ModuleDict(
            {scale.replace(".", "-"): Discriminator(**options) for scale in self.scales}
        )

    def forward(self, pyramid, kp):
        output = {}
        for scale in self.scales:
            network = self.discs[scale.replace(".", "-")]
            maps, scores = network(pyramid[f"prediction_{scale}"], kp)
            output[f"feature_maps_{scale}"] = maps
            output[f"prediction_map_{scale}"] = scores
        return output
