"""A copy of a trained model that only animates, and does it with less work.

Nothing here changes what is computed, only how; outputs differ by rounding:

* batch norms that follow a convolution are folded into it;
* 3x3 convolutions on a CPU take the cheapest of three forms for their size: Winograd tiles, one
  matrix product (few pixels, many channels: the time goes into reading weights), or the library's;
* memory is in channels-last order, and the weights lie as their form needs them.

With ``bf16`` the convolutions of motion and generator multiply in bfloat16. The detector,
soft-maxima, inverses, sampling and the residual sums stay in float32.
"""

from __future__ import annotations

import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fomm.blocks import DownBlock, ResBlock, SameBlock, UpBlock, folded_kernel
from fomm.model import FOMM
from fomm.tiled import QuadConvolution
from fomm.winograd import winograd_conv2d, winograd_kernel

# Measured on AVX-512 cores, float32, one and two threads.
_PRODUCT_PIXELS = 64
_WINOGRAD_PIXELS = range(256, 128 * 128 + 1)
_WINOGRAD_CHANNELS = 32


def for_inference(model: FOMM, *, bf16: bool = False) -> FOMM:
    """Return an equivalent model for animation; ``model`` is not touched.

    Args:
        model: Trained.
        bf16: Whether motion and generator multiply in bfloat16.

    Returns:
        A model in evaluation mode, without discriminator, whose weights cannot be saved or trained.
    """
    without = {id(model.discriminator): None}
    fast = copy.deepcopy(model, without).eval().requires_grad_(False)
    dtype = torch.bfloat16 if bf16 else torch.float32
    _replace_blocks(fast.kp_detector, torch.float32)
    _replace_blocks(fast.generator, dtype)
    setattr(fast.generator, "final", FinalConvolution(fast.generator.final, dtype))  # noqa: B010
    return fast.to(memory_format=torch.channels_last)


def _replace_blocks(module: nn.Module, dtype: torch.dtype) -> None:
    for name, child in module.named_children():
        fast = _FAST.get(type(child))
        if fast is None:
            _replace_blocks(child, dtype)
        else:
            setattr(module, name, fast(child, dtype))


def folded(conv: nn.Conv2d, norm: nn.BatchNorm2d | None) -> tuple[Tensor, Tensor]:
    """Return weight and bias of a convolution that includes the batch norm after it."""
    weight, bias = conv.weight.detach(), conv.bias
    bias = torch.zeros_like(weight[:, 0, 0, 0]) if bias is None else bias.detach()
    if norm is None:
        return weight, bias
    scale, shift = scale_and_shift(norm)
    return weight * scale.view(-1, 1, 1, 1), bias * scale + shift


