"""Real clips laid into large pictures at known places."""

from __future__ import annotations

import cv2
import numpy as np

from datasets.video import decode, rgb

SIZE = (1280, 720)
GREY = 110


def frames_of(clip, count, *, every=1, skip=0):
    """The chosen frames of a clip, uint8 (H, W, 3) each."""
    found = []
    for number, picture in enumerate(decode(clip)):
        if number >= skip and (number - skip) % every == 0:
            found.append(rgb(picture))
        if len(found) == count:
            break
    assert len(found) == count
    return found


def canvas(*placed, ground=None):
    """A picture of 1280x720 with ``(frame, left, top, height)`` laid onto grey or ``ground``."""
    picture = np.full((SIZE[1], SIZE[0], 3), GREY, np.uint8) if ground is None else ground.copy()
    for frame, left, top, height in placed:
        width = round(height * frame.shape[1] / frame.shape[0])
        large = cv2.resize(frame, (width, height), interpolation=cv2.INTER_LINEAR)
        picture[top : top + height, left : left + width] = large
    return picture


def blurred(frame):
    """A frame as surroundings: stretched and blurred beyond recognition."""
    return cv2.GaussianBlur(cv2.resize(frame, SIZE), (0, 0), 60)


def area_of(left, top, side):
    """The box of a clip laid down there."""
    return left, top, left + side, top + side
