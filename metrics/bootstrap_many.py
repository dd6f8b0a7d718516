"""The studentized bootstrap of many columns of values over the same videos at once.

What a bootstrap sample costs does not depend on the values: how often each video is drawn, and what
leaving one out leaves, are made once for all columns of values. The squares of the jackknife then
become matrix products,

    sum c (r - d s)^2 / w^2  =  sum c r^2 / w^2  -  2 d sum c r s / w^2  +  d^2 sum c s^2 / w^2

(c how often a video was drawn, r its residual, s its size, w what is left without it, d the
deviation of the sample). Where that difference cancels, the samples in question are computed as
`metrics.aggregate` does.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from metrics.aggregate import LEVEL, Float, _counts, _jackknife_error

_CHUNK = 8  # columns looked at together: what they need stays in a cache of 2 MB
_CANCELLED = 1e-5  # a difference that is so much smaller than its terms is computed directly


class _Samples(NamedTuple):
    """What all columns share, for B samples of V videos.

    Attributes:
        counts: How often each video is drawn, (V, B).
        sums: Size of each sample, (B,).
        inverse: counts / (what is left without one such video)^2, (V, B).
        squares: Sum over videos of inverse * size^2, (B,).
    """

    counts: Float
    sums: Float
    inverse: Float
    squares: Float


@lru_cache(maxsize=2)
def _samples(sizes: tuple[float, ...], replicates: int, seed: int) -> _Samples:
    counts = np.ascontiguousarray(_counts(len(sizes), replicates, seed).T, dtype=np.float64)
    size = np.array(sizes)
    sums = size @ counts
    without = sums - size[:, None]
    inverse = np.divide(counts, without**2, out=np.zeros_like(counts), where=without > 0)
    return _Samples(counts, sums, inverse, size**2 @ inverse)


@lru_cache(maxsize=4)
def _ranks(replicates: int) -> tuple[int, int]:
    """Places of the two quantiles among the sorted samples, as numpy counts them."""
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(np.arange(replicates), [tail, 1 - tail], method="inverted_cdf")
    return int(low), int(high)


def tails(
    rest: Float, sizes: Float, *, at_least: float, replicates: int, seed: int
) -> Iterator[tuple[float, float]]:
    """Yield both ends of the studentized bootstrap deviations, at least -+ ``at_least``.

    Only samples beyond that can move an end, so only those are looked at and sorted.

    Args:
        rest: Residuals per video (M, V): sums of values, less the mean times the size.
        sizes: Sums of weights per video (V,).
        at_least: The quantile of t.
        replicates: Bootstrap samples.
        seed: Of the bootstrap.

    Yields:
        Of each row the two, infinite where too few videos differ from the rest.
    """
    samples = _samples(tuple(sizes.tolist()), replicates, seed)
    low, high = _ranks(replicates)
    for start in range(0, len(rest), _CHUNK):
        chunk = rest[start : start + _CHUNK]
        rows, t = _beyond(chunk, sizes, samples, at_least)
        ends = np.searchsorted(rows, np.arange(len(chunk) + 1))
        for first, last in pairwise(ends.tolist()):
            ordered = np.sort(t[first:last])
            lower, upper = ordered[ordered < -at_least], ordered[ordered > at_least]
            enough = len(lower) > low, len(upper) > replicates - 1 - high
            yield (
                float(lower[low]) if enough[0] else -at_least,
                float(upper[high - replicates]) if enough[1] else at_least,
            )


def _beyond(
    rest: Float, sizes: Float, samples: _Samples, at_least: float
) -> tuple[NDArray[np.intp], Float]:
    """Return deviation / error of at least all samples beyond ``at_least``, and their rows (n,)."""
    count = rest.shape[1]
    deviation = rest @ samples.counts  # (m, B)
    deviation /= samples.sums
    scale = rest**2 @ samples.inverse
    mixed = (2 * rest * sizes) @ samples.inverse
    mixed *= deviation
    last = deviation**2
    beyond = last * (count / (count - 1) / at_least**2)
    last *= samples.squares
    squares = np.subtract(scale, mixed, out=mixed)
    squares += last
    seen = beyond >= squares
    scale *= 0.5
    seen |= last >= scale  # else nothing can have cancelled
    places = np.flatnonzero(seen)
    rows, drawn = np.divmod(places, seen.shape[1])
    of, square = deviation.ravel()[places], squares.ravel()[places]
    cancelled = square <= 2 * _CANCELLED * scale.ravel()[places]
    with np.errstate(divide="ignore", invalid="ignore"):
        t = of / np.sqrt((count - 1) / count * square)
    t[of == 0] = 0.0
    for row in np.unique(rows[cancelled]).tolist():
        here = np.flatnonzero(cancelled & (rows == row))
        t[here] = _directly(rest[row], sizes, samples.counts[:, drawn[here]].T)
    return rows, t


def _directly(rest: Float, sizes: Float, counts: Float) -> Float:
    """Return what `_studentized` does for the samples ``counts`` (b, V), without expanding."""
    deviation = (counts @ rest) / (counts @ sizes)
    error = _jackknife_error(counts, rest - deviation[:, None] * sizes, sizes)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(deviation == 0, 0.0, deviation / error))
