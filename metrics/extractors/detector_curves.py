"""How a detector answers to damage: real frames recompressed, blurred and pasted over.

The truth is what the detector finds on the frames as they are; the prediction is what it finds on
the same frames after the damage. Every figure is one of the `metrics.METRICS`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.readers import read_frames
from datasets.resize import area_antialias
from datasets.video_writer import encode_h264
from metrics import METRICS
from metrics.extractors import Array, Extractor

Frames = NDArray[np.uint8]
Boxes = NDArray[np.float64]

SIDE = 256
GREY = 128
FOOTAGE: dict[str, tuple[str, ...]] = {
    "taichi": ("taichi-driving1.mp4",),
    "vox": ("vox-driving1.mp4",),
    "ted": ("ted-driving1.mp4",),
    "pictures": (
        "taichi-subject1.png",
        "taichi-subject2.png",
        "vox-subject1.png",
        "ted-subject1.png",
    ),
}
"""Name -> files of one folder that are scored together, as clips."""

DAMAGES: dict[str, tuple[float, ...]] = {
    "crf": (18, 23, 28),
    "blur": (1, 2, 4, 8),
    "cover": (5, 10, 20, 40),
}
"""H.264 quality; sigma in pixels of 256; percent of the subject's box."""


@dataclass(frozen=True)
class Clip:
    """Frames of a clip that are looked at, uint8 (T, 256, 256, 3).

    Attributes:
        frames: As they are.
        recompressed: CRF -> the same frames, after the whole clip went through H.264.
    """

    frames: Frames
    recompressed: dict[float, Frames]


@dataclass(frozen=True)
class Row:
    """What one detector makes of one footage under one damage.

    Attributes:
        detector: Its name.
        footage: A key of `FOOTAGE`.
        damage: A key of `DAMAGES`, or ``"none"``: the frames as they are, extracted anew.
        amount: Of the damage.
        frames: How many were looked at.
        found: Fraction of them in which something is found.
        points: Mean fraction of the points found, over those; NaN for embeddings.
        lost: Fraction of the frames found in truth in which nothing is found any more.
        akd: ``akd@clean``, in pixels at 256; NaN for embeddings or where undefined.
        mkr: ``mkr@clean``.
        aed: ``aed@clean``; NaN for keypoints or where undefined.
    """

    detector: str
    footage: str
    damage: str
    amount: float
    frames: int
    found: float
    points: float
    lost: float
    akd: float
    mkr: float
    aed: float


def load(folder: Path, names: Sequence[str], *, most: int) -> list[Clip]:
    """Return the clips ``names``, of each at most ``most`` frames at even distances."""
    clips = []
    for name in names:
        read = read_frames(folder / name, allow_lossy=True)
        frames = np.stack([area_antialias(frame, SIDE) for frame in read])
        step = -(-len(frames) // most)
        recompressed = {crf: encode_h264(frames, int(crf))[::step] for crf in DAMAGES["crf"]}
        clips.append(Clip(frames[::step], recompressed))
    return clips


def recompressed(clip: Clip, amount: float, boxes: Boxes) -> Frames:
    """Return the frames after H.264 at CRF ``amount``."""
    return clip.recompressed[amount]


def blurred(clip: Clip, amount: float, boxes: Boxes) -> Frames:
    """Return the frames after a Gaussian blur of ``amount`` pixels."""
    return np.stack([cv2.GaussianBlur(frame, (0, 0), amount) for frame in clip.frames])


def covered(clip: Clip, amount: float, boxes: Boxes) -> Frames:
    """Return the frames with the lowest ``amount`` percent of the subject pasted over.

    Args:
        clip: Whose frames.
        amount: Percent of the box's area: its full width, from its lower side upwards.
        boxes: The subject's box in each frame, (T, 4) as left, top, right, bottom in
            pixels; nothing is pasted where it is NaN.
    """
    frames = clip.frames.copy()
    for frame, (left, top, right, bottom) in zip(frames, boxes, strict=True):
        if np.isfinite(left):
            upper = bottom - (bottom - top) * amount / 100
            rows = slice(round(upper), int(np.ceil(bottom)) + 1)
            frame[rows, int(left) : int(np.ceil(right)) + 1] = GREY
    return frames


_DAMAGED: dict[str, Callable[[Clip, float, Boxes], Frames]] = {
    "crf": recompressed,
    "blur": blurred,
    "cover": covered,
}


def boxes_of(points: Array) -> Boxes:
    """Return the box around the points (T, K, 2) of each frame, (T, 4); NaN without points."""
    boxes = np.full((len(points), 4), np.nan)
    some = np.isfinite(points).any(axis=(1, 2))
    boxes[some, :2] = np.nanmin(points[some], axis=1)
    boxes[some, 2:] = np.nanmax(points[some], axis=1)
    return boxes


def curves(
    make: Callable[[], Extractor],
    clips: Sequence[Clip],
    *,
    footage: str,
    boxes: Sequence[Boxes] | None = None,
) -> list[Row]:
    """Return one row per damage and amount, the undamaged frames first.

    Args:
        make: Makes the detector; called twice, so that the undamaged frames meet a fresh one.
        clips: What is looked at.
        footage: Its name, for the rows.
        boxes: The subject's boxes in each clip, where the detector gives no points.

    Undamaged footage in which nothing is found has its first row only.
    """
    detector = make()
    truth = [detector(clip.frames) for clip in clips]
    boxes = boxes or [boxes_of(rows) for rows in truth]
    detector = make()
    again = [detector(clip.frames) for clip in clips]
    rows = [_row(detector.name, footage, "none", 0, truth, again)]
    if rows[0].found:
        for damage, amounts in DAMAGES.items():
            for amount in amounts:
                seen = [
                    detector(_DAMAGED[damage](clip, amount, box))
                    for clip, box in zip(clips, boxes, strict=True)
                ]
                rows.append(_row(detector.name, footage, damage, amount, truth, seen))
    return rows


def _row(
    name: str, footage: str, damage: str, amount: float, truth: list[Array], seen: list[Array]
) -> Row:
    wanted, got = (np.concatenate([_found(rows) for rows in side]) for side in (truth, seen))
    lost = 1 - got[wanted > 0].astype(bool).mean() if wanted.any() else np.nan
    of_points = truth[0].ndim == 3
    akd, mkr, aed = (
        METRICS[metric].score(truth, seen) if of_points == (metric != "aed@clean") else np.nan
        for metric in ("akd@clean", "mkr@clean", "aed@clean")
    )
    points = got[got > 0].mean() if of_points and got.any() else np.nan
    found = float((got > 0).mean())
    return Row(
        name, footage, damage, amount, len(got), found, float(points), float(lost), akd, mkr, aed
    )


def _found(rows: Array) -> NDArray[np.float64]:
    """Return the fraction of what a frame may have that is found, (T,)."""
    return np.asarray(np.isfinite(rows).reshape(len(rows), -1).mean(axis=1))
