"""OpenFace nn4.small2.v1 of Amos et al. (2016), as ported by OpenFacePytorch (d002218).

Keys and shapes are those of `openface.pth`. The layers keep the numbers of the Torch-7 model.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

DIMENSIONS = 128
FEATURES = 736
SIDE = 96
_WIDE = 128  # a picture of this width is shrunk first


class ChannelContrast(nn.Module):
    """Local response normalisation over 5 channels, with the quirk of Torch's CrossMapLRN.

    The running sum of squares never drops channel 0, so from channel 3 on its square is there too.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Return a tensor like ``x``, (B, C, H, W)."""
        squares = x.square()
        channels = x.shape[1]
        padded = F.pad(squares, (0, 0, 0, 0, 2, 2))
        total = torch.stack([padded[:, i : i + channels] for i in range(5)]).sum(0)
        total[:, 3:] += squares[:, :1]
        contrasted: Tensor = x * (1 + (1e-4 / 5) * total) ** -0.75
        return contrasted


class Inception(nn.Module):
    """Branches of different kernels side by side, zero-padded to one size and concatenated.

    Args:
        inputs: Channels of the input.
        kernels: (kernel, reduced channels, channels) of each large kernel.
        stride: Of the large kernels.
        pool: The pool of the pool branch.
        pooled: Channels that the pool branch is reduced to; None: it passes all of them.
        plain: Channels of the 1x1 branch; None: there is none.
    """

    def __init__(
        self,
        inputs: int,
        kernels: tuple[tuple[int, int, int], ...],
        *,
        stride: int,
        pool: nn.Module,
        pooled: int | None,
        plain: int | None,
    ) -> None:
        super().__init__()
        branches = [_kernel_branch(inputs, *kernel, stride=stride) for kernel in kernels]
        if pooled is None:
            branches.append(nn.Sequential(pool))
        else:
            reduced = ("conv", nn.Conv2d(inputs, pooled, 1)), ("bn", nn.BatchNorm2d(pooled))
            branches.append(_numbered(("pool", pool), *reduced, ("relu", nn.ReLU())))
        if plain is not None:
            reduced = ("conv", nn.Conv2d(inputs, plain, 1)), ("bn", nn.BatchNorm2d(plain))
            branches.append(_numbered(*reduced, ("relu", nn.ReLU())))
        self.seq_list = nn.ModuleList(branches)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, sum of the branches' channels, h, w)."""
        outputs = [branch(x) for branch in self.seq_list]
        height = max(y.shape[2] for y in outputs)
        width = max(y.shape[3] for y in outputs)
        return torch.cat([_centred(y, height, width) for y in outputs], 1)


class OpenFaceNet(nn.Module):
    """A unit vector of 128 numbers per face."""

    def __init__(self) -> None:
        super().__init__()
        self.layer1, self.layer2 = nn.Conv2d(3, 64, 7, 2, 3), nn.BatchNorm2d(64)
        self.layer3, self.layer4 = nn.ReLU(), nn.MaxPool2d(3, 2, 1)
        self.layer5 = ChannelContrast()
        self.layer6, self.layer7, self.layer8 = nn.Conv2d(64, 64, 1), nn.BatchNorm2d(64), nn.ReLU()
        self.layer9, self.layer10 = nn.Conv2d(64, 192, 3, 1, 1), nn.BatchNorm2d(192)
        self.layer11, self.layer12 = nn.ReLU(), ChannelContrast()
        self.layer13 = nn.MaxPool2d(3, 2, 1)
        for number, (inputs, kernels, stride, euclidean, pooled, plain) in _BLOCKS.items():
            pool = nn.LPPool2d(2, 3, stride=3) if euclidean else nn.MaxPool2d(3, 2)
            block = Inception(inputs, kernels, stride=stride, pool=pool, pooled=pooled, plain=plain)
            self.add_module(f"layer{number}", block)
        self.layer22 = nn.AvgPool2d(3)
        self.layer25 = nn.Linear(FEATURES, DIMENSIONS)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Return the unit vector (B, 128) and the features (B, 736) it is made of.

        Args:
            pictures: float (B, 3, 96, 96), BGR in [0, 1]; 128x128 is shrunk to 96x96 first.
        """
        x = pictures
        if x.shape[3] == _WIDE:
            x = F.avg_pool2d(F.interpolate(x, scale_factor=3.0, mode="nearest"), 4)
        for number in (*range(1, 20), 21, 22):
            x = self.get_submodule(f"layer{number}")(x)
        features = x.flatten(1)  # (B, 736, 1, 1) -> (B, 736)
        y = self.layer25(features)
        return y / (y.square().sum(1, keepdim=True) + 1e-6).sqrt(), features


# number: inputs, ((kernel, reduced, outputs), ...), stride, Euclidean pool, pool width, 1x1 width
_Block = tuple[int, tuple[tuple[int, int, int], ...], int, bool, int | None, int | None]
_BLOCKS: dict[int, _Block] = {
    14: (192, ((3, 96, 128), (5, 16, 32)), 1, False, 32, 64),
    15: (256, ((3, 96, 128), (5, 32, 64)), 1, True, 64, 64),
    16: (320, ((3, 128, 256), (5, 32, 64)), 2, False, None, None),
    17: (640, ((3, 96, 192), (5, 32, 64)), 1, True, 128, 256),
    18: (640, ((3, 160, 256), (5, 64, 128)), 2, False, None, None),
    19: (1024, ((3, 96, 384),), 1, True, 96, 256),
    21: (736, ((3, 96, 384),), 1, False, 96, 256),
}


def _kernel_branch(
    inputs: int, kernel: int, reduced: int, outputs: int, *, stride: int
) -> nn.Sequential:
    return _numbered(
        ("conv", nn.Conv2d(inputs, reduced, 1)),
        ("bn", nn.BatchNorm2d(reduced)),
        ("relu", nn.ReLU()),
        ("conv", nn.Conv2d(reduced, outputs, kernel, stride, kernel // 2)),
        ("bn", nn.BatchNorm2d(outputs)),
        ("relu", nn.ReLU()),
    )


def _numbered(*layers: tuple[str, nn.Module]) -> nn.Sequential:
    """Return a sequence whose members are called ``1_conv``, ``2_bn`` and so on."""
    sequence = nn.Sequential()
    for number, (kind, layer) in enumerate(layers, 1):
        sequence.add_module(f"{number}_{kind}", layer)
    return sequence


def _centred(x: Tensor, height: int, width: int) -> Tensor:
    """Return ``x`` with zeros around it; of an odd number the larger half is right and below."""
    rows, columns = height - x.shape[2], width - x.shape[3]
    left, top = columns // 2, rows // 2
    return F.pad(x, (left, columns - left, top, rows - top))
