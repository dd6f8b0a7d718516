"""Paint for the mini worlds: smooth noise, cloth, skin, soft masks and baked light.

All pictures are float32 in [0, 1]; randomness comes from the generator that is passed in. Textures
are kept smooth at the scale of a texel, so that moving a part by a fraction of a pixel does not
change its look.
"""

from __future__ import annotations

import colorsys
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float32]
Color = tuple[float, float, float]


def hsv(hue: float, saturation: float, value: float) -> Color:
    """Return an RGB colour in [0, 1]; ``hue`` wraps around."""
    return colorsys.hsv_to_rgb(hue % 1.0, min(max(saturation, 0), 1), min(max(value, 0), 1))


def noise(rng: np.random.Generator, height: int, width: int, cell: float) -> Float:
    """Return smooth value noise ``(height, width)`` in [0, 1] with features about ``cell`` wide."""
    rows, columns = max(int(height / cell) + 3, 4), max(int(width / cell) + 3, 4)
    grid = rng.random((rows, columns)).astype(np.float32)
    full = cv2.resize(grid, None, fx=cell, fy=cell, interpolation=cv2.INTER_CUBIC)
    if full.shape[0] < height or full.shape[1] < width:
        full = cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(full[:height, :width], 0, 1), np.float32)


def mix(first: Color, second: Color, weight: Float) -> Float:
    """Return ``(h, w, 3)``: ``first`` where ``weight`` ``(h, w)`` is 0, ``second`` at 1."""
    one, two = np.asarray(first, np.float32), np.asarray(second, np.float32)
    return np.asarray(one + (two - one) * weight[..., None], np.float32)


def waves(height: int, width: int, *, period: float, angle: float, phase: float = 0.0) -> Float:
    """Return soft stripes ``(height, width)`` in [0, 1]; ``angle`` in radians."""
    v, u = np.mgrid[:height, :width].astype(np.float32)
    across = u * np.cos(angle) + v * np.sin(angle)
    return np.asarray(0.5 + 0.5 * np.sin(2 * np.pi * across / period + phase), np.float32)


def cloth(rng: np.random.Generator, height: int, width: int, colors: Sequence[Color]) -> Float:
    """Return a fabric ``(height, width, 3)``: plain, striped, checked, dotted or cloudy."""
    base, accent = colors[0], colors[-1]
    kind = rng.integers(5)
    period = float(rng.uniform(6, 11))
    angle = float(rng.choice([0.0, np.pi / 2, np.pi / 4]))
    if kind == 0:
        weight = 0.35 * noise(rng, height, width, 6)
    elif kind == 1:
        weight = waves(height, width, period=period, angle=angle)
    elif kind == 2:
        one = waves(height, width, period=period, angle=0.0)
        weight = one * 0.5 + 0.5 * waves(height, width, period=period, angle=np.pi / 2)
    elif kind == 3:
        one = waves(height, width, period=period, angle=np.pi / 4)
        dots = one * waves(height, width, period=period, angle=-np.pi / 4)
        weight = np.clip(dots * 2 - 0.6, 0, 1)
    else:
        weight = noise(rng, height, width, period)
    return mix(base, accent, np.asarray(weight, np.float32))


def capsule(height: int, width: int, *, top: float, bottom: float, margin: float) -> Float:
    """Return the soft mask of a tapered limb ``(height, width)``.

    The bone runs along v from ``margin`` to ``height - 1 - margin`` in the middle column; the
    radius goes from ``top`` to ``bottom`` texels; the ends are round.
    """
    v, u = np.mgrid[:height, :width].astype(np.float32)
    length = height - 1 - 2 * margin
    along = np.clip((v - margin) / length, 0, 1)
    radius = top + (bottom - top) * along
    distance = np.hypot(u - (width - 1) / 2, v - (margin + along * length))
    return np.asarray(np.clip(radius - distance + 0.5, 0, 1), np.float32)


def ellipse(height: int, width: int, *, inset: float = 1.5, power: float = 2.0) -> Float:
    """Return the soft mask of an ellipse (``power`` 2) or a rounded box (4)."""
    v, u = np.mgrid[:height, :width].astype(np.float32)
    half_u, half_v = (width - 1) / 2 - inset, (height - 1) / 2 - inset
    radius = (
        np.abs((u - (width - 1) / 2) / half_u) ** power
        + np.abs((v - (height - 1) / 2) / half_v) ** power
    ) ** (1 / power)
    return np.asarray(np.clip((1 - radius) * min(half_u, half_v) + 0.5, 0, 1), np.float32)


def polygon(height: int, width: int, points: Sequence[tuple[float, float]]) -> Float:
    """Return the anti-aliased mask of a polygon; ``points`` are (u, v) texels."""
    scale = 8
    corners = np.rint((np.asarray(points, np.float32) + 0.5) * scale - 0.5).astype(np.int32)
    large = np.zeros((height * scale, width * scale), np.uint8)
    cv2.fillPoly(large, [corners], 255)
    small = cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small / 255, np.float32)


def round_light(height: int, width: int, *, strength: float = 0.5, angle: float = -0.6) -> Float:
    """Return the light on a cylinder along v ``(height, width)``, about 1 on average.

    Args:
        height: Rows.
        width: Columns, once across the cylinder.
        strength: 0 is flat, 1 goes from black to double.
        angle: Direction of the light across the cylinder in radians; 0 is frontal.
    """
    across = np.linspace(-0.98, 0.98, width, dtype=np.float32)
    facing = np.cos(np.arcsin(across) - angle)
    light = 1 + strength * (facing - facing.mean())
    return np.broadcast_to(light, (height, width)).astype(np.float32)


def ball_light(height: int, width: int, *, strength: float = 0.5) -> Float:
    """Return the light on a ball lit from the upper left, about 1 on average."""
    v, u = np.meshgrid(
        np.linspace(-1, 1, height, dtype=np.float32),
        np.linspace(-1, 1, width, dtype=np.float32),
        indexing="ij",
    )
    depth = np.sqrt(np.clip(1 - u**2 - v**2, 0, 1))
    light = (-0.5 * u - 0.6 * v + 0.7 * depth).astype(np.float32)
    return np.asarray(1 + strength * (light - light.mean()), np.float32)


def lit(rgb: Float, light: Float) -> Float:
    """Return colours ``(h, w, 3)`` under ``light`` ``(h, w)``, kept in [0, 1]."""
    return np.asarray(np.clip(rgb * light[..., None], 0, 1), np.float32)
