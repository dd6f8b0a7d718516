"""2D-FAN-4 of Bulat and Tzimiropoulos (ICCV 2017): four stacked hourglasses, 68 heat maps.

Keys and shapes are those of `2DFAN-4.pth.tar`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

LANDMARKS = 68
STACKS = 4
DEPTH = 4
WIDTH = 256


class Block(nn.Module):
    """Pre-activated convolutions of a half, a quarter and a quarter, concatenated, plus a shortcut.

    There is no activation at the end, and the parts enter the concatenation as they leave their
    convolutions.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        half, quarter = outputs // 2, outputs // 4
        self.bn1, self.conv1 = nn.BatchNorm2d(inputs), _conv3(inputs, half)
        self.bn2, self.conv2 = nn.BatchNorm2d(half), _conv3(half, quarter)
        self.bn3, self.conv3 = nn.BatchNorm2d(quarter), _conv3(quarter, quarter)
        self.downsample: nn.Module = nn.Identity()
        if inputs != outputs:
            projection = nn.Conv2d(inputs, outputs, 1, bias=False)
            self.downsample = nn.Sequential(nn.BatchNorm2d(inputs), nn.ReLU(), projection)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, outputs, H, W) of (B, inputs, H, W)."""
        one = self.conv1(F.relu(self.bn1(x)))
        two = self.conv2(F.relu(self.bn2(one)))
        three = self.conv3(F.relu(self.bn3(two)))
        shortcut: Tensor = self.downsample(x)
        return torch.cat([one, two, three], 1) + shortcut


class Hourglass(nn.Module):
    """Four levels down and up again, with a block beside each level."""

    def __init__(self) -> None:
        super().__init__()
        names = [f"b{side}_{level}" for level in range(DEPTH, 0, -1) for side in (1, 2)]
        names += ["b2_plus_1", *(f"b3_{level}" for level in range(1, DEPTH + 1))]
        for name in names:
            self.add_module(name, Block(WIDTH, WIDTH))

    def forward(self, x: Tensor, level: int = DEPTH) -> Tensor:
        """Return a tensor like ``x`` (B, 256, H, W); H and W are multiples of ``2**level``."""
        beside = self.get_submodule(f"b1_{level}")(x)
        low = self.get_submodule(f"b2_{level}")(F.avg_pool2d(x, 2))
        low = self(low, level - 1) if level > 1 else self.get_submodule("b2_plus_1")(low)
        low = self.get_submodule(f"b3_{level}")(low)
        joined: Tensor = beside + F.interpolate(low, scale_factor=2.0, mode="nearest")
        return joined


class FanNet(nn.Module):
    """Heat maps of the 68 landmarks at a quarter of the resolution, one set per hourglass."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 64, 7, 2, 3), nn.BatchNorm2d(64)
        self.conv2, self.conv3, self.conv4 = Block(64, 128), Block(128, 128), Block(128, WIDTH)
        for stack in range(STACKS):
            self.add_module(f"m{stack}", Hourglass())
            self.add_module(f"top_m_{stack}", Block(WIDTH, WIDTH))
            self.add_module(f"conv_last{stack}", nn.Conv2d(WIDTH, WIDTH, 1))
            self.add_module(f"bn_end{stack}", nn.BatchNorm2d(WIDTH))
            self.add_module(f"l{stack}", nn.Conv2d(WIDTH, LANDMARKS, 1))
            if stack < STACKS - 1:
                self.add_module(f"bl{stack}", nn.Conv2d(WIDTH, WIDTH, 1))
                self.add_module(f"al{stack}", nn.Conv2d(LANDMARKS, WIDTH, 1))

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Return four tensors (B, 68, H/4, W/4); the last one is the result.

        Args:
            pictures: float (B, 3, H, W), RGB in [0, 1]; 256x256 in use.
        """
        part = self.get_submodule
        x = F.relu(self.bn1(self.conv1(pictures)))  # (B, 64, H/2, W/2)
        x = F.avg_pool2d(self.conv2(x), 2)  # (B, 128, H/4, W/4)
        x = self.conv4(self.conv3(x))  # (B, 256, H/4, W/4)
        heats: list[Tensor] = []
        for stack in range(STACKS):
            top = part(f"top_m_{stack}")(part(f"m{stack}")(x))
            top = F.relu(part(f"bn_end{stack}")(part(f"conv_last{stack}")(top)))
            heats.append(part(f"l{stack}")(top))
            if stack < STACKS - 1:
                x = x + part(f"bl{stack}")(top) + part(f"al{stack}")(heats[-1])
        return heats


def _conv3(inputs: int, outputs: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
