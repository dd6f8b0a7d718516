"""Figures made again from values per clip, many at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from leaderboards.columns import column
from metrics.aggregate import Estimate
from metrics.aggregate_many import estimates
from metrics.result import ClipRow

_Group = tuple[tuple[str, ...], tuple[float, ...] | None, int, int]


class Request(NamedTuple):
    """What to make again: the figure of ``metric`` over ``rows``, and how its interval was made."""

    rows: Sequence[ClipRow]
    metric: str
    replicates: int = 10_000
    seed: int = 0


def recomputed(requests: Sequence[Request]) -> list[Estimate | None]:
    """Return the mean and the interval of every request; None if no clip has a value.

    The metric must be a mean over values per clip (`Column.mean`).
    """
    groups: dict[_Group, list[tuple[int, list[float]]]] = {}
    for place, asked in enumerate(requests):
        known = [(row, v) for row in asked.rows if (v := row.values.get(asked.metric)) is not None]
        if known:
            by_frames = column(asked.metric).mean == "frames"
            weights = tuple(float(row.frames) for row, _ in known) if by_frames else None
            videos = tuple(row.video_id for row, _ in known)
            group = (videos, weights, asked.replicates, asked.seed)
            groups.setdefault(group, []).append((place, [value for _, value in known]))
    found: list[Estimate | None] = [None] * len(requests)
    for (videos, weights, replicates, seed), members in groups.items():
        columns = [values for _, values in members]
        made = estimates(columns, videos, weights=weights, replicates=replicates, seed=seed)
        for (place, _), one in zip(members, made, strict=True):
            found[place] = _bounded(one, column(requests[place].metric).bounds)
    return found


def values_of(rows: Iterable[ClipRow], metric: str) -> dict[str, float]:
    """Return clip id -> value of ``metric``, of the clips that have one."""
    known = ((row.clip_id, row.values.get(metric)) for row in rows)
    return {clip: value for clip, value in known if value is not None}


def weights_of(rows: Iterable[ClipRow], metric: str) -> dict[str, float] | None:
    """Return clip id -> weight in the mean of ``metric``; None if all weigh the same."""
    if column(metric).mean != "frames":
        return None
    return {row.clip_id: float(row.frames) for row in rows}


def _bounded(found: Estimate, bounds: tuple[float, float]) -> Estimate:
    """Cut the interval to what the metric can be, as `metrics.aggregate.estimate` does."""
    if found.lo is None or found.hi is None:
        return found
    lo, hi = max(found.lo, bounds[0]), min(found.hi, bounds[1])
    return replace(found, lo=min(lo, found.value), hi=max(hi, found.value))
