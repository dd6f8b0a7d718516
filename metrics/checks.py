"""Whether the numbers of a result can be true together."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from metrics import METRICS
from metrics.tasks import TASKS

if TYPE_CHECKING:
    from metrics.result import Coverage, MetricValue, PairedDifference, Result

_TOLERANCE = 1e-9  # relative: sums are rounded


def contradictions(result: Result) -> Iterator[str]:
    """Yield what is wrong with the numbers of ``result``, nothing if they may be true."""
    yield from _coverage(result.coverage)
    for name, metric in result.metrics.items():
        for text in _metric(name, metric, result.coverage.scored):
            yield f"{name}: {text}"
        applies = (
            METRICS[name].tasks if name in METRICS and result.task in TASKS else (result.task,)
        )
        if metric.value is not None and result.task not in applies:
            yield f"{name}: has no value for {result.task}"
    for other, differences in result.paired.items():
        for name, difference in differences.items():
            for text in _paired(difference, result.coverage.scored):
                yield f"paired with {other}: {name}: {text}"


def _coverage(coverage: Coverage) -> Iterator[str]:
    if not 0 <= coverage.scored <= coverage.expected:
        yield f"coverage: {coverage.scored} scored of {coverage.expected} expected"
    if len(set(coverage.missing)) != len(coverage.missing):
        yield "coverage: a clip is missing twice"
    if coverage.scored + len(coverage.missing) != coverage.expected:
        yield "coverage: scored + missing is not expected"


def _metric(name: str, metric: MetricValue, scored: int) -> Iterator[str]:
    yield from _interval(metric.value, metric.lo, metric.hi)
    yield from _counts(metric.clips, metric.videos, scored)
    if metric.value is None and not metric.reason:
        yield "null without a reason"
    if name in METRICS:
        low, high = METRICS[name].bounds
        for number in (metric.value, metric.lo, metric.hi):
            if number is not None and not _ordered(low, number, high):
                yield f"{number} is outside [{low:g}, {high:g}]"


def _paired(difference: PairedDifference, scored: int) -> Iterator[str]:
    yield from _interval(difference.difference, difference.lo, difference.hi)
    yield from _counts(difference.clips, difference.videos, scored)


def _interval(value: float | None, lo: float | None, hi: float | None) -> Iterator[str]:
    if any(number is not None and not math.isfinite(number) for number in (value, lo, hi)):
        yield "not finite"
    elif (lo is None) != (hi is None):
        yield "half an interval"
    elif lo is not None and hi is not None and (value is None or not _ordered(lo, value, hi)):
        yield f"{value} is not in its interval from {lo} to {hi}"


def _counts(clips: int, videos: int, scored: int) -> Iterator[str]:
    if not 0 <= videos <= clips <= scored:
        yield f"{videos} videos, {clips} clips, of {scored} scored"


def _ordered(low: float, value: float, high: float) -> bool:
    slack = _TOLERANCE * max(1.0, abs(value))
    return low - slack <= value <= high + slack
