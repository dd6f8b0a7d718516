"""From sums over clips to figures: values, intervals, paired differences, and reasons for none."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from metrics import METRICS, board
from metrics.aggregate import estimate, paired
from metrics.clip_score import ClipScore
from metrics.fid import Statistics, frechet_of_statistics
from metrics.metric import Metric, Partial, pool
from metrics.reference import NAME
from metrics.result import ClipRow, MetricValue, PairedDifference
from metrics.setting import WITHOUT_TRUTH, Setting, few_motion_files, lost, undefined
from metrics.tasks import Task

Partials = dict[str, Partial]  # clip id -> partial


@dataclass
class Sums:
    """What all clips scored so far add up to; grows by a few numbers per clip.

    Attributes:
        frames: Clip id -> its number of frames.
        videos: Clip id -> its source video.
        partials: Metric -> clip id -> the prediction's partial.
        pairs: Metric with a truth -> clip id -> partials of prediction and reference, to compare.
        sets: Set metric -> statistics of truth and prediction.
        pixels: Clip id -> digest of the true pixels.
    """

    frames: dict[str, int] = field(default_factory=dict)
    videos: dict[str, str] = field(default_factory=dict)
    partials: dict[str, Partials] = field(default_factory=dict)
    pairs: dict[str, dict[str, Sequence[Partial]]] = field(default_factory=dict)
    pixels: dict[str, str] = field(default_factory=dict)
    sets: dict[str, tuple[Statistics, Statistics]] = field(default_factory=dict)

    def add(self, score: ClipScore) -> None:
        """Add a clip; their order decides the last digits of set metrics."""
        clip = score.clip
        self.frames[clip.clip_id] = clip.frames
        self.videos[clip.clip_id] = clip.video_id
        if score.pixels:
            self.pixels[clip.clip_id] = score.pixels
        for name, partial in score.partials.items():
            self.partials.setdefault(name, {})[clip.clip_id] = partial
        for name, pair in score.pairs.items():
            some = self.pairs.setdefault(name, {})
            if pair is not None:
                some[clip.clip_id] = pair
        for name, rows in score.sets.items():
            both = self.sets.setdefault(name, (Statistics(), Statistics()))
            for statistics, features in zip(both, rows, strict=True):
                statistics.add(features)


@dataclass(frozen=True)
class Scores:
    """The figures of one method on one data set."""

    metrics: dict[str, MetricValue]
    paired: dict[str, dict[str, PairedDifference]]
    rows: list[ClipRow]
    pixels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Bootstrap:
    """How intervals are made."""

    replicates: int = 10_000
    seed: int = 0


def figures(sums: Sums, setting: Setting, *, bootstrap: Bootstrap) -> Scores:
    """Return what the boards show of ``sums``.

    Args:
        sums: Of all clips scored.
        setting: Which metrics the task has, and why some have no value.
        bootstrap: How intervals are made.
    """
    values = {metric.id: _figure(metric, sums, setting, bootstrap) for metric in setting.metrics}
    return Scores(values, {NAME: _differences(sums, bootstrap)}, _rows(sums), sums.pixels)


def _figure(metric: Metric, sums: Sums, setting: Setting, bootstrap: Bootstrap) -> MetricValue:
    """Return the value of one metric, or why there is none."""
    if metric.id in sums.sets:
        return _set_figure(metric, sums)
    partials = sums.partials.get(metric.id, {})
    reason = setting.why_not(metric) or _why_not(metric, sums)
    if reason is None and not any(p.weight for p in partials.values()):
        reason = undefined(metric)
    if reason is None:
        reason = not_a_number(partials)
    if reason is not None:
        return MetricValue(None, None, None, metric.unit, 0, 0, reason)
    valid = {clip: p for clip, p in partials.items() if p.weight}
    found = estimate(
        [p.value for p in valid.values()],
        [sums.videos[clip] for clip in valid],
        weights=[p.weight for p in valid.values()] if metric.pooling == "frame" else None,
        bounds=metric.bounds,
        value=pool(valid.values(), by=metric.pooling),
        replicates=bootstrap.replicates,
        seed=bootstrap.seed,
    )
    notes = [found.reason, _skipped(metric, partials, sums)]
    return MetricValue(
        found.value,
        found.lo,
        found.hi,
        metric.unit,
        found.clips,
        found.videos,
        "; ".join(note for note in notes if note) or None,
    )


def not_a_number(partials: Partials) -> str | None:
    """Say which clips have a value that is NaN or infinite, as the mean would then be."""
    bad = sorted(clip for clip, p in partials.items() if p.weight and not math.isfinite(p.value))
    more = f" and {len(bad) - 1} more" if len(bad) > 1 else ""
    return f"not a number on {bad[0]}{more}" if bad else None


def _skipped(metric: Metric, partials: Partials, sums: Sums) -> str | None:
    """Say how many clips and frames have no value, where that is the prediction's doing."""
    notes = []
    empty = sum(not p.weight for p in partials.values())
    if empty:
        notes.append(f"no value on {empty} of {len(partials)} clips")
    skipped = sum(p.skipped for p in partials.values())
    why = lost(metric)
    if skipped and why:
        notes.append(f"{skipped} of {sum(sums.frames.values())} frames without ({why})")
    return "; ".join(notes) or None


def _why_not(metric: Metric, sums: Sums) -> str | None:
    if metric.id not in sums.pairs:
        return WITHOUT_TRUTH
    return few_motion_files(metric, len(sums.partials.get(metric.id, {})), len(sums.frames))


def _set_figure(metric: Metric, sums: Sums) -> MetricValue:
    truth, prediction = sums.sets[metric.id]
    clips, videos = len(sums.frames), len(set(sums.videos.values()))
    if truth.count < 2:
        reason = f"a covariance needs two frames, got {truth.count}"
        return MetricValue(None, None, None, metric.unit, clips, videos, reason)
    value = frechet_of_statistics(truth, prediction)
    reason = f"no interval: one figure for the whole set of {truth.count} frames"
    return MetricValue(value, None, None, metric.unit, clips, videos, reason)


def _differences(sums: Sums, bootstrap: Bootstrap) -> dict[str, PairedDifference]:
    found = {}
    for name, partials in sums.partials.items():
        pairs = sums.pairs[name]
        if len(pairs) < len(sums.frames) or not_a_number(partials):
            continue
        one = _values({clip: pair[0] for clip, pair in pairs.items()})
        other = _values({clip: pair[1] for clip, pair in pairs.items()})
        by_frame = METRICS[name].pooling == "frame"
        result = paired(
            one,
            other,
            sums.videos,
            weights={clip: pair[0].weight for clip, pair in pairs.items()} if by_frame else None,
            replicates=bootstrap.replicates,
            seed=bootstrap.seed,
        )
        if result:
            found[name] = PairedDifference(
                result.value, result.lo, result.hi, result.clips, result.videos
            )
    return found


def _values(partials: Mapping[str, Partial]) -> dict[str, float]:
    return {clip: p.value for clip, p in partials.items() if p.weight}


def _rows(sums: Sums) -> list[ClipRow]:
    rows = []
    for clip, frames in sums.frames.items():
        values: dict[str, float | None] = {}
        for name, partials in sums.partials.items():
            value = partials[clip].value if clip in partials else math.nan
            values[name] = None if math.isnan(value) else value
        rows.append(ClipRow(clip, sums.videos[clip], frames, values))
    return rows


def per_clip_metrics(task: Task) -> Sequence[str]:
    """Return the metrics that have a value per clip: the columns of the per-clip file."""
    return [name for name in board(task) if METRICS[name].pooling != "set"]
