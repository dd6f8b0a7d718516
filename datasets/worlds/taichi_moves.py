"""The performances of the tai chi world: steps into lunges, sweeping arms, a turning chest.

A performance is a chain of key poses with raised cosines between them. In every transition the
free foot steps, the weight follows onto it, and each arm goes to another pose of the repertoire.
"""

from __future__ import annotations

import numpy as np

from datasets.worlds.skeleton import BOUNDS, ease, tween
from datasets.worlds.sprites import Double
from datasets.worlds.world import Motion

_DEGREES = np.pi / 180
# Upper arm (raised, forward), forearm (raised, forward), in degrees.
_ARM_POSES: dict[str, tuple[float, float, float, float]] = {
    "wing": (74, 12, 98, 20),
    "sky": (128, 12, 160, 25),
    "overhead arc": (128, 25, 158, 165),
    "push": (72, 70, 88, 80),
    "ball above": (62, 40, 86, 150),
    "ball below": (26, 25, 62, 148),
    "guard": (70, 18, 160, 60),
    "crossing": (48, 88, 108, 165),
    "low wing": (46, 10, 56, 25),
    "hook": (94, 22, 40, 30),
    "behind": (38, -62, 62, -158),
}
_WIDE = ("wing", "sky", "overhead arc", "guard", "low wing", "hook")
_NEAR = ("push", "ball above", "ball below", "crossing", "behind", "behind")


def perform(rng: np.random.Generator, frames: int, fps: float) -> Motion:
    """Draw a performance of ``frames`` frames at ``fps`` frames per second, on the spot."""
    seconds = frames / fps
    durations = rng.uniform(0.6, 0.8, size=int(seconds / 0.6) + 4)
    times = np.concatenate([[0.0], np.cumsum(durations)])
    at = rng.uniform(0.0, 0.25) * times[1] + np.arange(frames) / fps
    count = len(times)
    feet, pelvis = _stances(rng, count)
    torso, head = _upper(rng, pelvis)
    curves = {
        "heading": np.zeros(frames),
        "pelvis": _late(times, pelvis, at),
        "torso": tween(times, torso, at),
        "head": tween(times, head, at),
        "right arm": tween(times, _arm(rng, count, False), at + rng.uniform(0, 0.4)),
        "left arm": tween(times, _arm(rng, count, True), at + rng.uniform(0, 0.4)),
    }
    for index, name in enumerate(("right foot", "left foot")):
        curves[name] = _steps(times, feet[:, index], at)
    return Motion(curves, BOUNDS)


def _stances(rng: np.random.Generator, count: int) -> tuple[Double, Double]:
    """Return feet ``(count, 2, 2)`` (x, z of right and left) and pelvis ``(count, 3)``, in legs."""
    width = rng.uniform(0.45, 0.9)
    place = np.array([[-width / 2, 0.0], [width / 2, 0.0]])
    loaded = int(rng.integers(2))
    feet, pelvis = [], []
    for _ in range(count):
        weight = rng.uniform(0.88, 1.02)
        other = 1 - loaded
        x, z = place[loaded] * weight + place[other] * (1 - weight)
        feet.append(place.copy())
        pelvis.append([x, rng.uniform(0.0, 0.18), z])
        side = -1.0 if other == 0 else 1.0
        step = place[loaded, 0] + side * rng.uniform(0.5, 0.95)
        place[other] = [np.clip(step, -0.78, 0.78), rng.uniform(-0.18, 0.18)]
        loaded = other
    return np.array(feet), np.array(pelvis)


def _upper(rng: np.random.Generator, pelvis: Double) -> tuple[Double, Double]:
    """Return torso and head ``(count, 3)`` (lean, bend, yaw): the chest goes with the weight."""
    count = len(pelvis)
    lean = pelvis[:, 0] * rng.uniform(0.3, 0.6) + rng.uniform(-0.12, 0.12, count)
    yaw = np.clip(pelvis[:, 0] * 1.2 + rng.uniform(-0.5, 0.5, count), -0.9, 0.9)
    torso = np.column_stack([lean, rng.uniform(-0.05, 0.22, count), yaw])
    tilt = -0.5 * lean + rng.uniform(-0.1, 0.1, count)
    head = np.column_stack([tilt, rng.uniform(-0.1, 0.1, count), rng.uniform(-0.3, 0.3, count)])
    return torso, head


def _arm(rng: np.random.Generator, count: int, wide: bool) -> Double:
    """Return `bone` angles ``(count, 4)``: wide and near poses by turns."""
    names: list[str] = []
    for _ in range(count):
        pool = [name for name in (_WIDE if wide else _NEAR) if name not in names[-4:]]
        names.append(pool[int(rng.integers(len(pool)))])
        wide = not wide if rng.random() < 0.85 else wide
    poses = np.array([_ARM_POSES[name] for name in names])
    return (poses + rng.uniform(-8, 8, poses.shape)) * _DEGREES


def _late(times: Double, keys: Double, at: Double) -> Double:
    """Return pelvis curves: the weight follows when the step has begun."""
    segment = np.clip(np.searchsorted(times, at, side="right") - 1, 0, len(times) - 2)
    phase = (at - times[segment]) / (times[segment + 1] - times[segment])
    weight = ease((phase - 0.15) / 0.85)[:, None]
    return keys[segment] * (1 - weight) + keys[segment + 1] * weight


def _steps(times: Double, keys: Double, at: Double) -> Double:
    """Return a foot's curve ``(T, 3)`` (x, lift, z): it is lifted while it moves."""
    segment = np.clip(np.searchsorted(times, at, side="right") - 1, 0, len(times) - 2)
    phase = (at - times[segment]) / (times[segment + 1] - times[segment])
    phase = np.clip(phase / 0.7, 0, 1)
    weight = ease(phase)[:, None]
    ground = keys[segment] * (1 - weight) + keys[segment + 1] * weight
    stride = np.abs(keys[segment + 1] - keys[segment]).sum(axis=1)
    lift = np.sin(np.pi * phase) ** 2 * np.minimum(stride, 0.5) * 0.3
    return np.column_stack([ground[:, 0], lift, ground[:, 1]])
