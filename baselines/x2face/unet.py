"""The two U-Nets of X2Face, level by level, under the names of the released checkpoints.

Every level halves its input by a 4x4 convolution of stride 2 and doubles what comes back from the
level below by bilinear up-sampling and a 3x3 convolution. No convolution has a bias. Attribute
names and the order in which they are set are those of the released ``state_dict``: ``up``,
``down``, ``submodule``, then the pose maps, and inside them the index of the layer.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from datasets.registry import UsageError

FEWEST_LEVELS = 5


class Level(nn.Module):
    """One level of a U-Net.

    Attributes:
        up: ReLU, up-sampling x2, convolution [, batch norm or tanh].
        down: [leaky ReLU,] convolution of stride 2 [, batch norm].
        submodule: The level below; None at the innermost one.
    """

    def __init__(
        self, up: nn.Sequential, down: nn.Sequential, *, submodule: Level | None = None
    ) -> None:
        super().__init__()
        self.up = up
        self.down = down
        self.submodule = submodule

    def encode(self, x: Tensor) -> Tensor:
        """(B, in, S, S) -> the innermost level's (B, inner, s, s), before any ReLU."""
        h: Tensor = self.down(x)
        return h if self.submodule is None else self.submodule.encode(h)

    def decode(self, vector: Tensor) -> Tensor:
        """(B, inner, s, s) -> (B, out, S, S), without skip connections."""
        h = vector if self.submodule is None else self.submodule.decode(vector)
        out: Tensor = self.up(h)
        return out


class SkipLevel(Level):
    """A level that hands its input on beside its output, up-sampled part first."""

    def forward(self, x: Tensor) -> Tensor:
        """(B, in, S, S) -> (B, out, S, S) for the outermost level, else (B, out + in, S, S).

        What is handed on has passed the leaky ReLU of ``down``, which works in place; the ReLU that
        comes next would make both the same.
        """
        h: Tensor = self.down(x)
        y: Tensor = self.up(h if self.submodule is None else self.submodule(h))
        return y if isinstance(self.down[0], nn.Conv2d) else torch.cat([y, x], dim=1)


class PoseLevel(Level):
    """The innermost level of the driving network, with maps between its vector and a head pose."""

    def __init__(self, up: nn.Sequential, down: nn.Sequential, *, inner: int) -> None:
        super().__init__(up, down)
        self.posefrombottle = nn.Linear(inner, 3)
        self.bottlefrompose = nn.Sequential(nn.Linear(3, inner, bias=False), nn.BatchNorm1d(inner))

    def turn(self, vector: Tensor, pose: Tensor) -> Tensor:
        """Exchange the pose in a driving vector; no gradient reaches the vector.

        Args:
            vector: (B, inner, 1, 1), before the ReLU.
            pose: (B or 1, 3): two angles in radians and the yaw, as the authors' notebook has them.

        Returns:
            (B, inner, 1, 1): vector - bottle(pose of vector) + bottle(pose).
        """
        v = vector.detach().flatten(1)
        turned: Tensor = v - self.bottlefrompose(self.posefrombottle(v)) + self.bottlefrompose(pose)
        return turned[:, :, None, None]


class Generator(nn.Module):
    """Holds the outermost level; one of the two wrappers that the released keys show."""

    def __init__(self, model: Level) -> None:
        super().__init__()
        self.model = model


class EmbeddingNetwork(nn.Module):
    """The embedding network: a U-Net with skip connections."""

    def __init__(self, levels: int, *, base: int, align_corners: bool) -> None:
        super().__init__()
        widths = level_widths(levels, base=base, inner=8 * base)
        self.netG = Generator(_skip_levels(widths, align_corners=align_corners))

    def forward(self, source: Tensor) -> Tensor:
        """(B, 3, S, S) -> (B, 3, S, S): x and y of the offsets before tanh, confidence logit."""
        raw: Tensor = self.netG.model(source)
        return raw


