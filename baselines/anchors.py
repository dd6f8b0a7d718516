"""The three methods that need no training and give every number its floor and its ceiling.

* ``oracle``: the truth itself. L1 must be 0; whatever else it scores is the noise of a metric.
* ``copy-source``: the first frame repeated. What a method must beat to have done anything.
* ``reencoded``: the truth through H.264 at CRF 23. What a good codec costs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.truth import Truth, flow_to_first
from datasets.video_writer import encode_h264

Frames = NDArray[np.uint8]
CRF = 23


@dataclass(frozen=True)
class Motion:
    """Backward flow to the first frame and visibility in it.

    Attributes:
        flow: float16 ``(T, H, W, 2)``, pixels, x before y.
        occlusion: float16 ``(T, H, W)``, 1 = visible in the source; None if it is not predicted.
    """

    flow: NDArray[np.float16]
    occlusion: NDArray[np.float16] | None = None

    def after(self, first: int) -> Motion:
        """Return the motion without its ``first`` frames."""
        occlusion = None if self.occlusion is None else self.occlusion[first:]
        return Motion(self.flow[first:], occlusion)


def true_motion(truth: Truth) -> Motion:
    """Return the exact motion of a clip from its first frame; 0 where a part is seen edge-on."""
    flow, visible = flow_to_first(truth)
    return Motion(np.nan_to_num(flow).astype(np.float16), visible.astype(np.float16))


def oracle(frames: Frames, truth: Truth | None) -> tuple[Frames, Motion | None]:
    """Return the truth, uint8 ``(T, H, W, 3)``, and its exact motion where that is known."""
    return frames, None if truth is None else true_motion(truth)


def copy_source(frames: Frames, truth: Truth | None) -> tuple[Frames, Motion | None]:
    """Return the first frame repeated, and no motion at all."""
    still = np.repeat(frames[:1], len(frames), axis=0)
    flow = np.zeros((*frames.shape[:3], 2), np.float16)
    return still, Motion(flow, np.ones(frames.shape[:3], np.float16))


def reencoded(frames: Frames, truth: Truth | None) -> tuple[Frames, Motion | None]:
    """Return the truth after H.264 (CRF 23, 4:2:0), and its exact motion where that is known."""
    return encode_h264(frames, CRF), None if truth is None else true_motion(truth)


ANCHORS: dict[str, Callable[[Frames, Truth | None], tuple[Frames, Motion | None]]] = {
    "oracle": oracle,
    "copy-source": copy_source,
    "reencoded": reencoded,
}
"""Name in ``params.yaml`` -> function of a clip and its truth."""
