"""What one clip looks like to the metrics: frames, and all that is extracted from them.

The truth, the prediction and the copy-source reference of a clip are three `View`s; a metric reads
from each what it needs. Frames are read first; `Extraction.fill` then adds what networks see in
them, of many views at once and once per distinct frame, whatever reads it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics.cache import FeatureCache, Shown
from metrics.extractors import Array
from metrics.metric import Metric
from metrics.tools import Tools

KEYPOINT_SCALE = 256.0  # clean keypoints are scored in pixels of a frame of this size


@dataclass
class View:
    """One clip as the metrics read it; None = not to be had.

    Attributes:
        frames: uint8 (T, H, W, 3); may be read-only and without a memory of its own.
        motion: Flow and, where predicted, visibility.
        mask: bool (T, H, W), the true foreground.
        keep: Keep in the cache what is extracted.
        only: Extract no more than these slots; None: everything.
        rows: Slot -> what was extracted; filled by `Extraction.fill`.
    """

    frames: NDArray[np.uint8]
    motion: tuple[Array, Array | None] | None = None
    mask: Array | None = None
    keep: bool = False
    only: Collection[str] | None = None
    rows: dict[str, Array] = field(default_factory=dict)

    @property
    def keypoints(self) -> Array | None:
        """Keypoints float (T, K, 2) in pixels of a frame of 256, if they are to be had."""
        return self.rows.get("keypoints")

    @property
    def occlusion(self) -> tuple[Array, Array | None] | None:
        """The motion, if there is an occlusion map in it."""
        return self.motion if self.motion and self.motion[1] is not None else None

    @cached_property
    def digests(self) -> list[bytes]:
        """The sha256 of each frame; equal neighbours without memory are hashed once."""
        if len(self.frames) > 1 and self.frames.strides[0] == 0:
            return [_digest(self.frames[0])] * len(self.frames)
        return [_digest(frame) for frame in self.frames]

    def read(self, metric: Metric, *, truth: bool) -> Any:  # noqa: ANN401 - each needs its own
        """Return what ``metric`` reads, None if something is not to be had."""
        if metric.extracted:
            return self.rows.get(metric.slot)
        if metric.needs == "mask" and truth:
            return None if self.mask is None else (self.frames, self.mask)
        if metric.needs in ("frames", "mask"):
            return self.frames
        return getattr(self, metric.needs)


def _digest(frame: NDArray[np.uint8]) -> bytes:
    return hashlib.sha256(np.ascontiguousarray(frame).data).digest()


class Extraction:
    """Fills views; ``stride``: image features are taken of frames 0, stride, 2 stride, ..."""

    def __init__(self, tools: Tools, cache: FeatureCache, *, stride: int) -> None:
        self._tools = tools
        self._cache = cache
        self._stride = stride

    def fill(self, views: Sequence[View]) -> None:
        """Add to ``views`` what the extractors give, each extractor over the frames of all.

        A row depends on its frame alone, so it does not matter which views are filled together.
        """
        for slot, extractor in self._tools.extractors.items():
            wanted = [v for v in views if v.only is None or slot in v.only]
            step = self._stride if self._tools.strided(slot) else 1
            shown = [Shown(v.frames[::step], v.digests[::step], keep=v.keep) for v in wanted]
            found = self._cache.rows(extractor, shown)
            for view, rows in zip(wanted, found, strict=True):
                view.rows[slot] = _at_256(rows, view.frames) if slot == "keypoints" else rows


def _at_256(keypoints: Array, frames: Array) -> Array:
    height, width = frames.shape[1:3]
    return np.asarray(keypoints * (KEYPOINT_SCALE / np.array([width, height], np.float64)))
