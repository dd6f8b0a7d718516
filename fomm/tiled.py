"""3x3 convolutions of training with a quarter of the products, forward and backward.

The same Winograd tiles as in `fomm.winograd`, as a function that can be differentiated: with
V = B' d B of the input's tiles, U = G g G' and M = V U summed over channels, the output is
A' M A. So, for a gradient dY, dM = A dY A', dU = V' dM and dV = dM U': two more sums of products
of the same size, where the direct sum needs four times as many for each.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from fomm.sampling import memory_order
from fomm.winograd import TILE, tile_matrices

# Measured on AVX-512 cores, float32: below, the transforms of the tiles cost what is saved.
_CHANNELS = 128
_PIXELS = range(32 * 32, 128 * 128 + 1)
_BUFFER = 2**22


def convolve(conv: nn.Conv2d, x: Tensor) -> Tensor:
    """Apply ``conv``, by tiles where that is quicker: 3x3, padding 1, on a CPU, many channels.

    Args:
        conv: A convolution.
        x: (B, in, H, W).

    Returns:
        (B, out, h, w); the two ways differ by rounding.
    """
    if _pays(conv, x) and conv.bias is not None:
        out: Tensor = _TiledConvolution.apply(x, conv.weight, conv.bias)
        return out
    return conv(x)  # type: ignore[no-any-return]


def _pays(conv: nn.Conv2d, x: Tensor) -> bool:
    return (
        conv.kernel_size == (3, 3)
        and conv.stride == conv.padding == conv.dilation == (1, 1)
        and conv.groups == 1
        and conv.padding_mode == "zeros"
        and min(conv.in_channels, conv.out_channels) >= _CHANNELS
        and x.shape[2] * x.shape[3] in _PIXELS
        and x.device.type == "cpu"
        and not torch.is_autocast_enabled("cpu")
    )


class QuadConvolution(nn.Conv2d):
    """A convolution of few outputs that keeps the size, computed for 2x2 pixels at a time on a CPU.

    Four copies of the kernel, shifted within one larger kernel that moves by two pixels: 12
    outputs instead of 3 use the vector registers, with a third of the instructions. Odd sides take
    the ordinary way.
    """

    def forward(self, input: Tensor) -> Tensor:
        """(B, in, H, W) -> (B, out, H, W)."""
        odd = input.shape[2] % 2 or input.shape[3] % 2
        if self.bias is None or input.device.type != "cpu" or odd:
            return super().forward(input)
        shifted = [F.pad(self.weight, (j, 1 - j, i, 1 - i)) for i in (0, 1) for j in (0, 1)]
        kernel = torch.stack(shifted, dim=1).flatten(0, 1)  # (out 4, in, k + 1, k + 1)
        bias = self.bias.repeat_interleave(4)
        return F.pixel_shuffle(F.conv2d(input, kernel, bias, stride=2, padding=self.padding), 2)


class _TiledConvolution(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:  # noqa: ANN401
        tiles = _Tiles(x, weight)
        kernel = tiles.kernel(weight)
        # A small batch keeps its tiles for the backward pass; a large one makes them again.
        kept = [tiles.input(part) for part in tiles.split(x)] if len(x) <= tiles.batch else []
        inputs = kept or map(tiles.input, tiles.split(x))
        parts = [tiles.output(part @ kernel) for part in inputs]
        ctx.save_for_backward(x, weight, *kept)
        return _picture(parts, x) + bias.view(1, -1, 1, 1)

    @staticmethod
    @once_differentiable  # what is kept from forward is outside the graph
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, Tensor, Tensor]:  # noqa: ANN401
        x, weight, *kept = ctx.saved_tensors
        tiles = _Tiles(x, weight)
        turned = tiles.kernel(weight).mT
        kernel, parts = None, []
        inputs = kept or map(tiles.input, tiles.split(x))
        for part, gradient in zip(inputs, tiles.split(gradients[0]), strict=True):
            products = tiles.output_backward(gradient)
            if kernel is None:
                kernel = part.mT @ products
            else:
                kernel.baddbmm_(part.mT, products)
            if ctx.needs_input_grad[0]:
                parts.append(tiles.input_backward(products @ turned))
        assert kernel is not None
        into_x = _picture(parts, x) if parts else None
        return into_x, tiles.kernel_backward(kernel, weight), gradients[0].sum((0, 2, 3))


def _picture(parts: list[Tensor], like: Tensor) -> Tensor:
    """Join (b, H, W, C) to (B, C, H, W) in the memory order of ``like``."""
    joined = parts[0] if len(parts) == 1 else torch.cat(parts)
    return joined.permute(0, 3, 1, 2).contiguous(memory_format=memory_order(like))


class _Tiles:
    """The transforms and their transposes, for one shape; pictures are (b, H, W, channels)."""

    def __init__(self, x: Tensor, weight: Tensor) -> None:
        self.height, self.width = x.shape[2:]
        self.rows, self.columns = -(-self.height // TILE), -(-self.width // TILE)
        a, g, b = (matrix.to(x.device, x.dtype) for matrix in tile_matrices())
        self.a, self.g, self.b = torch.kron(a, a), torch.kron(g, g), torch.kron(b, b)
        widest = 36 * self.rows * self.columns * max(weight.shape[:2])
        self.batch = max(1, _BUFFER // widest)

    def split(self, maps: Tensor) -> tuple[Tensor, ...]:
        """(B, C, H, W) -> parts of a few samples, whose tiles stay near the processor."""
        return torch.split(maps.permute(0, 2, 3, 1).contiguous(), self.batch)

    def kernel(self, weight: Tensor) -> Tensor:
        """(out, in, 3, 3) -> (36, in, out)."""
        out, channels = weight.shape[:2]
        return (self.g @ weight.permute(2, 3, 1, 0).reshape(9, -1)).view(36, channels, out)

    def kernel_backward(self, gradient: Tensor, weight: Tensor) -> Tensor:
        """(36, in, out) -> (out, in, 3, 3) in the memory order of ``weight``."""
        channels, out = gradient.shape[1:]
        gradient = (self.g.T @ gradient.view(36, -1)).view(3, 3, channels, out)
        return gradient.permute(3, 2, 0, 1).contiguous(memory_format=memory_order(weight))

    def input(self, x: Tensor) -> Tensor:
        """(b, H, W, in) -> transformed, overlapping tiles (36, b rows columns, in)."""
        bottom, right = self.rows * TILE - self.height + 1, self.columns * TILE - self.width + 1
        x = F.pad(x, (0, 0, 1, right, 1, bottom))
        s = x.stride()
        tiles = x.as_strided(
            (6, 6, x.shape[0], self.rows, self.columns, x.shape[3]),
            (s[1], s[2], s[0], TILE * s[1], TILE * s[2], 1),
        )
        return (self.b @ tiles.reshape(36, -1)).view(36, -1, x.shape[3])

    def input_backward(self, gradient: Tensor) -> Tensor:
        """(36, b rows columns, in) -> (b, H, W, in): tiles are added where they overlap."""
        rows, columns, channels = self.rows, self.columns, gradient.shape[2]
        tiles = (self.b.T @ gradient.view(36, -1)).view(6, 6, -1, rows, columns, channels)
        out = tiles.new_zeros(tiles.shape[2], rows + 1, TILE, columns + 1, TILE, channels)
        at = out.permute(2, 4, 0, 1, 3, 5)  # (4, 4, b, rows + 1, columns + 1, in)
        at[:, :, :, :rows, :columns] = tiles[:4, :4]
        at[:2, :, :, 1:, :columns] += tiles[4:, :4]
        at[:, :2, :, :rows, 1:] += tiles[:4, 4:]
        at[:2, :2, :, 1:, 1:] += tiles[4:, 4:]
        out = out.view(-1, (rows + 1) * TILE, (columns + 1) * TILE, channels)
        return out[:, 1 : self.height + 1, 1 : self.width + 1]

    def output(self, products: Tensor) -> Tensor:
        """(36, b rows columns, out) -> (b, H, W, out)."""
        tiles = (self.a @ products.view(36, -1)).view(
            TILE, TILE, -1, self.rows, self.columns, products.shape[2]
        )
        out = tiles.permute(2, 3, 0, 4, 1, 5)  # (b, rows, 4, columns, 4, out)
        out = out.reshape(-1, self.rows * TILE, self.columns * TILE, products.shape[2])
        return out[:, : self.height, : self.width]

    def output_backward(self, gradient: Tensor) -> Tensor:
        """(b, H, W, out) -> (36, b rows columns, out)."""
        bottom, right = self.rows * TILE - self.height, self.columns * TILE - self.width
        padded = F.pad(gradient, (0, 0, 0, right, 0, bottom))
        tiles = padded.view(-1, self.rows, TILE, self.columns, TILE, gradient.shape[3])
        tiles = tiles.permute(2, 4, 0, 1, 3, 5).reshape(TILE * TILE, -1)
        return (self.a.T @ tiles).view(36, -1, gradient.shape[3])
