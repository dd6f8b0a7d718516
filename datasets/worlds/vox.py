"""Talking heads: the mini world of VoxCeleb.

A head is a set of flat parts on an ellipsoid. The place of a part under a rotation is exact, its
affine map is the tangent (first-order) expansion of the rotation there, so features slide and
foreshorten as the head turns. "Left" and "right" are those of the picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datasets.worlds.patch import DENSITY
from datasets.worlds.sprites import Double, Placement, Pose, Sprite, frame_affine
from datasets.worlds.vox_cast import PARTS, draw_identity
from datasets.worlds.vox_dress import room
from datasets.worlds.vox_head import HeadPose
from datasets.worlds.vox_motion import draw_motion
from datasets.worlds.vox_parts import BALL_RADII, BALL_Y
from datasets.worlds.world import Identity, Motion

_LEFT_LIDS = ("left eye", "left upper lid", "left lower lid")
_RIGHT_LIDS = ("right eye", "right upper lid", "right lower lid")
_LIPS = ("upper lip", "lower lip", "mouth", "moustache", "beard")
KEYPOINTS: dict[str, tuple[str, ...]] = {
    "left eye outer corner": _LEFT_LIDS,
    "left eye": (*_LEFT_LIDS, "left iris"),
    "left eye inner corner": _LEFT_LIDS,
    "right eye inner corner": _RIGHT_LIDS,
    "right eye": (*_RIGHT_LIDS, "right iris"),
    "right eye outer corner": _RIGHT_LIDS,
    "left brow": ("left brow",),
    "right brow": ("right brow",),
    "nose tip": ("nose",),
    "mouth left": _LIPS,
    "mouth right": _LIPS,
    "upper lip": ("upper lip",),
    "lower lip": ("lower lip",),
    "chin": ("chin", "beard"),
    "left ear": ("left ear",),
    "right ear": ("right ear",),
}
_ON_FACE = (
    "chin", "beard", "left eye", "right eye", "left iris", "right iris", "left lower lid",
    "right lower lid", "left upper lid", "right upper lid", "nose", "mouth", "lower lip",
    "upper lip", "moustache", "left brow", "right brow", "glasses", "fringe",
)  # fmt: skip
_NUMBER = {name: number for number, name in enumerate(PARTS)}
_OWNERS = tuple(tuple(_NUMBER[part] for part in parts) for parts in KEYPOINTS.values())
_REST = np.array([80.0, 80.0])  # where the head meets the neck, in canvas pixels
NECK = 22.0


@dataclass(frozen=True)
class Vox:
    """The world of talking heads; see `datasets.worlds.world.World`.

    Attributes:
        framed_parts: A box around the subject is a box around these parts: the head.
    """

    dataset: str = "voxceleb"
    canvas: tuple[int, int] = (160, 128)
    part_names: tuple[str, ...] = PARTS
    keypoint_names: tuple[str, ...] = tuple(KEYPOINTS)
    aspect: float = 0.84
    framed_parts: tuple[int, ...] = tuple(_NUMBER[n] for n in ("skull", "face", "chin", "fringe"))

    def identity(self, rng: np.random.Generator) -> Identity:
        """Draw who speaks: proportions, colours, hair, clothes."""
        return draw_identity(rng)

    def motion(self, rng: np.random.Generator, frames: int, fps: float) -> Motion:
        """Draw a performance; angles in radians, shifts in canvas pixels, the rest in [-1, 1]."""
        return draw_motion(rng, frames, fps)

    def background(self, rng: np.random.Generator) -> Sprite:
        """Draw a room."""
        return room(rng)

    def pose(self, identity: Identity, motion: Motion, frame: int) -> Pose:
        """Return the head in frame ``frame``."""
        now = {name: float(curve[frame]) for name, curve in motion.curves.items()}
        shift = np.array([now["x"], now["y"]])
        head = HeadPose.of(identity.body, now, joint=_REST + shift)
        maps = _shoulders_and_neck(head, now, shift)
        maps |= {"skull": _skull(head), "face": _flat(head, 0.0, 0.5)}
        maps |= _features(head, now) | _mouth(head, now)
        sides, near = _sides(head)
        order = ("back hair", "shoulders", "neck", *(n for n in sides if n not in near))
        order = (*order, "skull", "face", *_ON_FACE, *(n for n in sides if n in near))
        maps |= sides
        placements = tuple(
            Placement(_NUMBER[name], _centred(identity.sprites[_NUMBER[name] - 1], maps[name]))
            for name in order
            if len(identity.sprites[_NUMBER[name] - 1].rgba) > 3
        )
        return Pose(placements, _keypoints(head, now, maps), _OWNERS)


VOX = Vox()
_Map = tuple[Double, Double, Double]  # position of the anchor, one texel along u, one along v


def _centred(sprite: Sprite, frame: _Map) -> Double:
    height, width = sprite.rgba.shape[:2]
    origin, u_axis, v_axis = frame
    return frame_affine(origin, u_axis, v_axis, ((width - 1) / 2, (height - 1) / 2))


def _shoulders_and_neck(head: HeadPose, now: dict[str, float], shift: Double) -> dict[str, _Map]:
    foot = _REST + [0.0, NECK] + shift * [0.55, 0.4] + [now["sway"], 0.0]
    size = (0.5 + 0.5 * head.scale) / DENSITY
    lean = 0.035 * now["sway"] + 0.2 * now["roll"]
    along = np.array([np.cos(lean), np.sin(lean)]) * size
    down = np.array([-along[1], along[0]])
    bone = (foot - head.joint) / NECK
    across = np.array([bone[1], -bone[0]]) / np.hypot(*bone) * head.scale
    hair_turn = 0.6 * now["roll"]
    hair = np.array([np.cos(hair_turn), np.sin(hair_turn)]) * head.scale / DENSITY
    behind = head.canvas(np.array([0.0, 0.0, -0.5 * head.body["c"]]))
    return {
        "shoulders": (foot, along, down),
        "neck": (head.joint, across / DENSITY, bone / DENSITY),
        "back hair": (behind, hair, np.array([-hair[1], hair[0]])),
    }


def _skull(head: HeadPose) -> _Map:
    """Place the ellipse that is the outline of the turned skull."""
    a, b = head.body["a"], head.body["b"]
    radii = np.array(BALL_RADII) * [a, b, a]
    stretched = (head.rotation @ np.diag(radii))[:2]
    roll = np.arctan2(head.rotation[0, 1], head.rotation[1, 1])
    unroll = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
    values, vectors = np.linalg.eigh(unroll @ stretched @ stretched.T @ unroll.T)
    root = vectors @ np.diag(np.sqrt(values)) @ vectors.T
    axes = unroll.T @ root @ np.diag(1 / radii[:2]) * head.scale / DENSITY
    return head.canvas(np.array([0.0, BALL_Y * b, -0.1 * a])), axes[:, 0], axes[:, 1]


def _flat(head: HeadPose, y: float, depth: float, *, down: float = 0.0, tilt: float = 0.0) -> _Map:
    """Place a plane that faces forward at height ``y`` b, ``depth`` c before the middle."""
    place = np.array([0.0, y * head.body["b"] + down, depth * head.body["c"]])
    return head.canvas(place), head.axis((1, 0, 0)), head.axis((0, 1, tilt))


def _on(head: HeadPose, x: float, y: float, *, wide: float = 1.0, tall: float = 1.0) -> _Map:
    """Place a patch of the face at the frontal place ``x, y``, in its tangent plane."""
    z, slope_x, slope_y = head.surface(x, y)
    u_axis, v_axis = head.axis((1, 0, slope_x)), head.axis((0, 1, slope_y))
    return head.canvas(np.array([x, y, z])), u_axis * wide, v_axis * tall


def _features(head: HeadPose, now: dict[str, float]) -> dict[str, _Map]:
    """Place eyes, lids, brows, nose and what lies on the face beside the mouth."""
    b, height = head.body["b"], head.body["eye_h"]
    eye_x, eye_y, blink = head.body["eye_x"], head.eye_y, now["blink"]
    maps: dict[str, _Map] = {}
    for side, name in ((-1, "left"), (1, "right")):
        x = side * eye_x
        gaze = (
            x + 0.30 * head.body["eye_w"] * now["gaze_x"],
            eye_y + 0.28 * height * now["gaze_y"],
        )
        maps[f"{name} eye"] = _on(head, x, eye_y)
        maps[f"{name} iris"] = _on(head, *gaze)
        shut = 1.3 * height * blink + 0.25 * height * now["gaze_y"] * (1 - blink)
        maps[f"{name} upper lid"] = _on(head, x, eye_y + shut, tall=1 - 0.3 * blink)
        maps[f"{name} lower lid"] = _on(head, x, eye_y - 0.25 * height * blink)
        maps[f"{name} brow"] = _on(head, x, head.brow_y - 2.6 * now["brow"])
    maps["nose"] = _on(head, 0.0, head.nose_y)
    maps["glasses"] = _flat(head, eye_y / b, 0.82)
    maps["fringe"] = _flat(head, -0.70, 0.32, tilt=0.25)
    return maps


def _mouth(head: HeadPose, now: dict[str, float]) -> dict[str, _Map]:
    """Place lips, the open mouth, chin and beard."""
    y, gap, wide = head.mouth_y, head.gap(now), 1 + 0.16 * now["smile"]
    slim = wide * (1 - 0.12 * now["speak"])
    return {
        "mouth": _on(head, 0.0, y + 0.30 * gap, wide=slim, tall=0.1 + 0.1 * gap),
        "upper lip": _on(head, 0.0, y - 0.20 * gap, wide=wide),
        "lower lip": _on(head, 0.0, y + 0.80 * gap, wide=slim),
        "moustache": _on(head, 0.0, y - 0.20 * gap, wide=wide),
        "chin": _flat(head, 0.80, 0.60, down=0.6 * gap),
        "beard": _flat(head, 0.70, 0.54, down=0.4 * gap),
    }


def _sides(head: HeadPose) -> tuple[dict[str, _Map], tuple[str, ...]]:
    """Place ears and locks; those that lie before the head are named in the second value."""
    a, b, c = head.body["a"], head.body["b"], head.body["c"]
    maps: dict[str, _Map] = {}
    near: list[str] = []
    for side, name in ((-1, "left"), (1, "right")):
        ear, lock = (side * 0.97 * a, 0.08 * b, -0.04 * c), (side * 1.04 * a, 0.10 * b, 0.02 * c)
        v_axis = head.axis((0, 1, 0))
        maps[f"{name} ear"] = (head.canvas(np.array(ear)), head.axis((0.8, 0, -side * 0.6)), v_axis)
        maps[f"{name} lock"] = (
            head.canvas(np.array(lock)),
            head.axis((0.8, 0, -side * 0.6)),
            v_axis,
        )
        if head.depth(ear) > -0.10 * a:
            near.append(f"{name} ear")
        if head.depth(lock) > -0.16 * a:
            near.append(f"{name} lock")
    above = "ear" if head.body["ears_out"] else "lock"
    return {name: maps[name] for name in sorted(maps, key=lambda n: n.endswith(above))}, tuple(near)


def _keypoints(head: HeadPose, now: dict[str, float], maps: dict[str, _Map]) -> Double:
    """Return the landmarks, float64 ``(16, 2)`` canvas pixels, in the order of `KEYPOINTS`."""
    eye_x, half, y = head.body["eye_x"], head.body["eye_w"] - 0.8, head.eye_y
    gap, corner = head.gap(now), head.body["mouth_w"] * (1 + 0.16 * now["smile"]) - 1.2
    mouth_y = head.mouth_y + 0.25 * gap
    ears = [
        maps[f"{n} ear"][0] + s * 3 * DENSITY * maps[f"{n} ear"][1]
        for n, s in (("left", -1), ("right", 1))
    ]
    lip = DENSITY * maps["lower lip"][2] * 2.0
    points = [
        *(head.point(x, y) for x in (-eye_x - half, -eye_x, -eye_x + half)),
        *(head.point(x, y) for x in (eye_x - half, eye_x, eye_x + half)),
        maps["left brow"][0],
        maps["right brow"][0],
        maps["nose"][0],
        head.point(-corner, mouth_y),
        head.point(corner, mouth_y),
        maps["upper lip"][0] - DENSITY * maps["upper lip"][2] * 0.8,
        maps["lower lip"][0] + lip,
        maps["chin"][0] + DENSITY * maps["chin"][2] * 0.13 * head.body["b"],
        *ears,
    ]
    return np.array(points, np.float64)
