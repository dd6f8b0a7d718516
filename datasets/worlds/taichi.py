"""The tai chi world: one person in front of a scene, slow large motions.

Exact truth comes from `sprites`; this module says where the parts of a body lie. The figure is an
articulated body in 3-D (`skeleton`): limbs rotate, foreshorten and cross the trunk.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from datasets.worlds import taichi_looks, taichi_moves
from datasets.worlds.backdrops import draw_backdrop
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
from datasets.worlds.sprites import Double, Placement, Pose, Sprite, frame_affine
from datasets.worlds.world import Identity, Motion

_TRUNK = ("torso", "pelvis", "neck", "head", "face", "hair")
_PARTS = ("background", *_TRUNK, *(f"{side} {limb}" for side, _ in SIDES for limb in LIMB_ENDS))
_FRAMED = tuple(n for n, name in enumerate(_PARTS) if n and not name.endswith(("forearm", "hand")))
_INDEX = {name: index for index, name in enumerate(_PARTS)}
_FACE_DEPTH = 4.2
_OWNERS: dict[str, tuple[str, ...]] = {
    "head": ("head", "face", "hair"),
    "nose": ("face", "head"),
    "neck": ("neck", "torso"),
    "shoulder": ("upper arm",),
    "elbow": ("upper arm", "forearm"),
    "wrist": ("forearm", "hand"),
    "pelvis": ("pelvis", "torso"),
    "knee": ("thigh", "shin"),
    "ankle": ("shin", "foot"),
}


def _owners(keypoint: str) -> tuple[int, ...]:
    """Return the parts on which a keypoint may be seen."""
    *side, joint = keypoint.split(" ")
    names = (" ".join([*side, part]) for part in _OWNERS[joint])
    return tuple(_INDEX[name] for name in names)


@dataclass(frozen=True)
class TaichiWorld:
    """The world of ``taichi-hd``; see `datasets.worlds.world.World`."""

    dataset: str = "taichi-hd"
    canvas: tuple[int, int] = (160, 120)
    part_names: tuple[str, ...] = _PARTS
    keypoint_names: tuple[str, ...] = KEYPOINTS
    aspect: float = 1.0
    framed_parts: tuple[int, ...] = _FRAMED

    def identity(self, rng: np.random.Generator) -> Identity:
        """Draw who moves."""
        return taichi_looks.draw_identity(rng)

    def motion(self, rng: np.random.Generator, frames: int, fps: float) -> Motion:
        """Draw a performance, and where on the canvas it happens so that it stays inside."""
        motion = taichi_moves.perform(rng, frames, fps)
        low, high = _extent(motion)
        size = np.array(self.canvas, np.float64)
        free = np.maximum(size - 8 - (high - low), 0)
        place = np.where(free > 0, 4 - low + rng.random(2) * free, (size - low - high) / 2)
        place[1] = min(place[1], size[1] - 4)
        return replace(motion, curves=motion.curves | {"place": np.tile(place, (frames, 1))})

    def background(self, rng: np.random.Generator) -> Sprite:
        """Draw where it happens: 16 pixels larger than the canvas on every side."""
        return draw_backdrop(rng, self.canvas, 0.72)

    def pose(self, identity: Identity, motion: Motion, frame: int) -> Pose:
        """Return the pose of ``identity`` in frame ``frame`` of ``motion``."""
        body = figure(identity.body, motion, frame)
        place = motion.curves["place"][frame]
        behind, before = _arms(identity, body, place)
        placements = [*behind, *_legs(identity, body, place), *_trunk(identity, body, place)]
        points = {name: body.joints.get(name, _nose(body)) for name in KEYPOINTS}
        return Pose(
            placements=(*placements, *before),
            keypoints=np.array([project(point, place) for point in points.values()]),
            owners=_KEYPOINT_OWNERS,
        )


_KEYPOINT_OWNERS = tuple(_owners(name) for name in KEYPOINTS)


def _extent(motion: Motion) -> tuple[Double, Double]:
    """Return the corners, each ``(2,)``, of all that a large body covers when placed at (0, 0)."""
    large = {name: 1.06 * value for name, value in taichi_looks.TYPICAL.items()}
    points = []
    for frame in range(0, motion.frames, 3):
        joints = figure(large, motion, frame).joints
        points += [project(point, np.zeros(2)) for point in joints.values()]
        points.append(project(joints["head"], np.zeros(2)) - [0, 8])
    cloud = np.array(points)
    return cloud.min(0) - 5, cloud.max(0) + 4


def _limb(identity: Identity, body: Figure, place: Double, name: str) -> tuple[float, Placement]:
    """Return how far in front of the chest a limb lies, and its placement."""
    side, part = name.split(" ", 1)
    first, second = (body.joints[f"{side} {end}"] for end in LIMB_ENDS[part])
    index = _INDEX[name]
    affine = solid_limb(identity.sprites[index - 1], project(first, place), project(second, place))
    front = float(body.chest[:, 2] @ ((first + second) / 2 - body.joints["neck"]))
    return front, Placement(index, affine)


def _arms(
    identity: Identity, body: Figure, place: Double
) -> tuple[list[Placement], list[Placement]]:
    """Return the parts of the arms that are behind the body and before it, each back to front."""
    parts = [
        _limb(identity, body, place, f"{side} {part}")
        for side, _ in SIDES
        for part in ("hand", "forearm", "upper arm")
    ]
    parts.sort(key=lambda item: item[0])
    behind = [placement for front, placement in parts if front < -2]
    return behind, [placement for front, placement in parts if front >= -2]


def _legs(identity: Identity, body: Figure, place: Double) -> list[Placement]:
    """Return the legs, the farther one first."""
    sides = sorted((side for side, _ in SIDES), key=lambda side: body.joints[f"{side} knee"][2])
    return [
        _limb(identity, body, place, f"{side} {part}")[1]
        for side in sides
        for part in ("foot", "shin", "thigh")
    ]


def _trunk(identity: Identity, body: Figure, place: Double) -> list[Placement]:
    """Return pelvis, torso, neck, head, face and hair, back to front."""
    joints = body.joints
    neck, pelvis, head = (project(joints[name], place) for name in ("neck", "pelvis", "head"))
    sprites = {name: identity.sprites[_INDEX[name] - 1] for name in _TRUNK}
    middles = {name: centre(sprite) for name, sprite in sprites.items()}
    sideways = across(body.chest[:, 0], 0.62)
    spine = (pelvis - neck) / (sprites["torso"].rgba.shape[0] - 9)
    affines = {
        "pelvis": frame_affine(
            pelvis, across(body.root[:, 0] + body.chest[:, 0], 0.62),
            (spine * 0.4 + np.array([0, 0.6 / DENSITY])), (middles["pelvis"][0], 7),
        ),
        "torso": frame_affine(neck, sideways, spine, (middles["torso"][0], 4)),
        "neck": solid_limb(sprites["neck"], neck + spine * 2, neck + (head - neck) * 0.45),
        **_head(body, head, middles),
    }  # fmt: skip
    order = ("neck", "torso", "pelvis", "head", "face", "hair")
    return [Placement(_INDEX[name], affines[name]) for name in order]


def _head(body: Figure, head: Double, middles: dict[str, tuple[float, float]]) -> dict[str, Double]:
    """Return the maps of head, face and hair: the face slides with the turn of the head."""
    down = body.skull[:2, 1] / np.hypot(*body.skull[:2, 1])
    side = np.array([down[1], -down[0]])
    slide = float(side @ body.skull[:2, 2])
    narrow = max(1 - 0.55 * slide**2, 0.3)
    nose, cap = head + side * _FACE_DEPTH * slide, head + side * 1.3 * slide
    u_axis, v_axis = side / DENSITY, down / DENSITY
    return {
        "head": frame_affine(head, u_axis, v_axis, middles["head"]),
        "face": frame_affine(nose, u_axis * narrow, v_axis, middles["face"]),
        "hair": frame_affine(cap, u_axis, v_axis, middles["hair"]),
    }


def _nose(body: Figure) -> Double:
    """Return the tip of the nose, ``(3,)``."""
    return np.asarray(body.joints["head"] + body.skull[:, 2] * _FACE_DEPTH, np.float64)


TAICHI = TaichiWorld()
