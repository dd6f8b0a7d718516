"""Many intervals over the same videos at once: the numbers of `metrics.aggregate`, much faster.

It is a file of its own since every result names the digest of the code that determined it, which is
not to change for speed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from scipy.special import stdtrit

from metrics.aggregate import (
    _ROUNDING,
    LEVEL,
    MINIMUM_VIDEOS,
    Estimate,
    Float,
    _check,
    _jackknife_error,
    _per_video,
)
from metrics.bootstrap_many import tails

_BLOCK = 128  # columns that are looked at together, at most
Interval = tuple[float | None, float | None, str | None]


def estimates(
    columns: Sequence[Sequence[float]] | Float,
    videos: Sequence[str],
    *,
    weights: Sequence[float] | None = None,
    replicates: int = 10_000,
    seed: int = 0,
) -> list[Estimate]:
    """Return `metrics.aggregate.estimate` of each of ``columns``.

    Args:
        columns: Of each one finite value per clip, (M, C).
        videos: The source video of each clip.
        weights: Positive weight per clip; None: all equal.
        replicates: Bootstrap samples.
        seed: Of the bootstrap.

    Raises:
        ValueError: As `metrics.aggregate.estimate`.

    Example:
        >>> [e.value for e in estimates([[1.0, 3.0], [0.0, 1.0]], ["a", "b"])]
        [2.0, 0.5]
    """
    if not len(columns):
        return []
    totals, sizes, values = _sums(columns, videos, weights)
    found = _intervals(totals, sizes, values, replicates, seed)
    counts = len(videos), len(sizes)
    return [
        Estimate(value, lo, hi, *counts, reason)
        if lo is None or hi is None
        else Estimate(value, min(lo, value), max(hi, value), *counts, reason)
        for value, (lo, hi, reason) in zip(values.tolist(), found, strict=True)
    ]


def paired_many(
    pairs: Sequence[tuple[Mapping[str, float], Mapping[str, float]]],
    videos: Mapping[str, str],
    *,
    weights: Mapping[str, float] | None = None,
    replicates: int = 10_000,
    seed: int = 0,
) -> list[Estimate | None]:
    """Return `metrics.aggregate.paired` of each of ``pairs``; fast where they share their clips.

    Args:
        pairs: Of each clip id -> value of one method, and of another.
        videos: Clip id -> source video.
        weights: Clip id -> weight; None: all equal.
        replicates: Bootstrap samples.
        seed: Of the bootstrap.
    """
    groups: dict[tuple[str, ...], list[int]] = {}
    for place, (one, other) in enumerate(pairs):
        groups.setdefault(tuple(sorted(one.keys() & other.keys())), []).append(place)
    found: list[Estimate | None] = [None] * len(pairs)
    for common, places in groups.items():
        if not common:
            continue
        of_group = estimates(
            [
                [pairs[place][0][clip] - pairs[place][1][clip] for clip in common]
                for place in places
            ],
            [videos[clip] for clip in common],
            weights=None if weights is None else [weights[clip] for clip in common],
            replicates=replicates,
            seed=seed,
        )
        for place, one_of in zip(places, of_group, strict=True):
            found[place] = one_of
    return found


def first_below(
    columns: Float,
    videos: Sequence[str],
    *,
    weights: Sequence[float] | None = None,
    replicates: int = 10_000,
    seed: int = 0,
) -> int | None:
    """Return the first of ``columns`` whose whole interval lies below 0; None if there is none.

    An interval contains the t interval, so samples are drawn only where that lies below 0.

    Args:
        columns: (M, C), NaN where a clip has no value; a column is judged by those that have.
        videos: The source video of each clip.
        weights: Positive weight per clip; None: all equal.
        replicates: Bootstrap samples.
        seed: Of the bootstrap.
    """
    start, size = 0, 8
    while start < len(columns):
        for place, known in _may_be_below(columns[start : start + size], videos, weights):
            (found,) = estimates(
                columns[start + place, known][None],
                [videos[clip] for clip in known],
                weights=None if weights is None else [weights[clip] for clip in known],
                replicates=replicates,
                seed=seed,
            )
            if found.hi is not None and found.hi < 0.0:
                return start + place
        start, size = start + size, min(2 * size, _BLOCK)
    return None


def _may_be_below(
    columns: Float, videos: Sequence[str], weights: Sequence[float] | None
) -> list[tuple[int, list[int]]]:
    """Return places and known clips of the columns whose t interval lies below 0, in order."""
    groups: dict[bytes, list[int]] = {}
    for place, known in enumerate(~np.isnan(columns)):
        groups.setdefault(known.tobytes(), []).append(place)
    found = []
    for places in groups.values():
        known = np.flatnonzero(~np.isnan(columns[places[0]])).tolist()
        if not known:
            continue
        weight = None if weights is None else [weights[clip] for clip in known]
        totals, sizes, values = _sums(
            columns[np.ix_(places, known)], [videos[clip] for clip in known], weight
        )
        if len(sizes) >= MINIMUM_VIDEOS:
            rest = totals - values[:, None] * sizes
            errors = _jackknife_error(np.ones(rest.shape), rest, sizes)
            below = values + (1 - 1e-9) * _student(sizes) * errors < 0.0
            found += [(places[i], known) for i in np.flatnonzero(below).tolist()]
    return sorted(found)


def _student(sizes: Float) -> float:
    """Return the quantile of t with as many degrees of freedom as `metrics.aggregate` takes."""
    effective = float(sizes.sum() ** 2 / (sizes**2).sum())
    return float(stdtrit(max(effective - 1, 1.0), (1 + LEVEL) / 2))


def _sums(
    columns: Sequence[Sequence[float]] | Float,
    videos: Sequence[str],
    weights: Sequence[float] | None,
) -> tuple[Float, Float, Float]:
    """Return sums per video (M, V), sizes of videos (V,) and means (M,) of checked ``columns``."""
    weight = [1.0] * len(videos) if weights is None else list(weights)
    _check(list(columns[0]), videos, weight)
    if any(len(column) != len(videos) for column in columns):
        raise ValueError("columns of several lengths")
    table = np.array(columns, dtype=np.float64)
    if not np.isfinite(table).all():
        raise ValueError("a value is not finite; leave clips without a value out, and say so")
    sizes = _per_video(weight, videos, [1.0] * len(videos))[0]
    totals = _totals(table * np.array(weight), videos)
    size = math.fsum(sizes)
    return totals, sizes, np.array([math.fsum(of) / size for of in totals.tolist()])


def _totals(weighted: Float, videos: Sequence[str]) -> Float:
    """Return the exactly rounded sums (M, V) per video, sorted, of values per clip (M, C)."""
    members: dict[str, list[int]] = {}
    for place, video in enumerate(videos):
        members.setdefault(video, []).append(place)
    order = [members[video] for video in sorted(members)]
    totals = weighted[:, [places[0] for places in order]]
    for number, places in enumerate(order):
        if len(places) > 1:
            totals[:, number] = [math.fsum(clips) for clips in weighted[:, places].tolist()]
    return totals


def _intervals(
    totals: Float, sizes: Float, values: Float, replicates: int, seed: int
) -> list[Interval]:
    """Return the intervals of columns of sums per video (M, V), sizes (V,) and means (M,)."""
    count = len(sizes)
    if count < MINIMUM_VIDEOS:
        reason = f"no interval: {count} videos, it takes {MINIMUM_VIDEOS}"
        return [(None, None, reason)] * len(totals)
    rest = totals - values[:, None] * sizes
    largest = np.maximum(np.abs(totals).max(axis=1), np.finfo(float).tiny)
    varies = np.abs(rest).max(axis=1) > _ROUNDING * largest
    found: list[Interval] = [(value, value, None) for value in values.tolist()]
    places = np.flatnonzero(varies).tolist()
    if not places:
        return found
    errors = _jackknife_error(np.ones((len(places), count)), rest[varies], sizes)
    ends = tails(rest[varies], sizes, at_least=_student(sizes), replicates=replicates, seed=seed)
    for place, error, (low, high) in zip(places, errors.tolist(), ends, strict=True):
        value = float(values[place])
        if math.isfinite(low) and math.isfinite(high):
            found[place] = (value - high * error, value - low * error, None)
        else:
            found[place] = (None, None, "no interval: too few videos differ from the rest")
    return found
