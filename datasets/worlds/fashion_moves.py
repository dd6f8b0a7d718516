"""The performance of the fashion world: one turn around, small steps, arms that change pose."""

from __future__ import annotations

import numpy as np

from datasets.worlds.skeleton import BOUNDS, tween
from datasets.worlds.sprites import Double
from datasets.worlds.world import Motion

TURN_FRAMES = 48
"""Frames of a full turn, about."""

_DEGREES = np.pi / 180
# Upper arm (raised, forward), forearm (raised, forward), in degrees.
_ARM_POSES = np.array(
    [
        (12, 10, 12, 50),
        (45, -18, 36, 160),
        (24, 62, 40, 84),
        (22, -62, 16, -30),
        (40, 12, 52, 20),
        (30, 40, 118, 85),
    ],
    np.float64,
)


def perform(rng: np.random.Generator, frames: int, fps: float) -> Motion:
    """Draw a turn of ``frames`` frames at ``fps`` frames per second, starting at the front."""
    at = np.arange(frames) / fps
    step = 2 * np.pi * rng.uniform(1.5, 2.2) * at + rng.uniform(0, 6)
    sway = 2 * np.pi * rng.uniform(0.35, 0.6) * at + rng.uniform(0, 6)
    size = rng.uniform(0.05, 0.1)
    curves = {
        "heading": _turning(rng, frames),
        "pelvis": np.column_stack(
            [0.03 * np.sin(step), -0.008 + 0.006 * np.cos(2 * step), np.zeros(frames)]
        ),
        "torso": _wave((0.03, 0.03, 0.1), step, sway),
        "head": _wave((0.05, 0.05, 0.2), sway, step * 0.5),
        "right arm": _arm(rng, at),
        "left arm": _arm(rng, at),
        "slide": np.column_stack([rng.uniform(4, 8) * np.sin(sway), np.zeros(frames)]),
    }
    for name, side, phase in (("right foot", -1.0, step), ("left foot", 1.0, step + np.pi)):
        lift = np.clip(np.sin(phase), 0, None) ** 2 * 0.025
        stride = size * np.cos(phase)
        curves[name] = np.column_stack([np.full(frames, side * 0.1), lift, stride])
    return Motion(curves, BOUNDS)


def _turning(rng: np.random.Generator, frames: int) -> Double:
    """Return the heading ``(T,)`` in radians: once around in about `TURN_FRAMES` frames."""
    speed = 2 * np.pi / TURN_FRAMES * rng.uniform(0.95, 1.0) * rng.choice([-1.0, 1.0])
    count = np.arange(frames)
    wobble = rng.uniform(0, 0.12) * np.sin(count / rng.uniform(5, 9))
    return np.asarray(rng.uniform(-0.25, 0.25) + speed * count + wobble, np.float64)


def _wave(size: tuple[float, float, float], first: Double, second: Double) -> Double:
    """Return small swings (lean, bend, yaw), ``(T, 3)``."""
    return np.column_stack(
        [size[0] * np.sin(first), size[1] * np.sin(second), size[2] * np.sin(second + 1)]
    )


def _arm(rng: np.random.Generator, at: Double) -> Double:
    """Return `bone` angles ``(T, 4)`` through poses that follow each other."""
    count = int(at[-1] / 0.5) + 3
    times = np.concatenate([[0.0], np.cumsum(rng.uniform(0.5, 0.9, count - 1))])
    chosen = [int(rng.integers(len(_ARM_POSES)))]
    while len(chosen) < count:
        hop = int(rng.integers(1, len(_ARM_POSES)))
        chosen.append((chosen[-1] + hop) % len(_ARM_POSES))
    keys = _ARM_POSES[chosen] + rng.uniform(-5, 5, (count, 4))
    return tween(times, keys * _DEGREES, at)
