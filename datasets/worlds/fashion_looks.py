"""The models of the fashion world: bodies, garments with patterns, faces and hair."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from datasets.worlds.cylinders import Cone, facet_sprites
from datasets.worlds.fashion_heads import dome, head_textures, mane, soft_step, wrapped_angles
from datasets.worlds.skeleton import DENSITY, SIDES
from datasets.worlds.sprites import Float, Sprite, premultiply
from datasets.worlds.textures import Color, hsv, lit, noise, polygon
from datasets.worlds.wardrobe import (
    Complexion,
    Fabric,
    complexion,
    contrast,
    limb,
    limb_shape,
    paint,
    shifted,
    skin,
    weave,
)
from datasets.worlds.world import Identity

CONES = ("torso", "skirt", "crown", "face", "jaw")
"""The parts of a figure that turn as cones."""

TYPICAL = {
    "thigh": 26.5, "shin": 26.5, "ankle": 3.0, "hip": 3.9, "torso": 29.0, "neck": 4.0,
    "head": 8.9, "shoulder": 9.3, "shoulder drop": 2.8, "upper arm": 17.0, "forearm": 15.5,
    "hand": 4.8, "foot": 5.5,
}  # fmt: skip
"""Lengths of a body of middle size in canvas pixels; see `skeleton.figure`."""

NECK_ROWS = 4
"""Rows of the shoulders' sprite above the neck joint."""


@dataclass(frozen=True)
class Outfit:
    """The colours and cuts of one model."""

    look: Complexion
    top: Fabric
    back: Fabric
    bottom: Fabric
    legs: Fabric | None
    shoes: Color
    sleeve: int
    neckline: float
    trim: Color


def draw_identity(rng: np.random.Generator) -> Identity:
    """Draw a model."""
    body, outfit = _body(rng), _outfit(rng)
    shapes = cones(body)
    textures = {
        "torso": _torso_cloth(rng, shapes["torso"], outfit),
        "skirt": _skirt_cloth(rng, shapes["skirt"], outfit),
        **head_textures(rng, outfit.look),
    }
    sprites: list[Sprite] = []
    for name in CONES:
        sprites += facet_sprites(name, shapes[name], textures[name])
    sprites += [
        mane(rng, body, outfit.look),
        dome(rng, body, outfit.look),
        _shoulders(rng, body, outfit),
        _neck(rng, body, outfit),
    ]
    for name, _ in SIDES:
        sprites += _limbs(rng, name, outfit, body)
    return Identity(tuple(sprites), body)


def cones(body: dict[str, float]) -> dict[str, Cone]:
    """Return the shapes of the turning parts.

    The torso hangs from the neck joint, the skirt from the pelvis; the head's three cones are
    centred on the head.
    """
    waist, head = body["waist"], body["head"]
    cheek = 0.76 * head
    return {
        "torso": Cone(2.0, body["torso"] - 4, body["chest"], waist, 0.66),
        "skirt": Cone(-5.0, body["skirt"], waist + 1.2, body["hem"], 0.85),
        "crown": Cone(-head, -0.42 * head, 0.5 * cheek, cheek, 1.1),
        "face": Cone(-0.42 * head, 0.36 * head, cheek, 0.98 * cheek, 1.1),
        "jaw": Cone(0.36 * head, 0.98 * head, 0.98 * cheek, 0.5 * cheek, 1.1),
    }


def _body(rng: np.random.Generator) -> dict[str, float]:
    """Draw proportions in canvas pixels, and the cut of the skirt."""
    scale = rng.uniform(0.97, 1.03)
    body = {name: value * scale * rng.uniform(0.97, 1.03) for name, value in TYPICAL.items()}
    body["chest"] = body["shoulder"] * rng.uniform(0.98, 1.06)
    body["waist"] = rng.uniform(7.2, 8.8)
    length = (12.0, 24.0, 36.0, 47.0)[int(rng.integers(4))]
    body["skirt"] = length * rng.uniform(0.92, 1.05)
    body["hem"] = 11.2 + length * rng.uniform(0.05, 0.2)
    body["mane"] = rng.choice([0.0, rng.uniform(12, 26)])
    return body


def _color(rng: np.random.Generator) -> Color:
    """Return a colour that stands out on white: vivid, deep or nearly black."""
    if rng.random() < 0.25:
        return hsv(rng.random(), 0.4, rng.uniform(0.08, 0.2))
    return hsv(rng.random(), rng.uniform(0.7, 1.0), rng.uniform(0.45, 0.9))


def _outfit(rng: np.random.Generator) -> Outfit:
    first, second, third = _color(rng), _color(rng), _color(rng)
    top = weave(rng, (first, contrast(first)))
    dress = rng.random() < 0.45
    bottom = top if dress else weave(rng, (second, contrast(second)))
    back = weave(rng, (third, contrast(third))) if rng.random() < 0.35 else top
    stockings = rng.random() < 0.6
    legs = weave(rng, (third, shifted(third, 0.8))) if stockings else None
    return Outfit(
        look=complexion(rng),
        top=top, back=back, bottom=bottom, legs=legs, shoes=shifted(_color(rng), 0.7),
        sleeve=int(rng.integers(3)), neckline=rng.uniform(0.1, 0.35), trim=_color(rng),
    )  # fmt: skip


