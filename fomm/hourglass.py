"""The hourglass (U-Net) that keypoints and dense motion share."""

from __future__ import annotations

import itertools

import torch
from torch import Tensor, nn

from fomm.blocks import DownBlock, UpBlock


class Encoder(nn.Module):
    """`num_blocks` DownBlocks; keeps every intermediate result."""

    def __init__(self, widths: list[int]) -> None:
        super().__init__()
        self.down_blocks = nn.ModuleList(DownBlock(a, b) for a, b in itertools.pairwise(widths))

    def forward(self, x: Tensor) -> list[Tensor]:
        """(B, in, H, W) -> [x, (B, w_1, H/2, W/2), ..., (B, w_n, H/2^n, W/2^n)]."""
        outputs = [x]
        for block in self.down_blocks:
            outputs.append(block(outputs[-1]))
        return outputs


class Decoder(nn.Module):
    """Mirror of the encoder; after each UpBlock the encoder's map of that size is appended."""

    def __init__(self, widths: list[int]) -> None:
        super().__init__()
        blocks = []
        for level in range(len(widths) - 2, -1, -1):
            doubled = 1 if level == len(widths) - 2 else 2
            blocks.append(UpBlock(doubled * widths[level + 1], widths[level]))
        self.up_blocks = nn.ModuleList(blocks)

    def forward(self, skips: list[Tensor]) -> Tensor:
        """The encoder's list -> (B, w_0 + in, H, W)."""
        *rest, out = skips
        for block in self.up_blocks:
            out = torch.cat((block(out), rest.pop()), dim=1)
        return out


class Hourglass(nn.Module):
    """Encoder and decoder with skips (paper, appendix: "Implementation details").

    Args:
        in_features: Channels of the input; the input itself is the last skip.
        block_expansion: Channels of the decoder's last block; they double per level.
        num_blocks: Levels n.
        max_features: Upper bound of the channels of any level.
    """

    def __init__(
        self, in_features: int, *, block_expansion: int, num_blocks: int, max_features: int
    ) -> None:
        super().__init__()
        widths = [min(max_features, block_expansion * 2**i) for i in range(num_blocks + 1)]
        self.num_blocks = num_blocks
        self.encoder = Encoder([in_features, *widths[1:]])
        self.decoder = Decoder(widths)
        self.out_features = widths[0] + in_features

    def forward(self, x: Tensor) -> Tensor:
        """(B, in_features, H, W) -> (B, out_features, H, W).

        Raises:
            ValueError: H or W is not a multiple of 2^num_blocks.
        """
        step = 2**self.num_blocks
        if x.shape[-2] % step or x.shape[-1] % step:
            raise ValueError(
                f"hourglass input is {x.shape[-2]}x{x.shape[-1]}; "
                f"with {self.num_blocks} blocks its sides must be multiples of {step}"
            )
        return self.decoder(self.encoder(x))  # type: ignore[no-any-return]
