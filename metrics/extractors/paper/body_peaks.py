"""Joints from heat maps, as the 2019 script picked them: of several peaks the *lowest* is kept.

All peaks of a heat map are candidates, whoever they belong to; the script's grouping into persons
is thrown away there, so it is not computed here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

JOINTS = 18
THRESHOLD = 0.1
REACH = 2  # a peak moves to the largest value this many pixels around it


def peaks(heat: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return all peaks, rows (x, y, joint), joint by joint in row-major order.

    A peak is above 0.1 and not below any of its four neighbours (a pixel at the border has fewer);
    every pixel of a plateau counts. It is then moved to the first largest value of the 5x5 pixels
    around it.

    Args:
        heat: (H, W, C), C >= 18; joints are the first 18 channels.
    """
    found = []
    for joint in range(JOINTS):
        values = heat[..., joint]
        around = np.pad(values, 1, mode="edge")
        highest = values > THRESHOLD
        for rows, columns in (
            (slice(0, -2), slice(1, -1)),
            (slice(2, None), slice(1, -1)),
            (slice(1, -1), slice(0, -2)),
            (slice(1, -1), slice(2, None)),
        ):
            highest &= values >= around[rows, columns]
        found += [(*_refined(values, y, x), joint) for y, x in np.argwhere(highest)]
    return np.array(found, np.int64).reshape(-1, 3)


def kept(rows: NDArray[np.number]) -> NDArray[np.float64]:
    """Return the joints float64 (18, 2), NaN where there is no peak; a later peak replaces one.

    Args:
        rows: (N, 3) as `peaks` gives them.

    Example:
        >>> kept(np.array([[9, 2, 0], [4, 7, 0]]))[:2]
        array([[ 4.,  7.],
               [nan, nan]])
    """
    joints = np.full((JOINTS, 2), np.nan)
    for x, y, joint in rows:
        joints[int(joint)] = x, y
    return joints


def _refined(values: NDArray[np.float64], y: int, x: int) -> tuple[int, int]:
    """Return (x, y) of the first largest value around a peak."""
    top, left = max(0, y - REACH), max(0, x - REACH)
    window = values[top : y + REACH + 1, left : x + REACH + 1]
    dy, dx = np.unravel_index(window.argmax(), window.shape)
    return int(left + dx), int(top + dy)
