"""Which of several methods is best, and which cannot be told from it: paired, as all verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from metrics import METRICS
from metrics.differences import Difference


@dataclass(frozen=True)
class Best:
    """The best method by one metric.

    Attributes:
        metric: Its id.
        method: The best one on common clips.
        tied: Those whose paired 95 % interval with it holds 0, or cannot be had.
        clips: The fewest clips of its differences.
        videos: The fewest videos.
    """

    metric: str
    method: str
    tied: tuple[str, ...]
    clips: int
    videos: int


def best_of(rows: Sequence[Difference], methods: Sequence[str]) -> Iterator[Best]:
    """Yield the best of ``methods`` by each metric on which any two of them differ.

    The best is the one that is better than most of the others, by the sign of the difference; of
    several the first in the order of ``methods``.

    Args:
        rows: All pairs of ``methods``, of one seed or pooled.
        methods: In the order of mention.
    """
    for metric in dict.fromkeys(row.metric for row in rows):
        known = [row for row in rows if row.metric == metric and row.difference is not None]
        if not known:
            continue
        wins = dict.fromkeys(methods, 0)
        for row in known:
            lower = METRICS[metric].better == "lower"
            if row.difference:
                first = (row.difference < 0) == lower
                wins[row.first if first else row.second] += 1
        there = [name for name in methods if any(name in (r.first, r.second) for r in known)]
        method = max(there, key=lambda name: wins[name])
        against = [row for row in known if method in (row.first, row.second)]
        tied = tuple(
            row.second if row.first == method else row.first
            for row in against
            if row.verdict in (None, "not distinguishable")
        )
        yield Best(
            metric,
            method,
            tuple(name for name in methods if name in tied),
            min(row.clips for row in against),
            min(row.videos for row in against),
        )
