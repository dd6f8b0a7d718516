"""Score one folder of predictions on one data set, in one pass: each clip is decoded once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from datasets.registry import UsageError
from metrics.clip_list import pixels_digest
from metrics.fid import Statistics
from metrics.figures import Bootstrap, Scores, Sums, figures
from metrics.known import Known, known, predicted
from metrics.metric import Array, Metric, Partial
from metrics.predictions import Inventory, RefusedError
from metrics.setting import Setting
from metrics.views import Extraction, View
from metrics.wanted import Wanted


def score_folder(
    inventory: Inventory,
    setting: Setting,
    extraction: Extraction,
    *,
    bootstrap: Bootstrap,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Scores:
    """Score every usable clip of ``inventory``, in the order of clip ids.

    Args:
        inventory: What to score; refusing it is the caller's business.
        setting: Which metrics apply.
        extraction: Makes views with the extractors.
        bootstrap: How intervals are made.
        progress: Called with (clips done, clips to do).

    Raises:
        RefusedError: A prediction cannot be read or scored; the message names it.
        UsageError: A true clip cannot be read, or does not fit; the message names it.
    """
    sums = Sums()
    wanted = [clip for clip in inventory.wanted if clip.clip_id in inventory.found]
    if not wanted:
        raise UsageError(f"{inventory.folder}: no usable prediction")
    for done, clip in enumerate(wanted):
        progress(done, len(wanted))
        try:
            given = known(clip, extraction, setting)
            prediction = predicted(clip, inventory.found[clip.clip_id], extraction)
        except ValueError as error:
            raise UsageError(f"{clip.clip_id}: {error}") from error
        try:
            _add(sums, clip, given, prediction, setting)
        except ValueError as error:
            raise RefusedError(f"{clip.clip_id}: {error}; predict it again") from error
    return figures(sums, setting, bootstrap=bootstrap)


def _add(sums: Sums, clip: Wanted, given: Known, prediction: View, setting: Setting) -> None:
    sums.frames[clip.clip_id] = clip.frames
    sums.videos[clip.clip_id] = clip.video_id
    if given.truth:
        sums.pixels[clip.clip_id] = pixels_digest(given.truth.frames)
    for metric in setting.applicable():
        true, seen = given.target(metric), prediction.read(metric, truth=False)
        if true is None:
            continue
        if metric.partial is None:
            both = sums.sets.setdefault(metric.id, (Statistics(), Statistics()))
            both[0].add(true)
            both[1].add(seen)
            continue
        pairs = sums.pairs.setdefault(metric.id, {})
        if seen is not None:
            sums.partials.setdefault(metric.id, {})[clip.clip_id] = metric.partial(true, seen)
            still = given.source.read(metric, truth=False)
            pairs[clip.clip_id] = together(metric, true, [seen, still])


def together(metric: Metric, true: Any, predictions: list[Any]) -> list[Partial]:  # noqa: ANN401
    """Return the partials of several predictions of one clip, to be compared with each other.

    Where a metric leaves out what is not detected, all are of what truth and all predictions have;
    otherwise a prediction that loses its worst limbs would win.
    """
    assert metric.partial is not None
    if metric.common:
        true = _common(true, *predictions)
    return [metric.partial(true, seen) for seen in predictions]


def _common(true: Array, *others: Array) -> Array:
    """Return ``true`` (..., D) with NaN where one of ``others`` has NaN."""
    lost = np.any([np.isnan(other).any(axis=-1) for other in others], axis=0)
    return np.where(lost[..., None], np.nan, true)
