"""The parts of a talking head, painted one by one; see `datasets.worlds.patch`."""

from __future__ import annotations

import numpy as np

from datasets.worlds import textures
from datasets.worlds.patch import Patch, blur, mirrored, over
from datasets.worlds.sprites import Sprite
from datasets.worlds.textures import Color, Float
from datasets.worlds.vox_look import Look

BALL_RADII = (1.05, 0.94, 1.08)  # of the skull with its hair, in units of (a, b, a)
BALL_Y = -0.12  # its middle above the middle of the head, in units of b


def shade(color: Color, factor: float) -> Color:
    """Return ``color`` made brighter or darker."""
    red, green, blue = (min(max(channel * factor, 0.0), 1.0) for channel in color)
    return red, green, blue


def nothing(name: str) -> Sprite:
    """Return the sprite of a part that this identity does not have."""
    return Sprite(name, np.zeros((3, 3, 4), np.float32))


def strands(rng: np.random.Generator, patch: Patch, color: Color, *, curl: float) -> Float:
    """Return hair: strands along v, lit from the upper left."""
    height, width = patch.shape
    wobble = 5 * curl * textures.noise(rng, height, width, 9)
    lanes = textures.noise(rng, 8, width + 12, 3.2)[4]
    index = np.clip(np.arange(width)[None] + wobble + 2, 0, width + 10)
    weight = np.interp(index.ravel(), np.arange(len(lanes)), lanes).reshape(height, width)
    weight = 0.65 * weight + 0.35 * textures.noise(rng, height, width, 7)
    rgb = textures.mix(shade(color, 0.62), shade(color, 1.32), np.asarray(weight, np.float32))
    return textures.lit(rgb, textures.ball_light(height, width, strength=0.42))


def skull(rng: np.random.Generator, look: Look, *, bald: bool, curl: float) -> Sprite:
    """Paint the round of the head: hair, or skin when bald."""
    half_x, half_y = BALL_RADII[0] * look.a, BALL_RADII[1] * look.b
    patch = Patch(half_x + 1, half_y + 1)
    if bald:
        rgb = look.skin_at(patch.x, patch.y + BALL_Y * look.b)
        rgb = over(rgb, (1, 1, 1), 0.25 * patch.blob(-0.3 * look.a, -0.72 * look.b, 7, 4))
    else:
        rgb = strands(rng, patch, look.hair, curl=curl)
    return patch.sprite("skull", rgb, patch.disc(0, 0, half_x, half_y))


def face(look: Look) -> Sprite:
    """Paint forehead, cheeks and jaw; its anchor is the middle of the head."""
    a, b = look.a, look.b
    patch = Patch(a, b + 2)
    jaw = look.jaw
    outline = mirrored(
        [
            (0, -0.86 * b),
            (0.50 * a, -0.80 * b),
            (0.80 * a, -0.50 * b),
            (0.90 * a, -0.05 * b),
            (0.86 * a, 0.30 * b),
            (0.74 * a * jaw, 0.64 * b),
            (0.42 * a * jaw, 0.92 * b),
            (0, 1.0 * b),
        ]
    )
    return patch.sprite("face", look.skin_at(patch.x, patch.y), patch.area(outline, soft=0.4))


def chin(look: Look) -> Sprite:
    """Paint the chin that sinks when the mouth opens; its anchor is at 0.80 b."""
    a, b = look.a, look.b
    patch = Patch(0.6 * a, 0.3 * b)
    rgb = look.skin_at(patch.x, patch.y + 0.80 * b)
    rgb = over(rgb, shade(look.skin, 1.08), 0.45 * patch.blob(-1, 1.0, 5, 3))
    half = 0.46 * a * look.jaw
    return patch.sprite("chin", rgb, blur(patch.disc(0, 0, half, 0.21 * b), 1.0))


