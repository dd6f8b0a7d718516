"""Frechet distances between two sets of image features, with streamed statistics in float64."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from metrics.example import Example
from metrics.metric import ALL_SUBJECTS, Array, Metric

Float = NDArray[np.float64]
BLOCK = 256  # rows that are merged at once; another number gives other last digits


class Statistics:
    """Mean and covariance of feature rows, streamed in float64.

    Rows are merged in blocks of fixed size (Chan's merge), so that the same rows in the same order
    give the same bits, however they are divided into calls of `add`. Memory is a few times D x D,
    however many rows are added.

    Attributes:
        count: Number of rows added.

    Example:
        >>> s = Statistics()
        >>> s.add(np.array([[0.0], [2.0]])); s.add(np.array([[4.0]]))
        >>> s.count, float(s.mean[0]), float(s.covariance[0, 0])
        (3, 2.0, 4.0)
    """

    def __init__(self) -> None:
        self.count = 0
        self._before = 0  # rows of the blocks that are merged
        self._mean: Float = np.zeros(0)  # of them, (D,)
        self._scatter: Float = np.zeros((0, 0))  # of them: outer products around the mean (D, D)
        self._block: Float = np.zeros((0, 0))  # (BLOCK, D): the rows that are not, then nothing

    def add(self, features: Array) -> None:
        """Add rows: float (N, D). `ValueError` for another D, no rows, NaN or infinity."""
        rows = np.asarray(features)
        width = _check(rows, self._block.shape[1] if self.count else None)
        if not self.count:
            self._block = np.empty((BLOCK, width))
            self._mean, self._scatter = np.zeros(width), np.zeros((width, width))
        while len(rows):
            filled = self.count - self._before
            part, rows = rows[: BLOCK - filled], rows[BLOCK - filled :]
            self._block[filled : filled + len(part)] = part
            self.count += len(part)
            if self.count - self._before == BLOCK:
                self._mean, root = self._with(self._block)
                self._scatter += root.T @ root
                self._before = self.count

    def _with(self, rows: Float) -> tuple[Float, Float]:
        """Return the mean with ``rows`` (N, D), and the root of what they add to the scatter.

        The root is (N + 1, D): the rows around their own mean, and the step between the two means.
        """
        total = self._before + len(rows)
        mean = rows.mean(axis=0)
        step = mean - self._mean
        weighted = step * np.sqrt(self._before * len(rows) / total)
        root = np.concatenate([rows - mean, weighted[None]])
        return self._mean + step * (len(rows) / total), root

    @property
    def mean(self) -> Float:
        """Mean (D,)."""
        rest = self._block[: self.count - self._before]
        return self._with(rest)[0] if len(rest) else self._mean

    @property
    def covariance(self) -> Float:
        """Covariance (D, D), divided by N - 1 as in pytorch-fid; `ValueError` below two rows."""
        if self.count < 2:
            raise ValueError(f"a covariance needs two frames, got {self.count}")
        rest = self._block[: self.count - self._before]
        if not len(rest):
            return self._scatter / (self.count - 1)
        root = self._with(rest)[1]
        covariance = np.asarray(root.T @ root)
        covariance += self._scatter  # in place: with D = 2048 such a matrix is 34 MB
        covariance /= self.count - 1
        return covariance


def frechet_distance(mu1: Array, sigma1: Array, mu2: Array, sigma2: Array) -> float:
    """Return |mu1 - mu2|^2 + tr(sigma1 + sigma2 - 2 (sigma1 sigma2)^(1/2)).

    The trace of the root is taken from the eigenvalues of sigma1^(1/2) sigma2 sigma1^(1/2), which
    is symmetric: no complex part and no special case for singular covariances, unlike ``sqrtm``.

    Args:
        mu1: Mean (D,).
        sigma1: Covariance (D, D).
        mu2: Mean (D,).
        sigma2: Covariance (D, D).

    Returns:
        At least 0; exactly 0 for equal arguments.

    Raises:
        ValueError: Shapes that do not fit, or values that are not finite.

    Example:
        >>> frechet_distance(np.zeros(2), np.eye(2), np.ones(2), np.eye(2))
        2.0
    """
    m1, m2 = np.asarray(mu1, np.float64), np.asarray(mu2, np.float64)
    s1, s2 = np.asarray(sigma1, np.float64), np.asarray(sigma2, np.float64)
    square = (m1.size, m1.size)
    if m1.ndim != 1 or m1.shape != m2.shape or s1.shape != square or s2.shape != square:
        raise ValueError(f"shapes do not fit: {m1.shape}, {s1.shape}, {m2.shape}, {s2.shape}")
    if not all(np.isfinite(a).all() for a in (m1, m2, s1, s2)):
        raise ValueError("means or covariances have NaN or infinite values")
    if np.array_equal(m1, m2) and np.array_equal(s1, s2):
        return 0.0
    root = _root(s1)
    cross = np.sqrt(_positive(np.linalg.eigvalsh(root @ s2 @ root))).sum()
    distance = ((m1 - m2) ** 2).sum() + np.trace(s1) + np.trace(s2) - 2 * cross
    return max(0.0, float(distance))


def frechet_of_statistics(truth: Statistics, prediction: Statistics) -> float:
    """Return the Frechet distance between two sets of features."""
    return frechet_distance(truth.mean, truth.covariance, prediction.mean, prediction.covariance)


def frechet_of_features(truth: Sequence[Array], prediction: Sequence[Array]) -> float:
    """Return the Frechet distance between two lists of features, float (N, D) per clip.

    Neither the order of the clips nor how the same rows are divided into clips changes a bit.

    Raises:
        ValueError: A clip (named by its place) without rows, with another D, NaN or infinity; or
            fewer than two rows in all.
    """
    one, other = _statistics(truth, "truth"), _statistics(prediction, "prediction")
    return frechet_of_statistics(one, other)


def _statistics(clips: Sequence[Array], name: str) -> Statistics:
    """Statistics of all rows in the order of their digests: clips and their order do not matter."""
    keys, width = [], None
    for place, clip in enumerate(clips):
        try:
            width = _check(clip, width)
        except ValueError as error:
            raise ValueError(f"{name}, clip {place}: {error}") from error
        keys += [(_digest(row), place, index) for index, row in enumerate(clip)]
    keys.sort()
    statistics = Statistics()
    for start in range(0, len(keys), BLOCK):
        block = keys[start : start + BLOCK]
        statistics.add(np.stack([clips[place][index] for _, place, index in block]))
    return statistics


def _check(rows: Array, width: int | None) -> int:
    """Return D; `ValueError` unless ``rows`` are finite, (N >= 1, D) and as wide as ``width``."""
    if rows.ndim != 2 or len(rows) == 0 or (width and rows.shape[1] != width):
        raise ValueError(f"features must be (N >= 1, D), same D throughout, got {rows.shape}")
    if not all(np.isfinite(rows[i : i + BLOCK]).all() for i in range(0, len(rows), BLOCK)):
        raise ValueError("features have NaN or infinite values")
    return int(rows.shape[1])


def _digest(row: Array) -> bytes:
    return hashlib.sha256(row.astype(np.float64).tobytes()).digest()


def _root(sigma: Float) -> Float:
    values, vectors = np.linalg.eigh(sigma)
    return np.asarray((vectors * np.sqrt(_positive(values))) @ vectors.T)


def _positive(eigenvalues: Array) -> Float:
    """Set to 0 what is rounding noise: its root would not be small."""
    noise = max(float(eigenvalues.max()), 0.0) * len(eigenvalues) * np.finfo(np.float64).eps
    return np.asarray(np.where(eigenvalues > noise, eigenvalues, 0.0))


_FORMULA = (
    "Frechet distance of Gaussians fitted to {features} of the true and of the predicted frames, "
    "covariance with N - 1, frames 0, s, 2 s, ... of each clip (s: fd_stride of the protocol). One "
    "figure for the whole set; biased upwards on small sets."
)

_EXAMPLE = Example(
    "One feature: 0 and 2 on the true frames, mean 1 and variance 2; 0 and 4 on the predicted "
    "ones, mean 2 and variance 8. In one dimension the distance is (difference of means)^2 + "
    "(difference of standard deviations)^2: 1 + (sqrt(8) - sqrt(2))^2 = 1 + 2.",
    ([[0.0], [2.0]],),
    ([[0.0], [4.0]],),
    3.0,
)

METRICS = (
    Metric(
        id="fd-efflite0",
        title="FD (EfficientNet-Lite0)",
        definition="how unlike the true frames the predicted are as a set, to a small network",
        unit="squared feature distance",
        better="lower",
        bounds=(0.0, np.inf),
        needs="features",
        subjects=ALL_SUBJECTS,
        formula=_FORMULA.format(features="320 average-pooled features of EfficientNet-Lite0"),
        source="this project; works offline, and must never be called FID",
        sibling="fid reads Inception features; the two have different scales.",
        pooling="set",
        sets=frechet_of_features,
        features="efflite0",
        example=_EXAMPLE,
    ),
    Metric(
        id="fid",
        title="FID",
        definition="how unlike the true frames the predicted are as a set, to Inception",
        unit="squared feature distance",
        better="lower",
        bounds=(0.0, np.inf),
        needs="features",
        subjects=ALL_SUBJECTS,
        formula=_FORMULA.format(features="2048 pool3 features of pytorch-fid's Inception"),
        source="pytorch-fid 0.3.0, by eigenvalues instead of sqrtm",
        sibling="fd-efflite0 is the offline stand-in on another scale.",
        pooling="set",
        sets=frechet_of_features,
        features="inception",
        example=_EXAMPLE,
    ),
)
