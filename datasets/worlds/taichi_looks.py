"""The people of the tai chi world: bodies, clothes, faces and hair."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datasets.worlds.skeleton import DENSITY, SIDES
from datasets.worlds.sprites import Float, Sprite, premultiply
from datasets.worlds.textures import (
    Color,
    ball_light,
    ellipse,
    lit,
    noise,
    polygon,
    round_light,
)
from datasets.worlds.wardrobe import (
    HAIRS,
    SKINS,
    Fabric,
    contrast,
    limb,
    limb_shape,
    over,
    paint,
    shifted,
    skin,
    strong_color,
    texels,
    weave,
)
from datasets.worlds.world import Identity

HEAD_BOX = (26, 22)
"""Height and width in texels of head, face and hair; their common centre is the head's centre."""

TYPICAL = {
    "thigh": 21.5, "shin": 20.5, "ankle": 2.6, "hip": 4.6, "torso": 25.0, "neck": 2.0,
    "head": 8.0, "shoulder": 10.2, "shoulder drop": 2.6, "upper arm": 14.8, "forearm": 13.6,
    "hand": 4.0, "foot": 7.0, "tunic": 14.0,
}  # fmt: skip
"""Lengths of a body of middle size in canvas pixels; see `skeleton.figure`."""


@dataclass(frozen=True)
class Outfit:
    """The colours and cuts of one person."""

    skin: Color
    hair: Color
    top: Fabric
    trousers: Fabric
    sash: Color
    shoes: Color


def draw_identity(rng: np.random.Generator) -> Identity:
    """Draw a person."""
    body = _body(rng)
    top = strong_color(rng)
    trousers = strong_color(rng) if rng.random() < 0.6 else top
    jacket = weave(rng, (top, contrast(top)))
    plain = jacket if trousers is top else weave(rng, (trousers, contrast(trousers)))
    outfit = Outfit(
        skin=SKINS[int(rng.integers(len(SKINS)))],
        hair=HAIRS[int(rng.integers(len(HAIRS)))],
        top=jacket,
        trousers=plain,
        sash=strong_color(rng),
        shoes=shifted(strong_color(rng), 0.6),
    )
    sprites = [_torso(rng, body, outfit), _tunic(rng, body, outfit), _neck(rng, body, outfit)]
    sprites += [_head(rng, outfit), _face(rng, outfit), _hair(rng, outfit)]
    for name, _ in SIDES:
        sprites += _limbs(rng, name, body, outfit)
    return Identity(tuple(sprites), body)


def _body(rng: np.random.Generator) -> dict[str, float]:
    """Draw proportions in canvas pixels."""
    scale = rng.uniform(0.95, 1.03)
    body = {name: value * scale * rng.uniform(0.97, 1.03) for name, value in TYPICAL.items()}
    body["girth"] = rng.uniform(1.0, 1.25)
    body["shoulder"] *= rng.uniform(0.95, 1.1)
    body["tunic"] *= rng.uniform(0.75, 1.35)
    body["sleeve"] = rng.uniform(0.95, 1.3)
    return body


def _torso(rng: np.random.Generator, body: dict[str, float], outfit: Outfit) -> Sprite:
    """Return the torso: neck base at row 4, pelvis 4 rows above the bottom, middle column."""
    length = texels(body["torso"])
    shoulder = body["shoulder"] * DENSITY + 4
    waist = 9.8 * body["girth"] * DENSITY
    height, width = length + 9, 2 * int(np.ceil(max(shoulder, waist))) + 5
    middle = (width - 1) / 2
    outline = [
        (middle - 3.5, 2), (middle + 3.5, 2), (middle + shoulder - 3, 5), (middle + shoulder, 9),
        (middle + waist, length * 0.62), (middle + waist + 1, length + 6),
        (middle - waist - 1, length + 6), (middle - waist, length * 0.62), (middle - shoulder, 9),
        (middle - shoulder + 3, 5),
    ]  # fmt: skip
    rgb = outfit.top.cut(rng, height, width)
    rgb = lit(rgb, _fold_light(rng, height, width))
    picture = premultiply(rgb, polygon(height, width, outline))
    return Sprite("torso", _collar(rng, picture, middle, outfit))


