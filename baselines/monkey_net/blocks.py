"""Hourglass of Monkey-Net: FOMM's with a last convolution; its decoder may carry embeddings."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from baselines.monkey_net.frames import check_size
from fomm.blocks import BatchNorm2d, UpBlock
from fomm.hourglass import Encoder


def level_widths(block_expansion: int, max_features: int, num_blocks: int) -> list[int]:
    """Return the channels of levels 0 (full size; the decoder's alone) to n."""
    return [min(max_features, block_expansion * 2**i) for i in range(num_blocks + 1)]


class Decoder(nn.Module):
    """Mirror of the encoder; after each block the encoder's map of that size is appended.

    Args:
        widths: From `level_widths`.
        in_features: Channels of the encoder's input.
        extra: Channels that every map of the encoder has got on its way.
        out_features: Of a last 3x3 convolution; None: there is none.
    """

    def __init__(
        self,
        widths: list[int],
        *,
        in_features: int,
        extra: int = 0,
        out_features: int | None = None,
    ) -> None:
        super().__init__()
        levels = range(len(widths) - 2, -1, -1)
        joined = [1] + [2] * len(levels)
        self.up_blocks = nn.ModuleList(
            UpBlock(count * widths[level + 1] + extra, widths[level])
            for count, level in zip(joined, levels, strict=False)
        )
        self.out_features = widths[0] + in_features + extra
        self.conv: nn.Conv2d | None = None
        if out_features is not None:
            self.conv = nn.Conv2d(self.out_features, out_features, 3, padding=1)

    def forward(self, skips: list[Tensor]) -> Tensor:
        """The encoder's list -> (N, out_features, H, W)."""
        *rest, out = skips
        for block in self.up_blocks:
            out = torch.cat((block(out), rest.pop()), dim=1)
        return out if self.conv is None else self.conv(out)


class Hourglass(nn.Module):
    """Encoder and decoder with skips, the input being the last one.

    Args:
        in_features: Channels of the input.
        out_features: Channels of the output.
        widths: From `level_widths`.
    """

    def __init__(self, in_features: int, out_features: int, *, widths: list[int]) -> None:
        super().__init__()
        self.encoder = Encoder([in_features, *widths[1:]])
        self.decoder = Decoder(widths, in_features=in_features, out_features=out_features)
        self.unit = 2 ** (len(widths) - 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_features, H, W) -> (N, out_features, H, W).

        Raises:
            ValueError: H or W is not a multiple of 2^n.
        """
        check_size("hourglass", x, self.unit)
        return self.decoder(self.encoder(x))  # type: ignore[no-any-return]


class GroupBlock(nn.Module):
    """Convolution 1x1 in groups -> batch norm -> ReLU; channels and size stay.

    On a CPU the groups are one product with a block-diagonal matrix: several times faster than
    many small convolutions, the zeros notwithstanding.
    """

    def __init__(self, features: int, *, groups: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(features, features, 1, groups=groups)
        self.norm = BatchNorm2d(features)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape."""
        conv = self.conv
        if x.device.type == "cpu":
            blocks = torch.split(conv.weight.flatten(1), conv.out_channels // conv.groups)
            kernel = torch.block_diag(*blocks)  # type: ignore[no-untyped-call]
            out = F.linear(x.permute(0, 2, 3, 1), kernel, conv.bias).permute(0, 3, 1, 2)
        else:
            out = conv(x)
        return F.relu(self.norm(out), inplace=True)
