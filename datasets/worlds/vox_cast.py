"""Draws who speaks: proportions, colours and the sprites of all parts."""

from __future__ import annotations

import numpy as np

from datasets.worlds import textures, vox_dress, vox_parts
from datasets.worlds.sprites import Sprite
from datasets.worlds.textures import Color
from datasets.worlds.vox_look import Look
from datasets.worlds.vox_parts import nothing, shade
from datasets.worlds.world import Identity

PARTS = (
    "background", "back hair", "shoulders", "neck", "left ear", "right ear", "skull", "face",
    "chin", "beard", "left eye", "right eye", "left iris", "right iris", "left lower lid",
    "right lower lid", "left upper lid", "right upper lid", "nose", "mouth", "lower lip",
    "upper lip", "moustache", "left brow", "right brow", "glasses", "fringe", "left lock",
    "right lock",
)  # fmt: skip
_SKINS: tuple[Color, ...] = (
    (0.98, 0.83, 0.74), (0.95, 0.76, 0.64), (0.90, 0.70, 0.54), (0.80, 0.58, 0.42),
    (0.66, 0.45, 0.31), (0.50, 0.33, 0.23), (0.38, 0.25, 0.18),
)  # fmt: skip
_HAIRS: tuple[Color, ...] = (
    (0.11, 0.09, 0.09), (0.22, 0.14, 0.09), (0.36, 0.22, 0.12), (0.55, 0.36, 0.18),
    (0.86, 0.70, 0.40), (0.66, 0.28, 0.12), (0.68, 0.67, 0.68), (0.45, 0.12, 0.16),
)  # fmt: skip
_IRISES: tuple[Color, ...] = (
    (0.30, 0.18, 0.10), (0.42, 0.28, 0.12), (0.30, 0.50, 0.72), (0.34, 0.52, 0.34),
    (0.48, 0.54, 0.58),
)  # fmt: skip


def draw_identity(rng: np.random.Generator) -> Identity:
    """Draw a head with shoulders; absent parts (beard, glasses, ...) get an empty sprite."""
    look = _draw_look(rng)
    long_hair = rng.random() < 0.5
    bald = not long_hair and rng.random() < 0.16
    sprites = (
        _head(rng, look, bald) | _hair(rng, look, long_hair, bald) | _extras(rng, look, long_hair)
    )
    colors = (
        textures.hsv(rng.random(), rng.uniform(0.3, 0.85), rng.uniform(0.3, 0.9)),
        textures.hsv(rng.random(), rng.uniform(0.1, 0.8), rng.uniform(0.3, 0.98)),
    )
    sprites["neck"] = vox_dress.neck(look, rng.uniform(0.46, 0.58) * look.a, 22.0)
    sprites["shoulders"] = vox_dress.shoulders(
        rng, look, colors=colors, neckline=int(rng.integers(4)), width=rng.uniform(50, 66)
    )
    body = {"a": look.a, "b": look.b, "c": 1.05 * look.a, "eye_x": look.eye_x, "eye_w": look.eye_w}
    body |= {"eye_h": look.eye_h, "mouth_w": look.mouth_w, "brow_gap": rng.uniform(0.2, 0.26)}
    body["ears_out"] = rng.random() < 0.4
    named = (Sprite(name, sprites.get(name, nothing(name)).rgba) for name in PARTS[1:])
    return Identity(tuple(named), {name: float(value) for name, value in body.items()})


