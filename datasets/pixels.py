"""The pixels of av's frames as arrays, without a copy."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def pixels(frame: Any, channels: int) -> npt.NDArray[np.uint8]:  # noqa: ANN401 - av is untyped
    """Return a view of a frame's memory, uint8 ``(H, W, channels)``; it may be written to.

    Args:
        frame: An ``av.VideoFrame`` of a packed format: one plane, in which the bytes of a pixel
            lie side by side, such as ``rgb24`` or ``bgr0``.
        channels: Bytes of a pixel.
    """
    rows = np.frombuffer(frame.planes[0], np.uint8).reshape(frame.height, -1)
    return rows[:, : channels * frame.width].reshape(frame.height, frame.width, channels)