def _shade(rng: np.random.Generator, height: int, width: int) -> Float:
    """Return the light on draped cloth: folds, darker flanks."""
    _, angle = wrapped_angles(height, width)
    folds = 0.9 + 0.2 * noise(rng, height, width, 6)
    return np.asarray(folds * (0.86 + 0.18 * np.abs(np.cos(angle))), np.float32)


def _torso_cloth(rng: np.random.Generator, cone: Cone, outfit: Outfit) -> Float:
    """Return the top: neckline, a back in its own fabric, a badge or buttons on the front."""
    height, width = cone.texture_shape()
    down, angle = wrapped_angles(height, width)
    rgb = outfit.top.cut(rng, height, width).copy()
    behind = soft_step((np.abs(angle) - 1.75) * width / 6)
    rgb = rgb * (1 - behind) + outfit.back.cut(rng, height, width) * behind
    radius = width / (2 * np.pi)
    trim = paint(outfit.trim)
    kind = int(rng.integers(3))
    if kind == 0:
        spot = soft_step(4.2 - np.hypot(angle * radius, (down - 0.5) * height))
    elif kind == 1:
        spot = soft_step(1.4 - np.abs(angle * radius))
    else:
        spot = soft_step(2.0 - np.abs((down - 0.55) * height))
    rgb = rgb * (1 - spot) + trim * spot
    rgb = lit(rgb.astype(np.float32), _shade(rng, height, width))
    cut = soft_step((outfit.neckline - down) * height - np.abs(angle) * radius * 0.9)
    rgb = rgb * (1 - cut) + paint(shifted(outfit.look.skin, 0.94)) * cut
    belt = soft_step((down - 0.93) * height)
    return np.asarray(rgb * (1 - belt) + trim * 0.8 * belt, np.float32)


def _skirt_cloth(rng: np.random.Generator, cone: Cone, outfit: Outfit) -> Float:
    """Return the skirt with pleats and, now and then, a border at the hem or a side panel."""
    height, width = cone.texture_shape()
    down, angle = wrapped_angles(height, width)
    fabric = outfit.bottom.rgb[:height]
    around = np.linspace(0, fabric.shape[1] - 1, width, dtype=np.float32)
    columns = np.broadcast_to(around, (height, width)).astype(np.float32)
    rows = np.broadcast_to(np.arange(height, dtype=np.float32)[:, None], (height, width))
    rgb = cv2.remap(fabric, columns, np.ascontiguousarray(rows), cv2.INTER_LINEAR)
    pleats = 0.9 + 0.16 * np.cos(angle * int(rng.integers(4, 8)) + rng.uniform(0, 6))
    if rng.random() < 0.5:
        hem = soft_step((down - 1) * height + rng.uniform(3, 6))
        rgb = rgb * (1 - hem) + paint(outfit.trim) * hem
    if rng.random() < 0.3:
        panel = soft_step((np.abs(angle) - 2.0) * width / 6)
        rgb = rgb * (1 - panel) + paint(shifted(outfit.trim, 0.8)) * panel
    light = pleats * _shade(rng, height, width)
    return lit(np.asarray(rgb, np.float32), np.asarray(light, np.float32))


def _shoulders(rng: np.random.Generator, body: dict[str, float], outfit: Outfit) -> Sprite:
    """Return the slope from neck to shoulders; the neck joint is the middle of row `NECK_ROWS`."""
    half = body["chest"] * DENSITY
    height, width = NECK_ROWS + 9, 2 * int(np.ceil(half)) + 5
    middle = (width - 1) / 2
    outline = [
        (middle - 3, 2), (middle + 3, 2), (middle + half, 7), (middle + half, 9),
        (middle - half, 9), (middle - half, 7),
    ]  # fmt: skip
    bare = outfit.sleeve == 0
    rgb = (
        skin(rng, (height, width), shifted(outfit.look.skin, 0.94))
        if bare
        else outfit.top.cut(rng, height, width)
    )
    return Sprite("shoulders", premultiply(rgb, polygon(height, width, outline)))


def _neck(rng: np.random.Generator, body: dict[str, float], outfit: Outfit) -> Sprite:
    shape = limb_shape(body["neck"] + 4, 2.9)[:2]
    return limb("neck", skin(rng, shape, shifted(outfit.look.skin, 0.84)), (2.9, 2.9))


def _limbs(
    rng: np.random.Generator, name: str, outfit: Outfit, body: dict[str, float]
) -> list[Sprite]:
    """Return upper arm, forearm, hand, thigh, shin and foot of one side."""
    upper = outfit.top if outfit.sleeve > 0 else None
    fore = outfit.top if outfit.sleeve > 1 else None
    shoe = weave(rng, (outfit.shoes, shifted(outfit.shoes, 1.3)))
    wide = 1.0 if outfit.legs is None else 1.2
    plan: tuple[tuple[str, tuple[float, float], Fabric | None], ...] = (
        ("upper arm", (3.7, 3.2), upper),
        ("forearm", (3.2, 2.5), fore),
        ("hand", (2.5, 1.9), None),
        ("thigh", (4.3 * wide, 3.8 * wide), outfit.legs),
        ("shin", (3.8 * wide, 2.7 * wide), outfit.legs),
        ("foot", (2.6, 2.0), shoe),
    )
    sprites = []
    for part, radii, fabric in plan:
        shape = limb_shape(body[part], max(radii))[:2]
        rgb = fabric.cut(rng, *shape) if fabric else skin(rng, shape, outfit.look.skin)
        sprites.append(limb(f"{name} {part}", rgb, radii, strength=0.35))
    return sprites
