"""Cartoon animals walking on white: the mini world of MGif.

An animal is a chain of rigid bones seen from the side. It is built as if it walked to the right;
where the motion faces left, everything is mirrored on the canvas.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datasets.worlds.mgif_cast import PARTS, draw_identity
from datasets.worlds.mgif_motion import LEGS, draw_motion
from datasets.worlds.patch import DENSITY
from datasets.worlds.sprites import Double, Placement, Pose, Sprite, compose, frame_affine
from datasets.worlds.world import Identity, Motion

_NUMBER = {name: number for number, name in enumerate(PARTS)}
KEYPOINTS: dict[str, tuple[str, ...]] = {
    "nose": ("head", "trunk 1"),
    "eye": ("eye", "head"),
    "neck": ("neck", "mane", "body"),
    "shoulder": ("body", "near fore upper"),
    "hip": ("body", "near hind upper"),
    "tail tip": ("tail 3",),
    **{f"{leg} knee": (f"{leg} upper", f"{leg} lower") for leg in LEGS},
    **{f"{leg} foot": (f"{leg} lower",) for leg in LEGS},
}
_OWNERS = tuple(tuple(_NUMBER[part] for part in parts) for parts in KEYPOINTS.values())
_GROUND = 106.0
_Map = tuple[Double, Double, Double]  # position of the anchor, one texel along u, one along v


@dataclass(frozen=True)
class Mgif:
    """The world of cartoon animals; see `datasets.worlds.world.World`."""

    dataset: str = "mgif"
    canvas: tuple[int, int] = (160, 120)
    part_names: tuple[str, ...] = PARTS
    keypoint_names: tuple[str, ...] = tuple(KEYPOINTS)
    aspect: float = 1.0
    framed_parts: tuple[int, ...] = ()

    def identity(self, rng: np.random.Generator) -> Identity:
        """Draw an animal: kind, proportions, coat."""
        return draw_identity(rng)

    def motion(self, rng: np.random.Generator, frames: int, fps: float) -> Motion:
        """Draw a walk, to the left or to the right."""
        return draw_motion(rng, frames, fps)

    def background(self, rng: np.random.Generator) -> Sprite:
        """Return white; nothing is drawn from ``rng``."""
        return Sprite("background", np.ones((160, 200, 4), np.float32))

    def pose(self, identity: Identity, motion: Motion, frame: int) -> Pose:
        """Return the animal in frame ``frame``."""
        now = {name: curve[frame] for name, curve in motion.curves.items()}
        maps, points = _animal(identity.body, now)
        mirror = _facing(float(now["facing"]), self.canvas[0])
        placements = tuple(
            Placement(number, compose(mirror, _centred(sprite, maps[name])))
            for number, (name, sprite) in enumerate(
                zip(PARTS[1:], identity.sprites, strict=True), 1
            )
            if len(sprite.rgba) > 3
        )
        keypoints = np.array([points[name] for name in KEYPOINTS])
        return Pose(placements, keypoints @ mirror[:, :2].T + mirror[:, 2], _OWNERS)


MGIF = Mgif()


def _facing(sign: float, width: int) -> Double:
    """Return the identity, or the mirror image on the canvas when ``sign`` is negative."""
    return np.array([[sign, 0, 0 if sign > 0 else width - 1], [0, 1, 0]], np.float64)


def _centred(sprite: Sprite, frame: _Map) -> Double:
    height, width = sprite.rgba.shape[:2]
    origin, u_axis, v_axis = frame
    return frame_affine(origin, u_axis, v_axis, ((width - 1) / 2, (height - 1) / 2))


def _towards(angle: float) -> Double:
    """Return the unit vector at ``angle`` radians above forward (to the right, y down)."""
    return np.array([np.cos(angle), -np.sin(angle)])


def _turned(origin: Double, angle: float, *, tall: float = 1.0) -> _Map:
    """Place an upright part, turned by ``angle`` radians against the clock."""
    u_axis = _towards(angle) / DENSITY
    return origin, u_axis, np.array([-u_axis[1], u_axis[0]]) * tall


def _along(start: Double, end: Double) -> _Map:
    """Place a bone from ``start`` to ``end``; u points to the right of a bone that hangs down."""
    axis = (end - start) / np.hypot(*(end - start)) / DENSITY
    return (start + end) / 2, np.array([axis[1], -axis[0]]), axis


def _animal(
    body: dict[str, float], now: dict[str, Double]
) -> tuple[dict[str, _Map], dict[str, Double]]:
    """Return the maps of all parts and all keypoints of an animal that faces right."""
    half, r, pitch = body["length"] / 2, body["radius"], float(now["pitch"])
    forward, down = _towards(pitch), _towards(pitch - np.pi / 2)
    middle = np.zeros(2)
    shoulder = middle + half * forward + 0.25 * r * down
    hip = middle - half * forward + 0.15 * r * down
    maps, points = _walk(body, now, shoulder, hip)
    maps["body"] = _turned(middle, pitch)
    maps |= _front(body, now, points, middle + 0.95 * half * forward - 0.20 * r * down)
    maps |= _rear(body, now, points, middle - (half + 0.62 * r) * forward - 0.35 * r * down)
    points |= {"shoulder": shoulder, "hip": hip}
    # The lowest foot stands on the ground; a soft maximum keeps the body's path smooth.
    feet = np.array([points[f"{leg} foot"][1] for leg in LEGS])
    floor = float(np.log(np.exp(feet / 1.5).sum()) * 1.5) + body["foot"]
    lean = (body["neck"] * 0.5 + body["head"] - 0.4 * body["tail"]) * 0.5
    shift = np.array([79.5 - lean + now["x"], _GROUND - floor - now["hop"]])
    maps = {name: (origin + shift, u, v) for name, (origin, u, v) in maps.items()}
    return maps, {name: point + shift for name, point in points.items()}


def _walk(
    body: dict[str, float], now: dict[str, Double], shoulder: Double, hip: Double
) -> tuple[dict[str, _Map], dict[str, Double]]:
    """Place the legs."""
    maps: dict[str, _Map] = {}
    points: dict[str, Double] = {}
    for k, leg in enumerate(LEGS):
        hind, far = leg.endswith("hind"), leg.startswith("far")
        start = (hip if hind else shoulder) + ([2.5, -1.5] if far else [0.0, 0.0])
        upper = float(now["swing"][k]) + (0.22 if hind else 0.02)
        lower = upper - float(now["bend"][k]) - (0.42 if hind else 0.04)
        knee = start + body["upper"] * _towards(upper - np.pi / 2)
        foot = knee + body["lower"] * _towards(lower - np.pi / 2)
        maps[f"{leg} upper"], maps[f"{leg} lower"] = _along(start, knee), _along(knee, foot)
        points[f"{leg} knee"], points[f"{leg} foot"] = knee, foot
    return maps, points


def _front(
    body: dict[str, float], now: dict[str, Double], points: dict[str, Double], root: Double
) -> dict[str, _Map]:
    """Place neck, head, ears, eye, mane and trunk; adds their keypoints to ``points``."""
    r = body["head"]
    rise = body["neck angle"] + float(now["neck"])
    top = root + body["neck"] * _towards(rise)
    turn = float(now["head"]) + 0.4 * float(now["neck"])
    forward, down = _towards(turn), _towards(turn - np.pi / 2)

    def on_head(x: float, y: float) -> Double:
        return np.asarray(top + x * forward + y * down)

    ear = body["ear x"], body["ear y"]
    maps = {
        "neck": _along(root, top),
        "head": _turned(top, turn),
        "eye": _turned(on_head(0.34 * r, -0.28 * r), turn, tall=1 - 0.85 * float(now["blink"])),
        "near ear": _turned(on_head(*ear), turn + float(now["ear"])),
        "far ear": _turned(on_head(ear[0] + 0.55 * r, ear[1]), turn + 0.8 * float(now["ear"])),
    }
    origin, u_axis, v_axis = _along(top, root)
    maps["mane"] = _turned(top, turn) if body["mane on head"] else (origin, u_axis, v_axis)
    points |= {
        "nose": on_head(body["nose x"], body["nose y"]),
        "eye": maps["eye"][0],
        "neck": 0.75 * root + 0.25 * top,
    }
    start, angle = on_head(0.78 * r, 0.30 * r), turn - 0.8
    for k in range(3):
        angle += float(now["trunk"][k]) + (-0.35, 0.0, 0.45)[k]
        end = start + max(body["trunk"], 1.0) / 3 * _towards(angle)
        maps[f"trunk {k + 1}"] = _along(start, end)
        start = end
    return maps


def _rear(
    body: dict[str, float], now: dict[str, Double], points: dict[str, Double], root: Double
) -> dict[str, _Map]:
    """Place the tail; adds its keypoint to ``points``."""
    maps: dict[str, _Map] = {}
    start, bend = root, 0.0
    for k in range(3):
        bend += float(now["tail"][k]) * (0.7, 0.6, 0.6)[k]
        end = start + body["tail"] / 3 * _towards(np.pi - body[f"tail {k + 1}"] - bend)
        maps[f"tail {k + 1}"] = _along(start, end)
        start = end
    points["tail tip"] = start
    return maps