def _draw_look(rng: np.random.Generator) -> Look:
    a, b = rng.uniform(22.5, 26.0), rng.uniform(30.5, 34.5)
    skin = _vary(rng, _SKINS[int(rng.integers(len(_SKINS)))], 0.05)
    dark = skin[0] < 0.7
    hair = _HAIRS[int(rng.integers(3 if dark else len(_HAIRS)))]
    iris = _IRISES[int(rng.integers(2 if dark else len(_IRISES)))]
    lips = (0.92 * skin[0], 0.55 * skin[1], 0.58 * skin[2])
    if rng.random() < 0.3:
        lips = textures.hsv(
            rng.uniform(-0.06, 0.01), rng.uniform(0.6, 0.8), rng.uniform(0.55, 0.85)
        )
    spots = textures.noise(rng, 64, 64, 3.2)
    freckles = np.clip((spots - 0.66) * 2, 0, 0.7) * (rng.random() < 0.25)
    return Look(
        a=a,
        b=b,
        eye_x=rng.uniform(0.40, 0.44) * a,
        eye_w=rng.uniform(5.6, 6.8),
        eye_h=rng.uniform(3.3, 4.3),
        mouth_w=rng.uniform(7.5, 10.0),
        jaw=rng.uniform(0.86, 1.08),
        skin=skin,
        blush=rng.uniform(0.15, 0.5),
        hair=_vary(rng, hair, 0.06),
        iris=iris,
        lips=lips,
        freckles=np.asarray(0.3 * textures.noise(rng, 64, 64, 9) + freckles, np.float32),
    )


def _vary(rng: np.random.Generator, color: Color, amount: float) -> Color:
    red, green, blue = (float(c * rng.uniform(1 - amount, 1 + amount)) for c in color)
    return shade((red, green, blue), rng.uniform(0.94, 1.06))


def _head(rng: np.random.Generator, look: Look, bald: bool) -> dict[str, Sprite]:
    """Paint skull, face, ears, eyes, nose and mouth."""
    paint = textures.hsv(rng.random(), 0.5, 0.6) if rng.random() < 0.3 else None
    full, thick = rng.uniform(0.8, 1.25), rng.uniform(1.6, 3.2)
    sprites = {
        "skull": vox_parts.skull(rng, look, bald=bald, curl=rng.random()),
        "face": vox_parts.face(look),
        "chin": vox_parts.chin(look),
        "nose": vox_parts.nose(look, rng.uniform(4.0, 5.6), rng.uniform(8, 10.5)),
        "mouth": vox_parts.mouth(look),
        "upper lip": vox_parts.upper_lip(look, full),
        "lower lip": vox_parts.lower_lip(look, full),
    }
    for side, name in ((-1, "left"), (1, "right")):
        sprites[f"{name} ear"] = vox_parts.ear(look, side)
        sprites[f"{name} eye"] = vox_parts.eye(look)
        sprites[f"{name} iris"] = vox_parts.iris(look)
        sprites[f"{name} upper lid"] = vox_parts.upper_lid(look, side, paint)
        sprites[f"{name} lower lid"] = vox_parts.lower_lid(look, side)
        sprites[f"{name} brow"] = vox_parts.brow(look, side, thick)
    return sprites


def _hair(rng: np.random.Generator, look: Look, long_hair: bool, bald: bool) -> dict[str, Sprite]:
    """Paint fringe, locks and back hair."""
    curl, style = rng.random(), int(rng.integers(1, 4)) if long_hair else int(rng.integers(3))
    length = rng.uniform(0.75, 1.75)
    if bald:
        return {}
    sprites = {"fringe": vox_dress.fringe(rng, look, style=style, curl=curl)}
    if long_hair:
        sprites["back hair"] = vox_dress.back_hair(rng, look, length=length, curl=curl)
        for side, name in ((-1, "left"), (1, "right")):
            sprites[f"{name} lock"] = vox_dress.lock(rng, look, side=side, length=length, curl=curl)
    return sprites


def _extras(rng: np.random.Generator, look: Look, long_hair: bool) -> dict[str, Sprite]:
    """Paint glasses, beard and moustache for those who have them."""
    draw = rng.random(3)
    sprites: dict[str, Sprite] = {}
    if draw[0] < 0.25:
        color = textures.hsv(rng.random(), rng.uniform(0, 0.7), rng.uniform(0.08, 0.5))
        sprites["glasses"] = vox_dress.glasses(look, color, square=rng.random() < 0.5)
    if not long_hair and draw[1] < 0.4:
        sprites["beard"] = vox_dress.beard(rng, look)
    if not long_hair and draw[2] < 0.4:
        sprites["moustache"] = vox_dress.moustache(rng, look)
    return sprites
