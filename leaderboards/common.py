"""The common subset: rows that stand apart only because they scored other clips, ranked as well.

Where clips of a real data set are gone, two groups score different lists. On the clips that all of
them scored, values can be compared: they are made again from the values per clip.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from leaderboards.board import Section, section_of_rows
from leaderboards.columns import column
from leaderboards.comparable import divide
from leaderboards.recompute import Request, recomputed
from leaderboards.tasks import items
from metrics.aggregate import Estimate
from metrics.result import ClipRow, Coverage, MetricValue, Result, clips_digest

KEPT = 0.5
"""Of the clips of the row that scored most, this share stays common, or a row is left out."""


def common_subset(section: Section) -> Section | None:
    """Return the rows of ``section`` that differ in their clips at most, on their common clips.

    Every figure that is a mean over values per clip is that over the clips that all rows scored;
    other figures, and differences from copy-source, are left out. So are rows that scored so little
    that less than the share `KEPT` would be common: nobody takes the table from the others.

    Returns:
        None if that adds no row to those that are ranked already, or no clip is common.
    """
    same, _ = divide(section.rows, same_clips=False)
    rows = [row for row in same if row.method in section.clips]
    ranked = {row.method for row in section.methods + section.anchors}
    if {row.method for row in rows} <= ranked:
        return None
    ids, rows = _kept(rows, section)
    if not ids or {row.method for row in rows} <= ranked:
        return None
    clips = {
        row.method: [clip for clip in section.clips[row.method] if clip.clip_id in ids]
        for row in rows
    }
    return section_of_rows(section.dataset, _on(rows, clips), clips)


def _kept(rows: Sequence[Result], section: Section) -> tuple[set[str], list[Result]]:
    """Return the common clips of as many ``rows`` as share enough, of most clips first."""
    widest = max(row.coverage.scored for row in rows)
    ids: set[str] = set()
    kept: list[Result] = []
    for row in sorted(rows, key=lambda row: -row.coverage.scored):
        mine = {clip.clip_id for clip in section.clips[row.method]}
        common = ids & mine if kept else mine
        if common and len(common) >= KEPT * widest:
            ids, kept = common, [*kept, row]
    return ids, kept


def _on(rows: Sequence[Result], clips: dict[str, list[ClipRow]]) -> list[Result]:
    """Return ``rows`` with the figures that they have on ``clips``."""
    asked = [
        (row, name)
        for row in rows
        for name in row.metrics
        if column(name).mean is not None and any(name in clip.values for clip in clips[row.method])
    ]
    found = recomputed([Request(clips[row.method], name) for row, name in asked])
    figures: dict[str, dict[str, MetricValue]] = {row.method: {} for row in rows}
    for (row, name), estimate in zip(asked, found, strict=True):
        figures[row.method][name] = _figure(row, name, estimate, of=len(clips[row.method]))
    return [_row(row, figures[row.method], clips[row.method]) for row in rows]


def _figure(row: Result, metric: str, found: Estimate | None, *, of: int) -> MetricValue:
    given = row.metrics[metric]
    if found is None:
        why = given.reason or f"no value on the common {items(row.task)}"
        return MetricValue(None, None, None, given.unit, 0, 0, why)
    lost = f"no value on {of - found.clips} of {of} {items(row.task)}" if found.clips < of else ""
    reason = "; ".join(why for why in (found.reason, lost) if why) or None
    return MetricValue(
        found.value, found.lo, found.hi, given.unit, found.clips, found.videos, reason
    )


def _row(row: Result, figures: dict[str, MetricValue], clips: Sequence[ClipRow]) -> Result:
    ids = [clip.clip_id for clip in clips]
    coverage = Coverage(row.coverage.expected, len(ids), clips_digest(ids))
    return replace(row, metrics=figures, coverage=coverage, paired={}, checkpoint=None)
