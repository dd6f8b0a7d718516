"""Sprites that the human worlds share: limbs, and pictures painted over pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from datasets.worlds.skeleton import DENSITY
from datasets.worlds.sprites import Float, Sprite, premultiply
from datasets.worlds.textures import Color, capsule, cloth, hsv, lit, mix, noise, round_light

SKINS: tuple[Color, ...] = (
    (0.96, 0.80, 0.69),
    (0.90, 0.70, 0.55),
    (0.78, 0.57, 0.42),
    (0.60, 0.41, 0.29),
    (0.44, 0.29, 0.20),
)
HAIRS: tuple[Color, ...] = (
    (0.08, 0.07, 0.08),
    (0.24, 0.14, 0.08),
    (0.45, 0.26, 0.12),
    (0.80, 0.62, 0.33),
    (0.72, 0.72, 0.74),
    (0.55, 0.16, 0.08),
)


def texels(pixels: float) -> int:
    """Return a length in whole texels, at least 1."""
    return max(round(pixels * DENSITY), 1)


def limb_shape(length: float, radius: float) -> tuple[int, int, int]:
    """Return height, width and margin in texels of a limb of ``length`` and ``radius`` pixels."""
    margin = int(np.ceil(radius * DENSITY)) + 2
    return texels(length) + 2 * margin + 1, 2 * margin + 1, margin


def limb(name: str, rgb: Float, radii: tuple[float, float], *, strength: float = 0.45) -> Sprite:
    """Return a tapered round limb, its bone along v, lit from the upper left.

    Args:
        name: Name of the part.
        rgb: Its cloth or skin, float32 ``(h, w, 3)``, of the size that `limb_shape` gives.
        radii: Radius at the first and at the second joint, pixels.
        strength: Strength of the baked light.
    """
    height, width = rgb.shape[:2]
    margin = (width - 1) / 2
    top, bottom = (r * DENSITY for r in radii)
    alpha = capsule(height, width, top=top, bottom=bottom, margin=margin)
    light = round_light(height, width, strength=strength)
    fade = np.linspace(1.06, 0.94, height, dtype=np.float32)[:, None]
    return Sprite(name, premultiply(lit(rgb, light * fade), alpha))


@dataclass(frozen=True)
class Complexion:
    """The colours of skin and hair."""

    skin: Color
    hair: Color


def complexion(rng: np.random.Generator) -> Complexion:
    """Draw a skin and a hair colour."""
    return Complexion(
        skin=SKINS[int(rng.integers(len(SKINS)))], hair=HAIRS[int(rng.integers(len(HAIRS)))]
    )


@dataclass(frozen=True)
class Fabric:
    """A piece of cloth, float32 ``(h, w, 3)``, from which a garment's parts are cut."""

    rgb: Float

    def cut(self, rng: np.random.Generator, height: int, width: int) -> Float:
        """Return a piece ``(height, width, 3)`` from anywhere."""
        free = np.array(self.rgb.shape[:2]) - (height, width)
        top, left = (int(rng.integers(space + 1)) for space in free)
        return self.rgb[top : top + height, left : left + width]


def weave(rng: np.random.Generator, colors: Sequence[Color]) -> Fabric:
    """Draw a fabric with a pattern of about 10 to 18 texels."""
    small = cloth(rng, 60, 60, colors)
    large = cv2.resize(small, (96, 96), interpolation=cv2.INTER_CUBIC)
    return Fabric(np.clip(cv2.GaussianBlur(large, (0, 0), 0.9), 0, 1).astype(np.float32))


def skin(rng: np.random.Generator, shape: tuple[int, int], color: Color) -> Float:
    """Return skin ``(h, w, 3)``: a colour with faint blotches."""
    shade: Color = (color[0] * 0.88, color[1] * 0.84, color[2] * 0.82)
    return mix(color, shade, noise(rng, *shape, 6))


def strands(rng: np.random.Generator, shape: tuple[int, int], color: Color) -> Float:
    """Return hair ``(h, w, 3)``: a colour with soft lights."""
    light = 0.75 + 0.5 * noise(rng, *shape, 4)
    return lit(np.broadcast_to(paint(color), (*shape, 3)), np.asarray(light))


def over(bottom: Float, top: Float) -> Float:
    """Return premultiplied ``top`` painted over premultiplied ``bottom``, both ``(h, w, 4)``."""
    return np.asarray(bottom * (1 - top[..., 3:]) + top, np.float32)


def strong_color(rng: np.random.Generator) -> Color:
    """Return a colour of clothes that stands out: vivid, white or nearly black."""
    kind = rng.random()
    if kind < 0.35:
        return hsv(rng.random(), 0.05, rng.uniform(0.94, 1.0))
    if kind < 0.45:
        return hsv(rng.random(), 0.5, rng.uniform(0.05, 0.11))
    return hsv(rng.random(), rng.uniform(0.9, 1.0), rng.uniform(0.8, 1.0))


def shifted(color: Color, factor: float) -> Color:
    """Return a darker (``factor`` < 1) or lighter (> 1) colour; light ones move towards white."""
    if factor <= 1:
        return (color[0] * factor, color[1] * factor, color[2] * factor)
    weight = min(factor - 1, 1.0)
    red, green, blue = (c + (1 - c) * weight for c in color)
    return (red, green, blue)


def contrast(color: Color) -> Color:
    """Return a tone of ``color`` that reads against it: lighter if it is dark, else darker."""
    return shifted(color, 1.25 if sum(color) < 1.2 else 0.74)


def paint(color: Color) -> Float:
    """Return a colour as float32 ``(3,)``."""
    return np.array(color, np.float32)
