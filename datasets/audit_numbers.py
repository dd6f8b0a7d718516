"""What an audit looks for in the numbers of a list: values far from the others, and lopsidedness.

A value is an outlier if its distance from the median, on a logarithmic scale, is more than 3.5
robust standard deviations (1.4826 times the median distance from the median). A deviation below
10 % counts as 10 %, since most videos may have the very same rate. So a value within a factor of
1.39 of the median is never one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from datasets.audit_report import Check, Finding
from datasets.metadata import PARTITIONS, MetadataRow

Rows = Sequence[MetadataRow]
LIMIT, SMALLEST = 3.5, np.log(1.1)
USUAL_RATES = (12.5, 15.0, 23.98, 24.0, 25.0, 29.97, 30.0, 50.0, 59.94, 60.0)
"""Frames per second of cameras and standards, with the two decimals that ffmpeg prints."""
NEAR = 0.02
SHARE = 0.1
"""More than this share of a split's frames from one video or person makes it lopsided."""
FEWEST = 10
"""Splits with fewer videos (or persons) are lopsided by nature."""

_RULE = "more than 3.5 robust standard deviations from the median, see datasets.audit_numbers"
LENGTHS = Check("length-outlier", "warning", f"a clip whose number of frames is {_RULE}")
RATES = Check("rate-outlier", "warning", f"a video whose frame rate is {_RULE}")
SIDES = Check("box-outlier", "warning", f"a box whose area is {_RULE}")
NEAR_RATE = Check(
    "rate-near-usual", "note", f"a rate within {NEAR:.0%} of a usual one that is none: a slip?"
)
LOPSIDED = Check(
    "lopsided", "warning", f"one video or person has more than {SHARE:.0%} of a split's frames"
)
CHECKS = (LENGTHS, RATES, SIDES, LOPSIDED, NEAR_RATE)


def outliers(values: Sequence[float]) -> NDArray[np.bool_]:
    """Return which positive values are outliers by the rule of this module.

    Example:
        >>> outliers([25, 25, 25, 30, 60]).tolist()
        [False, False, False, False, True]
    """
    logs = np.log(np.asarray(values, np.float64))
    away = np.abs(logs - np.median(logs))
    return np.asarray(away > LIMIT * max(1.4826 * float(np.median(away)), SMALLEST))


def look_at_numbers(rows: Rows) -> list[Finding]:
    """Return what the checks of `CHECKS` find in a list of clips."""
    cut = [row for row in rows if not row.whole and row.end > row.start]
    if not cut:
        return []
    return [*_clips(cut), *_videos(cut), *_shares(cut)]


def _clips(rows: Rows) -> Iterator[Finding]:
    lengths = [row.end - row.start for row in rows]
    yield from _outliers(LENGTHS, rows, lengths, "{:g} frames; the median is {:g}")
    boxed = [row for row in rows if _area(row) > 0]
    sides = [_area(row) ** 0.5 for row in boxed]
    yield from _outliers(SIDES, boxed, sides, "a side of {:.0f} px; the median is {:.0f}")


def _outliers(check: Check, rows: Rows, values: Sequence[float], text: str) -> Iterator[Finding]:
    if not values:
        return
    middle = float(np.median(values))
    for row, value, far in zip(rows, values, outliers(values), strict=True):
        if far:
            clip = "" if check is RATES else row.clip_id
            said = text.format(value, middle)
            yield Finding(check.name, row.partition, row.video_id, clip, "", f"{value:g}", said)


def _area(row: MetadataRow) -> int:
    left, top, right, bottom = row.bbox
    return max(0, right - left) * max(0, bottom - top)


def _videos(rows: Rows) -> Iterator[Finding]:
    clips = Counter(row.video_id for row in rows)
    videos = list({row.video_id: row for row in reversed(rows)}.values())
    for found in _outliers(RATES, videos, [v.fps for v in videos], "{:g} fps; the median is {:g}"):
        yield Finding(**{**vars(found), "text": f"{found.text}; {clips[found.video_id]} clips"})
    for video in videos:
        nearest = min(USUAL_RATES, key=lambda rate: abs(rate - video.fps))
        if 0 < abs(video.fps - nearest) <= NEAR * nearest and video.fps != nearest:
            text = f"{video.fps:g} fps, near {nearest:g}; {clips[video.video_id]} clips"
            yield Finding(
                NEAR_RATE.name, video.partition, video.video_id, value=f"{video.fps:g}", text=text
            )


def _shares(rows: Rows) -> Iterator[Finding]:
    for split in PARTITIONS:
        part = [row for row in rows if row.partition == split]
        total = sum(row.end - row.start for row in part)
        for kind in ("video_id", "person_id"):
            frames: Counter[str] = Counter()
            clips: Counter[str] = Counter()
            for row in part:
                name = getattr(row, kind) or ""
                frames[name] += row.end - row.start
                clips[name] += 1
            if len(frames) < FEWEST:
                continue
            for name, count in sorted(frames.items()):
                if name and count > SHARE * total:
                    text = f"{count} of {total} frames ({count / total:.0%}), {clips[name]} of "
                    text += f"{len(part)} clips"
                    yield Finding(
                        LOPSIDED.name, split, name, value=f"{count / total:.3f}", text=text
                    )
