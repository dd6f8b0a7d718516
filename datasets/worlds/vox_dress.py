"""What a talking head wears: hair, beard, glasses, clothes; and the room behind it."""

from __future__ import annotations

import numpy as np

from datasets.worlds import textures
from datasets.worlds.patch import Patch, Points, blur, mirrored, over
from datasets.worlds.sprites import Sprite, premultiply
from datasets.worlds.textures import Color, Float
from datasets.worlds.vox_look import Look
from datasets.worlds.vox_parts import shade, strands

BACKDROP = (208, 176)  # width and height


def fringe(rng: np.random.Generator, look: Look, *, style: int, curl: float) -> Sprite:
    """Paint the hair above the forehead; its anchor is at -0.70 b.

    Args:
        rng: For its strands.
        look: The head.
        style: 0 high hairline, 1 parted at the side, 2 full fringe, 3 parted in the middle.
        curl: 0 is straight.
    """
    a, b = look.a, look.b
    patch = Patch(1.05 * a, 0.72 * b)
    crown = [(0, -0.37), (0.31, -0.33), (0.60, -0.20), (0.86, 0.04), (0.96, 0.30)]
    top = [*((-x, y) for x, y in crown[:0:-1]), *crown]
    line = {
        0: [
            (0.88, 0.40),
            (0.80, 0.06),
            (0.45, -0.06),
            (0, -0.04),
            (-0.45, -0.06),
            (-0.80, 0.06),
            (-0.88, 0.40),
        ],
        1: [
            (0.88, 0.46),
            (0.80, 0.20),
            (0.62, 0.02),
            (0.36, -0.12),
            (-0.1, 0.14),
            (-0.62, 0.30),
            (-0.88, 0.48),
        ],
        2: [
            (0.90, 0.52),
            (0.80, 0.34),
            (0.45, 0.29),
            (0, 0.33),
            (-0.45, 0.29),
            (-0.80, 0.34),
            (-0.90, 0.52),
        ],
        3: [
            (0.90, 0.60),
            (0.78, 0.34),
            (0.42, 0.12),
            (0, -0.16),
            (-0.42, 0.12),
            (-0.78, 0.34),
            (-0.90, 0.60),
        ],
    }[style]
    outline = [(u * a, v * b) for u, v in [*top, *line]]
    mask = patch.area(outline, soft=0.4)
    rgb = strands(rng, patch, look.hair, curl=curl)
    inner = blur(mask, 2.0)
    rgb = over(
        rgb, shade(look.hair, 0.5), np.clip(1.2 * (0.85 - inner), 0, 0.6) * (patch.y > -0.05 * b)
    )
    return patch.sprite("fringe", rgb, mask)


def lock(rng: np.random.Generator, look: Look, *, side: int, length: float, curl: float) -> Sprite:
    """Paint the hair beside the face down to ``length`` b; its anchor is at 0.1 b."""
    a, b = look.a, look.b
    patch = Patch(0.42 * a, (length + 0.1) * b)
    low = length - 0.1
    out = [
        (-0.12, -0.62),
        (0.14, -0.40),
        (0.24, 0.0),
        (0.27, 0.6 * low),
        (0.22, 0.95 * low),
        (0.05, low),
        (-0.16, 0.9 * low),
        (-0.16, 0.4 * low),
        (-0.17, -0.1),
        (-0.22, -0.45),
    ]
    mask = patch.area([(side * u * a, v * b) for u, v in out], soft=0.4)
    return patch.sprite("lock", strands(rng, patch, look.hair, curl=curl), mask)


def back_hair(rng: np.random.Generator, look: Look, *, length: float, curl: float) -> Sprite:
    """Paint the hair behind neck and shoulders down to ``length`` b; anchor: the head's middle."""
    a, b = look.a, look.b
    patch = Patch(1.45 * a, (length + 0.05) * b)
    right = [
        (0, -0.9 * b),
        (0.8 * a, -0.7 * b),
        (1.12 * a, -0.1 * b),
        (1.2 * a, 0.5 * b),
        (1.28 * a, 0.8 * length * b),
        (0.8 * a, length * b),
        (0, length * b),
    ]
    rgb = strands(rng, patch, shade(look.hair, 0.8), curl=curl)
    return patch.sprite("back hair", rgb, patch.area(mirrored(right), soft=0.4))


