"""The look of a talking head: its proportions and the colour of its skin everywhere.

Skin is one function of the frontal place on the head, so patches of skin (lids, chin, nose) match
the face beneath them.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from datasets.worlds.patch import over
from datasets.worlds.textures import Color, Float


@dataclass(frozen=True)
class Look:
    """What the painters of one head need to know.

    Attributes:
        a: Half width of the head in canvas pixels.
        b: Height from the middle of the head to the chin.
        eye_x: Distance of an eye from the middle line.
        eye_w: Half width of an eye.
        eye_h: Half height of an eye.
        mouth_w: Half width of the mouth.
        jaw: 0.8 (narrow) to 1.1 (wide).
        skin: Base colour.
        blush: Weight of the red of cheeks and nose.
        hair: Base colour.
        iris: Base colour.
        lips: Base colour.
        freckles: Noise on the face, ``(64, 64)`` in [0, 1].
    """

    a: float
    b: float
    eye_x: float
    eye_w: float
    eye_h: float
    mouth_w: float
    jaw: float
    skin: Color
    blush: float
    hair: Color
    iris: Color
    lips: Color
    freckles: Float

    def skin_at(self, x: Float, y: Float) -> Float:
        """Return the skin's colour at frontal places ``x, y`` from the middle of the head."""
        across, down = x / self.a, y / self.b
        depth = np.sqrt(np.clip(1.15 - 0.75 * across**2 - 0.55 * down**2, 0.02, None))
        light = 0.86 + 0.30 * (-0.55 * across - 0.40 * down + 0.55 * depth)
        for side in (-1, 1):  # shade of the brow in the sockets, beneath the cheekbones
            socket = ((x - side * self.eye_x) / 8) ** 2 + ((y + 0.10 * self.b) / 5) ** 2
            light = light - 0.10 * np.exp(-socket)
        light = light - 0.10 * np.exp(-((x / 10) ** 2) - ((y - 0.80 * self.b) / 3.0) ** 2)
        color = np.array(self.skin, np.float32) * np.asarray(light, np.float32)[..., None]
        for side in (-1, 1):
            cheek = ((x - side * 0.55 * self.a) / 8) ** 2 + ((y - 0.30 * self.b) / 6) ** 2
            weight = np.asarray(self.blush * np.exp(-cheek), np.float32)
            color = over(
                color, (0.86 * self.skin[0], 0.42 * self.skin[1], 0.45 * self.skin[2]), weight
            )
        u = np.asarray((across * 0.45 + 0.5) * 63, np.float32)
        v = np.asarray((down * 0.45 + 0.5) * 63, np.float32)
        spots = cv2.remap(self.freckles, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        return np.clip(np.asarray(color * (1 - 0.16 * spots[..., None]), np.float32), 0, 1)
