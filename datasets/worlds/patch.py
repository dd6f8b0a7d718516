"""A drawing board for one part, in canvas pixels around the part's anchor.

The anchor is always the middle texel of the sprite, so a pose needs no table of anchors.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.worlds import textures
from datasets.worlds.sprites import Sprite, premultiply
from datasets.worlds.textures import Color, Float

DENSITY = 1.25  # texels per canvas pixel
Points = Sequence[tuple[float, float]]


class Patch:
    """A rectangle of ``2 * half_width`` by ``2 * half_height`` canvas pixels around an anchor.

    Attributes:
        x: float32 ``(h, w)``, canvas pixels to the right of the anchor, per texel.
        y: float32 ``(h, w)``, canvas pixels below the anchor, per texel.
    """

    def __init__(self, half_width: float, half_height: float) -> None:
        columns = int(np.ceil(half_width * DENSITY)) + 2
        rows = int(np.ceil(half_height * DENSITY)) + 2
        v, u = np.mgrid[-rows : rows + 1, -columns : columns + 1].astype(np.float32)
        self.x: Float = u / DENSITY
        self.y: Float = v / DENSITY

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in texels."""
        return self.x.shape[0], self.x.shape[1]

    def area(self, points: Points, *, soft: float = 0.0, smooth: bool = True) -> Float:
        """Return the mask of a closed outline given in canvas pixels around the anchor."""
        outline = rounded(points) if smooth else np.array(points, np.float64)
        height, width = self.shape
        texels = outline * DENSITY + [(width - 1) / 2, (height - 1) / 2]
        mask = textures.polygon(height, width, [(float(u), float(v)) for u, v in texels])
        return blur(mask, soft)

    def blob(self, x: float, y: float, width: float, height: float) -> Float:
        """Return a Gaussian bump around ``(x, y)``, 1 in its middle."""
        bump = np.exp(-(((self.x - x) / width) ** 2) - ((self.y - y) / height) ** 2)
        return np.asarray(bump, np.float32)

    def disc(self, x: float, y: float, radius_x: float, radius_y: float) -> Float:
        """Return the anti-aliased mask of an upright ellipse."""
        radius = np.hypot((self.x - x) / radius_x, (self.y - y) / radius_y)
        edge = (1 - radius) * min(radius_x, radius_y) * DENSITY + 0.5
        return np.asarray(np.clip(edge, 0, 1), np.float32)

    def sprite(self, name: str, rgb: Float, alpha: Float) -> Sprite:
        """Return the sprite; its outermost texels are made transparent."""
        alpha = alpha.copy()
        alpha[[0, -1]] = 0
        alpha[:, [0, -1]] = 0
        return Sprite(name, premultiply(np.clip(rgb, 0, 1), alpha))

    def plain(self, color: Color) -> Float:
        """Return one colour, float32 ``(h, w, 3)``."""
        return np.broadcast_to(np.array(color, np.float32), (*self.shape, 3)).copy()


def blur(mask: Float, sigma: float) -> Float:
    """Return ``mask`` blurred by ``sigma`` canvas pixels; 0 leaves it as it is."""
    if sigma <= 0:
        return mask
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), sigma * DENSITY), np.float32)


def rounded(points: Points, steps: int = 8) -> NDArray[np.float64]:
    """Return a closed Catmull-Rom curve through ``points``, float64 ``(n * steps, 2)``."""
    p = np.array(points, np.float64)
    before, after, far = np.roll(p, 1, 0), np.roll(p, -1, 0), np.roll(p, -2, 0)
    t = np.arange(steps)[:, None, None] / steps
    curve = 0.5 * (
        2 * p
        + (after - before) * t
        + (2 * before - 5 * p + 4 * after - far) * t**2
        + (3 * p - before - 3 * after + far) * t**3
    )
    return np.asarray(curve.transpose(1, 0, 2).reshape(-1, 2), np.float64)


def mirrored(points: Points) -> list[tuple[float, float]]:
    """Return the closed outline whose right half, from top to bottom, is ``points``."""
    left = [(-x, y) for x, y in reversed(points) if abs(x) > 1e-6]
    return [*points, *left]


def over(below: Float, above: Float | Color, weight: Float) -> Float:
    """Return ``above`` laid over ``below`` where ``weight`` ``(h, w)`` is 1."""
    return np.asarray(
        below + (np.asarray(above, np.float32) - below) * weight[..., None], np.float32
    )
