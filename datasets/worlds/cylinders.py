"""Cones with flat facets: round things that turn about their axis, each facet one affine part.

A frustum with an elliptic outline of constant proportion has plane facets, so their orthographic
pictures are exact affine maps. Facets are drawn only when they face the viewer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from datasets.worlds.skeleton import DENSITY, PITCH
from datasets.worlds.sprites import Double, Float, Sprite, premultiply

FACETS = 8
"""Facets of every cone; number 0 is the front, they go on towards +x."""

_BORDER = 2
_OVERLAP = 0.9
_THINNEST = 0.12
_PROJECTION = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, PITCH]])


@dataclass(frozen=True)
class Cone:
    """A frustum about the y axis of its own frame, lengths in canvas pixels.

    Attributes:
        top: y of the upper rim.
        bottom: y of the lower rim.
        upper: Half width (along x) of the upper rim.
        lower: Half width of the lower rim.
        depth: Half depth (along z) over half width.
    """

    top: float
    bottom: float
    upper: float
    lower: float
    depth: float

    def rims(self) -> tuple[Double, Double]:
        """Return the corners of the upper and of the lower rim, each ``(FACETS + 1, 3)``."""
        angle = (np.arange(FACETS + 1) - 0.5) * 2 * np.pi / FACETS
        unit = np.column_stack([np.sin(angle), np.zeros(FACETS + 1), self.depth * np.cos(angle)])
        return (
            unit * self.upper + np.array([0, self.top, 0]),
            unit * self.lower + np.array([0, self.bottom, 0]),
        )

    def texture_shape(self) -> tuple[int, int]:
        """Return height and width in texels of the picture to wrap around, the front amid it."""
        around = 2 * np.pi * (self.upper + self.lower) / 2 * (1 + self.depth) / 2
        return max(round((self.bottom - self.top) * DENSITY), 2), round(around * DENSITY)


def facet_sprites(name: str, cone: Cone, texture: Float) -> list[Sprite]:
    """Cut a picture that is wrapped around a cone into its facets.

    Args:
        name: Name of the cone; the sprites are called ``"<name> 0"``, ...
        cone: Its shape.
        texture: Colours, float32 ``(h, w, 3)``, of any size; the middle column is the front.
    """
    upper, lower = cone.rims()
    return [
        Sprite(f"{name} {k}", _facet(cone, texture, k, _half(upper, k), _half(lower, k)))
        for k in range(FACETS)
    ]


def _half(rim: Double, k: int) -> float:
    """Return half the length of edge ``k`` in texels."""
    return float(np.linalg.norm(rim[k + 1] - rim[k])) / 2 * DENSITY


def _facet(cone: Cone, texture: Float, k: int, top: float, bottom: float) -> Float:
    """Return the picture of facet ``k``, premultiplied ``(h, w, 4)``."""
    rows, columns = cone.texture_shape()[0], _middle(top, bottom)
    height, width = rows + 2 * _BORDER + 2, 2 * columns + 1
    v, u = np.mgrid[:height, :width].astype(np.float32)
    down = (v - _BORDER) / rows
    half = top + (bottom - top) * np.clip(down, 0, 1)
    aside = (u - columns) / half
    turn = (k + np.clip(aside, -1.3, 1.3) / 2) / FACETS + 0.5
    where_u = (turn * texture.shape[1] - 0.5).astype(np.float32)
    where_v = (down * texture.shape[0] - 0.5).astype(np.float32)
    wide = np.hstack([texture, texture])
    rgb = cv2.remap(
        wide, where_u % texture.shape[1], np.clip(where_v, 0, texture.shape[0] - 1),
        cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    alpha = np.clip(half + _OVERLAP - np.abs(u - columns) + 0.5, 0, 1)
    alpha *= np.clip(v - _BORDER + 0.5, 0, 1)
    alpha *= np.clip(_BORDER + rows + _OVERLAP - v + 0.5, 0, 1)
    alpha[[0, -1]] = alpha[:, [0, -1]] = 0
    return premultiply(rgb, alpha.astype(np.float32))


def _middle(top: float, bottom: float) -> int:
    """Return the middle column of a facet's sprite."""
    return int(np.ceil(max(top, bottom))) + _BORDER + 1


def facet_affines(cone: Cone, frame: Double, origin: Double) -> list[tuple[int, Double]]:
    """Return the facets that face the viewer and their affine maps ``(2, 3)``, back to front.

    Args:
        cone: The shape.
        frame: float64 ``(3, 3)``, the columns are the cone's axes in body coordinates.
        origin: Canvas position ``(2,)`` of the cone's origin.
    """
    plan = _layout(cone)
    linear = _PROJECTION @ frame
    u_axes, v_axes = plan.u_axes @ linear.T, plan.v_axes @ linear.T
    facing = u_axes[:, 0] * v_axes[:, 1] - u_axes[:, 1] * v_axes[:, 0]
    shifts = plan.heads @ linear.T + origin
    shifts -= plan.middles[:, None] * u_axes + _BORDER * v_axes
    maps = np.stack([u_axes, v_axes, shifts], axis=2)
    order = np.argsort(plan.centres @ frame[2], kind="stable")
    return [(int(k), maps[k]) for k in order if facing[k] * DENSITY**2 >= _THINNEST]


@dataclass(frozen=True)
class _Layout:
    """Where the sprites of a cone's facets lie on it, in its own frame: each ``(FACETS, ...)``."""

    u_axes: Double
    v_axes: Double
    heads: Double
    centres: Double
    middles: Double


@lru_cache(maxsize=64)
def _layout(cone: Cone) -> _Layout:
    """Return the layout of a cone, the same for every frame."""
    upper, lower = cone.rims()
    edge = upper[1:] - upper[:-1]
    edge /= np.linalg.norm(edge, axis=1, keepdims=True) * DENSITY
    heads, feet = (upper[1:] + upper[:-1]) / 2, (lower[1:] + lower[:-1]) / 2
    middles = [_middle(_half(upper, k), _half(lower, k)) for k in range(FACETS)]
    down = (feet - heads) / cone.texture_shape()[0]
    return _Layout(edge, down, heads, heads + feet, np.array(middles, np.float64))
