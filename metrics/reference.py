"""The copy-source reference, computed from the truth itself.

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
    return np.repeat(frames[:1], len(frames), axis=0)


def still_motion(shape: tuple[int, int, int]) -> tuple[Array, Array]:
    """Return no flow, float32 (T, H, W, 2), and everything visible, float32 (T, H, W)."""
    return np.zeros((*shape, 2), np.float32), np.ones(shape, np.float32)
