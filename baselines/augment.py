"""Augmentation of training pairs: flips, rotation, resizing, colours; the same for all frames.

Distributions follow the published training (FOMM, section 4, and the configuration files of FOMM
and Monkey-Net): with probability 1/2 the order of time is turned round; otherwise with probability
1/2 all are mirrored; then they are rotated about their middle, bilinear, black outside; then
resized and a window of the old size is cut out; then brightness, contrast, saturation and hue are
jittered. Colours are jittered on floats in that fixed order, without the detour through 8
bits of the original.

Resizing takes nearest pixels, as published. The original also asks for an anti-aliasing blur; at
its factors (0.9 and above) that is a Gaussian whose kernel is a single pixel, so there is none
here. A picture that became smaller is put in the middle of a frame filled by its own edges; from
one that became larger a window is cut, every place as likely as every other. (The original forgets
to move the window in one direction if the picture fits in the other; square pictures fit in both
or in neither, so this cannot be seen.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from datasets.registry import UsageError

_CACHE = 2**20
"""Bytes that a CPU works on quickly."""

_LUMA = (0.299, 0.587, 0.114)


@dataclass(frozen=True)
class Augmentation:
    """Strength of the augmentation; all zeros and False is none.

    Attributes:
        time_flip: Turn the order of the frames round with probability 1/2.
        horizontal_flip: Mirror all frames with probability 1/2, where not swapped.
        brightness: Factor drawn from [1 - b, 1 + b].
        contrast: Likewise, around the mean grey of each frame.
        saturation: Likewise, around each pixel's grey.
        hue: Turn drawn from [-h, h] in units of the full colour circle.
        resize: The factor of the size is drawn from [lowest, highest]; (1, 1) is none.
        rotation: Angle drawn from [-rotation, rotation] degrees.
    """

    time_flip: bool = True
    horizontal_flip: bool = True
    brightness: float = 0.1
    contrast: float = 0.1
    saturation: float = 0.1
    hue: float = 0.1
    resize: tuple[float, float] = (1.0, 1.0)
    rotation: float = 0.0

    def __post_init__(self) -> None:
        if len(self.resize) != 2 or not 0 < self.resize[0] <= self.resize[1] < math.inf:
            raise UsageError(f"augmentation: resize must be [lowest, highest], got {self.resize}")
        if not 0 <= self.rotation <= 180:
            raise UsageError(f"augmentation: rotation must be 0 to 180, got {self.rotation}")


@dataclass(frozen=True)
class Draws:
    """Chance for some pairs; all in [0, 1).

    Attributes:
        flips: float32 ``(6, B)``: order of time, mirror, brightness, contrast, saturation, hue.
        places: float64 ``(3, B)``: factor of the size, top and left; None without resizing.
        turns: float64 ``(B,)``, of the rotation; None without.
    """

    flips: NDArray[np.float32]
    places: NDArray[np.float64] | None
    turns: NDArray[np.float64] | None

    def of(self, pairs: slice) -> Draws:
        """Return those of some of the pairs."""
        places = None if self.places is None else self.places[:, pairs]
        turns = None if self.turns is None else self.turns[pairs]
        return Draws(self.flips[:, pairs], places, turns)


def draw(count: int, strength: Augmentation, rng: np.random.Generator) -> Draws:
    """Draw for ``count`` pairs; the draws of resizing, then those of rotation come last."""
    flips = rng.random((6, count)).astype(np.float32)
    places = rng.random((3, count)) if strength.resize != (1, 1) else None
    return Draws(flips, places, rng.random(count) if strength.rotation else None)


def augment_frames(frames: Tensor, strength: Augmentation, draws: Draws) -> Tensor:
    """Return 8-bit pairs as augmented floats, in the way that is quickest on their device.

    A GPU takes all pairs at once; a CPU as many as fit its cache: at 64x64 that is twice as quick
    as one by one, and at 256x256, where one pair fits, all at once would take three times as long.

    Args:
        frames: uint8 ``(B, N, H, W, 3)``, sources before driving, on any device.
        strength: What to do and how much.
        draws: Of these pairs.

    Returns:
        float32 ``(B, N, 3, H, W)`` in [0, 1].
    """
    count = len(frames)
    size = 4 * frames[:1].numel()  # bytes of a pair of floats
    step = count if frames.is_cuda else min(max(1, _CACHE // size), count)
    parts = []
    for first in range(0, count, step):
        part = slice(first, first + step)
        # (b, N, H, W, 3) -> (b, N, 3, H, W)
        pairs = frames[part].permute(0, 1, 4, 2, 3).float().div_(255)
        parts.append(augment(pairs, strength, draws.of(part)))
    return torch.cat(parts) if len(parts) > 1 else parts[0]


def augment(pairs: Tensor, strength: Augmentation, draws: Draws) -> Tensor:
    """Return the augmented pairs; what becomes of one does not depend on the others.

    Args:
        pairs: float32 ``(B, N, 3, H, W)`` in [0, 1], sources before driving, on any device.
        strength: What to do and how much.
        draws: Of these pairs.
    """
    flips = torch.from_numpy(draws.flips).to(pairs.device).view(6, -1, 1, 1, 1, 1)
    swap = (flips[0] < 0.5) & strength.time_flip
    mirror = (flips[1] < 0.5) & strength.horizontal_flip & ~swap
    pairs = torch.where(swap, pairs.flip(1), pairs)
    pairs = torch.where(mirror, pairs.flip(-1), pairs)
    if draws.turns is not None:
        pairs = _rotate(pairs, (draws.turns * 2 - 1) * math.radians(strength.rotation))
    if draws.places is not None:
        pairs = _resize(pairs, strength.resize, draws.places)
    if strength.brightness or strength.contrast or strength.saturation or strength.hue:
        pairs = _jitter(pairs, strength, flips[2:] * 2 - 1)
    return pairs


def _rotate(pairs: Tensor, angles: NDArray[np.float64]) -> Tensor:
    """Rotate each pair counter-clockwise about its middle; ``angles`` ``(B,)`` in radians."""
    count, height, width = pairs.shape[1], *pairs.shape[-2:]
    cosine, sine, zero = np.cos(angles), np.sin(angles), np.zeros_like(angles)
    # Where the pixels come from, in the coordinates of `grid_sample`, which are not square.
    rows = [[cosine, -sine * height / width, zero], [sine * width / height, cosine, zero]]
    maps = torch.from_numpy(np.moveaxis(np.array(rows), -1, 0).astype(np.float32))  # (B, 2, 3)
    maps = maps.to(pairs.device)
    frames = pairs.flatten(1, 2)  # (B, N * 3, H, W)
    grid = F.affine_grid(maps, [len(pairs), count * 3, height, width], align_corners=False)
    return F.grid_sample(frames, grid, align_corners=False).view_as(pairs)


def _resize(pairs: Tensor, ratio: tuple[float, float], draws: NDArray[np.float64]) -> Tensor:
    """Resize each pair and cut the old size out; ``draws`` ``(3, B)``: factor, top and left."""
    factors = ratio[0] + draws[0] * (ratio[1] - ratio[0])
    rows, columns = (
        torch.from_numpy(
            np.stack([_window(side, *each) for each in zip(factors, places, strict=True)])
        ).to(pairs.device)
        for side, places in zip(pairs.shape[-2:], draws[1:], strict=True)
    )
    windows = zip(pairs, rows, columns, strict=True)
    return torch.stack([pair[..., y[:, None], x] for pair, y, x in windows])


def _window(side: int, factor: float, place: float) -> NDArray[np.int64]:
    """Return where a window of ``side`` pixels finds each one in the picture before resizing.

    Args:
        side: Pixels of the picture, and of the window.
        factor: Of the resizing.
        place: In [0, 1): from the first to the last place that the window can have.

    Example:
        >>> _window(4, 0.5, 0.0)
        array([1, 1, 3, 3])
    """
    resized = max(int(side * factor), 1)
    spare = resized - side
    start = int(place * (spare + 1)) if spare > 0 else -(-spare // 2)
    at = np.clip(np.arange(side) + start, 0, resized - 1)
    return ((2 * at + 1) * side // (2 * resized)).astype(np.int64)


def _jitter(pairs: Tensor, strength: Augmentation, draws: Tensor) -> Tensor:
    """Change colours; ``draws`` ``(4, B, 1, 1, 1, 1)`` in [-1, 1]."""
    amounts = (strength.brightness, strength.contrast, strength.saturation)
    light, contrast, saturation = (
        (1 + amount * draw).clamp_min(0) for amount, draw in zip(amounts, draws, strict=False)
    )
    pairs = (pairs * light).clamp_(0, 1)
    mean = _grey(pairs).mean(dim=(3, 4), keepdim=True)  # of each frame
    pairs = (mean + (pairs - mean) * contrast).clamp_(0, 1)
    grey = _grey(pairs)
    pairs = (grey + (pairs - grey) * saturation).clamp_(0, 1)
    if strength.hue:
        turn = _hue_rotation(draws[3].flatten() * strength.hue * 2 * math.pi)  # (B, 3, 3)
        pairs = torch.einsum("bij,btjhw->btihw", turn, pairs).clamp_(0, 1)
    return pairs


def _grey(pairs: Tensor) -> Tensor:
    weights = pairs.new_tensor(_LUMA).view(3, 1, 1)
    return (pairs * weights).sum(2, keepdim=True)


def _hue_rotation(angle: Tensor) -> Tensor:
    """Return matrices ``(B, 3, 3)`` that turn RGB about the grey axis by ``angle`` ``(B,)``."""
    cosine, sine = angle.cos(), angle.sin() / math.sqrt(3)
    shared = (1 - cosine) / 3
    diagonal, up, down = cosine + shared, shared - sine, shared + sine
    rows = [diagonal, up, down, down, diagonal, up, up, down, diagonal]
    return torch.stack(rows, dim=-1).view(-1, 3, 3)
