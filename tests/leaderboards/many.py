"""Hundreds of methods that nobody has written: a row of the committed board, made better or worse.

Their figures, intervals and paired differences are really those of their values per clip.
"""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from datasets.registry import DATASETS
from leaderboards.columns import BASELINE, column
from leaderboards.recompute import Request, recomputed
from metrics.aggregate_many import paired_many
from metrics.result import (
    ClipRow,
    MetricValue,
    PairedDifference,
    Result,
    clips_text,
    dumps,
    read_clips,
    read_result,
)

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "leaderboards" / "v1" / "mini" / "board" / "results"
ANCHORS = ("copy-source", "oracle", "reencoded")
LIKE = "fomm"


def write_many(
    scores: Path, *, methods: int, datasets: Sequence[str] = tuple(DATASETS), seed: int = 0
) -> Path:
    """Write results of ``methods`` methods and the anchors on ``datasets``; return ``scores``."""
    scores.mkdir(parents=True)
    rng = np.random.Generator(np.random.PCG64(seed))
    for dataset in datasets:
        for anchor in ANCHORS:
            for end in (".json", ".clips.csv"):
                shutil.copy(RESULTS / f"{dataset}-{anchor}{end}", scores)
        for result, rows in many(dataset, methods, rng):
            path = scores / f"{dataset}-{result.method}"
            path.with_suffix(".json").write_text(dumps(result), encoding="utf-8", newline="\n")
            text = clips_text(rows, list(rows[0].values))
            path.with_suffix(".clips.csv").write_text(text, encoding="utf-8", newline="\n")
    return scores


def many(
    dataset: str, methods: int, rng: np.random.Generator
) -> list[tuple[Result, list[ClipRow]]]:
    """Results of ``method-000``, ``method-001``, ... and their values per clip.

    Every method is worse than `LIKE` by a factor of its own, and by a little noise on every clip;
    a tenth of them has no value of occlusion, as if it did not predict any.
    """
    like = read_result(RESULTS / f"{dataset}-{LIKE}.json")
    base = read_clips(RESULTS / f"{dataset}-{LIKE}.clips.csv")
    names = [f"method-{place:03}" for place in range(methods)]
    factors = 1 + rng.random(methods)
    made = [_rows(base, factor, rng, maps=place % 10 > 0) for place, factor in enumerate(factors)]
    known = [m for m in like.metrics if m in base[0].values and like.metrics[m].value is not None]
    figures: list[dict[str, MetricValue]] = [dict(like.metrics) for _ in names]
    pairs: list[dict[str, PairedDifference]] = [{} for _ in names]
    for metric in known:
        _figures(figures, metric, made, like)
        _pairs(pairs, metric, made, dataset)
    return [
        (
            dataclasses.replace(
                like,
                method=name,
                metrics=figures[place],
                paired={BASELINE: pairs[place]} if pairs[place] else {},
            ),
            made[place],
        )
        for place, name in enumerate(names)
    ]


def _rows(
    base: Sequence[ClipRow], factor: float, rng: np.random.Generator, *, maps: bool
) -> list[ClipRow]:
    return [
        dataclasses.replace(
            row,
            values={
                metric: _worse(metric, value, factor * (1 + 0.1 * rng.standard_normal()))
                if value is not None and (maps or metric != "occlusion-iou")
                else None
                for metric, value in row.values.items()
            },
        )
        for row in base
    ]


def _worse(metric: str, value: float, factor: float) -> float:
    shown = column(metric)
    worse = value * factor if shown.better == "lower" else value / factor
    return float(np.clip(worse, *shown.bounds))


def _figures(
    figures: list[dict[str, MetricValue]], metric: str, made: list[list[ClipRow]], like: Result
) -> None:
    unit = like.metrics[metric].unit
    for place, found in enumerate(recomputed([Request(rows, metric) for rows in made])):
        if found is None:
            value = MetricValue(None, None, None, unit, 0, 0, "predicts no occlusion map")
        else:
            value = MetricValue(
                found.value, found.lo, found.hi, unit, found.clips, found.videos, found.reason
            )
        figures[place][metric] = value


def _pairs(
    pairs: list[dict[str, PairedDifference]], metric: str, made: list[list[ClipRow]], dataset: str
) -> None:
    anchor = read_clips(RESULTS / f"{dataset}-{BASELINE}.clips.csv")
    other = _values(anchor, metric)
    videos = {row.clip_id: row.video_id for row in anchor}
    frames = {row.clip_id: float(row.frames) for row in anchor}
    weights = frames if column(metric).mean == "frames" else None
    pairs_of = [(_values(rows, metric), other) for rows in made]
    found = paired_many(pairs_of, videos, weights=weights)
    for place, one in enumerate(found):
        if one is not None:
            pairs[place][metric] = PairedDifference(
                one.value, one.lo, one.hi, one.clips, one.videos
            )


def _values(rows: Sequence[ClipRow], metric: str) -> dict[str, float]:
    return {row.clip_id: v for row in rows if (v := row.values[metric]) is not None}
