"""Any picture into the model's square, and the result back out of it.

Three ways: ``pad`` keeps the whole picture and its aspect (the default of the command), ``crop``
keeps the centre square, ``stretch`` ignores the aspect as the original's demo does.
"""

from __future__ import annotations

from typing import Literal, get_args

import cv2
import numpy as np

from fomm.media.errors import MediaError
from fomm.media.picture import Picture

Fit = Literal["pad", "crop", "stretch"]
Box = tuple[int, int, int, int]
"""Top, left, height, width in pixels of the square."""


def content_box(height: int, width: int, side: int, how: Fit = "pad") -> Box:
    """Return the region of the ``side`` x ``side`` square that holds the picture.

    Its height and width are even, as 4:2:0 video wants them. With ``crop`` and ``stretch`` it is
    the whole square.

    Args:
        height: Of the picture, in pixels.
        width: Of the picture, in pixels.
        side: Of the square; even.
        how: One of `Fit`.

    Raises:
        MediaError: An unknown ``how``, an empty picture, or a side that is odd or below 2.

    Example:
        >>> content_box(720, 1280, 256)
        (56, 0, 144, 256)
    """
    if how not in get_args(Fit):
        raise MediaError(f"fit {how!r} is unknown; choose one of {', '.join(get_args(Fit))}")
    if side < 2 or side % 2:
        raise MediaError(f"the square's side must be even and at least 2, got {side}")
    if height < 1 or width < 1:
        raise MediaError(f"an empty picture ({width}x{height}) cannot be fitted")
    if how != "pad":
        return 0, 0, side, side
    longer = max(height, width)
    tall, wide = (max(2, 2 * round(edge * side / longer / 2)) for edge in (height, width))
    return (side - tall) // 2, (side - wide) // 2, tall, wide


def fit(picture: Picture, side: int, how: Fit = "pad") -> Picture:
    """Return ``picture``, uint8 ``(H, W, 3)``, as the model's square, uint8 ``(side, side, 3)``.

    Shrinking averages areas, growing interpolates linearly. Around a padded picture its edges are
    repeated: a step to black would be an edge that the keypoints could follow. A picture of that
    size already comes back bit for bit.

    Raises:
        MediaError: As `content_box`, or ``picture`` has another dtype or shape.
    """
    check_picture(picture)
    top, left, height, width = content_box(picture.shape[0], picture.shape[1], side, how)
    if how == "crop":
        picture = _centre(picture)
    inner = _resized(picture, height, width)
    below, right = side - top - height, side - left - width
    if not any((top, left, below, right)):
        return np.ascontiguousarray(inner)
    return np.pad(inner, ((top, below), (left, right), (0, 0)), mode="edge")


def unfit(square: Picture, box: Box) -> Picture:
    """Return the region ``box`` of a ``square``, uint8 ``(S, S, 3)``: uint8 ``(H, W, 3)``."""
    top, left, height, width = box
    return np.ascontiguousarray(square[top : top + height, left : left + width])


def check_picture(picture: Picture) -> None:
    """Check that ``picture`` is uint8 ``(H, W, 3)`` and not empty, else raise a `MediaError`."""
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3 or not picture.size:
        raise MediaError(f"a picture must be uint8 (H, W, 3), got {picture.dtype} {picture.shape}")


def _centre(picture: Picture) -> Picture:
    height, width = picture.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return picture[top : top + side, left : left + side]


def _resized(picture: Picture, height: int, width: int) -> Picture:
    """Resize; an edge that shrinks is averaged first, whatever the other one does."""
    old_height, old_width = picture.shape[:2]
    small = (min(height, old_height), min(width, old_width))
    for (tall, wide), method in ((small, cv2.INTER_AREA), ((height, width), cv2.INTER_LINEAR)):
        if picture.shape[:2] != (tall, wide):
            source = np.ascontiguousarray(picture)
            picture = np.asarray(cv2.resize(source, (wide, tall), interpolation=method), np.uint8)
    return picture
