"""The models of the fashion world: bodies, garments with patterns, faces and hair."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from datasets.worlds.cylinders import Cone, facet_sprites
from datasets.worlds.skeleton import DENSITY, SIDES
from datasets.worlds.sprites import Float, Sprite, premultiply
from datasets.worlds.textures import Color, hsv, lit, noise, polygon
from datasets.worlds.wardrobe import (
    HAIRS,
    SKINS,
    Fabric,
    contrast,
    limb,
    limb_shape,
    paint,
    shifted,
    skin,
    texels,
    weave,
)
from datasets.worlds.world import Identity

CONES = ("torso", "skirt", "crown", "face", "jaw")
"""The parts of a figure that turn as cones."""

TYPICAL = {
    "thigh": 26.5, "shin": 26.5, "ankle": 3.0, "hip": 4.4, "torso": 29.0, "neck": 4.0,
    "head": 8.6, "shoulder": 8.8, "shoulder drop": 2.8, "upper arm": 17.0, "forearm": 15.5,
    "hand": 4.8, "foot": 6.5,
}  # fmt: skip
"""Lengths of a body of middle size in canvas pixels; see `skeleton.figure`."""

NECK_ROWS = 4
"""Rows of the shoulders' sprite above the neck joint."""


@dataclass(frozen=True)
class Outfit:
    """The colours and cuts of one model."""

    skin: Color
    hair: Color
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
        **_head_skin(rng, outfit),
    }
    sprites: list[Sprite] = []
    for name in CONES:
        sprites += facet_sprites(name, shapes[name], textures[name])
    sprites += [_mane(rng, body, outfit), _shoulders(rng, body, outfit), _neck(rng, body, outfit)]
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
        "skirt": Cone(-5.0, body["skirt"], waist + 0.3, body["hem"], 0.76),
        "crown": Cone(-head, -0.42 * head, 0.5 * cheek, cheek, 1.1),
        "face": Cone(-0.42 * head, 0.36 * head, cheek, 0.98 * cheek, 1.1),
        "jaw": Cone(0.36 * head, 0.98 * head, 0.98 * cheek, 0.5 * cheek, 1.1),
    }


def _body(rng: np.random.Generator) -> dict[str, float]:
    """Draw proportions in canvas pixels, and the cut of the skirt."""
    scale = rng.uniform(0.97, 1.03)
    body = {name: value * scale * rng.uniform(0.97, 1.03) for name, value in TYPICAL.items()}
    body["chest"] = body["shoulder"] * rng.uniform(0.98, 1.06)
    body["waist"] = rng.uniform(6.6, 8.2)
    length = (12.0, 24.0, 36.0, 47.0)[int(rng.integers(4))]
    body["skirt"] = length * rng.uniform(0.92, 1.05)
    body["hem"] = 9.6 + length * rng.uniform(0.02, 0.2)
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
    back = weave(rng, (third, contrast(third))) if rng.random() < 0.55 else top
    stockings = rng.random() < 0.6
    legs = weave(rng, (third, shifted(third, 0.8))) if stockings else None
    return Outfit(
        skin=SKINS[int(rng.integers(len(SKINS)))],
        hair=HAIRS[int(rng.integers(len(HAIRS)))],
        top=top, back=back, bottom=bottom, legs=legs, shoes=shifted(_color(rng), 0.7),
        sleeve=int(rng.integers(3)), neckline=rng.uniform(0.1, 0.35), trim=_color(rng),
    )  # fmt: skip


def _angles(height: int, width: int) -> tuple[Float, Float]:
    """Return for every texel of a wrapped picture its height in [0, 1] and angle in [-pi, pi]."""
    v, u = np.mgrid[:height, :width].astype(np.float32)
    return (v + 0.5) / height, ((u + 0.5) / width * 2 - 1) * np.float32(np.pi)


def _shade(rng: np.random.Generator, height: int, width: int) -> Float:
    """Return the light on draped cloth: folds, darker flanks."""
    _, angle = _angles(height, width)
    folds = 0.9 + 0.2 * noise(rng, height, width, 6)
    return np.asarray(folds * (0.86 + 0.18 * np.abs(np.cos(angle))), np.float32)