def _collar(rng: np.random.Generator, picture: Float, middle: float, outfit: Outfit) -> Float:
    """Paint a neckline of skin, and a closure: buttons, a crossed lapel, or nothing."""
    height, width = picture.shape[:2]
    depth = rng.uniform(6, 11)
    neckline = polygon(height, width, [(middle - 4, 1), (middle + 4, 1), (middle, depth)])
    trim = outfit.sash
    kind = rng.integers(3)
    extra = np.zeros((height, width), np.float32)
    if kind == 0:
        extra = polygon(
            height, width,
            [(middle - 1.2, depth), (middle + 1.2, depth), (middle + 1.2, height - 4),
             (middle - 1.2, height - 4)],
        )  # fmt: skip
    elif kind == 1:
        extra = polygon(
            height, width,
            [(middle + 3.5, 1), (middle + 6, 2), (middle - 6, height * 0.8),
             (middle - 8, height * 0.7)],
        )  # fmt: skip
    painted = over(picture, premultiply(paint(trim), extra * picture[..., 3]))
    shade = premultiply(paint(shifted(outfit.skin, 0.9)), neckline * picture[..., 3])
    return over(painted, shade)


def _fold_light(rng: np.random.Generator, height: int, width: int) -> Float:
    """Return the light on draped cloth: a cylinder with soft folds."""
    folds = 0.86 + 0.28 * noise(rng, height, width, 7)
    return np.asarray(round_light(height, width, strength=0.45) * folds, np.float32)


def _tunic(rng: np.random.Generator, body: dict[str, float], outfit: Outfit) -> Sprite:
    """Return pelvis and hem: the pelvis lies in row 7 of the middle column."""
    waist = 10.0 * body["girth"] * DENSITY
    hem = waist + rng.uniform(2, 6)
    length = texels(body["tunic"])
    height, width = length + 11, 2 * int(np.ceil(hem)) + 5
    middle = (width - 1) / 2
    outline = [
        (middle - waist, 2), (middle + waist, 2), (middle + hem, length + 6),
        (middle + hem * 0.5, length + 8), (middle - hem * 0.5, length + 8),
        (middle - hem, length + 6),
    ]  # fmt: skip
    alpha = polygon(height, width, outline)
    rgb = outfit.top.cut(rng, height, width)
    picture = premultiply(lit(rgb, _fold_light(rng, height, width)), alpha)
    belt = polygon(
        height, width, [(0, 2), (width, 2), (width, 2 + rng.uniform(3, 5)), (0, 6)]
    )  # fmt: skip
    ends = [(middle + 2, 4), (middle + 5, 4), (middle + 6, 15), (middle, 15)]
    knot = polygon(height, width, ends)
    sash = premultiply(
        lit(np.broadcast_to(paint(outfit.sash), (height, width, 3)),
            round_light(height, width, strength=0.45)),
        np.maximum(belt, knot) * alpha,
    )  # fmt: skip
    return Sprite("pelvis", over(picture, sash))


def _neck(rng: np.random.Generator, body: dict[str, float], outfit: Outfit) -> Sprite:
    shape = limb_shape(body["neck"] + 4, 3.1)
    shade = shifted(outfit.skin, 0.82)
    return limb("neck", skin(rng, shape[:2], shade), (3.1, 3.1))


def _head(rng: np.random.Generator, outfit: Outfit) -> Sprite:
    height, width = HEAD_BOX
    rows, columns = 21, 17
    alpha = ellipse(rows, columns, power=2.3)
    picture = premultiply(
        lit(skin(rng, (rows, columns), outfit.skin), ball_light(rows, columns, strength=0.4)), alpha
    )
    return Sprite("head", _centred(picture, height, width))


def _centred(picture: Float, height: int, width: int, down: int = 0) -> Float:
    """Return ``picture`` in the middle of a transparent one of ``height`` x ``width``."""
    rows, columns = picture.shape[:2]
    top, left = (height - rows) // 2 + down, (width - columns) // 2
    canvas = np.zeros((height, width, 4), np.float32)
    canvas[top : top + rows, left : left + columns] = picture
    return canvas


