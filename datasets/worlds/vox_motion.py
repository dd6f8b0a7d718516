"""How a talking head moves: the same curves for every head."""

from __future__ import annotations

import numpy as np

from datasets.worlds.sprites import Double
from datasets.worlds.world import Bounds, Motion

BOUNDS: dict[str, Bounds] = {
    # Flat parts on an ellipsoid look like a head up to here; the performances stay well inside.
    "yaw": (-np.radians(50.0), np.radians(50.0)),
    "pitch": (-np.radians(35.0), np.radians(35.0)),
    **dict.fromkeys(("gaze_x", "gaze_y", "smile", "brow"), (-1.0, 1.0)),
    **dict.fromkeys(("speak", "blink"), (0.0, 1.0)),
}
"""What a head cannot do; see `datasets.worlds.world.Motion`."""


def draw_motion(rng: np.random.Generator, frames: int, fps: float) -> Motion:
    """Draw a performance.

    Args:
        rng: For everything.
        frames: Number of frames.
        fps: Frames per second.

    Returns:
        Curves of shape ``(frames,)``: ``yaw``, ``pitch``, ``roll`` in radians; ``x``, ``y``,
        ``sway`` in canvas pixels; ``nearer`` the logarithm of the scale; ``gaze_x``, ``gaze_y``,
        ``smile``, ``brow`` in [-1, 1]; ``speak``, ``blink`` in [0, 1].
    """
    time = np.arange(frames) / fps
    yaw = np.radians(rng.uniform(20, 34)) * _wander(rng, time, rate=0.62)
    pitch = np.radians(rng.uniform(7, 15)) * _wander(rng, time, rate=0.85)
    roll = np.radians(rng.uniform(4, 12)) * _wander(rng, time, rate=0.6)
    return Motion(
        {
            "yaw": yaw,
            "pitch": pitch,
            "roll": roll,
            "x": rng.uniform(6, 11) * _wander(rng, time, rate=0.55),
            "y": rng.uniform(2, 5) * _wander(rng, time, rate=0.7),
            "nearer": rng.uniform(0.02, 0.08) * _wander(rng, time, rate=0.5),
            "sway": rng.uniform(0.5, 2.5) * _wander(rng, time, rate=0.5),
            "gaze_x": np.clip(1.2 * _wander(rng, time, rate=0.9), -1, 1),
            "gaze_y": np.clip(0.9 * _wander(rng, time, rate=0.8), -1, 1),
            "smile": _wander(rng, time, rate=0.8),
            "brow": _wander(rng, time, rate=0.9),
            "speak": _speak(rng, time),
            "blink": _blink(rng, time),
        },
        BOUNDS,
    )


def _wander(rng: np.random.Generator, time: Double, *, rate: float) -> Double:
    """Return a smooth curve in [-1, 1] that swings about ``rate`` times per second."""
    first, second = rate * rng.uniform(0.85, 1.25), rate * rng.uniform(1.6, 2.2)
    weight = rng.uniform(0.12, 0.3)
    phases = rng.uniform(0, 2 * np.pi, 2)
    curve = (1 - weight) * np.sin(2 * np.pi * first * time + phases[0])
    return np.asarray(curve + weight * np.sin(2 * np.pi * second * time + phases[1]))


def _speak(rng: np.random.Generator, time: Double) -> Double:
    """Return syllables: a fast opening and closing under a slow envelope."""
    rate = rng.uniform(2.2, 3.4)
    syllables = 0.5 - 0.5 * np.cos(2 * np.pi * (rate * time + 0.3 * _wander(rng, time, rate=1.1)))
    loud = np.clip(0.65 + 0.6 * _wander(rng, time, rate=0.7), 0, 1)
    return np.asarray(syllables * loud)


def _blink(rng: np.random.Generator, time: Double) -> Double:
    """Return short closings of the eyes, one every 0.8 to 2 seconds."""
    curve = np.zeros_like(time)
    moment = float(rng.uniform(0.1, 0.9))
    while len(time) and moment < time[-1] + 0.2:
        curve = np.maximum(curve, np.exp(-(((time - moment) / 0.075) ** 4)))
        moment += float(rng.uniform(0.8, 2.0))
    return curve
