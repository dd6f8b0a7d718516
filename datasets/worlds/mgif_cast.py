"""Draws an animal: its kind, proportions, coat and the sprites of all parts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from datasets.worlds import mgif_parts, textures
from datasets.worlds.mgif_motion import LEGS
from datasets.worlds.mgif_parts import DARK, Coat, bone, tinted
from datasets.worlds.mgif_species import SPECIES, Species
from datasets.worlds.sprites import Sprite
from datasets.worlds.textures import Color
from datasets.worlds.world import Identity

PARTS = (
    "background", "far ear", "far fore lower", "far fore upper", "far hind lower",
    "far hind upper", "tail 3", "tail 2", "tail 1", "neck", "body", "mane", "trunk 3", "trunk 2",
    "trunk 1", "head", "eye", "near ear", "near hind lower", "near hind upper", "near fore lower",
    "near fore upper",
)  # fmt: skip
_FAR = 0.74


def draw_identity(rng: np.random.Generator) -> Identity:
    """Draw an animal; absent parts (mane, trunk) get an empty sprite."""
    name = list(SPECIES)[int(rng.integers(len(SPECIES)))]
    kind = _vary(rng, SPECIES[name])
    coat = _coat(rng, kind)
    nose = (0.85, 0.50, 0.52) if rng.random() < 0.25 else DARK
    sprites = {
        "body": mgif_parts.body(rng, coat, kind),
        "head": mgif_parts.head(rng, coat, kind, nose=nose),
        "eye": mgif_parts.eye(kind, textures.hsv(rng.random(), 0.55, 0.5)),
        "near ear": mgif_parts.ear(rng, coat, kind, shade=1.0),
        "far ear": mgif_parts.ear(rng, coat, kind, shade=_FAR),
        "neck": bone(rng, coat, length=kind.neck[0], radii=(kind.neck[2], kind.neck[3])),
    }
    sprites |= _legs(rng, coat, kind) | _tail(rng, coat, kind) | _trunk(rng, coat, kind)
    if kind.mane:
        paint = mgif_parts.neck_mane if kind.mane == "neck" else mgif_parts.head_mane
        sprites["mane"] = paint(rng, coat, kind)
    empty = np.zeros((3, 3, 4), np.float32)
    named = (Sprite(n, sprites[n].rgba if n in sprites else empty) for n in PARTS[1:])
    return Identity(tuple(named), _body(kind))


def _vary(rng: np.random.Generator, kind: Species) -> Species:
    """Return the kind with its proportions changed by up to a tenth."""

    def near(value: float, spread: float = 0.1) -> float:
        return float(value * rng.uniform(1 - spread, 1 + spread))

    thick = near(1.0)
    hip, knee, foot = kind.leg_radii
    length, angle, low, top = kind.neck
    return replace(
        kind,
        length=near(kind.length),
        radius=near(kind.radius),
        legs=(near(kind.legs[0]), near(kind.legs[1])),
        leg_radii=(hip * thick, knee * thick, foot * thick),
        neck=(near(length), near(angle, 0.15), near(low, 0.05), near(top, 0.05)),
        head=(
            near(kind.head[0], 0.08),
            near(kind.head[1], 0.15),
            near(kind.head[2], 0.08),
            kind.head[3],
        ),
        ear=(kind.ear[0], near(kind.ear[1], 0.15)),
        tail=(near(kind.tail[0], 0.15), *kind.tail[1:]),
        trunk=near(kind.trunk),
    )


def _coat(rng: np.random.Generator, kind: Species) -> Coat:
    pattern = kind.patterns[int(rng.integers(len(kind.patterns)))]
    hue = rng.uniform(*kind.hues)
    base = textures.hsv(hue, rng.uniform(0.12, 0.7), rng.uniform(0.5, 0.92))
    if rng.random() < 0.12:  # a cartoon may be blue
        base = textures.hsv(rng.random(), rng.uniform(0.35, 0.6), rng.uniform(0.6, 0.9))
    dark = sum(base) < 1.5
    return Coat(
        base=base,
        accent=_accent(rng, base, dark),
        belly=(0.35 * base[0] + 0.62, 0.35 * base[1] + 0.58, 0.35 * base[2] + 0.53),
        hair=tinted(base, float(rng.uniform(0.35, 0.6))) if not dark else tinted(base, 1.5),
        pattern=pattern,
        cell=float(rng.uniform(5.5, 8.5)),
    )


def _accent(rng: np.random.Generator, base: Color, dark: bool) -> Color:
    factor = float(rng.uniform(1.5, 2.0) if dark else rng.uniform(0.35, 0.6))
    if rng.random() < 0.3:
        return (0.90, 0.87, 0.82) if dark else (0.22, 0.17, 0.16)
    return tinted(base, factor)


def _legs(rng: np.random.Generator, coat: Coat, kind: Species) -> dict[str, Sprite]:
    hip, knee, foot = kind.leg_radii
    sprites = {}
    for leg in LEGS:
        shade = _FAR if leg.startswith("far") else 1.0
        thigh = hip * (1.22 if leg.endswith("hind") else 1.0)
        sprites[f"{leg} upper"] = bone(
            rng, coat, length=kind.legs[0], radii=(thigh, knee), shade=shade
        )
        sprites[f"{leg} lower"] = bone(
            rng,
            coat,
            length=kind.legs[1],
            radii=(knee, foot),
            shade=shade,
            foot="hoof" if kind.hoof else "paw",
            end=1.25 * foot + 0.4,
        )
    return sprites


def _tail(rng: np.random.Generator, coat: Coat, kind: Species) -> dict[str, Sprite]:
    length, root, tip, _ = kind.tail
    radii = np.linspace(root, tip, 4)
    sprites = {}
    for k in range(3):
        last = k == 2 and kind.tuft > 0
        sprites[f"tail {k + 1}"] = bone(
            rng,
            replace(coat, base=coat.hair) if kind.mane == "neck" else coat,
            length=length / 3,
            radii=(float(radii[k]), float(radii[k + 1])),
            foot="tuft" if last else "",
            end=kind.tuft if last else 0.0,
        )
    return sprites


def _trunk(rng: np.random.Generator, coat: Coat, kind: Species) -> dict[str, Sprite]:
    if kind.trunk == 0:
        return {}
    radii = np.linspace(0.42 * kind.head[0], 0.20 * kind.head[0], 4)
    return {
        f"trunk {k + 1}": bone(
            rng, coat, length=kind.trunk / 3, radii=(float(radii[k]), float(radii[k + 1]))
        )
        for k in range(3)
    }


def _body(kind: Species) -> dict[str, float]:
    """Return the proportions that a pose needs, as named numbers."""
    r, muzzle, thick, drop = kind.head
    ear_y = {"leaf": -0.1, "sail": -0.1, "floppy": -0.55}.get(kind.ear[0], -0.72) * r
    numbers = {
        "length": kind.length, "radius": kind.radius, "upper": kind.legs[0], "lower": kind.legs[1],
        "foot": kind.leg_radii[2], "neck": kind.neck[0], "neck angle": kind.neck[1], "head": r,
        "nose x": 0.75 * r + muzzle - 0.8, "nose y": drop - 0.1 * thick, "tail": kind.tail[0],
        "tail 1": kind.tail[3][0], "tail 2": kind.tail[3][1], "tail 3": kind.tail[3][2],
        "trunk": kind.trunk, "mane on head": float(kind.mane == "head"),
        "ear x": -0.25 * r, "ear y": ear_y,
    }  # fmt: skip
    return {name: float(value) for name, value in numbers.items()}
