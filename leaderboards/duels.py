"""Is one method better than another? The paired difference on the clips that both have.

It is the mean over clips of (first - second), with its 95 % interval clustered by source video,
from the values per clip that are committed with every result. Of keypoint and identity metrics a
value per clip is over what was detected in that prediction, so AKD and AED are to be read beside
MKR: a method that loses the hard points has the easier mean. `metrics.compare`, which reads the
predictions, gives the difference over what was detected in both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from leaderboards.board import Section
from leaderboards.columns import Verdict, column, verdict
from leaderboards.comparable import difference_on_common_clips
from leaderboards.recompute import values_of, weights_of
from metrics.aggregate_many import paired_many

_TURNED: dict[Verdict | None, Verdict | None] = {
    "better": "worse",
    "worse": "better",
    "undecided": "undecided",
    None: None,
}


@dataclass(frozen=True)
class Duel:
    """The mean of (first - second) in one metric.

    Attributes:
        first: A method.
        second: Another one.
        metric: The metric id.
        difference: In the unit of the metric; None if there is none, with a ``reason``.
        lo: Lower end of the 95 % interval; None without an honest one, with a ``reason``.
        hi: Its upper end.
        clips: How many have a value of both.
        videos: Their source videos.
        verdict: Whether ``first`` is better; None without an interval or a direction.
        reason: Why something is missing.
    """

    first: str
    second: str
    metric: str
    difference: float | None = None
    lo: float | None = None
    hi: float | None = None
    clips: int = 0
    videos: int = 0
    verdict: Verdict | None = None
    reason: str | None = None

    def turned(self) -> Duel:
        """Return the same with ``first`` and ``second`` exchanged."""
        mean, lo, hi = (None if n is None else 0.0 - n for n in (self.difference, self.hi, self.lo))
        return replace(
            self,
            first=self.second,
            second=self.first,
            difference=mean,
            lo=lo,
            hi=hi,
            verdict=_TURNED[self.verdict],
        )


def duel(section: Section, first: str, second: str, metric: str) -> Duel:
    """Return whether ``first`` is better than ``second`` in ``metric``.

    Raises:
        KeyError: The section has no such method.
    """
    if first > second:
        return duel(section, second, first, metric).turned()
    return _duels(section, [(first, second)], metric)[0]


def duels(section: Section, methods: Sequence[str], metric: str) -> dict[tuple[str, str], Duel]:
    """Return (first, second) -> `duel` for all ordered pairs of distinct ``methods``, at once.

    Raises:
        KeyError: The section has no such method.
    """
    found = _duels(section, list(combinations(sorted(set(methods)), 2)), metric)
    both = [*found, *(one.turned() for one in found)]
    return {(one.first, one.second): one for one in both}


def duels_with(section: Section, other: str, metric: str) -> dict[str, Duel]:
    """Return method -> its `duel` with ``other``, for all other rows of ``section``, at once.

    Raises:
        KeyError: The section has no such method.
    """
    names = sorted({row.method for row in section.rows} - {other})
    return {one.first: one for one in _duels(section, [(name, other) for name in names], metric)}


def _duels(section: Section, pairs: Sequence[tuple[str, str]], metric: str) -> list[Duel]:
    """Return the duels of ``pairs``; turning a pair round changes signs and nothing else."""
    rows = {row.method: row for row in section.rows}
    values = {name: values_per_clip(section, name, metric) for pair in pairs for name in pair}
    blanks = [Duel(first, second, metric) for first, second in pairs]
    reasons = [
        difference_on_common_clips(rows[first], rows[second])
        or _why_not(metric, values[first], values[second])
        for first, second in pairs
    ]
    open_pairs = [pair for pair, why in zip(pairs, reasons, strict=True) if why is None]
    names = {name for pair in open_pairs for name in pair}
    found = iter(
        paired_many(
            [(values[first], values[second]) for first, second in open_pairs],
            {row.clip_id: row.video_id for name in sorted(names) for row in section.clips[name]},
            weights=weights_per_clip(section, names, metric),
        )
    )
    made = []
    for blank, why in zip(blanks, reasons, strict=True):
        if why is not None:
            made.append(replace(blank, reason=why))
            continue
        estimate = next(found)
        assert estimate is not None, "pairs without common clips have a reason"
        made.append(
            replace(
                blank,
                difference=estimate.value,
                lo=estimate.lo,
                hi=estimate.hi,
                clips=estimate.clips,
                videos=estimate.videos,
                verdict=verdict(metric, estimate.lo, estimate.hi),
                reason=estimate.reason,
            )
        )
    return made


def values_per_clip(section: Section, method: str, metric: str) -> dict[str, float]:
    """Return clip id -> value of ``method``; empty if its figure is not a mean of such values."""
    if column(metric).mean is None:
        return {}
    return values_of(section.clips.get(method, ()), metric)


def weights_per_clip(
    section: Section, methods: Sequence[str] | set[str], metric: str
) -> Mapping[str, float] | None:
    """Return clip id -> weight in the mean; None if all weigh the same."""
    rows = (row for name in sorted(methods) for row in section.clips.get(name, ()))
    return weights_of(rows, metric)


def _why_not(metric: str, one: Mapping[str, float], other: Mapping[str, float]) -> str | None:
    if column(metric).mean is None:
        return "not a mean over values per clip"
    return None if one.keys() & other.keys() else "no clip has a value of both"
