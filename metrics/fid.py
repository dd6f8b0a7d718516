"""Frechet distances between two sets of image features, with streamed statistics in float64."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from metrics.metric import ALL_SUBJECTS, Array, Metric

Float = NDArray[np.float64]


class Statistics:
    """Mean and covariance of feature rows, added batch by batch (Chan's merge, float64).

    Memory is D x D, however many rows are added.

    Example:
        >>> s = Statistics()
        >>> s.add(np.array([[0.0], [2.0]])); s.add(np.array([[4.0]]))
        >>> s.count, float(s.mean[0]), float(s.covariance[0, 0])
        (3, 2.0, 4.0)
    """

    def __init__(self) -> None:
        self.count = 0
        self.mean: Float = np.zeros(0)
        self._scatter: Float = np.zeros((0, 0))

    def add(self, features: Array) -> None:
        """Add rows: float (N, D). `ValueError` for another D, no rows, NaN or infinity."""
        rows = np.asarray(features, dtype=np.float64)
        if rows.ndim != 2 or len(rows) == 0 or (self.count and rows.shape[1] != len(self.mean)):
            raise ValueError(f"features must be (N >= 1, D), same D throughout, got {rows.shape}")
        if not np.isfinite(rows).all():
            raise ValueError("features have NaN or infinite values")
        mean = rows.mean(axis=0)
        centred = rows - mean
        scatter = centred.T @ centred
        if not self.count:
            self.count, self.mean, self._scatter = len(rows), mean, scatter
            return
        total = self.count + len(rows)
        step = mean - self.mean
        self._scatter += scatter + np.outer(step, step) * (self.count * len(rows) / total)
        self.mean = self.mean + step * (len(rows) / total)
        self.count = total

    @property
    def covariance(self) -> Float:
        """Covariance (D, D), divided by N - 1 as in pytorch-fid; `ValueError` below two rows."""
        if self.count < 2:
            raise ValueError(f"a covariance needs two frames, got {self.count}")
        return self._scatter / (self.count - 1)


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
    """Return the Frechet distance between two lists of features, float (N, D) per clip."""
    return frechet_of_statistics(_statistics(truth), _statistics(prediction))


def _statistics(clips: Sequence[Array]) -> Statistics:
    """Statistics over clips, added in an order of their own, so that theirs does not matter."""
    statistics = Statistics()
    for clip in sorted(clips, key=lambda c: np.ascontiguousarray(c).tobytes()):
        statistics.add(clip)
    return statistics


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

METRICS = (
    Metric(
        id="fd-efflite0",
        title="FD (EfficientNet-Lite0)",
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
    ),
    Metric(
        id="fid",
        title="FID",
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
    ),
)
