"""What a list holds, in numbers: lengths, rates, sizes, boxes, overlaps, people.

They stand in the committed description of a list, so that a change of the list is seen in numbers
and not only in a digest.
"""

from __future__ import annotations

import statistics as stats
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from datasets.metadata import MetadataRow
from datasets.overlaps import box_iou, overlapping, window_iou

Number = int | float
Table = Mapping[str, Mapping[str, int]]
Rows = Sequence[MetadataRow]

SHORT = (100, 128, 256)
"""Clips shorter than this many frames are counted."""
LONGEST = 1024
"""Clips of exactly this length were cut off by the recipe that made the lists."""
SIDE = 256
"""Boxes with a side below this many pixels are enlarged by a crop of the published size."""


def counts(rows: Rows) -> dict[str, Number]:
    """Return the numbers of clips, videos, persons, frames and hours, as far as they are known.

    Frames are those at the reference rate: of whole videos they are not known.
    """
    found: dict[str, Number] = {"clips": len(rows), "videos": len({row.video_id for row in rows})}
    if named := {row.person_id for row in rows if row.person_id}:
        found["persons"] = len(named)
    cut = [row for row in rows if not row.whole]
    if cut:
        found["frames"] = sum(row.end - row.start for row in cut)
        found["hours"] = round(sum((row.end - row.start) / row.fps for row in cut) / 3600, 2)
    return found


def numbers(rows: Rows) -> dict[str, Number]:
    """Return what can be said of a list in single numbers, in the order in which it is shown."""
    found = counts(rows) | {"names": len({row.clip_id for row in rows})}
    cut = [row for row in rows if not row.whole]
    return found | _lengths(cut) | _neighbours(cut) | _boxes(cut) | _edges(cut) if cut else found


def _lengths(rows: Rows) -> dict[str, Number]:
    lengths = [row.end - row.start for row in rows]
    found: dict[str, Number] = {
        "frames_min": min(lengths),
        "frames_median": _median(lengths),
        "frames_mean": round(stats.fmean(lengths), 1),
        "frames_max": max(lengths),
    }
    for limit in SHORT:
        found[f"frames_under_{limit}"] = sum(length < limit for length in lengths)
    return found | {f"frames_exactly_{LONGEST}": lengths.count(LONGEST)}


def _neighbours(rows: Rows) -> dict[str, Number]:
    per_video = Counter(row.video_id for row in rows)
    pairs = [(rows[one], rows[other]) for one, other in overlapping(rows)]
    boxes = [box_iou(one.bbox, other.bbox) for one, other in pairs]
    return {
        "clips_per_video_mean": round(len(rows) / len(per_video), 1),
        "clips_per_video_max": max(per_video.values()),
        "continued": _continued(rows),
        "overlaps": len(pairs),
        "overlaps_videos": len({one.video_id for one, _ in pairs}),
        "overlaps_in_space": sum(iou > 0 for iou in boxes),
        "overlaps_box_iou_over_half": sum(iou > 0.5 for iou in boxes),
        "overlaps_window_iou_over_half": sum(window_iou(*pair) > 0.5 for pair in pairs),
    }


def _continued(rows: Rows) -> int:
    """Return how many clips begin with the frame after the last one of the clip before them."""
    ordered = sorted(rows, key=lambda row: (row.video_id, row.start, row.end))
    return sum(
        one.video_id == other.video_id and one.end == other.start
        for one, other in pairwise(ordered)
    )


def _boxes(rows: Rows) -> dict[str, Number]:
    widths, heights = _sides(rows)
    longest = [max(pair) for pair in zip(widths, heights, strict=True)]
    aspects = [w / h if h else 0.0 for w, h in zip(widths, heights, strict=True)]
    return {
        "box_square": sum(w == h for w, h in zip(widths, heights, strict=True)),
        "box_off_by_one": sum(abs(w - h) == 1 for w, h in zip(widths, heights, strict=True)),
        "box_width_min": min(widths),
        "box_width_max": max(widths),
        "box_height_min": min(heights),
        "box_height_max": max(heights),
        "box_longest_min": min(longest),
        "box_longest_median": _median(longest),
        "box_longest_max": max(longest),
        f"box_side_under_{SIDE}": sum(
            min(w, h) < SIDE for w, h in zip(widths, heights, strict=True)
        ),
        "box_aspect_min": round(min(aspects), 2),
        "box_aspect_median": round(stats.median(aspects), 3),
        "box_aspect_mean": round(stats.fmean(aspects), 3),
        "box_aspect_max": round(max(aspects), 2),
    }


def _sides(rows: Rows) -> tuple[list[int], list[int]]:
    return [row.bbox[2] - row.bbox[0] for row in rows], [row.bbox[3] - row.bbox[1] for row in rows]


def _edges(rows: Rows) -> dict[str, Number]:
    right = [row.bbox[2] - row.width for row in rows]
    bottom = [row.bbox[3] - row.height for row in rows]
    excess = [max(pair) for pair in zip(right, bottom, strict=True) if max(pair) > 0]
    return {
        "box_past_edge": len(excess),
        "box_past_right": sum(side > 0 for side in right),
        "box_past_bottom": sum(side > 0 for side in bottom),
        "box_excess_mean": round(stats.fmean(excess), 1) if excess else 0.0,
        "box_excess_max": max(excess, default=0),
        "box_top_0": sum(row.bbox[1] == 0 for row in rows),
        "box_left_0": sum(row.bbox[0] == 0 for row in rows),
    }


def _median(values: Sequence[int]) -> Number:
    middle = stats.median(values)
    return int(middle) if middle == int(middle) else middle


def rates(rows: Rows) -> Table:
    """Return reference rate in frames per second -> clips and videos, most videos first."""
    return _table([row for row in rows if not row.whole], lambda row: f"{row.fps:g}")


def sizes(rows: Rows) -> Table:
    """Return size of the reference picture -> clips and videos, most videos first."""
    cut = [row for row in rows if not row.whole]
    return _table(cut, lambda row: f"{row.width}x{row.height}")


def people(rows: Rows) -> Table:
    """Return person -> clips, videos and frames, most clips first; empty if none is named."""
    named = [row for row in rows if row.person_id]
    table = _table(named, lambda row: row.person_id or "")
    frames: Counter[str] = Counter()
    for row in named:
        frames[row.person_id or ""] += max(0, row.end - row.start)
    found = {name: {**known, "frames": frames[name]} for name, known in table.items()}
    return dict(sorted(found.items(), key=lambda item: (-item[1]["clips"], item[0])))


def _table(rows: Rows, key: Callable[[MetadataRow], str]) -> dict[str, dict[str, int]]:
    clips = Counter(map(key, rows))
    videos = Counter(name for _, name in {(row.video_id, key(row)) for row in rows})
    names = sorted(clips, key=lambda name: (-videos[name], -clips[name], name))
    return {name: {"clips": clips[name], "videos": videos[name]} for name in names}
