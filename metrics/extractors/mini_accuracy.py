"""How good the mini extractors are on identities, motions and backgrounds they never saw."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from metrics.extractors.mini_augment import blurred
from metrics.extractors.mini_data import Pool, halves
from metrics.extractors.mini_detect import Networks, identities, scored

Frames = NDArray[np.uint8]
Double = NDArray[np.float64]

SIGMAS = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0)
_DIGITS = 4


def pictures(pool: Pool, rng: np.random.Generator, *, sigma: float = 0.0) -> Frames:
    """Return every subject of ``pool`` over a random background, blurred by ``sigma`` pixels."""
    behind = rng.integers(len(pool.backgrounds), size=len(pool.subjects))
    clean = pool.composed(np.arange(len(pool.subjects)), behind)
    return _blurred_all(clean, sigma)


def best_threshold(scores: Double, visible: NDArray[np.bool_]) -> float:
    """Return the score that separates visible from hidden with the best balanced accuracy.

    Args:
        scores: Visibility logits, any shape.
        visible: Of the same shape. With nothing hidden (or nothing visible) the answer is 0.
    """
    if visible.all() or not visible.any():
        return 0.0
    values = np.round(np.quantile(scores, np.linspace(0, 1, 401)), 3)
    hits = [(scores[visible] >= v).mean() + (scores[~visible] < v).mean() for v in values]
    return float(values[int(np.argmax(hits))])


def keypoint_accuracy(found: Double, pool: Pool, *, threshold: float) -> dict[str, float]:
    """Compare keypoints with the truth.

    Args:
        found: float64 (N, K, 3), what `scored` returned for the pictures of ``pool``.
        pool: The truth.
        threshold: Of the visibility.

    Returns:
        Over visible keypoints that are found: mean, median and 95th percentile of the distance in
        pixels (of 64). Hit rates: share of the visible that are found, of the hidden that are not.
        NaN where there is nothing to average.
    """
    detected = found[..., 2] >= threshold
    distance = np.linalg.norm(found[..., :2] - pool.keypoints, axis=-1)
    errors = distance[pool.visible & detected]
    errors = errors if errors.size else np.array([np.nan])
    hidden = ~pool.visible
    return {
        "mean_error_px": _rounded(errors.mean()),
        "median_error_px": _rounded(np.median(errors)),
        "p95_error_px": _rounded(np.quantile(errors, 0.95)),
        "visible_found": _rounded(detected[pool.visible].mean()),
        "hidden_missing": _rounded((~detected)[hidden].mean() if hidden.any() else np.nan),
    }


def _rounded(value: float | np.floating[Any]) -> float:
    return round(float(value), _DIGITS)


def identity_accuracy(
    networks: Networks, pool: Pool, rng: np.random.Generator, *, sigma: float = 0.0
) -> dict[str, float]:
    """Verify identities: sharp pictures of one motion against blurred ones of the other motion.

    Genuine pairs have another motion and, nearly always, another background. Impostors are all
    other pairs; for ``auc_same_background`` they are two people in front of the same background.

    Args:
        networks: Of the extractor.
        pool: Its first and second motions are compared.
        rng: Draws the backgrounds.
        sigma: Blur of the second picture of each pair, pixels of 64.

    Returns:
        Areas under the ROC curve, and the share of the blurred pictures with a subject detected.
    """
    first, second = halves(pool)
    behind = rng.integers(len(pool.backgrounds), size=(2, len(first)))
    sharp = identities(networks, pool.composed(first, behind[0]))
    other = identities(networks, _blurred_all(pool.composed(second, behind[1]), sigma))
    stranger = np.roll(second, len(first) // 2)
    shared = identities(networks, _blurred_all(pool.composed(stranger, behind[0]), sigma))
    cosine = sharp @ other.T
    same = pool.identity[first][:, None] == pool.identity[second]
    return {
        "auc": area_under_curve(cosine[same], cosine[~same]),
        "auc_same_background": area_under_curve(cosine[same], (sharp * shared).sum(1)),
        "subject_found": _rounded(np.isfinite(other[:, 0]).mean()),
    }


def area_under_curve(genuine: Double, impostors: Double) -> float:
    """Return the area under the ROC curve of two sets of scores, NaN left out; NaN if one is empty.

    Example:
        >>> area_under_curve(np.array([0.9, 0.4]), np.array([0.1, 0.5]))
        0.75
    """
    genuine, impostors = genuine[np.isfinite(genuine)], impostors[np.isfinite(impostors)]
    if not len(genuine) or not len(impostors):
        return float("nan")
    labels = np.r_[np.ones(len(genuine)), np.zeros(len(impostors))]
    return _rounded(roc_auc_score(labels, np.r_[genuine, impostors]))


def _blurred_all(frames: Frames, sigma: float) -> Frames:
    return np.stack([blurred(frame, sigma) for frame in frames])


def against_blur(networks: Networks, pool: Pool, *, seed: int = 0) -> list[dict[str, float]]:
    """Return one row of `keypoint_accuracy` and `identity_accuracy` per blur of `SIGMAS`."""
    rows = []
    for sigma in SIGMAS:
        frames = pictures(pool, np.random.default_rng(seed), sigma=sigma)
        found = scored(networks.detector.net, frames)
        points = keypoint_accuracy(found, pool, threshold=networks.detector.threshold)
        people = identity_accuracy(networks, pool, np.random.default_rng(seed), sigma=sigma)
        rows.append({"sigma": sigma, **points, **people})
    return rows
