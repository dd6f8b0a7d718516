"""From a frame to the body network's input, and from its maps back to the frame (2019 script).

OpenCV does what it did there: bilinear for the 8-bit picture, bicubic (a = -0.75) for the maps.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from metrics.extractors.paper.pose_net import STRIDE
from metrics.extractors.paper.running import Frame

SIDE = 368  # of the shorter side
# Where each heat map finds its own in the mirrored picture: left and right change places.
MIRRORED = (0, 1, 5, 6, 7, 2, 3, 4, 11, 12, 13, 8, 9, 10, 15, 14, 17, 16, 18)


def net_input(frame: Frame) -> tuple[NDArray[np.float32], tuple[int, int]]:
    """Return what the network reads, and the height and width of the picture in it.

    Args:
        frame: uint8 (H, W, 3) RGB.

    Returns:
        float32 (3, h, w) BGR in [-0.5, 0.5), h and w multiples of 8, with black (-0.5) to the right
        of the picture and below it; (height, width) without that.
    """
    factor = SIDE / min(frame.shape[:2])
    bgr = np.ascontiguousarray(frame[..., ::-1])
    small = cv2.resize(bgr, None, fx=factor, fy=factor, interpolation=cv2.INTER_LINEAR)
    height, width = small.shape[:2]
    padded = np.pad(small, ((0, -height % STRIDE), (0, -width % STRIDE), (0, 0)))
    scaled = padded.astype(np.float32) / np.float32(256) - np.float32(0.5)
    return scaled.transpose(2, 0, 1), (height, width)


def frame_maps(
    maps: NDArray[np.float32], inner: tuple[int, int], frame: tuple[int, int]
) -> NDArray[np.float64]:
    """Return the network's maps at the size of the frame, float64 (H, W, C).

    Args:
        maps: float32 (C, h / 8, w / 8).
        inner: Height and width of the picture within the padded input.
        frame: Height and width of the frame.
    """
    channels_last = np.ascontiguousarray(maps.transpose(1, 2, 0))
    large = cv2.resize(channels_last, None, fx=STRIDE, fy=STRIDE, interpolation=cv2.INTER_CUBIC)
    inside = large[: inner[0], : inner[1]]
    resized = cv2.resize(inside, frame[::-1], interpolation=cv2.INTER_CUBIC)
    return np.asarray(resized, np.float64)


def averaged(heat: NDArray[np.float64], mirrored: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of the heat maps of a frame and of its mirror image, turned back.

    Args:
        heat: float64 (H, W, 19).
        mirrored: Likewise, of the frame with left and right exchanged.
    """
    return (heat + mirrored[:, ::-1][..., MIRRORED]) / 2
