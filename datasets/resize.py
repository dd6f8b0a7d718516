"""The named ways to bring a crop to its final size; the name is part of a data set's identity."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from datasets.clips import Frames
from datasets.registry import choose
from datasets.resize_skimage import skimage_014

Resizer = Callable[[Frames, int], Frames]


def area_antialias(frame: Frames, size: int) -> Frames:
    """Resize ``frame``, uint8 ``(H, W, 3)``, to ``(size, size, 3)`` with OpenCV on uint8.

    ``INTER_AREA`` (the mean over the pixel's area, so no aliasing) if neither side grows,
    ``INTER_LINEAR`` if a side grows. A frame that has the size already is copied.
    """
    height, width = frame.shape[:2]
    if (height, width) == (size, size):
        return frame.copy()
    shrinks = height >= size and width >= size
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    resized = cv2.resize(np.ascontiguousarray(frame), (size, size), interpolation=method)
    return np.asarray(resized, dtype=np.uint8)


RESIZERS: dict[str, Resizer] = {
    "area-antialias": area_antialias,
    "skimage-0.14": skimage_014,
}


def get_resizer(name: str) -> Resizer:
    """Return the resizer called ``name``; `UsageError` lists the known ones otherwise."""
    return RESIZERS[choose("resizer", name, RESIZERS)]
