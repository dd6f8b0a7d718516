"""How far retrained numbers may lie from the committed board: the band and what lies outside.

Training gives other bytes on another processor. The band says how far each number may lie from
the committed one; it comes from runs with several seeds. Anchors are not trained: they must agree
closely, and the oracle exactly.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import stdev
from typing import Any

from datasets.registry import DATASETS, UsageError
from leaderboards.columns import column, ordered
from leaderboards.comparable import difference
from metrics.result import Result

SCHEMA = 1
SPREAD = 4.0
SHARE = 0.1
ANCHOR_SHARE = 2e-2
ORACLE_FLOOR = 1e-6
RULE = (
    "centre = board value; half-width = max(4 x sample standard deviation over the runs and the "
    "board, 10 % of the centre, the metric's floor)"
)

Key = tuple[str, str]
Cell = tuple[str, str, str]
Offender = tuple[str, str, str, str, str]


@dataclass(frozen=True)
class Interval:
    """Where a number may lie: ``centre`` plus or minus ``half_width``; None = must be null."""

    centre: float | None
    half_width: float = 0.0

    def holds(self, value: float | None) -> bool:
        """Whether ``value`` lies inside; a null only where a null belongs."""
        if value is None or self.centre is None:
            return value is self.centre
        return abs(value - self.centre) <= self.half_width

    def __str__(self) -> str:
        if self.centre is None:
            return "null"
        if self.half_width == 0.0:
            return f"exactly {self.centre:.6g}"
        return f"{self.centre - self.half_width:.6g} .. {self.centre + self.half_width:.6g}"


Band = Mapping[Cell, Interval]


def make_band(board: Sequence[Result], runs: Sequence[Sequence[Result]]) -> dict[Cell, Interval]:
    """Return the band of all reproduced numbers; the order of ``runs`` does not matter.

    A run may be older than a metric, and then says nothing of it.

    Raises:
        UsageError: A run lacks a number that the board has, or was scored under other terms.
    """
    by_key = [_by_key(run) for run in runs]
    band = {}
    for row in board:
        if row.status != "reproduced":
            continue
        same = [_counterpart(row, run, number) for number, run in enumerate(by_key, start=1)]
        for metric in ordered(row.metrics):
            band[row.dataset, row.method, metric] = _interval(row, same, metric)
    return band


def _counterpart(row: Result, run: Mapping[Key, Result], number: int) -> Result:
    other = run.get((row.dataset, row.method))
    here = f"run {number}: {row.dataset}-{row.method}"
    if other is None:
        raise UsageError(f"{here} is missing; run it again")
    if why := difference(other, row):
        raise UsageError(f"{here} is not comparable with the board: {why}; run it again")
    return other


def _interval(row: Result, runs: Sequence[Result], metric: str) -> Interval:
    centre = row.metrics[metric].value
    values = [run.metrics[metric].value for run in runs if metric in run.metrics]
    known = [value for value in [centre, *values] if value is not None]
    if centre is None and not known:
        return Interval(None)
    if centre is None or len(known) != len(values) + 1:
        raise UsageError(f"{row.dataset}-{row.method}: {metric} is null in some runs only")
    spread = SPREAD * stdev(known) if len(known) > 1 else 0.0
    return Interval(centre, max(spread, SHARE * abs(centre), column(metric).floor))


def anchor_interval(row: Result, metric: str) -> Interval:
    """Return where an anchor's number may lie; the oracle's is exact."""
    centre = row.metrics[metric].value
    if centre is None:
        return Interval(None)
    floor = column(metric).floor
    if row.method == "oracle":
        return Interval(centre, min(floor, ORACLE_FLOOR))
    return Interval(centre, max(ANCHOR_SHARE * abs(centre), floor))


def offenders(scores: Sequence[Result], board: Sequence[Result], band: Band) -> list[Offender]:
    """Return (data set, method, metric, got, expected) of every number that is not as it must be.

    Args:
        scores: The retrained results.
        board: The committed results.
        band: The committed band.
    """
    found = []
    new, old = _by_key(scores), _by_key(board)
    for key in _sorted({*new, *old}):
        if key not in new or key not in old:
            here, there = ("no", "a") if key not in new else ("a", "no")
            found.append((*key, "*", f"{here} result", f"{there} result on the board"))
        elif why := difference(new[key], old[key]):
            found.append((*key, "*", why, "as on the board"))
        else:
            found += _outside(new[key], old[key], band)
    return found


def _outside(new: Result, old: Result, band: Band) -> Iterable[Offender]:
    for metric in ordered({*new.metrics, *old.metrics}):
        figure, cell = new.metrics.get(metric), (new.dataset, new.method, metric)
        value = figure.value if figure else None
        allowed = band.get(cell)
        if old.status == "anchor" and metric in old.metrics:
            allowed = anchor_interval(old, metric)
        if figure is None or allowed is None or not allowed.holds(value):
            got = "absent" if figure is None else "null" if value is None else f"{value:.6g}"
            yield (*cell, got, "a band (there is none)" if allowed is None else str(allowed))


def _by_key(results: Iterable[Result]) -> dict[Key, Result]:
    return {(row.dataset, row.method): row for row in results}


def _sorted(keys: Iterable[Key]) -> list[Key]:
    order = list(DATASETS)
    return sorted(keys, key=lambda key: (order.index(key[0]), key[1]))


def dumps(band: Band, *, profile: str, runs: int) -> str:
    """Return the JSON text of ``band``: sorted keys, final newline."""
    nested: dict[str, dict[str, dict[str, Any]]] = {}
    for (dataset, method, metric), allowed in band.items():
        cell = {"centre": allowed.centre, "half_width": allowed.half_width}
        nested.setdefault(dataset, {}).setdefault(method, {})[metric] = cell
    node = {"schema": SCHEMA, "profile": profile, "rule": RULE, "runs": runs, "bands": nested}
    return json.dumps(node, sort_keys=True, indent=1, allow_nan=False) + "\n"


def read_band(path: Path, *, profile: str) -> dict[Cell, Interval]:
    """Read what `dumps` wrote; `UsageError` if it is missing, damaged or of another profile."""
    if not path.is_file():
        raise UsageError(f"{path}: not found; make it by 'python -m leaderboards.band make'")
    try:
        node = json.loads(path.read_text(encoding="utf-8"))
        if (node["schema"], node["profile"]) != (SCHEMA, profile):
            raise ValueError(f"schema {node['schema']} of profile {node['profile']}")
        return {
            (dataset, method, metric): _read_interval(cell)
            for dataset, methods in node["bands"].items()
            for method, metrics in methods.items()
            for metric, cell in metrics.items()
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path}: not a band of profile {profile} ({error!r})") from error


def _read_interval(cell: Mapping[str, Any]) -> Interval:
    centre, half_width = cell["centre"], cell["half_width"]
    return Interval(None if centre is None else float(centre), float(half_width))