class DrivingNetwork(nn.Module):
    """The driving network: an encoder, a driving vector, a decoder; no skip connections."""

    def __init__(
        self, levels: int, *, inner: int, base: int, align_corners: bool, pose: bool
    ) -> None:
        super().__init__()
        widths = level_widths(levels, base=base, inner=inner)
        self.netG = Generator(_plain_levels(widths, align_corners=align_corners, pose=pose))

    def encode(self, driving: Tensor) -> Tensor:
        """(B, 3, S, S) -> driving vectors (B, inner, s, s), before any ReLU."""
        return self.netG.model.encode(driving)

    def decode(self, vector: Tensor) -> Tensor:
        """(B, inner, s, s) -> (B, 2, S, S): x and y of the offsets, after the first tanh."""
        return self.netG.model.decode(vector)

    @property
    def innermost(self) -> Level:
        """The level that makes the driving vector."""
        level = self.netG.model
        while level.submodule is not None:
            level = level.submodule
        return level


def level_widths(levels: int, *, base: int, inner: int) -> list[int]:
    """Return the channels after ``down`` of each level, outermost first.

    Raises:
        UsageError: There are fewer than `FEWEST_LEVELS` levels.

    Example:
        >>> level_widths(8, base=64, inner=128)
        [64, 128, 256, 512, 512, 512, 512, 128]
    """
    if levels < FEWEST_LEVELS:
        raise UsageError(f"x2face: a network has at least {FEWEST_LEVELS} levels, got {levels}")
    return [base * min(2**i, 8) for i in range(levels - 1)] + [inner]


def _skip_levels(widths: list[int], *, align_corners: bool) -> SkipLevel:
    levels = len(widths)
    level: SkipLevel | None = None
    for i in reversed(range(levels)):
        entering = widths[i] if level is None else 2 * widths[i]
        leaving, kind = (3, "plain") if i == 0 else (widths[i - 1], "norm")
        up = _up(entering, leaving, kind=kind, align_corners=align_corners)
        level = SkipLevel(up, _down(widths, i), submodule=level)
    assert level is not None  # there are five levels or more
    return level


def _plain_levels(widths: list[int], *, align_corners: bool, pose: bool) -> Level:
    up = _up(widths[-1], widths[-2], kind="norm", align_corners=align_corners)
    up[0] = nn.ReLU()  # not in place: a driving vector can be used again
    down = _down(widths, len(widths) - 1)
    level = PoseLevel(up, down, inner=widths[-1]) if pose else Level(up, down)
    for i in reversed(range(len(widths) - 1)):
        leaving, kind = (2, "tanh") if i == 0 else (widths[i - 1], "norm")
        up = _up(widths[i], leaving, kind=kind, align_corners=align_corners)
        level = Level(up, _down(widths, i), submodule=level)
    return level


def _down(widths: list[int], i: int) -> nn.Sequential:
    """The way down of level ``i``: bare outside, without batch norm inside."""
    if i == 0:
        return nn.Sequential(nn.Conv2d(3, widths[0], 4, stride=2, padding=1, bias=False))
    conv = nn.Conv2d(widths[i - 1], widths[i], 4, stride=2, padding=1, bias=False)
    norm = [nn.BatchNorm2d(widths[i])] if i < len(widths) - 1 else []
    return nn.Sequential(nn.LeakyReLU(0.2, inplace=True), conv, *norm)


def _up(entering: int, leaving: int, *, kind: str, align_corners: bool) -> nn.Sequential:
    last: dict[str, list[nn.Module]] = {
        "plain": [],
        "tanh": [nn.Tanh()],
        "norm": [nn.BatchNorm2d(leaving)],
    }
    return nn.Sequential(
        nn.ReLU(inplace=True),
        nn.Upsample(scale_factor=2.0, mode="bilinear", align_corners=align_corners),
        nn.Conv2d(entering, leaving, 3, padding=1, bias=False),
        *last[kind],
    )
