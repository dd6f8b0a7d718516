"""Pictures for people: keypoints drawn on frames, frames beside each other."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from fomm.media.picture import Picture


def colours(count: int) -> list[tuple[int, int, int]]:
    """Return ``count`` distinct RGB colours, the same at every call."""
    hues = (0.85 * k / max(count - 1, 1) for k in range(count))
    return [tuple(round(255 * c) for c in colorsys.hsv_to_rgb(hue, 1, 1)) for hue in hues]  # type: ignore[misc]


def with_keypoints(picture: Picture, keypoints: NDArray[np.float32]) -> Picture:
    """Return a copy with a dot at every keypoint.

    Args:
        picture: uint8 ``(S, S, 3)``.
        keypoints: ``(K, 2)``, (x, y) in [-1, 1], -1 and +1 on the centres of the border pixels.
            Those far outside are not seen; what is no number is drawn in the middle.
    """
    keypoints = np.nan_to_num(np.clip(keypoints, -9, 9))
    drawn = picture.copy()
    side = picture.shape[0]
    radius = max(side / 60, 1.5)
    bits = 4  # sub-pixel positions in sixteenths
    for (x, y), colour in zip(keypoints, colours(len(keypoints)), strict=True):
        at = tuple(round(float(c + 1) / 2 * (side - 1) * 2**bits) for c in (x, y))
        for size, ink in ((1.5 * radius, (0, 0, 0)), (radius, colour)):
            cv2.circle(drawn, at, round(size * 2**bits), ink, -1, cv2.LINE_AA, bits)
    return drawn


def beside(pictures: Sequence[Picture]) -> Picture:
    """Return pictures in a row, uint8 ``(H, W, 3)``; shorter ones are centred on white."""
    height = max(len(picture) for picture in pictures)
    row = [
        np.pad(picture, _margins(len(picture), height), constant_values=255) for picture in pictures
    ]
    return np.concatenate(row, axis=1)


def _margins(have: int, want: int) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    top = (want - have) // 2
    return (top, want - have - top), (0, 0), (0, 0)