def _soft(value: Float) -> Float:
    """Return a soft step ``[..., 1]`` from signed distances in texels."""
    return np.clip(value + 0.5, 0, 1)[..., None]


def _torso_cloth(rng: np.random.Generator, cone: Cone, outfit: Outfit) -> Float:
    """Return the top: neckline, a back in its own fabric, a badge or buttons on the front."""
    height, width = cone.texture_shape()
    down, angle = _angles(height, width)
    rgb = outfit.top.cut(rng, height, width).copy()
    behind = _soft((np.abs(angle) - 1.75) * width / 6)
    rgb = rgb * (1 - behind) + outfit.back.cut(rng, height, width) * behind
    radius = width / (2 * np.pi)
    trim = paint(outfit.trim)
    kind = int(rng.integers(3))
    if kind == 0:
        spot = _soft(4.2 - np.hypot(angle * radius, (down - 0.5) * height))
    elif kind == 1:
        spot = _soft(1.4 - np.abs(angle * radius))
    else:
        spot = _soft(2.0 - np.abs((down - 0.55) * height))
    rgb = rgb * (1 - spot) + trim * spot
    rgb = lit(rgb.astype(np.float32), _shade(rng, height, width))
    cut = _soft((outfit.neckline - down) * height - np.abs(angle) * radius * 0.9)
    rgb = rgb * (1 - cut) + paint(shifted(outfit.skin, 0.94)) * cut
    belt = _soft((down - 0.93) * height)
    return np.asarray(rgb * (1 - belt) + trim * 0.8 * belt, np.float32)


def _skirt_cloth(rng: np.random.Generator, cone: Cone, outfit: Outfit) -> Float:
    """Return the skirt with pleats and, now and then, a border at the hem or a side panel."""
    height, width = cone.texture_shape()
    down, angle = _angles(height, width)
    fabric = outfit.bottom.rgb[:height]
    around = np.linspace(0, fabric.shape[1] - 1, width, dtype=np.float32)
    columns = np.broadcast_to(around, (height, width)).astype(np.float32)
    rows = np.broadcast_to(np.arange(height, dtype=np.float32)[:, None], (height, width))
    rgb = cv2.remap(fabric, columns, np.ascontiguousarray(rows), cv2.INTER_LINEAR)
    pleats = 0.9 + 0.16 * np.cos(angle * int(rng.integers(4, 8)) + rng.uniform(0, 6))
    rgb = lit(rgb, np.asarray(pleats * _shade(rng, height, width), np.float32))
    if rng.random() < 0.5:
        hem = _soft((down - 1) * height + rng.uniform(3, 6))
        rgb = rgb * (1 - hem) + paint(outfit.trim) * hem
    if rng.random() < 0.5:
        panel = _soft((np.abs(angle) - 2.0) * width / 6)
        rgb = rgb * (1 - panel) + paint(shifted(outfit.trim, 0.8)) * panel
    return np.asarray(rgb, np.float32)


