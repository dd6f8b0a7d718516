"""Where places on a talking head lie on the canvas in one frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datasets.worlds.patch import DENSITY
from datasets.worlds.sprites import Double

Vector = tuple[float, float, float]


@dataclass(frozen=True)
class HeadPose:
    """A turned head; head coordinates are canvas pixels: x right, y down, z towards the viewer.

    Attributes:
        body: The identity's proportions.
        rotation: float64 ``(3, 3)``.
        joint: Canvas position of the joint with the neck.
        scale: Canvas pixels per unit.
    """

    body: dict[str, float]
    rotation: Double
    joint: Double
    scale: float

    @classmethod
    def of(cls, body: dict[str, float], now: dict[str, float], *, joint: Double) -> HeadPose:
        """Return the head of proportions ``body`` under the curves' values ``now``."""
        rotation = rotate(now["yaw"], now["pitch"], now["roll"])
        return cls(body, rotation, joint, float(np.exp(now["nearer"])))

    @property
    def eye_y(self) -> float:
        """Height of the eyes."""
        return -0.02 * self.body["b"]

    @property
    def brow_y(self) -> float:
        """Height of the brows at rest."""
        return -(0.02 + self.body["brow_gap"]) * self.body["b"]

    @property
    def nose_y(self) -> float:
        """Height of the tip of the nose."""
        return 0.27 * self.body["b"]

    @property
    def mouth_y(self) -> float:
        """Height of the closed mouth."""
        return 0.57 * self.body["b"]

    def gap(self, now: dict[str, float]) -> float:
        """Return how far the mouth is open, in head units."""
        return 7.0 * now["speak"]

    def canvas(self, place: Double) -> Double:
        """Return the canvas position of a place (x, y, z)."""
        b, c = self.body["b"], self.body["c"]
        turned = self.rotation @ (place - np.array([0.0, 0.55 * b, -0.35 * c]))
        return np.asarray(self.joint + self.scale * turned[:2])

    def axis(self, direction: Vector) -> Double:
        """Return the canvas vector of one texel along ``direction``."""
        return np.asarray(self.rotation[:2] @ np.array(direction) * (self.scale / DENSITY))

    def surface(self, x: float, y: float) -> Vector:
        """Return depth and slopes of the face's ellipsoid at the frontal place ``x, y``."""
        a, b, c = 1.05 * self.body["a"], 1.35 * self.body["b"], 0.84 * self.body["c"]
        z = c * float(np.sqrt(max(1 - (x / a) ** 2 - (y / b) ** 2, 0.08)))
        return z, -(c**2) * x / (a**2 * z), -(c**2) * y / (b**2 * z)

    def point(self, x: float, y: float) -> Double:
        """Return the canvas position of the frontal place ``x, y`` on the face."""
        return self.canvas(np.array([x, y, self.surface(x, y)[0]]))

    def depth(self, place: Vector) -> float:
        """Return how far a place lies before the middle of the head."""
        return float(self.rotation[2] @ np.array(place))


def rotate(yaw: float, pitch: float, roll: float) -> Double:
    """Return float64 ``(3, 3)``: to the picture's right, down, clockwise for positive radians."""
    cy, sy, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    cr, sr = np.cos(roll), np.sin(roll)
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return np.asarray(about_z @ about_x @ about_y, np.float64)