def _face(rng: np.random.Generator, outfit: Outfit) -> Sprite:
    """Return eyes, brows, nose, cheeks and mouth on transparent ground; the nose is the centre."""
    height, width = HEAD_BOX
    middle, row = (width - 1) / 2, (height - 1) / 2
    dark = shifted(outfit.hair, 0.5)
    picture = np.zeros((height, width, 4), np.float32)
    v, u = np.mgrid[:height, :width].astype(np.float32)

    def dab(x: float, y: float, size: tuple[float, float], color: Color, opacity: float) -> None:
        nonlocal picture
        distance = np.hypot((u - middle - x) / size[0], (v - row - y) / size[1])
        alpha = np.clip((1 - distance) * min(size) + 0.5, 0, 1) * opacity
        picture = over(picture, premultiply(paint(color), alpha.astype(np.float32)))

    gap = rng.uniform(3.2, 3.9)
    blush: Color = (min(outfit.skin[0] * 1.02, 1), outfit.skin[1] * 0.72, outfit.skin[2] * 0.7)
    for side in (-1, 1):
        dab(side * (gap + 0.6), 3.2, (2.0, 1.6), blush, 0.6)
        dab(side * gap, -0.9, (1.6, 1.3), (0.97, 0.97, 0.97), 1.0)
        dab(side * gap, -0.8, (1.0, 1.2), (0.08, 0.06, 0.06), 1.0)
        dab(side * gap, -3.2, (1.9, 0.7), dark, 0.9)
    dab(0, 1.4, (0.9, 1.5), shifted(outfit.skin, 0.72), 0.9)
    dab(0, 5.1, (rng.uniform(1.8, 2.8), 0.9), (0.70, 0.22, 0.22), 1.0)
    if rng.random() < 0.25:
        dab(0, 7.6, (3.2, 1.7), outfit.hair, 0.95)
    return Sprite("face", picture)


def _hair(rng: np.random.Generator, outfit: Outfit) -> Sprite:
    """Return hair or a hat, with a window for the face."""
    height, width = HEAD_BOX
    v, u = np.mgrid[:height, :width].astype(np.float32)
    middle, row = (width - 1) / 2, (height - 1) / 2
    kind = rng.integers(4)
    shell = np.hypot((u - middle) / 9.0, (v - row + 0.6) / 10.6)
    window = np.hypot((u - middle) / 7.4, (v - row - 3.5) / 8.4)
    limit = {0: -2.0, 1: 3.0, 2: 7.5, 3: -2.5}[int(kind)]
    alpha = np.clip((1 - shell) * 9 + 0.5, 0, 1) * np.clip((window - 1) * 7 + 0.5, 0, 1)
    alpha *= np.clip(row + limit - v + 0.5, 0, 1)
    color = outfit.hair
    if kind == 3:
        color = outfit.sash
        brim = np.hypot((u - middle) / 10.2, (v - row + 4.6) / 1.7)
        alpha = np.maximum(alpha, np.clip((1 - brim) * 1.7 + 0.5, 0, 1))
    elif kind == 0 and rng.random() < 0.6:
        bun = np.hypot(u - middle, v - 3.4)
        alpha = np.maximum(alpha, np.clip(3.2 - bun, 0, 1))
    strands = 0.75 + 0.5 * noise(rng, height, width, 3.5)
    rgb = lit(np.broadcast_to(paint(color), (height, width, 3)), np.asarray(strands))
    alpha[[0, -1]] = alpha[:, [0, -1]] = 0
    return Sprite("hair", premultiply(rgb, np.asarray(alpha, np.float32)))


def _limbs(
    rng: np.random.Generator, name: str, body: dict[str, float], outfit: Outfit
) -> list[Sprite]:
    """Return upper arm, forearm, hand, thigh, shin and foot of one side."""
    sleeve, girth = body["sleeve"], body["girth"]
    shoe = weave(rng, (outfit.shoes, shifted(outfit.shoes, 1.3)))
    plan: tuple[tuple[str, float, tuple[float, float], Fabric | None], ...] = (
        ("upper arm", body["upper arm"], (5.2, 5.0 * sleeve), outfit.top),
        ("forearm", body["forearm"], (5.0 * sleeve, 5.6 * sleeve), outfit.top),
        ("hand", body["hand"], (3.2, 2.6), None),
        ("thigh", body["thigh"], (7.8 * girth, 7.0), outfit.trousers),
        ("shin", body["shin"], (7.0, 5.6), outfit.trousers),
        ("foot", body["foot"], (3.4, 3.0), shoe),
    )
    sprites = []
    for part, length, radii, fabric in plan:
        shape = limb_shape(length, max(radii))[:2]
        rgb = fabric.cut(rng, *shape) if fabric else skin(rng, shape, outfit.skin)
        sprites.append(limb(f"{name} {part}", rgb, radii))
    return sprites
