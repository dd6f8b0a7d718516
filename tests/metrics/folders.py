"""Folders of clips with a manifest, and of predictions, from frames."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.clips import write_clip
from datasets.manifest import ManifestRow, write_manifest

Clips = Mapping[str, NDArray[np.uint8]]


def write_clips_folder(folder: Path, clips: Clips) -> Path:
    """Write true test clips, ``<video>#...`` -> frames, as crop does."""
    rows = []
    for clip_id, frames in clips.items():
        write_clip(folder / "test" / f"{clip_id}.mkv", frames)
        video, count = clip_id.split("#")[0], len(frames)
        side = frames.shape[1]
        row = ManifestRow(clip_id, "test", video, count, count, 25.0, side, side, "", "ok", "")
        rows.append(row)
    write_manifest(folder / "manifest.csv", rows)
    return folder


def write_predictions(folder: Path, clips: Clips) -> Path:
    """Write predictions as clip files."""
    for clip_id, frames in clips.items():
        write_clip(folder / f"{clip_id}.mkv", frames)
    return folder


def moving(count: int, side: int, *, seed: int = 0) -> NDArray[np.uint8]:
    """A window that wanders over smooth noise, uint8 (count, side, side, 3)."""
    import cv2

    rng = np.random.Generator(np.random.PCG64(seed))
    reach = side + count
    big = cv2.GaussianBlur(rng.integers(0, 256, (reach, reach, 3), dtype=np.uint8), (0, 0), 2)
    return np.stack([big[t : t + side, t : t + side] for t in range(count)])
