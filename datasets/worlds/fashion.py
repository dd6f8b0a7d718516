"""The fashion world: a dressed figure turns once around on white.

Torso, skirt and head are cones with flat facets (`cylinders`), whose pictures are exact affine
maps; arms and legs are round limbs. All is turned in 3-D and drawn by depth.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from datasets.worlds import fashion_looks, fashion_moves
from datasets.worlds.cylinders import FACETS, facet_affines
from datasets.worlds.skeleton import (
    DENSITY,
    KEYPOINTS,
    LIMB_ENDS,
    SIDES,
    Figure,
    across,
    centre,
    figure,
    project,
    solid_limb,
)
from datasets.worlds.sprites import Double, Float, Placement, Pose, Sprite, frame_affine
from datasets.worlds.world import Identity, Motion

_CONE_PARTS = tuple(f"{name} {k}" for name in fashion_looks.CONES for k in range(FACETS))
_LIMB_PARTS = tuple(f"{side} {limb}" for side, _ in SIDES for limb in LIMB_ENDS)
_PARTS = ("background", *_CONE_PARTS, "mane", "dome", "shoulders", "neck", *_LIMB_PARTS)
_INDEX = {name: index for index, name in enumerate(_PARTS)}
_HEAD = tuple(name for name in _CONE_PARTS if name.startswith(("crown", "face", "jaw")))
_TRUNK = tuple(name for name in _CONE_PARTS if name.startswith(("torso", "skirt")))
_OWNERS: dict[str, tuple[str, ...]] = {
    "head": (*_HEAD, "dome", "mane"),
    "nose": ("face 0", "jaw 0"),
    "neck": ("neck", "shoulders", *_TRUNK[:FACETS]),
    "pelvis": _TRUNK,
    "shoulder": ("upper arm",),
    "elbow": ("upper arm", "forearm"),
    "wrist": ("forearm", "hand"),
    "knee": ("thigh", "shin"),
    "ankle": ("shin", "foot"),
}


def _owners(keypoint: str) -> tuple[int, ...]:
    """Return the parts on which a keypoint may be seen."""
    *side, joint = keypoint.split(" ")
    return tuple(_INDEX[" ".join([*side, part])] for part in _OWNERS[joint])


_KEYPOINT_OWNERS = tuple(_owners(name) for name in KEYPOINTS)


@dataclass(frozen=True)
class FashionWorld:
    """The world of ``fashion``; see `datasets.worlds.world.World`."""

    dataset: str = "fashion"
    canvas: tuple[int, int] = (128, 144)
    part_names: tuple[str, ...] = _PARTS
    keypoint_names: tuple[str, ...] = KEYPOINTS
    aspect: float = 0.7
    framed_parts: tuple[int, ...] = ()

    def identity(self, rng: np.random.Generator) -> Identity:
        """Draw who moves."""
        return fashion_looks.draw_identity(rng)

    def motion(self, rng: np.random.Generator, frames: int, fps: float) -> Motion:
        """Draw a turn, and where on the canvas it happens so that it stays inside."""
        motion = fashion_moves.perform(rng, frames, fps)
        ground = np.array([rng.uniform(48, 80), rng.uniform(130, 137)])
        return replace(motion, curves=motion.curves | {"place": motion.curves["slide"] + ground})

    def background(self, rng: np.random.Generator) -> Sprite:
        """Return plain white, 16 pixels larger than the canvas on every side."""
        white: Float = np.ones((self.canvas[1] + 32, self.canvas[0] + 32, 4), np.float32)
        return Sprite("background", white)

    def pose(self, identity: Identity, motion: Motion, frame: int) -> Pose:
        """Return the pose of ``identity`` in frame ``frame`` of ``motion``."""
        body = figure(identity.body, motion, frame)
        place = motion.curves["place"][frame]
        limbs = {name: _limb(identity, body, place, name) for name in _LIMB_PARTS}
        arms = sorted(
            (
                limbs[f"{side} {part}"]
                for side, _ in SIDES
                for part in ("upper arm", "forearm", "hand")
            ),
            key=lambda item: item[0],
        )
        middle = body.joints["neck"][2] * 0.5 + body.joints["pelvis"][2] * 0.5 - 1.0
        behind = [placement for depth, placement in arms if depth < middle]
        before = [placement for depth, placement in arms if depth >= middle]
        placements = [*behind, *_legs(body, limbs), *_trunk(identity, body, place), *before]
        tip = body.joints["head"] + body.skull @ [0, 1.0, 0.8 * identity.body["head"]]
        points = (body.joints.get(name, tip) for name in KEYPOINTS)
        return Pose(
            placements=tuple(placements),
            keypoints=np.array([project(point, place) for point in points]),
            owners=_KEYPOINT_OWNERS,
        )


def _limb(identity: Identity, body: Figure, place: Double, name: str) -> tuple[float, Placement]:
    """Return the depth of a limb's middle and its placement."""
    side, part = name.split(" ", 1)
    first, second = (body.joints[f"{side} {end}"] for end in LIMB_ENDS[part])
    sprite = identity.sprites[_INDEX[name] - 1]
    affine = solid_limb(sprite, project(first, place), project(second, place))
    return float(first[2] + second[2]) / 2, Placement(_INDEX[name], affine)


