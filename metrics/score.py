"""Score one folder of predictions on one data set, in one pass: each clip is decoded once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from datasets.clips import read_clip
from datasets.registry import UsageError
from datasets.truth import flow_to_first, load_truth
from metrics import METRICS, MINI_BOARD
from metrics.clip_list import pixels_digest
from metrics.fid import Statistics
from metrics.figures import Bootstrap, Scores, Sums, figures
from metrics.metric import Array, Metric, Partial
from metrics.motion_files import load_motion, motion_path
from metrics.predictions import Inventory, RefusedError, Wanted
from metrics.probe import read_prediction
from metrics.reference import copy_source, still_motion
from metrics.views import Extraction, Tools, View


def score_folder(
    inventory: Inventory,
    tools: Tools,
    extraction: Extraction,
    *,
    subject: str,
    bootstrap: Bootstrap,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Scores:
    """Score every usable clip of ``inventory``, in the order of clip ids.

    Args:
        inventory: What to score; refusing it is the caller's business.
        tools: The extractors (for the reasons of those that are not to be had).
        extraction: Makes views with them.
        subject: What moves in the data set, `datasets.registry.Subject`.
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
            views = _views(clip, inventory, extraction)
        except ValueError as error:
            raise UsageError(f"{clip.clip_id}: {error}") from error
        try:
            _add(sums, clip, views, subject)
        except ValueError as error:
            raise RefusedError(f"{clip.clip_id}: {error}; predict it again") from error
    return figures(sums, tools, subject=subject, bootstrap=bootstrap)


def _views(clip: Wanted, inventory: Inventory, extraction: Extraction) -> tuple[View, View, View]:
    """Return the truth, the prediction and the copy-source reference of a clip."""
    path = inventory.found[clip.clip_id]
    frames = read_clip(clip.path)
    shape = (clip.frames, *clip.size)
    motion_file = motion_path(path.parent, clip.clip_id)
    try:
        predicted = read_prediction(path)
        motion = load_motion(motion_file, shape) if motion_file else None
    except ValueError as error:
        raise RefusedError(f"{clip.clip_id}: {error}; write it again") from error
    truth = load_truth(clip.truth_path) if clip.truth_path.is_file() else None
    return (
        extraction.view(
            frames,
            flow_to_first(truth) if truth else None,
            mask=truth.part_map > 0 if truth else None,
            keep=True,
        ),
        extraction.view(predicted, motion),
        extraction.view(copy_source(frames), still_motion(shape), keep=True),
    )


def _add(sums: Sums, clip: Wanted, views: tuple[View, View, View], subject: str) -> None:
    truth, prediction, reference = views
    sums.frames[clip.clip_id] = clip.frames
    sums.videos[clip.clip_id] = clip.video_id
    sums.pixels[clip.clip_id] = pixels_digest(truth.frames)
    for name in MINI_BOARD:
        metric = METRICS[name]
        true, seen = truth.read(metric, truth=True), prediction.read(metric, truth=False)
        if subject not in metric.subjects or true is None:
            continue
        if metric.partial is None:
            both = sums.sets.setdefault(name, (Statistics(), Statistics()))
            both[0].add(true)
            both[1].add(seen)
            continue
        pairs = sums.pairs.setdefault(name, {})
        if seen is not None:
            sums.partials.setdefault(name, {})[clip.clip_id] = metric.partial(true, seen)
            pairs[clip.clip_id] = _pair(metric, true, seen, reference.read(metric, truth=False))


def _pair(metric: Metric, true: Any, seen: Any, still: Any) -> tuple[Partial, Partial]:  # noqa: ANN401
    """Return what a paired difference compares: the prediction's partial and the reference's.

    Where a metric leaves out what is not detected, both are of what truth, prediction and
    reference all have; otherwise a prediction that loses its worst limbs would win.
    """
    assert metric.partial is not None
    if metric.common:
        true = _common(true, seen, still)
    return metric.partial(true, seen), metric.partial(true, still)


def _common(true: Array, *others: Array) -> Array:
    """Return ``true`` (..., D) with NaN where one of ``others`` has NaN."""
    lost = np.any([np.isnan(other).any(axis=-1) for other in others], axis=0)
    return np.where(lost[..., None], np.nan, true)
