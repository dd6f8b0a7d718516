"""Ranks with ties: rows that the paired intervals cannot tell apart share a rank.

Two intervals that overlap say little about which row is better, since the same clips are hard for
all; the paired interval of `leaderboards.duels` does. What is said there of keypoints holds here:
read the ranks of AKD and AED beside those of MKR.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from leaderboards.board import Section
from leaderboards.columns import column
from leaderboards.duels import values_per_clip, weights_per_clip
from metrics.aggregate import MINIMUM_VIDEOS
from metrics.aggregate_many import first_below
from metrics.result import Result


@dataclass(frozen=True)
class Standing:
    """Where a row stands in one metric.

    Attributes:
        rank: From 1; the position of the first row of its group.
        tied: Whether it shares the rank with another row.
        best: Whether it is in the first group, and was compared with anything at all.
    """

    rank: int
    tied: bool
    best: bool

    @property
    def text(self) -> str:
        """The rank as tables show it.

        Example:
            >>> Standing(1, False, True).text, Standing(2, True, False).text
            ('1', '=2')
        """
        return f"={self.rank}" if self.tied else str(self.rank)


def standings(section: Section, metric: str) -> dict[str, Standing]:
    """Return method -> standing of the ranked rows that have a value of ``metric``.

    Rows are sorted by value, then by name. The first is the best, and every following row shares
    its rank until one is worse than the first by the paired interval; that one opens the next
    group, whose rank is its position. Rows are compared with the first of their group only, n - 1
    comparisons in all.

    Empty for a metric without a good direction, and for one whose figure is not a mean of values
    per clip. Nothing is ``best`` where nothing could be compared: with one row, or fewer videos
    than an interval takes.
    """
    return dict(_standings(section, metric))


@lru_cache(maxsize=1024)  # tables, pages and LaTeX show the same
def _standings(section: Section, metric: str) -> dict[str, Standing]:
    rows = _sorted(section, metric)
    if not rows:
        return {}
    table, videos, weights = _table(section, rows, metric)
    starts = [0]
    while (found := first_below(_worse(table, starts[-1]), videos, weights=weights)) is not None:
        starts.append(starts[-1] + 1 + found)
    ends = [*starts[1:], len(rows)]
    compared = len(rows) > 1 and len(set(videos)) >= MINIMUM_VIDEOS
    return {
        rows[place].method: Standing(
            rank=start + 1, tied=end - start > 1, best=start == 0 and compared
        )
        for start, end in zip(starts, ends, strict=True)
        for place in range(start, end)
    }


def _sorted(section: Section, metric: str) -> list[Result]:
    """Return the rows that can be ranked by ``metric``, best first."""
    shown = column(metric)
    if shown.better is None or shown.mean is None:
        return []
    sign = -1.0 if shown.better == "higher" else 1.0
    keyed = [
        (sign * figure.value, row.method, row)
        for row in section.methods
        if (figure := row.metrics.get(metric)) is not None
        and figure.value is not None
        and values_per_clip(section, row.method, metric)
    ]
    return [row for *_, row in sorted(keyed, key=lambda item: item[:2])]


def _table(
    section: Section, rows: Sequence[Result], metric: str
) -> tuple[NDArray[np.float64], list[str], list[float] | None]:
    """Return badness (rows, clips), NaN where a clip has none, and videos and weights of clips."""
    names = [row.method for row in rows]
    of = {row.clip_id: row.video_id for name in names for row in section.clips[name]}
    clips = sorted(of)
    sign = -1.0 if column(metric).better == "higher" else 1.0
    values = (values_per_clip(section, name, metric) for name in names)
    table = [[sign * known.get(clip, math.nan) for clip in clips] for known in values]
    frames = weights_per_clip(section, names, metric)
    weights = None if frames is None else [frames[clip] for clip in clips]
    return np.array(table, np.float64), [of[clip] for clip in clips], weights


def _worse(table: NDArray[np.float64], first: int) -> NDArray[np.float64]:
    """Return first - following rows: below 0 where the following one is worse."""
    return np.asarray(table[first] - table[first + 1 :])
