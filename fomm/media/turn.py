"""Videos that say how to hold them: the display matrix of phones."""

from __future__ import annotations

from typing import Any

import numpy as np

from fomm.media.picture import Picture

Matrix = tuple[int, int, int, int]
"""a, b, c, d: a stored pixel (x, y) is shown at (ax + cy, bx + dy), but for scale and shift."""


def display_matrix(frame: Any) -> Matrix:  # noqa: ANN401 - av is untyped
    """Return the display matrix of a decoded frame; the identity if it has none."""
    data = frame.side_data.get("DISPLAYMATRIX")
    if data is None:
        return 1, 0, 0, 1
    a, b, _, c, d = np.frombuffer(bytes(data), np.int32)[:5].tolist()
    return a, b, c, d


def turned(picture: Picture, matrix: Matrix) -> Picture:
    """Return a view of ``picture`` as shown: the nearest of the eight turns and flips."""
    a, b, c, d = matrix
    if abs(b) > abs(a):
        picture, a, d = picture.swapaxes(0, 1), c, b
    picture = picture[:, ::-1] if a < 0 else picture
    return picture[::-1] if d < 0 else picture
