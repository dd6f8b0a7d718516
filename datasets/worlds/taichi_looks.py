"""The people of the tai chi world: bodies, clothes, faces and hair."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datasets.worlds.skeleton import DENSITY, SIDES
from datasets.worlds.sprites import Float, Sprite, premultiply
from datasets.worlds.taichi_heads import face, hair, skull
from datasets.worlds.textures import (
    Color,
    lit,
    noise,
    polygon,
    round_light,
)
from datasets.worlds.wardrobe import (
    Complexion,
    Fabric,
    complexion,
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

TYPICAL = {
    "thigh": 21.5, "shin": 20.5, "ankle": 2.6, "hip": 4.6, "torso": 25.0, "neck": 2.0,
    "head": 8.3, "shoulder": 10.2, "shoulder drop": 2.6, "upper arm": 14.8, "forearm": 13.6,
    "hand": 4.0, "foot": 7.0, "tunic": 14.0,
}  # fmt: skip
"""Lengths of a body of middle size in canvas pixels; see `skeleton.figure`."""


@dataclass(frozen=True)
class Outfit:
    """The colours and cuts of one person."""

    look: Complexion
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
        look=complexion(rng),
        top=jacket,
        trousers=plain,
        sash=strong_color(rng),
        shoes=shifted(strong_color(rng), 0.6),
    )
    sprites = [_torso(rng, body, outfit), _tunic(rng, body, outfit), _neck(rng, body, outfit)]
    sprites += [
        skull(rng, outfit.look),
        face(rng, outfit.look),
        hair(rng, outfit.look, outfit.sash),
    ]
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
    shade = premultiply(paint(shifted(outfit.look.skin, 0.9)), neckline * picture[..., 3])
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
    shade = shifted(outfit.look.skin, 0.82)
    return limb("neck", skin(rng, shape[:2], shade), (3.1, 3.1))


def _limbs(
    rng: np.random.Generator, name: str, body: dict[str, float], outfit: Outfit
) -> list[Sprite]:
    """Return upper arm, forearm, hand, thigh, shin and foot of one side."""
    sleeve, girth = body["sleeve"], body["girth"]
    shoe = weave(rng, (outfit.shoes, shifted(outfit.shoes, 1.3)))
    plan: tuple[tuple[str, float, tuple[float, float], Fabric | None], ...] = (
        ("upper arm", body["upper arm"], (5.2, 5.0 * sleeve), outfit.top),
        ("forearm", body["forearm"], (5.0 * sleeve, 5.6 * sleeve), outfit.top),
        ("hand", body["hand"], (3.3, 2.7), None),
        ("thigh", body["thigh"], (7.7 * girth, 7.0), outfit.trousers),
        ("shin", body["shin"], (7.0, 5.7), outfit.trousers),
        ("foot", body["foot"], (3.4, 3.0), shoe),
    )
    sprites = []
    for part, length, radii, fabric in plan:
        shape = limb_shape(length, max(radii))[:2]
        rgb = fabric.cut(rng, *shape) if fabric else skin(rng, shape, outfit.look.skin)
        sprites.append(limb(f"{name} {part}", rgb, radii))
    return sprites
