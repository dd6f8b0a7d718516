"""The copy-source reference: the source picture repeated, computed without any prediction.

Every result is compared with it on the same clips, without reading another cell of the pipeline.
It gives exactly what scoring the ``copy-source`` anchor's folder gives.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from metrics.metric import Array

NAME = "copy-source"


def copy_source(frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return frame 0 of ``frames``, uint8 (T, H, W, 3), T times."""
    return repeated(frames, len(frames))


def repeated(picture: NDArray[np.uint8], frames: int) -> NDArray[np.uint8]:
    """Return frame 0 of ``picture``, uint8 (N, H, W, 3), ``frames`` times.

    The result, (frames, H, W, 3), is read-only and takes the memory of one picture.
    """
    still = np.ascontiguousarray(picture[0])
    return np.broadcast_to(still, (frames, *still.shape))


def still_motion(shape: tuple[int, int, int]) -> tuple[Array, Array]:
    """Return no flow, float32 (T, H, W, 2), and everything visible, float32 (T, H, W)."""
    return np.zeros((*shape, 2), np.float32), np.ones(shape, np.float32)
