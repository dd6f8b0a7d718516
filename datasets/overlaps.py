"""Clips of one video that share frames, and by how much windows and boxes agree."""

from __future__ import annotations

from collections.abc import Sequence

from datasets.metadata import Box, MetadataRow


def overlapping(rows: Sequence[MetadataRow]) -> list[tuple[int, int]]:
    """Return the pairs of clips of one video that share a frame and are not the same clip.

    Of rows with the same clip id only the first counts.

    Returns:
        Pairs of indices (earlier row, later row), sorted.
    """
    videos: dict[str, dict[str, int]] = {}
    for index, row in enumerate(rows):
        if not row.whole:
            videos.setdefault(row.video_id, {}).setdefault(row.clip_id, index)
    found = []
    for clips in videos.values():
        ordered = sorted(clips.values(), key=lambda index: (rows[index].start, index))
        for place, one in enumerate(ordered):
            for other in ordered[place + 1 :]:
                if rows[other].start >= rows[one].end:
                    break
                if rows[other].start < rows[other].end:
                    found.append((min(one, other), max(one, other)))
    return sorted(found)


def box_iou(one: Box, other: Box) -> float:
    """Return the intersection over union of two boxes, whose edges are pixels of the box.

    Example:
        >>> box_iou((0, 0, 9, 9), (0, 0, 9, 4))
        0.5
    """
    width = min(one[2], other[2]) - max(one[0], other[0]) + 1
    height = min(one[3], other[3]) - max(one[1], other[1]) + 1
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / (_area(one) + _area(other) - width * height)


def _area(box: Box) -> int:
    return (box[2] - box[0] + 1) * (box[3] - box[1] + 1)


def window_iou(one: MetadataRow, other: MetadataRow) -> float:
    """Return the frames that two clips of one video share, over those that either has."""
    shared = min(one.end, other.end) - max(one.start, other.start)
    return max(0, shared) / (max(one.end, other.end) - min(one.start, other.start))