def scale_and_shift(norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """Return what a batch norm does in evaluation mode: x * scale + shift, (C,) each."""
    if norm.running_mean is None or norm.running_var is None:
        raise ValueError("a batch norm without running statistics cannot be folded")
    scale = norm.weight.detach() / torch.sqrt(norm.running_var + norm.eps)
    return scale, norm.bias.detach() - norm.running_mean * scale


class Convolution(nn.Module):
    """A convolution of stride 1 that keeps the size; a batch norm after it is folded in."""

    weight: Tensor
    bias: Tensor

    def __init__(self, conv: nn.Conv2d, norm: nn.BatchNorm2d | None, dtype: torch.dtype) -> None:
        super().__init__()
        weight, bias = folded(conv, norm)
        self.register_buffer("weight", weight.to(dtype))
        self.register_buffer("bias", bias.to(dtype))
        self._matrix: Tensor | None = None  # made when first needed
        self._kernel: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        """(B, in, H, W) -> (B, out, H, W)."""
        if self._plain():
            pixels = x.shape[2] * x.shape[3]
            if pixels <= _PRODUCT_PIXELS:
                return self._product(x)
            if pixels in _WINOGRAD_PIXELS and min(self.weight.shape[:2]) >= _WINOGRAD_CHANNELS:
                return self._tiles(x)
        padding = self.weight.shape[-1] // 2
        return F.conv2d(x.to(self.weight.dtype), self.weight, self.bias, padding=padding)

    def _plain(self) -> bool:
        weight = self.weight
        return (
            weight.device.type == "cpu"
            and weight.dtype == torch.float32
            and weight.shape[-2:] == (3, 3)
        )

    def _product(self, x: Tensor) -> Tensor:
        if self._matrix is None:
            self._matrix = self.weight.contiguous().flatten(1)  # (out, in 9)
        patches = F.unfold(x, 3, padding=1)  # (B, in 9, H W)
        out = self._matrix @ patches + self.bias[:, None]
        return out.view(x.shape[0], -1, *x.shape[2:])

    def _tiles(self, x: Tensor) -> Tensor:
        if self._kernel is None:
            self._kernel = winograd_kernel(self.weight)
        return winograd_conv2d(x, self._kernel, self.bias)


class Same(nn.Module):
    """`fomm.blocks.SameBlock` with its norm folded."""

    def __init__(self, block: SameBlock, dtype: torch.dtype) -> None:
        super().__init__()
        self.conv = Convolution(block.conv, block.norm, dtype)

    def forward(self, x: Tensor) -> Tensor:
        """(B, in, H, W) -> (B, out, H, W)."""
        return F.relu(self.conv(x), inplace=True)


class Down(nn.Module):
    """`fomm.blocks.DownBlock` with its norm folded."""

    def __init__(self, block: DownBlock, dtype: torch.dtype) -> None:
        super().__init__()
        self.conv = Convolution(block.conv, block.norm, dtype)

    def forward(self, x: Tensor) -> Tensor:
        """(B, in, H, W) -> (B, out, H // 2, W // 2)."""
        return F.avg_pool2d(F.relu(self.conv(x), inplace=True), 2)


class Up(nn.Module):
    """`fomm.blocks.UpBlock` with its norm, and the repetition of pixels, folded into one kernel."""

    kernel: Tensor

    def __init__(self, block: UpBlock, dtype: torch.dtype) -> None:
        super().__init__()
        self.conv = Convolution(block.conv, block.norm, dtype)
        kernel = folded_kernel(self.conv.weight.float()).to(dtype)
        self.register_buffer("kernel", kernel)

    def forward(self, x: Tensor) -> Tensor:
        """(B, in, H, W) -> (B, out, 2 H, 2 W)."""
        few = 4 * x.shape[2] * x.shape[3] <= _PRODUCT_PIXELS
        if few or x.device.type != "cpu":
            x = self.conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))
        else:
            x = x.to(self.kernel.dtype)
            x = F.conv_transpose2d(x, self.kernel, self.conv.bias, stride=2, padding=1)
        return F.relu(x, inplace=True)


class Residual(nn.Module):
    """`fomm.blocks.ResBlock` with its second norm folded; the sum keeps the input's dtype."""

    scale: Tensor
    shift: Tensor

    def __init__(self, block: ResBlock, dtype: torch.dtype) -> None:
        super().__init__()
        scale, shift = scale_and_shift(block.norm1)
        self.register_buffer("scale", scale.view(-1, 1, 1))
        self.register_buffer("shift", shift.view(-1, 1, 1))
        self.conv1 = Convolution(block.conv1, block.norm2, dtype)
        self.conv2 = Convolution(block.conv2, None, dtype)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> the same shape."""
        out: Tensor = F.relu(torch.addcmul(self.shift, x, self.scale), inplace=True)
        out = F.relu(self.conv1(out), inplace=True)
        out = self.conv2(out)
        return x + out


class FinalConvolution(nn.Module):
    """The last layer in the dtype of the others; float32 comes out."""

    def __init__(self, conv: QuadConvolution, dtype: torch.dtype) -> None:
        super().__init__()
        self.conv = conv.to(dtype)

    def forward(self, x: Tensor) -> Tensor:
        """(B, in, H, W) -> (B, out, H, W)."""
        out: Tensor = self.conv(x.to(self.conv.weight.dtype))
        return out.float()


_FAST = {SameBlock: Same, DownBlock: Down, UpBlock: Up, ResBlock: Residual}
