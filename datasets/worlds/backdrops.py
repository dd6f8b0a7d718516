"""Places to practise in: textured, muted, smooth backgrounds with a horizon.

They stay pale or grey enough for people in strong colours to stand out.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from datasets.worlds.sprites import Float, Sprite
from datasets.worlds.textures import Color, hsv, mix, noise, waves

MARGIN = 16
"""Pixels by which a background is larger than the canvas on every side."""


def draw_backdrop(rng: np.random.Generator, canvas: tuple[int, int], ground: float) -> Sprite:
    """Draw an opaque background.

    Args:
        rng: The source of randomness.
        canvas: Width and height of the canvas.
        ground: About where the wall or the horizon ends, as a fraction of the canvas' height.
    """
    width, height = canvas[0] + 2 * MARGIN, canvas[1] + 2 * MARGIN
    horizon = int(MARGIN + canvas[1] * (ground + rng.uniform(-0.06, 0.06)))
    painters: tuple[Callable[..., Float], ...] = (_park, _room, _courtyard, _beach, _studio)
    picture = painters[int(rng.integers(len(painters)))](rng, height, width, horizon)
    light = 0.75 + 0.17 * noise(rng, height, width, 70)
    rgb = cv2.GaussianBlur(np.clip(picture * light[..., None], 0, 1), (0, 0), 0.9)
    return Sprite("background", np.dstack([rgb, np.ones((height, width), np.float32)]))


def _fade(height: int, width: int) -> Float:
    """Return a vertical ramp ``(height, width)`` from 0 to 1."""
    ramp = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    return np.ascontiguousarray(np.broadcast_to(ramp, (height, width)))


def _floor(rng: np.random.Generator, height: int, width: int, colors: tuple[Color, Color]) -> Float:
    """Return ground ``(height, width, 3)`` with texture that grows towards the viewer."""
    grain = 0.6 * noise(rng, height, width, 14) + 0.4 * noise(rng, height, width, 5)
    return mix(colors[0], colors[1], np.asarray(0.7 * grain + 0.3 * _fade(height, width)))


def _park(rng: np.random.Generator, height: int, width: int, horizon: int) -> Float:
    """Sky, a line of trees, a meadow."""
    hue = rng.uniform(0.52, 0.62)
    sky = mix(hsv(hue, 0.4, 0.72), hsv(hue, 0.2, 0.8), _fade(height, width))
    leaf = rng.uniform(0.2, 0.36)
    shade = 0.55 * noise(rng, height, width, 16) + 0.45 * noise(rng, height, width, 7)
    trees = mix(hsv(leaf, 0.4, 0.36), hsv(leaf - 0.04, 0.38, 0.62), shade)
    tops = horizon - 18 - 42 * noise(rng, 4, width, 26)[0]
    v = np.arange(height, dtype=np.float32)[:, None]
    cover = np.clip((v - tops[None]) / 3 + 0.5, 0, 1)[..., None]
    picture = sky * (1 - cover) + trees * cover
    grass = rng.uniform(0.18, 0.3)
    picture[horizon:] = _floor(
        rng, height - horizon, width, (hsv(grass, 0.3, 0.6), hsv(grass, 0.42, 0.5))
    )
    return np.asarray(picture, np.float32)


def _room(rng: np.random.Generator, height: int, width: int, horizon: int) -> Float:
    """A wall with panels or a window, a wooden floor."""
    wall, wood = rng.random(), rng.uniform(0.05, 0.1)
    tone = rng.uniform(0.45, 0.7)
    picture = mix(hsv(wall, 0.14, tone), hsv(wall, 0.2, tone * 0.82), noise(rng, height, width, 40))
    panel = waves(height, width, period=rng.uniform(34, 60), angle=0.0, phase=rng.uniform(0, 6))
    picture *= (0.88 + 0.2 * np.clip((panel - 0.5) * 6 + 0.5, 0, 1))[..., None]
    if rng.random() < 0.6:
        left, wide = int(rng.integers(10, width - 60)), int(rng.integers(34, 56))
        top, tall = int(rng.integers(14, 34)), int(rng.integers(34, 50))
        outside = mix(hsv(0.57, 0.25, 0.8), hsv(0.3, 0.35, 0.6), noise(rng, tall, wide, 12))
        picture[top - 3 : top + tall + 3, left - 3 : left + wide + 3] *= 0.6
        picture[top : top + tall, left : left + wide] = outside
    floor = mix(
        hsv(wood, 0.42, 0.62), hsv(wood, 0.48, 0.46),
        waves(height - horizon, width, period=rng.uniform(13, 20), angle=np.pi / 2),
    )  # fmt: skip
    picture[horizon:] = floor * (0.85 + 0.3 * noise(rng, height - horizon, width, 20))[..., None]
    picture[horizon - 4 : horizon] *= 0.7
    return np.asarray(picture, np.float32)


def _courtyard(rng: np.random.Generator, height: int, width: int, horizon: int) -> Float:
    """A wall of large stones, paving."""
    hue, tone = rng.uniform(0.02, 0.14), rng.uniform(0.5, 0.75)
    picture = mix(hsv(hue, 0.16, tone), hsv(hue, 0.24, tone * 0.8), noise(rng, height, width, 9))
    rows = max(int(rng.integers(14, 22)), 1)
    v, u = np.mgrid[:height, :width]
    course = v // rows
    joint = np.minimum(v % rows, (u + (course % 2) * rows) % (2 * rows)).astype(np.float32)
    picture *= (0.74 + 0.26 * np.clip(joint / 2, 0, 1))[..., None]
    stone = rng.uniform(0.5, 0.65)
    picture[horizon:] = _floor(
        rng, height - horizon, width, (hsv(stone, 0.06, 0.66), hsv(stone, 0.1, 0.48))
    )
    return np.asarray(picture, np.float32)


def _beach(rng: np.random.Generator, height: int, width: int, horizon: int) -> Float:
    """Sky with clouds, a strip of sea, sand."""
    hue = rng.choice([rng.uniform(0.53, 0.6), rng.uniform(0.03, 0.09)])
    clouds = np.clip(noise(rng, height, width, 30) * 1.6 - 0.5, 0, 1) * 0.8
    picture = mix(hsv(hue, 0.36, 0.68), hsv(hue, 0.12, 0.8), clouds)
    shore = horizon - int(rng.integers(12, 26))
    sea = mix(hsv(0.53, 0.36, 0.62), hsv(0.52, 0.22, 0.78), noise(rng, height, width, 8))
    picture[shore:] = sea[shore:]
    picture[horizon:] = _floor(
        rng, height - horizon, width, (hsv(0.11, 0.26, 0.7), hsv(0.09, 0.34, 0.56))
    )
    return picture


def _studio(rng: np.random.Generator, height: int, width: int, horizon: int) -> Float:
    """A curtain in soft folds, a plain floor."""
    hue, tone = rng.random(), rng.uniform(0.45, 0.75)
    bend = 5 * noise(rng, 1 + height, width, 40)[:height]
    period = rng.uniform(15, 26)
    u = np.arange(width, dtype=np.float32)[None]
    folds = 0.5 + 0.5 * np.sin(2 * np.pi * (u + bend) / period)
    picture = mix(hsv(hue, 0.28, tone), hsv(hue, 0.34, tone * 0.74), np.asarray(folds, np.float32))
    picture[horizon:] = _floor(
        rng, height - horizon, width, (hsv(hue + 0.5, 0.08, 0.62), hsv(hue + 0.5, 0.12, 0.46))
    )
    return picture
