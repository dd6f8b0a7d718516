"""The multi-scale patch discriminator, used only in training."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import spectral_norm

from fomm.blocks import gaussian
from fomm.config import CommonConfig, DiscriminatorConfig
from fomm.keypoints import Keypoints


def scale_name(scale: float) -> str:
    """Return the name of a pyramid level: 1 -> "1", 0.5 -> "0.5"."""
    return f"{scale:g}"


class DiscriminatorBlock(nn.Module):
    """Convolution 4x4 without padding [-> instance norm] -> leaky ReLU [-> 2x2 average pool]."""

    def __init__(
        self, in_features: int, out_features: int, *, norm: bool, sn: bool, pool: bool
    ) -> None:
        super().__init__()
        self.conv = _convolution(in_features, out_features, 4, sn=sn)
        self.norm = nn.InstanceNorm2d(out_features, affine=True) if norm else None
        self.pool = pool

    def forward(self, x: Tensor) -> Tensor:
        """(B, in, H, W) -> (B, out, H - 3, W - 3), halved if the block pools."""
        out = self.conv(x)
        if self.norm is not None:
            out = self.norm(out)
        out = F.leaky_relu(out, 0.2)
        return F.avg_pool2d(out, 2) if self.pool else out


class Discriminator(nn.Module):
    """One scale: real or generated, per patch; optionally told where the keypoints are."""

    def __init__(self, config: DiscriminatorConfig, common: CommonConfig) -> None:
        super().__init__()
        self.kp_variance = config.kp_variance if config.use_kp else None
        n = config.num_blocks
        first = common.num_channels + (common.num_kp if config.use_kp else 0)
        widths = [min(config.max_features, config.block_expansion * 2**i) for i in range(n + 1)]
        widths[0] = first
        self.down_blocks = nn.ModuleList(
            DiscriminatorBlock(widths[i], widths[i + 1], norm=i > 0, sn=config.sn, pool=i < n - 1)
            for i in range(n)
        )
        self.conv = _convolution(widths[n], 1, 1, sn=config.sn)

    def forward(self, x: Tensor, kp: Keypoints | None = None) -> tuple[list[Tensor], Tensor]:
        """Judge (B, C, H, W) pictures.

        Args:
            x: Pictures, values in [0, 1].
            kp: Keypoints of the driving frames; needed if the discriminator was built with them.

        Returns:
            The output of every block, and the map of scores (B, 1, h, w).

        Raises:
            ValueError: Keypoints are needed and were not given.
        """
        if self.kp_variance is not None:
            if kp is None:
                raise ValueError("this discriminator was built with use_kp: pass kp=")
            size = (x.shape[2], x.shape[3])
            x = torch.cat((x, gaussian(kp["value"], size, variance=self.kp_variance)), dim=1)
        maps = []
        for block in self.down_blocks:
            x = block(x)
            maps.append(x)
        return maps, self.conv(x)


class MultiScaleDiscriminator(nn.Module):
    """One `Discriminator` per scale of the pyramid."""

    def __init__(self, config: DiscriminatorConfig, common: CommonConfig) -> None:
        super().__init__()
        self.scales = tuple(scale_name(scale) for scale in config.scales)
        self.discs = nn.ModuleDict(
            {name.replace(".", "-"): Discriminator(config, common) for name in self.scales}
        )

    def forward(
        self, pyramid: Mapping[str, Tensor], kp: Keypoints | None = None
    ) -> dict[str, list[Tensor] | Tensor]:
        """Judge a pyramid ``{"prediction_<scale>": (B, C, h, w)}``; levels not used are ignored.

        Returns:
            ``feature_maps_<scale>``, the list of every block's output, and
            ``prediction_map_<scale>`` (B, 1, h, w).
        """
        output: dict[str, list[Tensor] | Tensor] = {}
        for name in self.scales:
            maps, scores = self.discs[name.replace(".", "-")](pyramid[f"prediction_{name}"], kp=kp)
            output[f"feature_maps_{name}"] = maps
            output[f"prediction_map_{name}"] = scores
        return output


def _convolution(in_features: int, out_features: int, size: int, *, sn: bool) -> nn.Module:
    conv = nn.Conv2d(in_features, out_features, size)
    # The old interface, deprecated in torch, has the key names of the released checkpoints.
    return spectral_norm(conv) if sn else conv
