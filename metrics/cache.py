"""A cache of what extractors give: one file per clip, named by what determines its content.

The key is the extractor (name, weights, version, source), the libraries it runs on, and the sha256
of the frames. So the truth is extracted once per data set, a prediction equal to the truth costs
nothing, and nothing stale is ever read. Values are bit-equal with and without the cache.
"""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from metrics.extractors import Array, Extractor
from metrics.sources import class_digest

_LIBRARIES = (
    "torch",
    "numpy",
    "pillow",
    "opencv-python-headless",
    "opencv-contrib-python",
    "efficientnet-lite-pytorch",
    "pytorch-fid",
    "mediapipe",
    "dlib-bin",
)
_BATCH = 256  # frames given to an extractor at once; a row depends on its frame alone


def environment(threads: int, device: str = "cpu") -> str:
    """Return what, besides weights and frames, may change the last digits of an extractor."""
    where = [platform.machine(), f"{threads} threads", *([device] if device != "cpu" else [])]
    return ", ".join([*where, *map(_version, _LIBRARIES)])


def _version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"no {package}"


@dataclass(frozen=True)
class Shown:
    """Frames that an extractor is shown.

    Attributes:
        frames: uint8 (T, H, W, 3).
        digests: One per frame: equal digests, equal frames.
        keep: Write the rows to the cache (for the truth; predictions change too often).
    """

    frames: NDArray[np.uint8]
    digests: Sequence[bytes]
    keep: bool = False


class FeatureCache:
    """Calls extractors, each distinct frame of all clips that are asked for together once.

    Args:
        folder: Where files are kept; None: nothing is kept.
        environment: See `environment`.
    """

    def __init__(self, folder: Path | None, *, environment: str = "") -> None:
        self._folder = folder
        self._environment = environment
        self.hits = 0
        self.misses = 0

    def rows(self, extractor: Extractor, clips: Sequence[Shown]) -> list[Array]:
        """Return ``extractor(clip.frames)`` of each of ``clips``, one row per frame.

        The extractor is given the distinct frames of all clips together, so its batches are full.
        """
        paths = [self._path(extractor, clip) for clip in clips]
        found = {
            place: rows
            for place, (path, clip) in enumerate(zip(paths, clips, strict=True))
            if path and (rows := _read(path, len(clip.frames))) is not None
        }
        missing = [place for place in range(len(clips)) if place not in found]
        self.hits += len(found)
        self.misses += len(missing)
        made = _distinct(extractor, [clips[place] for place in missing])
        for place, rows in zip(missing, made, strict=True):
            found[place] = rows
            if clips[place].keep and (path := paths[place]):
                _write(path, rows)
        return [found[place] for place in range(len(clips))]

    def _path(self, extractor: Extractor, clip: Shown) -> Path | None:
        if self._folder is None:
            return None
        code = class_digest(type(extractor))
        key = f"{extractor.sha256} {extractor.version} {code} {self._environment}"
        who = f"{extractor.name}-{hashlib.sha256(key.encode()).hexdigest()[:16]}"
        name = hashlib.sha256(f"{clip.frames.shape}".encode() + b"".join(clip.digests))
        return self._folder / who / f"{name.hexdigest()}.npy"


def _distinct(extractor: Extractor, clips: Sequence[Shown]) -> list[Array]:
    """Extract the distinct frames of ``clips``; those of one size go to the extractor together."""
    rows: dict[tuple[tuple[int, ...], bytes], Array] = {}
    by_size: dict[tuple[int, ...], dict[bytes, NDArray[np.uint8]]] = {}
    for clip in clips:
        some = by_size.setdefault(clip.frames.shape[1:], {})
        for digest, frame in zip(clip.digests, clip.frames, strict=True):
            some.setdefault(digest, frame)
    for size, frames in by_size.items():
        digests = list(frames)
        for start in range(0, len(digests), _BATCH):
            part = digests[start : start + _BATCH]
            made = extractor(np.stack([frames[digest] for digest in part]))
            if len(made) != len(part):
                raise ValueError(f"{extractor.name}: {len(made)} rows for {len(part)} frames")
            rows |= {(size, digest): row for digest, row in zip(part, made, strict=True)}
    return [
        np.stack([rows[clip.frames.shape[1:], digest] for digest in clip.digests]) for clip in clips
    ]


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
