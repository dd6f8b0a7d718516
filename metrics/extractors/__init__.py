"""Extractors: networks that turn frames into what a metric reads. Light: no torch here.

An extractor is any object with the attributes of `Extractor`. Modules of this folder build them
(`mini`, `efflite`, `inception`); nothing but the evaluation's command line imports those.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class ExtractorUnavailable(RuntimeError):  # noqa: N818 - a state, not a fault
    """An extractor cannot be had here; the message says which file, sha256 and where to put it."""


class Extractor(Protocol):
    """Turns the frames of one clip into an array with one row per frame.

    Attributes:
        name: Unique, used in results, e.g. ``"mini-keypoints-taichi-hd"``.
        domain: What it was made for, e.g. ``"taichi-hd-mini"`` or ``"imagenet"``.
        sha256: Digest of the weights (and of nothing else).
        version: Changes whenever the same weights would give other numbers (preprocessing).
        licence: Of the weights.
    """

    @property
    def name(self) -> str: ...  # noqa: D102 - see above
    @property
    def domain(self) -> str: ...  # noqa: D102
    @property
    def sha256(self) -> str: ...  # noqa: D102
    @property
    def version(self) -> str: ...  # noqa: D102
    @property
    def licence(self) -> str: ...  # noqa: D102

    def __call__(self, frames: NDArray[np.uint8], /) -> Array:
        """Return one row per frame of ``frames`` (uint8 (T, H, W, 3) RGB), NaN where missing.

        Keypoints: float (T, K, 2) in pixels of ``frames``, (x, y). Identity: float (T, D), unit
        length. Features: float32 (T, D). The value of a frame depends on that frame alone.
        """
        ...


def in_chunks(network: Callable[[Array], Array], frames: NDArray[np.uint8], *, chunk: int) -> Array:
    """Run ``network`` over ``frames`` in batches of exactly ``chunk``, the last one padded.

    Libraries choose another algorithm for another batch size, and sums then differ in the last
    digits. With a fixed batch a frame's output does not depend on how many others there are.

    Args:
        network: Maps (chunk, H, W, 3) uint8 to an array with ``chunk`` rows.
        frames: uint8 (T, H, W, 3), T >= 1.
        chunk: Frames per call; the last one is filled up with copies of its last frame.

    Returns:
        Array with T rows.

    Raises:
        ValueError: No frames.
    """
    if len(frames) == 0:
        raise ValueError("no frames to extract from")
    rows = []
    for start in range(0, len(frames), chunk):
        batch = frames[start : start + chunk]
        padding = np.repeat(batch[-1:], chunk - len(batch), axis=0)
        rows.append(network(np.concatenate([batch, padding]))[: len(batch)])
    return np.concatenate(rows)