def _head_skin(rng: np.random.Generator, outfit: Outfit) -> dict[str, Float]:
    """Return the pictures around crown, face and jaw, cut from one picture of the whole head."""
    height, width = 40, 84
    down, angle = _angles(height, width)
    rgb = skin(rng, (height, width), outfit.skin)
    rgb = lit(rgb, np.asarray(0.88 + 0.16 * np.cos(angle), np.float32))
    x, y = angle * 8.2, (down - 0.5) * 17.0

    def dab(at: tuple[float, float], size: tuple[float, float], color: Color) -> None:
        nonlocal rgb
        for side in (-1, 1) if at[0] else (1,):
            distance = np.hypot((x - side * at[0]) / size[0], (y - at[1]) / size[1])
            weight = np.clip((1 - distance) * min(size) * 1.6 + 0.5, 0, 1)[..., None]
            rgb = np.asarray(rgb * (1 - weight) + paint(color) * weight, np.float32)

    red: Color = (0.72, 0.16, 0.2)
    dab((3.4, 2.6), (1.5, 1.1), (outfit.skin[0], outfit.skin[1] * 0.78, outfit.skin[2] * 0.76))
    dab((2.9, -0.5), (1.5, 1.0), (0.97, 0.97, 0.97))
    dab((2.8, -0.4), (0.85, 0.95), (0.08, 0.06, 0.08))
    dab((2.9, -2.3), (1.6, 0.5), shifted(outfit.hair, 0.6))
    dab((0, 1.6), (0.8, 1.3), shifted(outfit.skin, 0.72))
    dab((0, 4.6), (rng.uniform(1.6, 2.3), 0.8), red)
    line = rng.uniform(1.25, 1.6)
    fringe = -4.2 + 1.2 * np.cos(angle * rng.uniform(1, 2.5) + rng.uniform(-1, 1))
    hair = np.maximum(_soft(fringe - y), _soft((np.abs(angle) - line) * 8))
    if rng.random() < 0.4:
        nape = _soft(5.5 - y)
        hair = hair * np.maximum(nape, _soft(fringe - y))
    strands = 0.75 + 0.5 * noise(rng, height, width, 4.5)[..., None]
    rgb = np.asarray(rgb * (1 - hair) + np.clip(paint(outfit.hair) * strands, 0, 1) * hair)
    rgb = cv2.GaussianBlur(rgb.astype(np.float32), (0, 0), 0.8)
    first, second = round(height * 0.29), round(height * 0.68)
    return {"crown": rgb[:first], "face": rgb[first:second], "jaw": rgb[second:]}


def _mane(rng: np.random.Generator, body: dict[str, float], outfit: Outfit) -> Sprite:
    """Return long hair down the back; the head's centre is row 3. May be fully transparent."""
    height, width = texels(body["mane"]) + 8, 21
    outline = [(3, 2), (17, 2), (15.5, height - 5), (10, height - 3), (4.5, height - 5)]
    alpha = polygon(height, width, outline) if body["mane"] > 0 else np.zeros((height, width))
    strands = 0.75 + 0.5 * noise(rng, height, width, 4)
    rgb = lit(np.broadcast_to(paint(outfit.hair), (height, width, 3)), np.asarray(strands))
    return Sprite("mane", premultiply(rgb, np.asarray(alpha, np.float32)))


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
        skin(rng, (height, width), shifted(outfit.skin, 0.94))
        if bare
        else outfit.top.cut(rng, height, width)
    )
    return Sprite("shoulders", premultiply(rgb, polygon(height, width, outline)))


def _neck(rng: np.random.Generator, body: dict[str, float], outfit: Outfit) -> Sprite:
    shape = limb_shape(body["neck"] + 4, 2.9)[:2]
    return limb("neck", skin(rng, shape, shifted(outfit.skin, 0.84)), (2.9, 2.9))


def _limbs(
    rng: np.random.Generator, name: str, outfit: Outfit, body: dict[str, float]
) -> list[Sprite]:
    """Return upper arm, forearm, hand, thigh, shin and foot of one side."""
    upper = outfit.top if outfit.sleeve > 0 else None
    fore = outfit.top if outfit.sleeve > 1 else None
    shoe = weave(rng, (outfit.shoes, shifted(outfit.shoes, 1.3)))
    wide = 1.0 if outfit.legs is None else 1.2
    plan: tuple[tuple[str, tuple[float, float], Fabric | None], ...] = (
        ("upper arm", (3.4, 2.9), upper),
        ("forearm", (2.9, 2.3), fore),
        ("hand", (2.2, 1.7), None),
        ("thigh", (5.4 * wide, 4.2 * wide), outfit.legs),
        ("shin", (4.2 * wide, 2.9 * wide), outfit.legs),
        ("foot", (2.8, 2.3), shoe),
    )
    sprites = []
    for part, radii, fabric in plan:
        shape = limb_shape(body[part], max(radii))[:2]
        rgb = fabric.cut(rng, *shape) if fabric else skin(rng, shape, outfit.skin)
        sprites.append(limb(f"{name} {part}", rgb, radii, strength=0.35))
    return sprites
