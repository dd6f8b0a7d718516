"""What one clip adds to the figures of a method: read once, scored by all metrics."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from datasets.registry import UsageError
from metrics.clip_list import pixels_digest
from metrics.known import Known, known, predicted
from metrics.metric import Array, Metric, Partial
from metrics.predictions import RefusedError
from metrics.setting import Setting
from metrics.views import Extraction, View
from metrics.wanted import Wanted


@dataclass(frozen=True)
class ClipScore:
    """What one clip adds to the sums.

    Attributes:
        clip: Which one.
        pixels: Digest of the true pixels; None where nobody knows them.
        partials: Metric -> the prediction's partial. A metric whose truth is known but whose
            prediction is not there (a motion file) is in ``pairs`` alone.
        pairs: Metric whose truth is known -> partials of prediction and copy-source reference, to
            be compared; None without a prediction.
        sets: Set metric -> feature rows (N, D) of truth and prediction.
    """

    clip: Wanted
    pixels: str | None
    partials: dict[str, Partial] = field(default_factory=dict)
    pairs: dict[str, Sequence[Partial] | None] = field(default_factory=dict)
    sets: dict[str, tuple[Array, Array]] = field(default_factory=dict)


@dataclass(frozen=True)
class Material:
    """A clip that has been read, with all that needs no network."""

    score: ClipScore
    given: Known
    prediction: View


def read_material(clip: Wanted, path: Path, setting: Setting) -> Material:
    """Read a clip and its prediction, and score what needs pixels and motion alone.

    Raises:
        RefusedError: The prediction cannot be read or scored; the message names it.
        UsageError: The true clip cannot be read, or does not fit; the message names it.
    """
    try:
        given, prediction = known(clip, setting), predicted(clip, path)
    except ValueError as error:
        raise UsageError(f"{clip.clip_id}: {error}") from error
    pixels = pixels_digest(given.truth.frames) if given.truth else None
    material = Material(ClipScore(clip, pixels), given, prediction)
    _add(material, [m for m in setting.usable() if not m.extracted], setting)
    return material


def score_materials(
    materials: Sequence[Material], setting: Setting, extraction: Extraction
) -> list[ClipScore]:
    """Score what networks see in several clips, all frames together; return their scores.

    Raises:
        RefusedError: A prediction cannot be scored; the message names it.
        UsageError: An extractor does not take the true frames; the message names the clip.
    """
    try:
        extraction.fill([v for m in materials for v in (*m.given.views, m.prediction)])
    except ValueError:  # frames that a network does not take: one by one, to name them
        for material in materials:
            _fill_alone(material, extraction)
    metrics = [m for m in setting.usable() if m.extracted]
    for material in materials:
        _add(material, metrics, setting)
    return [material.score for material in materials]


def _fill_alone(material: Material, extraction: Extraction) -> None:
    clip_id = material.score.clip.clip_id
    try:
        extraction.fill(material.given.views)
    except ValueError as error:
        raise UsageError(f"{clip_id}: {error}") from error
    try:
        extraction.fill([material.prediction])
    except ValueError as error:
        raise RefusedError(f"{clip_id}: {error}; predict it again") from error


def _add(material: Material, metrics: Sequence[Metric], setting: Setting) -> None:
    """Add the figures of ``metrics``."""
    score, given, prediction = material.score, material.given, material.prediction
    try:
        for metric in metrics:
            true, seen = given.target(metric), prediction.read(metric, truth=False)
            if true is None:
                continue
            if metric.partial is None:
                if not (np.isfinite(true).all() and np.isfinite(seen).all()):
                    raise ValueError(f"{metric.slot}: features have NaN or infinite values")
                score.sets[metric.id] = (true, seen)
                continue
            score.pairs[metric.id] = None
            if seen is not None:
                formula = setting.formula(metric)
                alone = formula(true, seen)
                still = given.source.read(metric, truth=False)
                score.partials[metric.id] = alone
                if metric.referred and metric.common:
                    score.pairs[metric.id] = together(metric, formula, true, [seen, still])
                elif metric.referred:
                    score.pairs[metric.id] = [alone, formula(true, still)]
    except ValueError as error:
        raise RefusedError(f"{score.clip.clip_id}: {error}; predict it again") from error


def together(
    metric: Metric,
    formula: Callable[[Any, Any], Partial],
    true: Any,  # noqa: ANN401 - each metric needs its own
    predictions: list[Any],
) -> list[Partial]:
    """Return the partials of several predictions of one clip, to be compared with each other.

    Where a metric leaves out what is not detected, all are of what truth and all predictions have;
    otherwise a prediction that loses its worst limbs would win.
    """
    if metric.common:
        true = _common(true, *predictions)
    return [formula(true, seen) for seen in predictions]


def _common(true: Array, *others: Array) -> Array:
    """Return ``true`` (..., D) with NaN where one of ``others`` has NaN."""
    lost = np.any([np.isnan(other).any(axis=-1) for other in others], axis=0)
    return np.where(lost[..., None], np.nan, true)
