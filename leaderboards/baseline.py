"""What a method gains over copy-source: the paired difference, from the result or its clips."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from leaderboards.board import Section
from leaderboards.columns import BASELINE, Verdict, column, verdict
from leaderboards.duels import duels_with
from metrics.result import PairedDifference


@lru_cache(maxsize=1024)  # tables and pages show the same
def from_baseline(section: Section, metric: str) -> Mapping[str, PairedDifference]:
    """Return method -> the mean of (method - copy-source); those without one are left out.

    Results say it, over the keypoints and frames that both have. Of the metrics of which they do
    not, since that costs as much as the metric itself, the committed values per clip give it.
    Copy-source is not compared with itself.
    """
    said = {row.method: row.paired.get(BASELINE, {}).get(metric) for row in section.rows}
    found = {method: pair for method, pair in said.items() if pair and method != BASELINE}
    if not column(metric).referred and BASELINE in said:
        for method, duel in duels_with(section, BASELINE, metric).items():
            if duel.difference is not None:
                numbers = duel.difference, duel.lo, duel.hi, duel.clips, duel.videos
                found.setdefault(method, PairedDifference(*numbers))
    return found


def baseline_verdict(section: Section, method: str, metric: str) -> Verdict | None:
    """Return what the interval of `from_baseline` says of ``method``; None if there is none."""
    pair = from_baseline(section, metric).get(method)
    return verdict(metric, pair.lo, pair.hi) if pair else None
