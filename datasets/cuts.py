"""Where a video is cut: two pictures that follow each other and differ as a whole.

The rule of the Tai-Chi-HD recipe, on pictures of 256x256: the median length of Farneback's optical
flow between the grey pictures, or the change of a channel's median intensity. A moving camera and a
change of light are cuts too: a track is a subject in front of a still background.

The recipe's numbers are known, its call of OpenCV is not: Farneback's parameters here are those of
OpenCV's own example, the flow's length is the Euclidean one, and of the channels the largest change
counts.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.clips import Frames

SIDE = 256  # in pixels; the aspect of the picture is not kept
_FARNEBACK = (0.5, 3, 15, 3, 5, 1.2, 0)  # scale, levels, window, iterations, poly n, sigma, flags


class CutFinder:
    """Compares every picture with the one before it, of which it keeps a copy of 256x256.

    Args:
        flow: Median motion in pixels of 256x256 above which there is a cut; 0 switches it off.
        intensity: Change of a channel's median, 0 to 255, above which there is one; 0 likewise.
    """

    def __init__(self, *, flow: float, intensity: float) -> None:
        self.flow = flow
        self.intensity = intensity
        self._before: Frames | None = None

    def __call__(self, frame: Frames, /) -> str:
        """Return the cut before ``frame``, uint8 ``(H, W, 3)`` RGB.

        Returns:
            ``cut-flow``, ``cut-intensity`` or, without a cut and at the first picture, "".
        """
        if not self.flow and not self.intensity:
            return ""
        small = np.asarray(cv2.resize(frame, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)
        before, self._before = self._before, small
        if before is None:
            return ""
        if self.intensity and intensity_change(before, small) > self.intensity:
            return "cut-intensity"
        return "cut-flow" if self.flow and median_flow(before, small) > self.flow else ""


def intensity_change(before: Frames, after: Frames) -> float:
    """Return the largest change of a channel's median between pictures uint8 ``(H, W, 3)``."""
    medians = [np.median(picture.reshape(-1, 3), axis=0) for picture in (before, after)]
    return float(np.abs(medians[1] - medians[0]).max())


def median_flow(before: Frames, after: Frames) -> float:
    """Return the median length in pixels of the flow between pictures uint8 ``(H, W, 3)`` RGB."""
    grey = [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in (before, after)]
    flow: NDArray[np.float32] = cv2.calcOpticalFlowFarneback(grey[0], grey[1], None, *_FARNEBACK)
    return float(np.median(np.hypot(flow[..., 0], flow[..., 1])))
