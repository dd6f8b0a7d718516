"""Score several methods together, one clip at a time, for the differences between them.

Of every clip the truth is read once, and each prediction is decoded and extracted once; what is
kept are a few sums. What a metric leaves out because it is not detected is left out for all
methods of a seed alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from datasets.registry import UsageError
from metrics.clip_score import together
from metrics.figures import Partials
from metrics.known import Known, known, predicted
from metrics.metric import Metric, Partial
from metrics.predictions import Inventory, RefusedError
from metrics.setting import Setting
from metrics.views import Extraction
from metrics.wanted import Wanted

Runs = Mapping[str, Sequence[Inventory]]
"""Method -> what its folders hold, one per seed; the same seeds, in the same order, of all."""


@dataclass
class Collected:
    """The sums of all clips.

    Attributes:
        videos: Clip id -> its video, of all clips compared.
        partials: Metric -> method -> one mapping per seed of clip id -> partial. A metric whose
            truth nobody knows is not there; a prediction that lacks what it reads has no partial.
    """

    videos: dict[str, str] = field(default_factory=dict)
    partials: dict[str, dict[str, list[Partials]]] = field(default_factory=dict)


def common_clips(runs: Runs) -> list[Wanted]:
    """Return the clips that all folders have, in the order of the list."""
    folders = [inventory for inventories in runs.values() for inventory in inventories]
    return [w for w in folders[0].wanted if all(w.clip_id in f.found for f in folders)]


def collect(
    runs: Runs,
    setting: Setting,
    extraction: Extraction,
    *,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Collected:
    """Score the clips that all ``runs`` have.

    Args:
        runs: What to compare.
        setting: Which metrics apply.
        extraction: Makes views with the extractors.
        progress: Called with (clips done, clips to do).

    Raises:
        RefusedError: A prediction cannot be read or scored; the message names it.
        UsageError: No common clip, or a true one cannot be read.
    """
    clips = common_clips(runs)
    if not clips:
        raise UsageError(f"{', '.join(runs)}: no clip is in all folders")
    metrics = [metric for metric in setting.usable() if metric.partial]
    collected = Collected()
    for done, clip in enumerate(clips):
        progress(done, len(clips))
        collected.videos[clip.clip_id] = clip.video_id
        try:
            given = known(clip, setting)
            extraction.fill(given.views)
        except ValueError as error:
            raise UsageError(f"{clip.clip_id}: {error}") from error
        there = [metric for metric in metrics if given.target(metric) is not None]
        for seed, folders in enumerate(zip(*runs.values(), strict=True)):
            by_name = dict(zip(runs, folders, strict=True))
            for metric, partials in _score(clip, given, by_name, there, setting, extraction):
                by_method = collected.partials.setdefault(metric.id, {})
                for name, seeds in runs.items():
                    of_seeds = by_method.setdefault(name, [{} for _ in seeds])
                    if name in partials:
                        of_seeds[seed][clip.clip_id] = partials[name]
    return collected


def _score(
    clip: Wanted,
    given: Known,
    folders: Mapping[str, Inventory],
    metrics: Sequence[Metric],
    setting: Setting,
    extraction: Extraction,
) -> list[tuple[Metric, dict[str, Partial]]]:
    """Return metric by metric the partials of all methods that have what it reads.

    One prediction is in memory at a time; of the others only what is detected in them.
    """
    alone: dict[str, dict[str, Partial]] = {metric.id: {} for metric in metrics}
    detected: dict[str, dict[str, Any]] = {metric.id: {} for metric in metrics}
    try:
        for name, inventory in folders.items():
            view = predicted(clip, inventory.found[clip.clip_id])
            extraction.fill([view])
            for metric in metrics:
                seen = view.read(metric, truth=False)
                if seen is None:
                    continue
                if metric.common:
                    detected[metric.id][name] = seen
                else:
                    formula = setting.formula(metric)
                    alone[metric.id][name] = formula(given.target(metric), seen)
        for metric in metrics:
            if seen_by := detected[metric.id]:
                formula, target = setting.formula(metric), given.target(metric)
                partials = together(metric, formula, target, list(seen_by.values()))
                alone[metric.id] = dict(zip(seen_by, partials, strict=True))
    except ValueError as error:
        raise RefusedError(f"{clip.clip_id}: {error}; predict it again") from error
    return [(metric, alone[metric.id]) for metric in metrics]
