"""A strip: all frames side by side in one PNG, as the field's data sets have them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from fomm.media.errors import MediaError
from fomm.media.picture import Picture

WIDEST = 1_000_000
"""Pixels; libpng, and with it browsers and OpenCV, refuses wider pictures."""


class StripSink:
    """Collects frames of one size and writes them side by side, without their times.

    All frames are held in memory until the end: PNG is written row by row, and each row has pixels
    of every frame. So the length is limited, to what Pillow opens without a warning (1365 frames
    of 256 x 256, 268 MB).

    Args:
        path: Where to write.
        size: Height and width of the frames in pixels.
    """

    def __init__(self, path: Path, *, size: tuple[int, int]) -> None:
        self._path = path
        self._frames: list[Picture] = []
        self._most = _most_frames(size)

    def write(self, frame: Picture, seconds: Fraction) -> None:
        """Append ``frame``, uint8 ``(H, W, 3)``; ``seconds`` are not kept.

        Raises:
            MediaError: The picture would be larger than programs open.
        """
        if len(self._frames) >= self._most:
            text = f"a PNG strip of such frames ends after {self._most}"
            raise MediaError(f"{text}, or programs refuse it; write an mp4, webm or mkv")
        self._frames.append(frame.copy())

    def close(self) -> None:
        """Write the file."""
        Image.fromarray(np.concatenate(self._frames, axis=1)).save(self._path, "PNG")


def _most_frames(size: tuple[int, int]) -> int:
    height, width = size
    pixels = Image.MAX_IMAGE_PIXELS or WIDEST * height
    return min(WIDEST // width, pixels // (height * width))
