"""What an audit looks for in the clips themselves: few frames of each, and their hashes.

Of every clip the first, the middle and the last frame are looked at, or every N-th one. Two frames
are near-duplicates if their perceptual hashes (`datasets.phash`) differ in at most 10 of 64 bits
and, at 32x32 pixels, one of them lies in the other, shifted by up to three pixels, with a
correlation of 0.95. docs/datasets/audit.md says how many copies and how many strangers that finds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.audit_report import Check, Finding
from datasets.clips import ClipError
from datasets.frame_access import count_frames
from datasets.loader import Clip
from datasets.manifest import ManifestRow
from datasets.metadata import PARTITIONS
from datasets.phash import Hashes, close, hashes_of, thumbnails

RADIUS, CORRELATION, SHIFT = 10, 0.95, 3
FLAT = 2.0
"""A frame whose grey levels (of 255) deviate by less than this shows nothing."""
STILL = 0.5
"""Frames whose grey levels differ by less than this on average are the same picture."""

LEAK = Check(
    "near-duplicate-frames", "error", "frames of clips in different splits that look alike"
)
TWICE = Check(
    "near-duplicate-videos", "warning", "frames of different videos of one split that look alike"
)
UNREADABLE = Check("clip-unreadable", "error", "a clip that cannot be read")
LENGTH = Check(
    "length-mismatch", "warning", "a clip with other frames than its row of the list asks for"
)
FILE_LENGTH = Check("file-length", "error", "a clip file with other frames than its manifest says")
BLANK = Check("blank", "warning", f"all frames looked at are flat (deviation below {FLAT:g})")
FROZEN = Check("frozen", "warning", f"all frames looked at are the same (within {STILL:g} of 255)")
CHECKS = (LEAK, UNREADABLE, FILE_LENGTH, TWICE, LENGTH, BLANK, FROZEN)


@dataclass(frozen=True)
class Look:
    """What was seen of a clip.

    Attributes:
        clip: The clip.
        numbers: The frames looked at.
        small: They in grey, uint8 ``(K, 32, 32)``.
        hashes: Their hashes, uint64 ``(K,)``.
    """

    clip: Clip
    numbers: tuple[int, ...]
    small: NDArray[np.uint8]
    hashes: Hashes

    @property
    def flat(self) -> NDArray[np.bool_]:
        """Which frames show nothing, bool ``(K,)``."""
        return np.asarray(self.small.std(axis=(1, 2)) < FLAT)


def look_at(clip: Clip, *, every: int | None = None) -> Look:
    """Return what is seen of a clip.

    Args:
        clip: The clip.
        every: Look at every N-th frame; None: at the first, the middle and the last one.

    Raises:
        ClipError: It cannot be read.
    """
    last = clip.length - 1
    numbers = range(0, last + 1, every) if every else sorted({0, last // 2, last})
    small = thumbnails(clip.frames(list(numbers)))
    return Look(clip, tuple(numbers), small.round().astype(np.uint8), hashes_of(small))


def look_at_clips(clips: Iterable[Clip], *, every: int | None = None) -> list[Finding]:
    """Return what the checks of `CHECKS` find in clips, but for those of a manifest.

    Args:
        clips: The clips; nothing of them is kept but a few small frames.
        every: See `look_at`.
    """
    found, looks = [], []
    for clip in clips:
        try:
            looks.append(look_at(clip, every=every))
            found += _of_length(clip)
        except (ClipError, IndexError) as error:
            found.append(_finding(UNREADABLE, clip, text=str(error)))
    for look in looks:
        found += _of_look(look)
    return found + near_duplicates(looks)


def _finding(check: Check, clip: Clip, *, value: str = "", text: str = "") -> Finding:
    return Finding(check.name, clip.split, clip.video_id, clip.id, "", value, text)


def _of_length(clip: Clip) -> list[Finding]:
    if clip.known_length in (None, count_frames(clip.path)):
        return []
    text = f"{count_frames(clip.path)} frames in the file, {clip.known_length} in the manifest"
    return [_finding(FILE_LENGTH, clip, value=str(count_frames(clip.path)), text=text)]


def _of_look(look: Look) -> list[Finding]:
    if look.flat.all():
        text = f"mean grey level {look.small.mean():.0f} of 255"
        return [_finding(BLANK, look.clip, value=f"{look.small.std():.2f}", text=text)]
    change = np.abs(look.small[1:].astype(np.float32) - look.small[0]).mean(axis=(1, 2))
    if len(change) and change.max() < STILL:
        text = f"frames {', '.join(map(str, look.numbers[:5]))} are the same"
        return [_finding(FROZEN, look.clip, value=f"{change.max():.2f}", text=text)]
    return []


def near_duplicates(looks: Sequence[Look]) -> list[Finding]:
    """Return the pairs of videos with near-duplicate frames, each pair once with its best frames.

    Clips of one video are compared only if they are in different splits.
    """
    if not looks:
        return []
    owners = np.repeat(np.arange(len(looks)), [len(look.numbers) for look in looks])
    numbers = np.concatenate([look.numbers for look in looks])
    small = np.concatenate([look.small for look in looks])
    hashes = np.concatenate([look.hashes for look in looks])
    shown = np.flatnonzero(~np.concatenate([look.flat for look in looks]))
    best: dict[tuple[str, ...], tuple[float, Finding]] = {}
    rows, columns, bits = close(hashes[shown], hashes[shown], radius=RADIUS)
    for row, column, differ in zip(shown[rows], shown[columns], bits, strict=True):
        one, two = looks[owners[row]].clip, looks[owners[column]].clip
        if row >= column or (one.video_id, one.split) == (two.video_id, two.split):
            continue
        alike = round(correlation(small[row], small[column]), 3)
        key = (one.video_id, one.split, two.video_id, two.split)
        if alike < CORRELATION or (key in best and best[key][0] >= alike):
            continue
        text = f"frames {numbers[row]} and {numbers[column]}: {differ} bits, "
        best[key] = alike, _pair(one, two, alike, f"{text}correlation {alike:.3f}")
    return [finding for _, finding in best.values()]


def _pair(one: Clip, two: Clip, alike: float, text: str) -> Finding:
    splits = sorted({one.split, two.split}, key=["", *PARTITIONS].index)
    check = LEAK if len(splits) > 1 else TWICE
    value = f"{alike:.3f}"
    return Finding(check.name, "+".join(splits), one.video_id, one.id, two.id, value, text)


def correlation(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Return the correlation of two small frames, uint8 ``(32, 32)``, at their best shift."""
    inner = np.ascontiguousarray(other[SHIFT:-SHIFT, SHIFT:-SHIFT])
    return float(cv2.matchTemplate(one, inner, cv2.TM_CCOEFF_NORMED).max())


def look_at_lengths(rows: Iterable[ManifestRow]) -> list[Finding]:
    """Return the clips of a manifest that have other frames than the list asks for."""
    return [
        Finding(
            LENGTH.name, row.split, row.video_id, row.clip_id, "",
            f"{row.got_frames / row.wanted_frames:.3f}",
            f"{row.got_frames} frames for {row.wanted_frames}; the source has {row.source_fps} fps",
        )
        for row in rows
        if row.ok and row.wanted_frames and row.got_frames != row.wanted_frames
    ]  # fmt: skip
