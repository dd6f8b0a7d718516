"""Paired differences between all pairs of several methods, of each seed and pooled over seeds.

The interval of a pooled difference is over videos, as all others, and not over seeds: how far the
seeds lie apart is said beside it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from metrics import METRICS
from metrics.aggregate import Estimate, paired
from metrics.comparison import Collected
from metrics.figures import Bootstrap, Partials, not_a_number
from metrics.metric import Metric
from metrics.setting import WITHOUT_TRUTH, Setting, few_motion_files, undefined

POOLED = "pooled"
Verdict = Literal["first better", "second better", "not distinguishable"]


@dataclass(frozen=True)
class Difference:
    """The mean over common clips of (first - second).

    Attributes:
        first: A method.
        second: Another one.
        metric: Its id.
        seed: Its label, or `POOLED`: the differences of each clip are averaged over the seeds.
        difference: None if there is none, with a ``reason``.
        lo: Lower end of the 95 % interval, clustered by video; None with a ``reason``.
        hi: Its upper end.
        clips: Clips that have a value of both methods; if pooled, with every seed.
        videos: Their videos.
        reason: Why a number is missing.
        spread: Of a pooled difference: the smallest and the largest of a single seed.
    """

    first: str
    second: str
    metric: str
    seed: str
    difference: float | None = None
    lo: float | None = None
    hi: float | None = None
    clips: int = 0
    videos: int = 0
    reason: str | None = None
    spread: tuple[float, float] | None = None

    @property
    def verdict(self) -> Verdict | None:
        """Which method is better, as far as the interval says; None without an interval."""
        if self.lo is None or self.hi is None:
            return None
        if self.lo <= 0.0 <= self.hi:
            return "not distinguishable"
        lower = METRICS[self.metric].better == "lower"
        return "first better" if (self.hi < 0.0) == lower else "second better"


def differences(
    collected: Collected,
    methods: Sequence[str],
    seeds: Sequence[str],
    setting: Setting,
    *,
    bootstrap: Bootstrap,
) -> list[Difference]:
    """Return the differences of all pairs of ``methods``, by metric: each seed, then pooled.

    Exchanging two methods changes signs and nothing else. Set metrics have no pairs and are left
    out; with one seed nothing is pooled.

    Args:
        collected: What `metrics.comparison.collect` returned.
        methods: In the order in which they are first and second.
        seeds: Their labels.
        setting: Which metrics the task has.
        bootstrap: How intervals are made.
    """
    chosen = {label: slice(number, number + 1) for number, label in enumerate(seeds)}
    if len(seeds) > 1:
        chosen[POOLED] = slice(None)
    rows = []
    for first, second in itertools.combinations(methods, 2):
        for metric in setting.metrics:
            if metric.partial is None:
                continue
            why = setting.why_not(metric)
            blanks = [Difference(first, second, metric.id, seed, reason=why) for seed in chosen]
            rows += blanks if why else _filled(blanks, collected, chosen, bootstrap)
    return rows


def _filled(
    blanks: Sequence[Difference],
    collected: Collected,
    chosen: Mapping[str, slice],
    bootstrap: Bootstrap,
) -> list[Difference]:
    """Return ``blanks`` with their numbers; the pooled one, the last, says how far seeds vary."""
    rows = [_difference(collected, blank, chosen[blank.seed], bootstrap) for blank in blanks]
    each = [row.difference for row in rows[:-1] if row.difference is not None]
    if not each or rows[-1].difference is None:
        return rows
    return [*rows[:-1], replace(rows[-1], spread=(min(each), max(each)))]


def _difference(
    collected: Collected, blank: Difference, seeds: slice, bootstrap: Bootstrap
) -> Difference:
    metric, by_method = METRICS[blank.metric], collected.partials.get(blank.metric)
    if by_method is None:
        return replace(blank, reason=WITHOUT_TRUTH)
    for name in (blank.first, blank.second):
        for partials in by_method[name][seeds]:
            few = few_motion_files(metric, len(partials), len(collected.videos))
            if why := few or not_a_number(partials):
                return replace(blank, reason=f"{name}: {why}")
    one, other = (by_method[name][seeds] for name in (blank.first, blank.second))
    found = _paired(metric, one, other, collected, bootstrap)
    if found is None:
        return replace(blank, reason=undefined(metric))
    return replace(
        blank,
        difference=found.value,
        lo=found.lo,
        hi=found.hi,
        clips=found.clips,
        videos=found.videos,
        reason=found.reason,
    )


def _paired(
    metric: Metric,
    one: Sequence[Partials],
    other: Sequence[Partials],
    collected: Collected,
    bootstrap: Bootstrap,
) -> Estimate | None:
    """Return the mean over clips of the difference averaged over seeds; None without a clip."""
    return paired(
        _mean_over_seeds(one, "value"),
        _mean_over_seeds(other, "value"),
        collected.videos,
        weights=_mean_over_seeds(one, "weight") if metric.pooling == "frame" else None,
        replicates=bootstrap.replicates,
        seed=bootstrap.seed,
    )


def _mean_over_seeds(seeds: Sequence[Partials], what: str) -> dict[str, float]:
    """Return clip id -> mean of ``what`` of its partials, of clips with a value in every seed."""
    clips = [c for c in seeds[0] if all(c in partials and partials[c].weight for partials in seeds)]
    return {
        clip: math.fsum(getattr(partials[clip], what) for partials in seeds) / len(seeds)
        for clip in clips
    }
