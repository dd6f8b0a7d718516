"""The body that the human worlds share: joints in 3-D, and limbs that are drawn between them.

Body coordinates are right-handed up to the sign of y: x to the right of the picture, y down, z
towards the viewer, in canvas pixels; the ground is y = 0. The projection is orthographic with the
camera slightly raised. "Right" and "left" are the person's own: facing the viewer, the right hand
is on the left of the picture (side -1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.worlds.sprites import Double, Sprite, frame_affine
from datasets.worlds.world import Bounds, Motion

DENSITY = 1.25
"""Texels per canvas pixel on the parts of a figure."""

SIDES = (("right", -1.0), ("left", 1.0))
"""The person's sides and the direction of x in which they lie when the person faces the viewer."""

KEYPOINTS = (
    "head", "nose", "neck", "right shoulder", "right elbow", "right wrist", "left shoulder",
    "left elbow", "left wrist", "pelvis", "right knee", "right ankle", "left knee", "left ankle",
)  # fmt: skip
LIMB_ENDS = {
    "upper arm": ("shoulder", "elbow"),
    "forearm": ("elbow", "wrist"),
    "hand": ("wrist", "fingers"),
    "thigh": ("hip", "knee"),
    "shin": ("knee", "ankle"),
    "foot": ("ankle", "toes"),
}
"""The limbs of one side, and the joints of that side between which they lie."""

PITCH = 0.15
"""Canvas pixels down per pixel towards the viewer: the camera is slightly raised."""

_ARM = ((0.0, -np.inf, 0.0, -np.inf), (np.pi, np.inf, np.pi, np.inf))
_FOOT = ((-0.78, 0.0, -0.18), (0.78, np.inf, 0.18))
BOUNDS: dict[str, Bounds] = {
    "pelvis": ((-0.78, -0.015, -0.18), (0.78, np.inf, 0.18)),  # with a sink below, legs would grow
    "right foot": _FOOT,  # on the stage and not below the ground
    "left foot": _FOOT,
    "torso": ((-np.inf, -np.inf, -0.9), (np.inf, np.inf, 0.9)),
    "right arm": _ARM,  # from hanging to overhead
    "left arm": _ARM,
}
"""What a body cannot do; see `datasets.worlds.world.Motion` and `figure`."""

_REACH = 0.92
"""How far beside its hip a foot can stand, in legs, when the body is as low as it gets."""


@dataclass(frozen=True)
class Figure:
    """A body in one frame.

    Attributes:
        joints: Name to position, float64 ``(3,)``.
        root: float64 ``(3, 3)``, columns are the hips' sideways, down and forward directions.
        chest: The same for the chest.
        skull: The same for the head.
    """

    joints: dict[str, Double]
    root: Double
    chest: Double
    skull: Double