def ear(look: Look, side: int) -> Sprite:
    """Paint an ear, ``side`` -1 left or 1 right in the picture; its anchor is its root."""
    patch = Patch(9, 11)
    x = patch.x * side
    mask = patch.area(
        [
            (side * u, v)
            for u, v in [
                (-3, -6),
                (1, -9),
                (5.5, -8),
                (7, -3),
                (4.5, 3),
                (2.5, 8),
                (-2, 8),
                (-3, 0),
            ]
        ]
    )
    rgb = look.skin_at(patch.x * 0 + side * 0.6 * look.a, patch.y)
    rgb = over(rgb, shade(look.skin, 0.60), 0.8 * patch.blob(side * 2.2, -1.5, 2.0, 4.5))
    rgb = over(rgb, shade(look.skin, 1.12), np.asarray(0.5 * (x > 4.6), np.float32))
    return patch.sprite("ear", rgb, mask)


def eye(look: Look) -> Sprite:
    """Paint the white of an eye; the lids cut it to its shape."""
    patch = Patch(look.eye_w + 1, look.eye_h + 2)
    rgb = patch.plain((0.95, 0.95, 0.94))
    rgb = over(rgb, (0.62, 0.58, 0.60), 0.7 * patch.blob(0, -look.eye_h, 9, 1.8))
    rgb = over(rgb, (0.85, 0.55, 0.52), 0.5 * patch.blob(0, look.eye_h, 12, 1.0))
    return patch.sprite("eye", rgb, patch.disc(0, 0, look.eye_w + 0.2, look.eye_h + 0.8))


def iris(look: Look) -> Sprite:
    """Paint iris, pupil and the light in it."""
    radius = 0.86 * look.eye_h
    patch = Patch(radius + 1, radius + 1)
    rgb = patch.plain(shade(look.iris, 0.55))
    rgb = over(rgb, shade(look.iris, 1.25), patch.disc(0, 0.3, 0.80 * radius, 0.80 * radius))
    rgb = over(rgb, (0.03, 0.03, 0.04), patch.disc(0, 0, 0.48 * radius, 0.48 * radius))
    rgb = over(rgb, (1, 1, 1), patch.disc(-0.35 * radius, -0.4 * radius, 0.9, 0.9))
    return patch.sprite("iris", rgb, patch.disc(0, 0, radius, radius))


def upper_lid(look: Look, side: int, paint: Color | None) -> Sprite:
    """Paint an upper lid: skin above an arch of lashes; its anchor is the eye's middle."""
    w, h = look.eye_w, look.eye_h
    patch = Patch(w + 2, 4.2 * h)
    arch = [(-w - 1, 0.9), (-0.55 * w, -0.62 * h), (0, -h), (0.55 * w, -0.62 * h), (w + 1, 0.9)]
    top = [(w + 1.2, -1.4 * h), (w, -3.3 * h), (0, -3.9 * h), (-w, -3.3 * h), (-w - 1.2, -1.4 * h)]
    mask = patch.area([*arch, *top])
    lash = patch.area([(x, y - 1.7) for x, y in arch[1:-1]] + [(x, y) for x, y in arch[::-1]])
    rgb = look.skin_at(patch.x + side * look.eye_x, patch.y - 0.02 * look.b)
    if paint is not None:
        rgb = over(rgb, paint, 0.55 * patch.blob(0, -1.2 * h, w, 1.2 * h))
    rgb = over(rgb, shade(look.skin, 0.7), 0.5 * patch.blob(0, -1.75 * h, w, 0.8))
    return patch.sprite("upper lid", over(rgb, (0.10, 0.07, 0.06), blur(lash, 0.3)), mask)


def lower_lid(look: Look, side: int) -> Sprite:
    """Paint a lower lid; its anchor is the eye's middle."""
    w, h = look.eye_w, look.eye_h
    patch = Patch(w + 2, 2.6 * h)
    arch = [(-w - 1, 0.4), (-0.55 * w, 0.66 * h), (0, 0.92 * h), (0.55 * w, 0.66 * h), (w + 1, 0.4)]
    rest = [(w, 1.6 * h), (0, 2.2 * h), (-w, 1.6 * h)]
    rgb = look.skin_at(patch.x + side * look.eye_x, patch.y - 0.02 * look.b)
    lash = patch.area([*arch, *[(x, y + 0.8) for x, y in arch[::-1]]])
    rgb = over(rgb, shade(look.skin, 0.5), 0.6 * lash)
    return patch.sprite("lower lid", rgb, blur(patch.area([*arch, *rest]), 0.2))


