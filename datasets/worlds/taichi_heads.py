"""Heads of the tai chi world: skull, face and hair are three sprites with one common centre."""

from __future__ import annotations

import numpy as np

from datasets.worlds.sprites import Sprite, premultiply
from datasets.worlds.textures import Color, ball_light, ellipse, lit
from datasets.worlds.wardrobe import Complexion, over, paint, shifted, skin, strands

_BOX = (26, 22)


def skull(rng: np.random.Generator, look: Complexion) -> Sprite:
    """Return the bare head."""
    height, width = 21, 17
    rgb = lit(skin(rng, (height, width), look.skin), ball_light(height, width, strength=0.4))
    return Sprite("head", premultiply(rgb, ellipse(height, width, power=2.3)))


def face(rng: np.random.Generator, look: Complexion) -> Sprite:
    """Return eyes, brows, nose, cheeks and mouth on transparent ground; the nose is the centre."""
    height, width = _BOX
    middle, row = (width - 1) / 2, (height - 1) / 2
    dark = shifted(look.hair, 0.5)
    picture = np.zeros((height, width, 4), np.float32)
    v, u = np.mgrid[:height, :width].astype(np.float32)

    def dab(x: float, y: float, size: tuple[float, float], color: Color, opacity: float) -> None:
        nonlocal picture
        distance = np.hypot((u - middle - x) / size[0], (v - row - y) / size[1])
        alpha = np.clip((1 - distance) * min(size) + 0.5, 0, 1) * opacity
        picture = over(picture, premultiply(paint(color), alpha.astype(np.float32)))

    gap = rng.uniform(3.2, 3.9)
    blush: Color = (min(look.skin[0] * 1.02, 1), look.skin[1] * 0.72, look.skin[2] * 0.7)
    for side in (-1, 1):
        dab(side * (gap + 0.6), 3.2, (2.0, 1.6), blush, 0.6)
        dab(side * gap, -0.9, (1.6, 1.3), (0.97, 0.97, 0.97), 1.0)
        dab(side * gap, -0.8, (1.0, 1.2), (0.08, 0.06, 0.06), 1.0)
        dab(side * gap, -3.2, (1.9, 0.7), dark, 0.9)
    dab(0, 1.4, (0.9, 1.5), shifted(look.skin, 0.72), 0.9)
    dab(0, 5.1, (rng.uniform(1.8, 2.8), 0.9), (0.70, 0.22, 0.22), 1.0)
    if rng.random() < 0.25:
        dab(0, 7.6, (3.2, 1.7), look.hair, 0.95)
    return Sprite("face", picture)


def hair(rng: np.random.Generator, look: Complexion, trim: Color) -> Sprite:
    """Return hair or a hat, with a window for the face."""
    height, width = _BOX
    v, u = np.mgrid[:height, :width].astype(np.float32)
    middle, row = (width - 1) / 2, (height - 1) / 2
    kind = rng.integers(4)
    shell = np.hypot((u - middle) / 9.0, (v - row + 0.6) / 10.6)
    window = np.hypot((u - middle) / 7.4, (v - row - 3.5) / 8.4)
    limit = {0: -2.0, 1: 3.0, 2: 7.5, 3: -2.5}[int(kind)]
    alpha = np.clip((1 - shell) * 9 + 0.5, 0, 1) * np.clip((window - 1) * 7 + 0.5, 0, 1)
    alpha *= np.clip(row + limit - v + 0.5, 0, 1)
    color = look.hair
    if kind == 3:
        color = trim
        brim = np.hypot((u - middle) / 10.2, (v - row + 4.6) / 1.7)
        alpha = np.maximum(alpha, np.clip((1 - brim) * 1.7 + 0.5, 0, 1))
    elif kind == 0 and rng.random() < 0.6:
        bun = np.hypot(u - middle, v - 3.4)
        alpha = np.maximum(alpha, np.clip(3.2 - bun, 0, 1))
    rgb = strands(rng, (height, width), color)
    alpha[[0, -1]] = alpha[:, [0, -1]] = 0
    return Sprite("hair", premultiply(rgb, np.asarray(alpha, np.float32)))