def turn(*, lean: float = 0.0, bend: float = 0.0, yaw: float = 0.0) -> Double:
    """Return a rotation float64 ``(3, 3)``: first about y, then about x, then about z.

    Args:
        lean: Radians; positive tips the top to the right of the picture.
        bend: Radians; positive tips the top towards the viewer.
        yaw: Radians; positive turns the front to the right of the picture.
    """
    cz, sz, cx, sx = np.cos(lean), np.sin(lean), np.cos(bend), np.sin(bend)
    cy, sy = np.cos(yaw), np.sin(yaw)
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, cx, sx], [0, -sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    return np.asarray(about_z @ about_x @ about_y, np.float64)


def bone(side: float, raised: float, forward: float) -> Double:
    """Return the unit direction of an arm bone, float64 ``(3,)``, in the frame of the chest.

    Args:
        side: -1 or 1.
        raised: Radians from hanging (0) over horizontal to overhead (pi).
        forward: Radians from sideways (0) to the front (pi / 2) and across (beyond); negative is
            behind the back.
    """
    out, down = np.sin(raised), np.cos(raised)
    return np.array([side * out * np.cos(forward), down, out * np.sin(forward)])


def two_bones(start: Double, end: Double, lengths: tuple[float, float], pole: Double) -> Double:
    """Return the middle joint of two bones, float64 ``(3,)``, bent towards ``pole``.

    Where the end is out of reach the joint lies on the line, in proportion to the lengths.
    """
    first, second = lengths
    span = end - start
    reach = float(np.linalg.norm(span))
    if reach >= first + second or reach < 1e-9:
        return np.asarray(start + span * (first / (first + second)), np.float64)
    axis = span / reach
    along = (reach**2 + first**2 - second**2) / (2 * reach)
    aside = pole - axis * float(pole @ axis)
    aside /= max(float(np.linalg.norm(aside)), 1e-9)
    height = np.sqrt(max(first**2 - along**2, 0.0))
    return np.asarray(start + axis * along + aside * height, np.float64)


def figure(body: dict[str, float], motion: Motion, frame: int) -> Figure:
    """Return the body of an identity in one frame of a performance.

    Args:
        body: Lengths in pixels: thigh, shin, ankle, hip, torso, neck, head (half its height),
            shoulder (half the width), upper arm, forearm, hand.
        motion: Curves ``heading (T,)``, ``pelvis (T, 3)`` (x, sink, z), ``right foot`` and
            ``left foot (T, 3)`` (x, lift, z), all lengths as fractions of a leg; ``torso (T, 3)``
            and ``head (T, 3)`` (lean, bend, yaw); ``right arm`` and ``left arm (T, 4)`` (`bone`
            angles of the upper arm and of the forearm).
        frame: Which frame.
    """
    curve = {name: values[frame] for name, values in motion.curves.items()}
    root = turn(yaw=float(curve["heading"]))
    joints = _legs(body, curve, root)
    lean, bend, yaw = curve["torso"]
    chest = root @ turn(lean=lean, bend=bend, yaw=yaw)
    lean, bend, yaw = curve["head"]
    skull = chest @ turn(lean=lean, bend=bend, yaw=yaw)
    neck = joints["pelvis"] + chest @ [0, -body["torso"], 0]
    joints["neck"] = neck
    joints["head"] = neck + skull @ [0, -body["neck"] - body["head"], 0]
    for name, side in SIDES:
        angles = curve[f"{name} arm"]
        upper, fore = bone(side, *angles[:2]), bone(side, *angles[2:])
        shoulder = neck + chest @ [side * body["shoulder"], body["shoulder drop"], 0]
        elbow = shoulder + chest @ upper * body["upper arm"]
        wrist = elbow + chest @ fore * body["forearm"]
        joints[f"{name} shoulder"], joints[f"{name} elbow"] = shoulder, elbow
        joints[f"{name} wrist"] = wrist
        joints[f"{name} fingers"] = wrist + chest @ fore * body["hand"]
    return Figure(joints, root, chest, skull)


def _legs(body: dict[str, float], curve: dict[str, Double], root: Double) -> dict[str, Double]:
    """Return pelvis, hips, knees, ankles and toes; the pelvis is where both legs allow it."""
    leg = body["thigh"] + body["shin"]
    x, sink, z = curve["pelvis"]
    x = _between(body["hip"] / leg, float(x), float(z), curve)
    joints, heights = {}, []
    for name, side in SIDES:
        foot = curve[f"{name} foot"]
        ankle = root @ (np.array([foot[0], -foot[1], foot[2]]) * leg)
        joints[f"{name} ankle"] = ankle - np.array([0, body["ankle"], 0])
        aside = np.hypot(foot[0] - x - side * body["hip"] / leg, foot[2] - z)
        heights.append(np.sqrt(max(0.985**2 - aside**2, 0.12)) + foot[1])
    height = leg * min(heights) * (1 - sink) + body["ankle"]
    pelvis = root @ (np.array([x, 0, z]) * leg) - np.array([0, height + 1.0, 0])
    joints["pelvis"] = pelvis
    for name, side in SIDES:
        hip = pelvis + root @ [side * body["hip"], 1.0, 0]
        outward = float(curve[f"{name} foot"][0] - x) * 1.2
        pole = root @ np.array([0.25 * side + outward, 0.0, 0.8])
        joints[f"{name} hip"] = hip
        ankle = joints[f"{name} ankle"]
        joints[f"{name} knee"] = two_bones(hip, ankle, (body["thigh"], body["shin"]), pole)
        toes = np.array([0.55 * side, 0.35, 0.8]) * body["foot"]
        joints[f"{name} toes"] = ankle + root @ toes
    return joints


def _between(hip: float, x: float, z: float, curve: dict[str, Double]) -> float:
    """Return the pelvis' ``x``, or the nearest one from where both legs reach their feet."""
    least, most = [], []
    for name, side in SIDES:
        foot_x, _, foot_z = curve[f"{name} foot"]
        reach = np.sqrt(max(_REACH**2 - (foot_z - z) ** 2, 0.0))
        least.append(foot_x - side * hip - reach)
        most.append(foot_x - side * hip + reach)
    return float(min(max(x, *least), *most))


def project(point: Sequence[float] | Double, place: Double) -> Double:
    """Return the canvas position ``(2,)`` of a body point ``(3,)``; ``place`` is the ground."""
    return np.array([point[0] + place[0], point[1] + PITCH * point[2] + place[1]])


def solid_limb(sprite: Sprite, start: Double, end: Double) -> Double:
    """Return the affine map ``(2, 3)`` of a round-ended limb between two canvas positions.

    The whole capsule foreshortens, not only its bone: a limb that points at the viewer becomes a
    disc of its own width. The sprite must be laid out as `wardrobe.limb` does it.
    """
    height, width = sprite.rgba.shape[:2]
    margin = (width - 1) / 2
    length = height - 1 - 2 * margin
    radius = margin - 2
    bone_2d = end - start
    reach = float(np.hypot(*bone_2d))
    axis = bone_2d / reach if reach > 1e-6 else np.array([0.0, 1.0])
    v_axis = axis * ((reach + 2 * radius / DENSITY) / (length + 2 * radius))
    u_axis = np.array([axis[1], -axis[0]]) / DENSITY
    return frame_affine((start + end) / 2, u_axis, v_axis, (margin, (height - 1) / 2))


def across(sideways: Double, depth: float) -> Double:
    """Return the canvas vector ``(2,)`` of one texel across a round trunk.

    Args:
        sideways: The trunk's sideways direction, ``(3,)``, of any length.
        depth: How deep the trunk is per width.
    """
    flat = float(np.hypot(*sideways[:2]))
    direction = sideways[:2] / flat if flat > 1e-6 else np.array([1.0, 0.0])
    cosine = (flat / float(np.linalg.norm(sideways))) ** 2
    width = np.sqrt(cosine + depth**2 * (1 - cosine))
    return np.asarray(direction * width / DENSITY, np.float64)


def centre(sprite: Sprite) -> tuple[float, float]:
    """Return the middle texel (u, v) of a sprite."""
    height, width = sprite.rgba.shape[:2]
    return (width - 1) / 2, (height - 1) / 2


def tween(times: Double, keys: Double, at: Double) -> Double:
    """Return smooth curves ``(T, n)`` through key poses ``(k, n)``: raised cosines between keys.

    Args:
        times: float64 ``(k,)``, rising.
        keys: float64 ``(k, n)``.
        at: float64 ``(T,)``, within the times.
    """
    segment = np.clip(np.searchsorted(times, at, side="right") - 1, 0, len(times) - 2)
    phase = (at - times[segment]) / (times[segment + 1] - times[segment])
    weight = ease(phase)[:, None]
    return np.asarray(keys[segment] * (1 - weight) + keys[segment + 1] * weight, np.float64)


def ease(phase: NDArray[np.float64]) -> Double:
    """Return the raised cosine from 0 to 1 of a phase, clipped to [0, 1]."""
    return np.asarray(0.5 - 0.5 * np.cos(np.pi * np.clip(phase, 0, 1)), np.float64)