def _legs(body: Figure, limbs: dict[str, tuple[float, Placement]]) -> list[Placement]:
    """Return the legs, the farther one first; a foot is drawn last when it points at the viewer."""
    sides = sorted((side for side, _ in SIDES), key=lambda side: limbs[f"{side} thigh"][0])
    order = ("shin", "foot", "thigh") if body.root[2, 2] > 0 else ("foot", "shin", "thigh")
    return [limbs[f"{side} {part}"][1] for side in sides for part in order]


def _trunk(identity: Identity, body: Figure, place: Double) -> list[Placement]:
    """Return skirt, torso, neck, head and hair, back to front."""
    pelvis, neck, head = (project(body.joints[name], place) for name in ("pelvis", "neck", "head"))
    shapes = fashion_looks.cones(identity.body)

    def cone(name: str, frame: Double, origin: Double) -> list[Placement]:
        facets = facet_affines(shapes[name], frame, origin)
        return [Placement(_INDEX[f"{name} {k}"], affine) for k, affine in facets]

    parts = [
        _shoulders(identity, body, neck),
        _neck(identity, neck, head),
        *cone("skirt", body.root, pelvis),
        *cone("torso", body.chest, neck),
        *cone("crown", body.skull, head),
        _dome(identity, body, head),
        *cone("jaw", body.skull, head),
        *cone("face", body.skull, head),
    ]
    hair = _mane(identity, body, head)
    return [*hair, *parts] if body.skull[2, 2] > 0 else [*parts, *hair]


def _neck(identity: Identity, neck: Double, head: Double) -> Placement:
    index = _INDEX["neck"]
    upper, lower = neck + (head - neck) * 0.5, neck + (neck - head) * 0.12
    return Placement(index, solid_limb(identity.sprites[index - 1], upper, lower))


def _shoulders(identity: Identity, body: Figure, neck: Double) -> Placement:
    index = _INDEX["shoulders"]
    middle = centre(identity.sprites[index - 1])[0]
    sideways = across(body.chest[:, 0], 0.66)
    down = body.chest[:2, 1] / DENSITY
    row = fashion_looks.NECK_ROWS
    return Placement(index, frame_affine(neck, sideways, down, (middle, row)))


def _dome(identity: Identity, body: Figure, head: Double) -> Placement:
    index = _INDEX["dome"]
    top = head - body.skull[:2, 1] * (identity.body["head"] - 0.6)
    axes = across(body.skull[:, 0], 1.1), body.skull[:2, 1] / DENSITY
    return Placement(index, frame_affine(top, *axes, centre(identity.sprites[index - 1])))


def _mane(identity: Identity, body: Figure, head: Double) -> list[Placement]:
    """Return long hair, at the back of the head, if there is any."""
    if identity.body["mane"] <= 0:
        return []
    index = _INDEX["mane"]
    middle = centre(identity.sprites[index - 1])[0]
    back = head - body.skull[:2, 2] * 0.62 * identity.body["head"]
    sideways = across(body.skull[:, 0], 0.5)
    return [
        Placement(index, frame_affine(back, sideways, body.skull[:2, 1] / DENSITY, (middle, 3)))
    ]


FASHION = FashionWorld()
