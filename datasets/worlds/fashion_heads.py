"""Heads of the fashion world: one picture around the whole head, and hair."""

from __future__ import annotations

import cv2
import numpy as np

from datasets.worlds.sprites import Double, Float, Sprite, premultiply
from datasets.worlds.textures import Color, ellipse, lit, polygon
from datasets.worlds.wardrobe import Complexion, paint, shifted, skin, strands, texels


def wrapped_angles(height: int, width: int) -> tuple[Float, Float]:
    """Return for every texel of a wrapped picture its height in [0, 1] and angle in [-pi, pi]."""
    v, u = np.mgrid[:height, :width].astype(np.float32)
    return (v + 0.5) / height, ((u + 0.5) / width * 2 - 1) * np.float32(np.pi)


def soft_step(value: Float | Double) -> Float:
    """Return a soft step ``(h, w, 1)`` from signed distances in texels ``(h, w)``."""
    return np.asarray(np.clip(value + 0.5, 0, 1)[..., None], np.float32)


def head_textures(rng: np.random.Generator, look: Complexion) -> dict[str, Float]:
    """Return the pictures around crown, face and jaw, cut from one picture of the whole head."""
    height, width = 40, 84
    down, angle = wrapped_angles(height, width)
    rgb = skin(rng, (height, width), look.skin)
    rgb = lit(rgb, np.asarray(0.88 + 0.16 * np.cos(angle), np.float32))
    x, y = angle * 8.2, (down - 0.5) * 17.0

    def dab(at: tuple[float, float], size: tuple[float, float], color: Color) -> None:
        nonlocal rgb
        for side in (-1, 1) if at[0] else (1,):
            distance = np.hypot((x - side * at[0]) / size[0], (y - at[1]) / size[1])
            weight = np.clip((1 - distance) * min(size) * 1.6 + 0.5, 0, 1)[..., None]
            rgb = np.asarray(rgb * (1 - weight) + paint(color) * weight, np.float32)

    red: Color = (0.72, 0.16, 0.2)
    dab((3.4, 2.6), (1.5, 1.1), (look.skin[0], look.skin[1] * 0.78, look.skin[2] * 0.76))
    dab((2.9, -0.5), (1.5, 1.0), (0.97, 0.97, 0.97))
    dab((2.8, -0.4), (0.85, 0.95), (0.08, 0.06, 0.08))
    dab((2.9, -2.3), (1.6, 0.5), shifted(look.hair, 0.6))
    dab((0, 1.6), (0.8, 1.3), shifted(look.skin, 0.72))
    dab((0, 4.6), (rng.uniform(1.6, 2.3), 0.8), red)
    line = rng.uniform(1.25, 1.6)
    fringe = -4.2 + 1.2 * np.cos(angle * rng.uniform(1, 2.5) + rng.uniform(-1, 1))
    hair = np.maximum(soft_step(fringe - y), soft_step((np.abs(angle) - line) * 8))
    if rng.random() < 0.4:
        nape = soft_step(5.5 - y)
        hair = hair * np.maximum(nape, soft_step(fringe - y))
    rgb = rgb * (1 - hair) + strands(rng, (height, width), look.hair) * hair
    rgb = cv2.GaussianBlur(np.asarray(rgb, np.float32), (0, 0), 0.8)
    first, second = round(height * 0.29), round(height * 0.68)
    return {"crown": rgb[:first], "face": rgb[first:second], "jaw": rgb[second:]}


def mane(rng: np.random.Generator, body: dict[str, float], look: Complexion) -> Sprite:
    """Return long hair down the back; the head's centre is row 3. May be fully transparent."""
    height, width = texels(body["mane"]) + 8, 21
    outline = [(3, 2), (17, 2), (15.5, height - 5), (10, height - 3), (4.5, height - 5)]
    alpha = polygon(height, width, outline) if body["mane"] > 0 else np.zeros((height, width))
    rgb = strands(rng, (height, width), look.hair)
    return Sprite("mane", premultiply(rgb, np.asarray(alpha, np.float32)))


def dome(rng: np.random.Generator, body: dict[str, float], look: Complexion) -> Sprite:
    """Return the round top of the head; its middle is that of the crown's upper rim."""
    height, width = texels(6.4), texels(0.76 * body["head"] * 1.62)
    rgb = strands(rng, (height, width), look.hair)
    return Sprite("dome", premultiply(rgb, ellipse(height, width)))