def beard(rng: np.random.Generator, look: Look) -> Sprite:
    """Paint a beard around chin and jaw; its anchor is at 0.70 b."""
    a, b, jaw = look.a, look.b, look.jaw
    patch = Patch(a, 0.72 * b)
    right = [
        (0, -0.02 * b),
        (0.30 * a, -0.08 * b),
        (0.50 * a, -0.24 * b),
        (0.74 * a, -0.42 * b),
        (0.88 * a, -0.48 * b),
        (0.84 * a * jaw, -0.12 * b),
        (0.56 * a * jaw, 0.24 * b),
        (0.25 * a * jaw, 0.38 * b),
        (0, 0.40 * b),
    ]
    rgb = strands(rng, patch, shade(look.hair, 0.85), curl=0.5)
    return patch.sprite("beard", rgb, patch.area(mirrored(right), soft=0.5))


def moustache(rng: np.random.Generator, look: Look) -> Sprite:
    """Paint a moustache; its anchor is the middle of the line of the mouth."""
    w = look.mouth_w
    patch = Patch(w + 3, 7)
    right = [(0, -5.2), (0.45 * w, -5.0), (w, -2.4), (1.12 * w, 0.8), (0.7 * w, -1.8), (0, -2.6)]
    rgb = strands(rng, patch, shade(look.hair, 0.8), curl=0.3)
    return patch.sprite("moustache", rgb, patch.area(mirrored(right), soft=0.3))


def glasses(look: Look, color: Color, *, square: bool) -> Sprite:
    """Paint the rims of a pair of glasses; their anchor is between the eyes."""
    x, radius_x, radius_y = look.eye_x, look.eye_w + 2.4, look.eye_h + 3.2
    patch = Patch(x + radius_x + 3, radius_y + 3)
    power = 3.5 if square else 2.0
    mask = np.zeros(patch.shape, np.float32)
    for side in (-1, 1):
        u, v = np.abs(patch.x - side * x) / radius_x, np.abs(patch.y - 0.8) / radius_y
        distance = np.abs((u**power + v**power) ** (1 / power) - 1) * radius_y
        mask = np.maximum(mask, np.clip(1.6 - distance * 1.25, 0, 1))
    bridge = (np.abs(patch.x) < x - radius_x + 1) * np.clip(1.6 - np.abs(patch.y + 1) * 1.25, 0, 1)
    mask = np.asarray(np.maximum(mask, bridge), np.float32)
    rgb = over(patch.plain(color), shade(color, 1.8), 0.5 * patch.blob(-x, -radius_y, 6, 3))
    return patch.sprite("glasses", rgb, mask)


def neck(look: Look, half_width: float, length: float) -> Sprite:
    """Paint a neck; its anchor is the joint with the head, ``length`` above the shoulders' one."""
    patch = Patch(half_width + 3, length + 8)
    rgb = look.skin_at(patch.x * 1.2, patch.y * 0 + 0.5 * look.b)
    rgb = over(
        rgb,
        shade(look.skin, 0.45),
        0.75 * patch.blob(2, 0.15 * length, 2 * half_width, 0.5 * length),
    )
    right = [
        (0, -6),
        (half_width, -6),
        (half_width, 0.6 * length),
        (1.2 * half_width, length),
        (0.8 * half_width, length + 5),
        (0, length + 7),
    ]
    mask = patch.area(mirrored(right), soft=0.4)
    return patch.sprite("neck", rgb, mask)


