"""The trunk of EfficientNet-Lite0 with its batch norms folded into the convolutions.

Written for frozen use: no batch statistics, symmetric padding inside the convolutions, and only the
stages that are asked for. It computes what the network of `efficientnet-lite-pytorch` computes.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

STAGES = (  # kernel, stride, expansion, channels, blocks; arXiv:1905.11946 without squeeze
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
TAPS = (0, 2, 4, 10, 15)


class _Convolution(nn.Module):
    """Convolution with TensorFlow's "same" padding for even sides, optional ReLU6, fixed weights.

    The batch norm that follows it in the published network is folded into its weights.
    """

    def __init__(
        self, state: Mapping[str, Tensor], conv: str, norm: str, *, stride: int, relu: bool
    ) -> None:
        super().__init__()
        weight, bias = _folded(state, conv, norm)
        padding = (weight.shape[-1] - stride + 1) // 2
        if (weight.shape[-1] - stride) % 2:
            # "Same" pads one more on the far side: a leading zero in the kernel makes it symmetric.
            weight = F.pad(weight, (1, 0, 1, 0))
        depthwise = weight.shape[1] == 1
        self.conv = nn.Conv2d(
            weight.shape[0] if depthwise else weight.shape[1],
            weight.shape[0],
            weight.shape[-1],
            stride=stride,
            padding=padding,
            groups=weight.shape[0] if depthwise else 1,
        )
        self.conv.load_state_dict({"weight": weight, "bias": bias})
        self.relu = relu

    def forward(self, x: Tensor) -> Tensor:
        """(B, in, H, W) -> (B, out, H / stride, W / stride)."""
        if self.conv.kernel_size != (1, 1):
            return self._activated(self.conv(x))
        # A matrix product, without a copy if x is channels-last.
        weight = self.conv.weight[:, :, 0, 0]
        out = F.linear(x.permute(0, 2, 3, 1), weight, self.conv.bias)
        return self._activated(out).permute(0, 3, 1, 2)

    def _activated(self, x: Tensor) -> Tensor:
        return F.hardtanh(x, 0.0, 6.0) if self.relu else x


class _MBConv(nn.Module):
    """Inverted residual block: expand 1x1 -> depth-wise -> project 1x1 [+ input]."""

    def __init__(
        self, state: Mapping[str, Tensor], prefix: str, *, expansion: int, stride: int
    ) -> None:
        super().__init__()
        names = [("depthwise", 1, stride, True), ("project", 2, 1, False)]
        if expansion != 1:
            names.insert(0, ("expand", 0, 1, True))
        self.layers = nn.Sequential(
            *(
                _Convolution(state, f"{prefix}_{n}_conv", f"{prefix}_bn{i}", stride=s, relu=relu)
                for n, i, s, relu in names
            )
        )
        first, last = self.layers[0].conv, self.layers[-1].conv
        self.residual = stride == 1 and first.in_channels == last.out_channels  # type: ignore[union-attr]

    def forward(self, x: Tensor) -> Tensor:
        """(B, in, H, W) -> (B, out, H / stride, W / stride)."""
        out: Tensor = self.layers(x)
        return out + x if self.residual else out


def _folded(state: Mapping[str, Tensor], conv: str, norm: str) -> tuple[Tensor, Tensor]:
    variance, mean = state[f"{norm}.running_var"].double(), state[f"{norm}.running_mean"].double()
    scale = state[f"{norm}.weight"].double() / torch.sqrt(variance + 1e-3)
    weight = state[f"{conv}.weight"].double() * scale.view(-1, 1, 1, 1)
    return weight.float(), (state[f"{norm}.bias"].double() - mean * scale).float()


def lite0_stages(state: Mapping[str, Tensor], *, taps: int) -> list[nn.Sequential]:
    """Build the first ``taps`` stages from the published state dict; each one ends at a tap."""
    blocks: list[nn.Module] = []
    for _, stride, expansion, _, repeats in STAGES:
        for i in range(repeats):
            prefix = f"_blocks.{len(blocks)}."
            step = stride if i == 0 else 1
            blocks.append(_MBConv(state, prefix, expansion=expansion, stride=step))
    stem = _Convolution(state, "_conv_stem", "_bn0", stride=2, relu=True)
    ends = [tap + 1 for tap in TAPS[:taps]]
    stages = [nn.Sequential(*blocks[a:b]) for a, b in zip([0, *ends[:-1]], ends, strict=True)]
    stages[0].insert(0, stem)
    return stages
