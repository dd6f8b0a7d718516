"""A cache of what extractors give: one file per clip, named by what determines its content.

The key is the extractor (name, weights, version, source), the libraries it runs on, and the sha256
of the frames. So the truth is extracted once per data set, a prediction equal to the truth costs
nothing, and nothing stale is ever read. Values are bit-equal with and without the cache.
"""

from __future__ import annotations

import hashlib
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from metrics.extractors import Array, Extractor
from metrics.sources import class_digest

_LIBRARIES = (
    "torch",
    "numpy",
    "opencv-python-headless",
    "efficientnet-lite-pytorch",
    "pytorch-fid",
)


def environment(threads: int) -> str:
    """Return what, besides weights and frames, may change the last digits of an extractor."""
    return ", ".join([platform.machine(), f"{threads} threads", *map(_version, _LIBRARIES)])


def _version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"no {package}"


class FeatureCache:
    """Calls extractors, each distinct frame of a clip once.

    Args:
        folder: Where files are kept; None: nothing is kept.
        environment: See `environment`.
    """

    def __init__(self, folder: Path | None, *, environment: str = "") -> None:
        self._folder = folder
        self._environment = environment
        self.hits = 0
        self.misses = 0

    def rows(self, extractor: Extractor, frames: NDArray[np.uint8], *, keep: bool = False) -> Array:
        """Return ``extractor(frames)``, one row per frame.

        The extractor is given the distinct frames in their order: a still clip costs one frame.

        Args:
            extractor: What to call.
            frames: uint8 (T, H, W, 3).
            keep: Write the rows to the cache (for the truth; predictions change too often).
        """
        path = self._path(extractor, frames)
        rows = _read(path, len(frames)) if path else None
        if rows is not None:
            self.hits += 1
            return rows
        self.misses += 1
        rows = _distinct(extractor, frames)
        if keep and path:
            _write(path, rows)
        return rows

    def _path(self, extractor: Extractor, frames: NDArray[np.uint8]) -> Path | None:
        if self._folder is None:
            return None
        code = class_digest(type(extractor))
        key = f"{extractor.sha256} {extractor.version} {code} {self._environment}"
        who = f"{extractor.name}-{hashlib.sha256(key.encode()).hexdigest()[:16]}"
        clip = hashlib.sha256(f"{frames.shape}".encode())
        clip.update(np.ascontiguousarray(frames).data)
        return self._folder / who / f"{clip.hexdigest()}.npy"


def _distinct(extractor: Extractor, frames: NDArray[np.uint8]) -> Array:
    place: dict[bytes, int] = {}
    digests = [hashlib.sha256(np.ascontiguousarray(frame).data).digest() for frame in frames]
    first = []
    for index, digest in enumerate(digests):
        if digest not in place:
            place[digest] = len(place)
            first.append(index)
    rows = extractor(frames[first])
    if len(rows) != len(first):
        raise ValueError(f"{extractor.name}: {len(rows)} rows for {len(first)} frames")
    return rows[[place[d] for d in digests]]


def _read(path: Path, count: int) -> Array | None:
    try:
        rows: Array = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return rows if len(rows) == count else None


def _write(path: Path, rows: Array) -> None:
    """Write atomically; several processes may write the same file at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.stem}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            np.save(file, rows)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
