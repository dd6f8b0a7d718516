"""Paint for the cartoon animals: coats, limbs, bodies, heads, ears, tails."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datasets.worlds import textures
from datasets.worlds.mgif_species import Species
from datasets.worlds.patch import Patch, Points, blur, over
from datasets.worlds.sprites import Sprite
from datasets.worlds.textures import Color, Float

DARK: Color = (0.10, 0.08, 0.09)


@dataclass(frozen=True)
class Coat:
    """The fur of one animal.

    Attributes:
        base: Main colour.
        accent: Colour of spots, stripes and patches.
        belly: Colour of the lower side, muzzle and inner ears.
        hair: Colour of mane and tuft.
        pattern: ``"plain"``, ``"spots"``, ``"stripes"``, ``"patches"`` or ``"belly"``.
        cell: Size of the pattern in canvas pixels.
    """

    base: Color
    accent: Color
    belly: Color
    hair: Color
    pattern: str
    cell: float


def tinted(color: Color, factor: float) -> Color:
    """Return ``color`` made brighter or darker."""
    red, green, blue = (min(max(channel * factor, 0.0), 1.0) for channel in color)
    return red, green, blue


def fur(rng: np.random.Generator, patch: Patch, coat: Coat, *, along: bool = True) -> Float:
    """Return the coat on a part; stripes cross its v axis (``along``) or its u axis."""
    height, width = patch.shape
    cloud = textures.noise(rng, height, width, 9)
    rgb = textures.mix(tinted(coat.base, 0.92), tinted(coat.base, 1.06), cloud)
    if coat.pattern in ("spots", "patches"):
        cell = coat.cell * (1.0 if coat.pattern == "spots" else 2.4)
        field = textures.noise(rng, height, width, cell)
        rgb = over(rgb, coat.accent, _soft(field, 0.60 if coat.pattern == "spots" else 0.52))
    elif coat.pattern == "stripes":
        wobble = 0.35 * coat.cell * (textures.noise(rng, height, width, 12) - 0.5)
        place = (patch.y if along else patch.x) + wobble * 2
        wave = 0.5 + 0.5 * np.sin(2 * np.pi * place / (1.25 * coat.cell) + rng.uniform(0, 6))
        rgb = over(rgb, coat.accent, _soft(np.asarray(wave, np.float32), 0.58))
    return rgb


def _soft(field: Float, level: float) -> Float:
    return blur(np.asarray(np.clip((field - level) * 5 + 0.5, 0, 1), np.float32), 0.7)


def finish(patch: Patch, name: str, rgb: Float, mask: Float, *, shade: float = 1.0) -> Sprite:
    """Light a part from above and the front, darken its rim as cartoons do, make the sprite."""
    height, width = patch.shape
    light = textures.ball_light(height, width, strength=0.30)
    rim = 0.60 + 0.40 * np.clip((blur(mask, 1.1) - 0.45) * 2.6, 0, 1)
    return patch.sprite(name, textures.lit(rgb, np.asarray(light * rim * shade, np.float32)), mask)


def body(rng: np.random.Generator, coat: Coat, kind: Species) -> Sprite:
    """Paint the body between hip and shoulder; its anchor is the middle."""
    half, r = kind.length / 2, kind.radius
    patch = Patch(half + 0.95 * r, 1.25 * r)
    low = kind.belly
    outline = [
        (half + 0.78 * r, -0.10 * r), (half + 0.45 * r, -0.80 * r), (0.4 * half, -0.84 * r),
        (-0.4 * half, -0.80 * r), (-half - 0.15 * r, -0.92 * r), (-half - 0.78 * r, -0.35 * r),
        (-half - 0.62 * r, 0.45 * r), (-0.5 * half, (low - 0.1) * r),
        (0.2 * half, (low + 0.05) * r), (half + 0.1 * r, 0.98 * r), (half + 0.62 * r, 0.55 * r),
    ]  # fmt: skip
    rgb = fur(rng, patch, coat, along=False)
    under = np.clip((patch.y / r - 0.25) * 2.2, 0, 1) * (0.9 if coat.pattern == "belly" else 0.3)
    rgb = over(rgb, coat.belly, np.asarray(under, np.float32))
    return finish(patch, "body", rgb, patch.area(outline))


def bone(
    rng: np.random.Generator,
    coat: Coat,
    *,
    length: float,
    radii: tuple[float, float],
    shade: float = 1.0,
    foot: str = "",
    end: float = 0.0,
    name: str = "bone",
) -> Sprite:
    """Paint a tapered part along v; its anchor is the middle of the bone.

    Args:
        rng: For the coat.
        coat: The fur.
        length: From joint to joint in canvas pixels.
        radii: Half widths at both joints.
        shade: Below 1 for the far side.
        foot: ``"paw"``, ``"hoof"``, ``"tuft"`` or nothing at the second joint.
        end: Half width of the foot.
        name: Name of the sprite.
    """
    top, low, half = *radii, length / 2
    wide = max(top, low, 1.9 * end)
    patch = Patch(wide + 2, half + max(top, low, end) + 2)
    mask = patch.area([
        (0, -half - top), (0.75 * top, -half - 0.7 * top), (top, -half), (0.5 * (top + low), 0),
        (low, half), (0.7 * low, half + 0.7 * low), (0, half + low), (-0.7 * low, half + 0.7 * low),
        (-low, half), (-0.5 * (top + low), 0), (-top, -half), (-0.75 * top, -half - 0.7 * top),
    ])  # fmt: skip
    rgb = fur(rng, patch, coat)
    if foot == "paw":
        paw = patch.disc(0.55 * end, half + 0.1 * end, 1.3 * end, 0.85 * end)
        rgb = over(rgb, coat.belly, blur(paw, 0.8) * (0.8 if coat.pattern == "belly" else 0.25))
        for toe in (0.75, 1.35):
            rgb = over(rgb, DARK, 0.45 * patch.blob(toe * end, half + 0.5 * end, 0.6, 0.35 * end))
        mask = np.maximum(mask, paw)
    elif foot == "hoof":
        corners = [(-1.05, -0.4), (1.0, -0.4), (1.5, 0.9), (-1.25, 0.9)]
        hoof = patch.area([(x * end, half + y * end) for x, y in corners], smooth=False, soft=0.3)
        rgb = over(rgb, (0.25, 0.19, 0.16), hoof)
        mask = np.maximum(mask, hoof)
    elif foot == "tuft":
        tuft = patch.disc(0, half, end, 1.3 * end)
        rgb = over(rgb, coat.hair, blur(tuft, 0.8))
        mask = np.maximum(mask, tuft)
    return finish(patch, name, rgb, mask, shade=shade)


def head(rng: np.random.Generator, coat: Coat, kind: Species, *, nose: Color) -> Sprite:
    """Paint a head that looks to the right; its anchor is the middle of the skull."""
    r, muzzle, thick, drop = kind.head
    tip = 0.75 * r + muzzle
    patch = Patch(max(tip, r) + 3, 1.25 * r + max(drop + thick - 0.6 * r, 0))
    outline = [
        (-0.95 * r, 0.05 * r), (-0.65 * r, -0.72 * r), (0, -r), (0.6 * r, -0.76 * r),
        (0.78 * r + 0.2 * muzzle, -0.25 * r + 0.25 * drop),
        (tip - 0.15 * muzzle, drop - 0.45 * thick),
        (tip + 0.5, drop + 0.1 * thick), (tip - 0.12 * muzzle, drop + 0.62 * thick),
        (0.45 * r + 0.35 * muzzle, 0.35 * drop + 0.45 * r + 0.3 * thick), (0, 0.92 * r),
        (-0.7 * r, 0.72 * r),
    ]  # fmt: skip
    mask = patch.area(outline)
    rgb = fur(rng, patch, coat)
    snout = patch.blob(tip - 0.2 * muzzle, drop + 0.25 * thick, 0.6 * muzzle + 3, 0.7 * thick + 1)
    rgb = over(rgb, coat.belly, np.asarray(np.clip(1.3 * snout, 0, 1) * 0.75, np.float32))
    lip = [
        (tip - 0.05 * muzzle, drop + 0.28 * thick),
        (0.5 * (tip + 0.55 * r), drop + 0.50 * thick),
        (0.55 * r, 0.6 * drop + 0.12 * thick),
    ]
    line = patch.area([*lip, *((x, y + 1.1) for x, y in lip[::-1])], smooth=False, soft=0.3)
    rgb = over(rgb, DARK, 0.75 * line)
    rgb = over(rgb, (0.95, 0.45, 0.42), 0.35 * patch.blob(0.42 * r, 0.30 * r, 0.28 * r, 0.2 * r))
    if kind.trunk == 0:
        size = 0.9 if kind.hoof else 1.9
        end = patch.disc(tip - 0.4, drop - 0.18 * thick, size * 1.1, size)
        rgb = over(rgb, nose, end)
        mask = np.maximum(mask, end * 1.0)
    return finish(patch, "head", rgb, mask)


def eye(kind: Species, color: Color) -> Sprite:
    """Paint an eye; its anchor is its middle."""
    r = 0.27 * kind.head[0] + 0.5
    patch = Patch(r + 1, r + 1)
    rgb = over(patch.plain(DARK), (0.97, 0.97, 0.95), patch.disc(0.1, 0.1, 0.86 * r, 0.86 * r))
    rgb = over(rgb, color, patch.disc(0.3 * r, 0.05 * r, 0.62 * r, 0.66 * r))
    rgb = over(rgb, DARK, patch.disc(0.34 * r, 0.05 * r, 0.42 * r, 0.46 * r))
    rgb = over(rgb, (1, 1, 1), patch.disc(0.12 * r, -0.25 * r, 0.22 * r + 0.2, 0.22 * r + 0.2))
    return patch.sprite("eye", rgb, patch.disc(0, 0, r, 1.1 * r))


_EARS: dict[str, Points] = {
    "pointed": [(-0.32, 0.1), (-0.22, -0.5), (0.05, -1.0), (0.28, -0.45), (0.36, 0.1)],
    "floppy": [(-0.28, -0.12), (0.25, -0.15), (0.34, 0.4), (0.2, 0.95), (-0.15, 1.0), (-0.36, 0.5)],
    "round": [(-0.5, 0.15), (-0.6, -0.45), (-0.2, -0.95), (0.35, -0.9), (0.6, -0.4), (0.45, 0.15)],
    "leaf": [(0.12, -0.15), (-0.35, -0.38), (-0.95, -0.2), (-0.8, 0.2), (-0.25, 0.3), (0.12, 0.15)],
    "sail": [(0.2, -0.5), (-0.3, -0.75), (-0.9, -0.45), (-0.95, 0.15), (-0.55, 0.75), (-0.1, 0.7),
             (0.2, 0.2)],
}  # fmt: skip


def ear(rng: np.random.Generator, coat: Coat, kind: Species, *, shade: float) -> Sprite:
    """Paint an ear; its anchor is its root."""
    shape, length = kind.ear
    patch = Patch(length + 1, length + 1)
    points = [(x * length, y * length) for x, y in _EARS[shape]]
    x, y = np.mean(points, 0)
    mask = patch.area(points)
    rgb = over(fur(rng, patch, coat), coat.accent, np.full(patch.shape, 0.35, np.float32))
    inner = patch.area([(0.6 * (u - x) + x, 0.6 * (v - y) + y) for u, v in points], soft=0.6)
    if shape != "floppy":
        rgb = over(rgb, tinted(coat.belly, 0.9), 0.8 * inner)
    return finish(patch, "ear", rgb, mask, shade=shade)


def neck_mane(rng: np.random.Generator, coat: Coat, kind: Species) -> Sprite:
    """Paint a mane along the back of the neck; its anchor is the middle of the neck's bone."""
    length, _, low, top = kind.neck
    half = length / 2
    patch = Patch(low + 6, half + top + 5)
    outline = [(-0.5 * low, half), (-low - 2.5, 0.7 * half), (-0.6 * (low + top) - 4, 0),
               (-top - 4, -half), (-0.6 * top, -half - top - 2.5), (0.5 * top, -half - top - 2),
               (-0.2 * top, -half), (-0.3 * low, 0)]  # fmt: skip
    rgb = textures.mix(tinted(coat.hair, 0.7), tinted(coat.hair, 1.25), _locks(rng, patch))
    return finish(patch, "mane", rgb, patch.area(outline))


def head_mane(rng: np.random.Generator, coat: Coat, kind: Species) -> Sprite:
    """Paint a lion's mane; its anchor is the middle of the skull."""
    r = 1.62 * kind.head[0]
    patch = Patch(1.15 * r, 1.15 * r)
    turns = np.linspace(0, 2 * np.pi, 22, endpoint=False)
    radii = r * np.where(np.arange(22) % 2 == 0, 1.0, 0.86) * (1 - 0.22 * np.cos(turns))
    outline = [
        (float(q * np.cos(t)), float(q * np.sin(t))) for q, t in zip(radii, turns, strict=True)
    ]
    rgb = textures.mix(tinted(coat.hair, 0.7), tinted(coat.hair, 1.2), _locks(rng, patch))
    return finish(patch, "mane", rgb, patch.area(outline))


def _locks(rng: np.random.Generator, patch: Patch) -> Float:
    height, width = patch.shape
    return textures.noise(rng, height, width, 4.5)
