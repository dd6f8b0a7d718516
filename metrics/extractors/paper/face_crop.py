"""From a face's box to FAN's input, and from its heat maps to landmarks (face-alignment 3750f83).

Pixels are counted from 1 here, and the map between frame and crop is a float32 matrix that is
inverted in float32 and whose results are truncated: a landmark is a whole pixel of the frame.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from metrics.extractors.paper.running import Frame

CROP, HEAT = 256, 64
_REFERENCE = 195.0  # width + height of a detector's box around a face of scale 1
_LIFT = 0.12  # of the height of the box


class Place(NamedTuple):
    """Where a face is: its centre float32 (2,) and its scale, 1 for a square of 200 pixels."""

    centre: NDArray[np.float32]
    scale: float


def place(box: NDArray[np.float32]) -> Place:
    """Return the place of the face in a box, float32 (x1, y1, x2, y2)."""
    x1, y1, x2, y2 = box[:4]
    width, height = x2 - x1, y2 - y1
    centre = np.array([x2 - width / 2, y2 - height / 2], np.float32)
    centre[1] -= height * np.float32(_LIFT)
    return Place(centre, float(width + y2 - y1) / _REFERENCE)


def crop(frame: Frame, face: Place) -> Frame:
    """Return the square around a face, uint8 (256, 256, 3); black outside the frame.

    Raises:
        ValueError: The face is smaller than a pixel or has no finite place.
    """
    corners = np.array([[1, 1], [CROP, CROP]], np.float32)
    inverse = _inverse(face, CROP)
    if not np.isfinite(inverse).all():
        raise ValueError(f"no finite place of a face: {face}; are these the right weights?")
    (left, top), (right, bottom) = _truncated(corners, inverse)
    if right <= left or bottom <= top:
        raise ValueError(f"a face smaller than a pixel: {face}; are these the right weights?")
    window = np.zeros((bottom - top, right - left, 3), np.uint8)
    inside = frame[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
    y, x = max(-top, 0), max(-left, 0)
    if inside.size:
        window[y : y + inside.shape[0], x : x + inside.shape[1]] = inside
    return np.asarray(cv2.resize(window, (CROP, CROP), interpolation=cv2.INTER_LINEAR))


def in_heat_maps(heats: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the places of the landmarks in their heat maps, float32 (68, 2), x and y.

    The middle of the first largest value, counted in whole pixels from the corner, and a quarter of
    a pixel towards the larger neighbour on each axis, unless it lies at the border.

    Args:
        heats: float32 (68, 64, 64).
    """
    points = np.empty((len(heats), 2), np.float32)
    for point, heat in zip(points, heats, strict=True):
        y, x = np.unravel_index(heat.argmax(), heat.shape)
        point[:] = x + 0.5, y + 0.5
        if 0 < x < HEAT - 1 and 0 < y < HEAT - 1:
            right, below = heat[y, x + 1] - heat[y, x - 1], heat[y + 1, x] - heat[y - 1, x]
            point += 0.25 * np.sign([right, below])
    return points


def landmarks(heats: NDArray[np.float32], face: Place) -> NDArray[np.float64]:
    """Return the landmarks in whole pixels of the frame, float64 (68, 2).

    Args:
        heats: float32 (68, 64, 64), of the last hourglass.
        face: As given to `crop`.
    """
    return _truncated(in_heat_maps(heats), _inverse(face, HEAT)).astype(np.float64)


def _inverse(face: Place, resolution: int) -> NDArray[np.float32]:
    """Return the matrix (3, 3) from a crop of ``resolution`` pixels to the frame."""
    side = 200.0 * face.scale
    matrix = np.eye(3, dtype=np.float32)
    matrix[[0, 1], [0, 1]] = resolution / side
    matrix[:2, 2] = resolution * (-face.centre / np.float32(side) + np.float32(0.5))
    inverse: NDArray[np.float32] = np.linalg.inv(matrix)
    return inverse


def _truncated(points: NDArray[np.float32], matrix: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return mapped points (N, 2), truncated towards zero."""
    mapped = points @ matrix[:2, :2].T + matrix[:2, 2]
    return np.asarray(np.trunc(mapped), np.int64)