def shoulders(
    rng: np.random.Generator,
    look: Look,
    *,
    colors: tuple[Color, Color],
    neckline: int,
    width: float,
) -> Sprite:
    """Paint the clothes; their anchor is the foot of the neck.

    Args:
        rng: For cloth and folds.
        look: The head.
        colors: Of the cloth.
        neckline: 0 round, 1 V-neck, 2 open jacket over a shirt, 3 high collar.
        width: Half width of the shoulders in canvas pixels.
    """
    patch = Patch(width + 4, 62)
    height, columns = patch.shape
    rgb = textures.cloth(rng, height, columns, colors)
    light = textures.round_light(height, columns, strength=0.55)
    folds = 0.82 + 0.36 * textures.noise(rng, height, columns, 13)
    fall = np.clip(1.05 - 0.006 * np.abs(patch.y), 0.6, 1.1)
    rgb = textures.lit(rgb, np.asarray(light * folds * fall, np.float32))
    skin = look.skin_at(patch.x * 0.5, patch.y * 0.3 + 0.3 * look.b)
    collar = shade(colors[1], 0.7)
    if neckline == 2:
        rgb = _jacket(patch, rgb, folds, colors)
    depth = {0: 9.0, 1: 24.0, 2: 7.0, 3: -3.0}[neckline]
    hole = [(0, depth), (9.0, 0.35 * depth), (14, -9), (0, -14)]
    shape = mirrored(hole)
    rgb = over(rgb, collar, patch.area([(1.22 * x, y + 2.2) for x, y in shape]))
    rgb = over(rgb, skin, patch.area(shape))
    right = [
        (0, -9),
        (11, -8),
        (16, -4),
        (0.55 * width, 4),
        (0.85 * width, 11),
        (width, 26),
        (1.02 * width, 62),
        (0, 62),
    ]
    return patch.sprite("shoulders", rgb, patch.area(mirrored(right), soft=0.3))


def _jacket(patch: Patch, rgb: Float, folds: Float, colors: tuple[Color, Color]) -> Float:
    """Return ``rgb`` with a shirt, a tie and lapels painted on."""

    def cut(points: Points) -> Float:
        return patch.area(points, smooth=False, soft=0.6)

    shirt = textures.lit(patch.plain((0.93, 0.93, 0.95)), folds)
    rgb = over(rgb, shirt, cut([(-13, -6), (13, -6), (0, 58)]))
    for side in (-1, 1):
        lapel = [(side * x, y) for x, y in ((19, -8), (12, -8), (-1, 58), (1, 58))]
        rgb = over(rgb, shade(colors[0], 0.45), cut(lapel))
    return over(rgb, colors[1], cut([(-2.5, 6), (2.5, 6), (4, 40), (0, 46), (-4, 40)]))


def room(rng: np.random.Generator) -> Sprite:
    """Paint a background: a lit wall, furniture or windows out of focus, soft lamps."""
    width, height = BACKDROP
    hue, value = rng.random(), rng.uniform(0.25, 0.85)
    wall = textures.hsv(hue, rng.uniform(0.1, 0.6), value)
    other = textures.hsv(
        hue + rng.uniform(-0.2, 0.2), rng.uniform(0.1, 0.7), value * rng.uniform(0.4, 1.2)
    )
    v, u = np.mgrid[:height, :width].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    ramp = (np.cos(angle) * (u / width - 0.5) + np.sin(angle) * (v / height - 0.5)) * 0.9 + 0.5
    rgb = textures.mix(
        wall, other, np.clip(0.7 * ramp + 0.3 * textures.noise(rng, height, width, 40), 0, 1)
    )
    for _ in range(int(rng.integers(3, 8))):
        rgb = over(rgb, _colour(rng), _box(rng, u, v) * float(rng.uniform(0.4, 0.9)))
    for _ in range(int(rng.integers(2, 9))):
        x, y, r = rng.uniform(0, width), rng.uniform(0, 0.7 * height), rng.uniform(4, 12)
        disc = np.clip((r - np.hypot(u - x, v - y)) / 3 + 0.5, 0, 1)
        rgb = over(rgb, _colour(rng), np.asarray(disc * rng.uniform(0.3, 0.7), np.float32))
    grain = 0.95 + 0.1 * textures.noise(rng, height, width, 14)
    return Sprite(
        "background", premultiply(textures.lit(rgb, grain), np.ones((height, width), np.float32))
    )


def _colour(rng: np.random.Generator) -> Color:
    return textures.hsv(rng.random(), rng.uniform(0.1, 0.8), rng.uniform(0.15, 0.95))


def _box(rng: np.random.Generator, u: Float, v: Float) -> Float:
    """Return a soft upright box: a shelf, a picture, a window, a house."""
    width, height = BACKDROP
    x, y = rng.uniform(0, width), rng.uniform(0, height)
    half_x, half_y, soft = rng.uniform(6, 32), rng.uniform(8, 45), rng.uniform(1.5, 6)
    inside = np.minimum(half_x - np.abs(u - x), half_y - np.abs(v - y))
    return np.asarray(np.clip(inside / soft + 0.5, 0, 1), np.float32)