def brow(look: Look, side: int, thickness: float) -> Sprite:
    """Paint an eyebrow; its anchor is its middle."""
    patch = Patch(10, 5)
    t = thickness
    line = [
        (-7, 0),
        (-2, -1.6),
        (3.5, -1.9),
        (8.5, 1.4),
        (3, t - 1.9),
        (-2, t - 1.3),
        (-7, t - 0.2),
    ]
    mask = patch.area([(side * x, y) for x, y in line], soft=0.25)
    return patch.sprite("brow", patch.plain(shade(look.hair, 0.62)), mask)


def nose(look: Look, width: float, length: float) -> Sprite:
    """Paint a nose; its anchor is the tip."""
    patch = Patch(width + 3, length + 1)
    rgb = look.skin_at(patch.x * 0.8, patch.y + 0.28 * look.b)
    rgb = over(rgb, shade(look.skin, 1.20), 0.75 * patch.blob(-0.8, -1.0, 2.4, 2.2))
    rgb = over(
        rgb, shade(look.skin, 1.12), 0.6 * patch.blob(-0.9, -0.55 * length, 1.5, 0.5 * length)
    )
    rgb = over(
        rgb, shade(look.skin, 0.66), 0.65 * patch.blob(3.0, -0.4 * length, 1.6, 0.5 * length)
    )
    rgb = over(rgb, shade(look.skin, 0.62), 0.7 * patch.blob(0, 3.2, width, 1.2))
    for side in (-1, 1):
        rgb = over(rgb, (0.16, 0.07, 0.06), 0.8 * patch.blob(side * 0.5 * width, 2.1, 1.3, 0.9))
    right = [
        (0, -length),
        (1.8, -0.8 * length),
        (2.6, -0.3 * length),
        (width, 0.6),
        (0.8 * width, 2.6),
        (0, 3.6),
    ]
    return patch.sprite("nose", rgb, patch.area(mirrored(right), soft=0.6))


def mouth(look: Look) -> Sprite:
    """Paint the open mouth: dark, with teeth and a tongue; its anchor is its middle."""
    w, h = look.mouth_w - 1.0, 5.0
    patch = Patch(w + 1, h + 1)
    rgb = patch.plain((0.20, 0.05, 0.06))
    rgb = over(
        rgb,
        (0.95, 0.93, 0.88),
        patch.area(
            [(-0.8 * w, -5), (0.8 * w, -5), (0.6 * w, -1.6), (0, -1.2), (-0.6 * w, -1.6)], soft=0.3
        ),
    )
    rgb = over(rgb, (0.74, 0.30, 0.32), patch.disc(0, 4.4, 0.55 * w, 2.6))
    return patch.sprite("mouth", rgb, patch.disc(0, 0, w, h))


def upper_lip(look: Look, fullness: float) -> Sprite:
    """Paint the upper lip; its anchor is the middle of the line of the mouth."""
    w = look.mouth_w
    patch = Patch(w + 1, 6)
    top = 2.9 * fullness
    right = [
        (0, -0.78 * top),
        (0.22 * w, -top),
        (0.6 * w, -0.55 * top),
        (w, 0.3),
        (0.5 * w, 0.9),
        (0, 1.1),
    ]
    rgb = over(
        patch.plain(shade(look.lips, 0.86)), shade(look.lips, 0.55), patch.blob(0, 1.5, 2 * w, 1.0)
    )
    return patch.sprite("upper lip", rgb, patch.area(mirrored(right), soft=0.2))


def lower_lip(look: Look, fullness: float) -> Sprite:
    """Paint the lower lip; its anchor is the middle of the line of the mouth."""
    w = look.mouth_w
    patch = Patch(w + 1, 7)
    low = 4.2 * fullness
    right = [
        (0, 0.6),
        (0.5 * w, 0.4),
        (0.92 * w, 0.0),
        (0.6 * w, 0.72 * low),
        (0.25 * w, low),
        (0, low),
    ]
    rgb = patch.plain(look.lips)
    rgb = over(rgb, shade(look.lips, 1.28), 0.8 * patch.blob(-1, 0.5 * low, 0.45 * w, 1.1))
    return patch.sprite("lower lip", rgb, patch.area(mirrored(right), soft=0.3))
