"""How a cartoon animal walks: the same curves for every animal."""

from __future__ import annotations

import numpy as np

from datasets.worlds.sprites import Double
from datasets.worlds.world import Bounds, Motion

LEGS = ("near fore", "near hind", "far fore", "far hind")
_GAITS = {  # phase of each leg in cycles; share of the body's pitching
    "walk": ((0.0, 0.75, 0.5, 0.25), 0.03),
    "trot": ((0.0, 0.5, 0.5, 0.0), 0.03),
    "bound": ((0.0, 0.45, 0.12, 0.55), 0.12),
}

BOUNDS: dict[str, Bounds] = {
    "swing": (-0.9, 0.9),  # beyond, the legs no longer carry the body
    "bend": (0.0, 1.3),  # knees bend one way
    "hop": (0.0, np.inf),  # nobody sinks into the ground
    "blink": (0.0, 1.0),
}
"""What an animal cannot do; see `datasets.worlds.world.Motion`."""


def draw_motion(rng: np.random.Generator, frames: int, fps: float) -> Motion:
    """Draw a walk.

    Args:
        rng: For everything.
        frames: Number of frames T.
        fps: Frames per second; a cycle takes 10 to 16 frames at 25 per second.

    Returns:
        Curves: ``swing`` and ``bend`` ``(T, 4)`` in radians for `LEGS`; ``pitch``, ``neck``,
        ``head``, ``ear`` ``(T,)`` and ``tail``, ``trunk`` ``(T, 3)`` in radians; ``x`` and
        ``hop`` ``(T,)`` in canvas pixels; ``blink`` ``(T,)`` in [0, 1]; ``facing`` ``(T,)``: 1 to
        the right, -1 to the left.
    """
    cycle = np.arange(frames) / rng.uniform(10, 16) * (25.0 / fps) + rng.random()
    gait = list(_GAITS)[int(rng.integers(len(_GAITS)))]
    phases, pitch = _GAITS[gait]
    turn = 2 * np.pi * (cycle[:, None] + np.array(phases))
    swing, bend = rng.uniform(0.45, 0.68), rng.uniform(0.7, 1.15)
    wave = 2 * np.pi * cycle
    lag, slow = rng.uniform(0, 2 * np.pi), rng.uniform(0.4, 0.6)
    joints = np.arange(3) * rng.uniform(0.5, 1.0)
    drift = np.linspace(-1, 1, frames) * rng.uniform(2, 12)
    return Motion(
        {
            "swing": swing * np.sin(turn),
            "bend": bend * (0.5 + 0.5 * np.cos(turn)) ** 1.5,
            "pitch": pitch * np.sin(wave + 0.6),
            "hop": rng.uniform(0.5, 3.5) * (0.5 - 0.5 * np.cos(2 * wave + lag)),
            "neck": rng.uniform(0.08, 0.24) * np.sin(wave + lag) + 0.12 * np.sin(slow * wave),
            "head": rng.uniform(0.10, 0.30) * np.sin(wave + lag + 1.0) + 0.1 * np.sin(slow * wave),
            "ear": rng.uniform(0.15, 0.40) * np.sin(wave + lag + 2.0),
            "tail": rng.uniform(0.25, 0.55) * np.sin(wave[:, None] * _choice(rng) - joints),
            "trunk": rng.uniform(0.20, 0.40) * np.sin(wave[:, None] - joints + lag),
            "x": drift + rng.uniform(0, 3) * np.sin(wave * slow + lag),
            "blink": _blink(rng, np.arange(frames) / fps),
            "facing": np.full(frames, 1.0 if rng.random() < 0.5 else -1.0),
        },
        BOUNDS,
    )


def _choice(rng: np.random.Generator) -> float:
    return float(rng.choice([0.5, 1.0, 1.0]))


def _blink(rng: np.random.Generator, time: Double) -> Double:
    """Return short closings of the eye, one every 0.8 to 2 seconds."""
    curve = np.zeros_like(time)
    moment = float(rng.uniform(0.2, 1.2))
    while len(time) and moment < time[-1] + 0.2:
        curve = np.maximum(curve, np.exp(-(((time - moment) / 0.08) ** 4)))
        moment += float(rng.uniform(0.8, 2.0))
    return curve
