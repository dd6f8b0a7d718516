"""The results of a study: each method trained with several seeds, on each data set."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from datasets.registry import DATASETS, UsageError
from leaderboards.columns import RANKED_BY, ordered
from leaderboards.comparable import difference, unrankable
from leaderboards.consistent import ROUNDING
from leaderboards.loading import result_files
from leaderboards.pairs import Pair
from leaderboards.tasks import RECONSTRUCTION, TASKS, task_folders
from metrics.result import Checkpoint, MetricValue, Result, read_result


@dataclass(frozen=True)
class Run:
    """One result of a study and the file that it was read from."""

    path: Path
    result: Result

    @property
    def seed(self) -> int | None:
        """Of the training; None for an anchor, which has none."""
        return self.result.checkpoint.seed if self.result.checkpoint else None

    @property
    def kept_as(self) -> Path:
        """Where the study keeps this result, below its folder ``results/``."""
        result, seed = self.result, "" if self.seed is None else f"-seed{self.seed}"
        name = f"{result.dataset}-{result.method}{seed}.json"
        return Path(name) if result.task == RECONSTRUCTION else Path(result.task, name)


@dataclass(frozen=True)
class Row:
    """One method on one data set: its results by seed, ascending; an anchor has one, of None."""

    method: str
    results: Mapping[int | None, Result]

    @property
    def anchor(self) -> bool:
        """Whether this is not a method but a row of reference."""
        return self.any.status == "anchor"

    @property
    def any(self) -> Result:
        """One of the results, for what all of them share."""
        return next(iter(self.results.values()))

    @property
    def checkpoint(self) -> Checkpoint | None:
        """One of the checkpoints; all have the same size and steps."""
        return self.any.checkpoint

    def figures(self, metric: str) -> dict[int | None, MetricValue]:
        """Return seed -> figure, of the results that have the metric."""
        return {s: r.metrics[metric] for s, r in self.results.items() if metric in r.metrics}

    def values(self, metric: str) -> list[float]:
        """Return the values of all seeds that have one."""
        return [f.value for f in self.figures(metric).values() if f.value is not None]

    def mean(self, metric: str) -> float | None:
        """Return the mean over the seeds that have a value; None without any."""
        values = self.values(metric)
        return math.fsum(values) / len(values) if values else None


@dataclass(frozen=True)
class Group:
    """One data set of a study, in one task; ``rows`` by name."""

    dataset: str
    task: str
    rows: tuple[Row, ...]

    @property
    def metrics(self) -> list[str]:
        """The ids of all metrics of any result, in the order of the tables."""
        results = (result for row in self.rows for result in row.results.values())
        return ordered(name for result in results for name in result.metrics)

    def row(self, method: str) -> Row | None:
        """Return the row of ``method``; None if it was not run here."""
        return next((row for row in self.rows if row.method == method), None)


def load_runs(folders: Iterable[Path]) -> list[Run]:
    """Read ``<dataset>-<method>.json`` or ``<dataset>-<method>-seed<k>.json`` in ``folders``.

    Reconstructions lie in a folder itself, animations in ``animation-<mode>/`` below it. Two equal
    results of one seed (anchors: of several folders) count once.

    Raises:
        UsageError: A folder without results; a file that is damaged, misnamed, of another task
            or profile, of no seed; two different results of one seed.
    """
    found: dict[Path, Run] = {}
    for folder in folders:
        runs = [run for task, at in task_folders(folder).items() for run in _runs(at, task)]
        if not runs:
            raise UsageError(f"{folder}: no result files")
        for run in runs:
            first = found.setdefault(run.kept_as, run)
            if first.result != run.result:
                raise UsageError(f"{run.path}: differs from {first.path}, of the same seed")
    runs = [found[name] for name in sorted(found)]
    for run in runs:
        if run.result.profile != runs[0].result.profile:
            raise UsageError(f"{run.path}: of another profile than {runs[0].path}")
    return runs


def _runs(folder: Path, task: str) -> list[Run]:
    runs = [Run(path, read_result(path)) for path in result_files(folder)]
    for run in runs:
        result, stem = run.result, f"{run.result.dataset}-{run.result.method}"
        if run.path.stem not in (stem, run.kept_as.stem):
            raise UsageError(f"{run.path}: holds {stem} of seed {run.seed}; rename the file")
        if result.task != task:
            raise UsageError(f"{run.path}: is of task {result.task!r}, not {task!r}; move the file")
        if result.status != "anchor" and run.seed is None:
            raise UsageError(f"{run.path}: has no checkpoint, so no seed; leave it out")
        if why := unrankable(result):
            raise UsageError(f"{run.path}: {why}; leave it out")
    return runs


def grouped(runs: Sequence[Run]) -> list[Group]:
    """Return the groups of a study, by task, then by data set.

    Raises:
        UsageError: Results of a group are not comparable, or seeds of a method differ in size.
    """
    keys = [(task, dataset) for task in TASKS for dataset in DATASETS]
    of = {k: [r for r in runs if (r.result.task, r.result.dataset) == k] for k in keys}
    return [_group(some) for some in of.values() if some]


def _group(runs: Sequence[Run]) -> Group:
    first = runs[0]
    rows: dict[str, dict[int | None, Run]] = {}
    for run in sorted(runs, key=lambda run: (run.result.method, run.seed or 0)):
        if why := difference(run.result, first.result):
            raise UsageError(f"{run.path}: not comparable with {first.path}: {why}")
        row = rows.setdefault(run.result.method, {})
        other = next(iter(row.values()), run)
        if _size(run.result) != _size(other.result):
            raise UsageError(
                f"{run.path}: other parameters, MACs or steps than {other.path}; seeds of a "
                "method are trained alike"
            )
        row[run.seed] = run
    made = [Row(m, {seed: run.result for seed, run in row.items()}) for m, row in rows.items()]
    return Group(first.result.dataset, first.result.task, tuple(made))


def _size(result: Result) -> tuple[int, int, int] | None:
    made = result.checkpoint
    return (made.parameters, made.macs, made.steps) if made else None


def check_pairs(pairs: Iterable[Pair], groups: Iterable[Group]) -> None:
    """Raise `UsageError` unless every pair is of results of the study and fits their L1.

    Only L1 must be the difference of two means: other metrics take the points that both have.
    """
    by_key = {(group.dataset, group.task): group for group in groups}
    for pair in pairs:
        what = f"{pair.dataset}, {pair.task}: {pair.first} - {pair.second}"
        group = by_key.get((pair.dataset, pair.task))
        rows = [group.row(name) if group else None for name in (pair.first, pair.second)]
        results = [_result(row, pair.seed) for row in rows]
        if None in results:
            raise UsageError(f"{what}: a pair of seed {pair.label} without results of both")
        if pair.metric == RANKED_BY and pair.seed is not None:
            _check_l1(pair, [r.metrics.get(RANKED_BY) for r in results if r], what=what)


def _result(row: Row | None, seed: int | None) -> Result | None:
    if row is None:
        return None
    return row.any if seed is None or row.anchor else row.results.get(seed)


def _check_l1(pair: Pair, figures: Sequence[MetricValue | None], *, what: str) -> None:
    values = [figure.value for figure in figures if figure and figure.clips == pair.clips]
    first, second = values if len(values) == 2 else (None, None)
    if first is None or second is None or pair.difference is None:
        return
    if abs(first - second - pair.difference) > ROUNDING:
        raise UsageError(
            f"{what}: {RANKED_BY} of seed {pair.label} differs by {pair.difference} in the pairs, "
            f"by {first - second} in the results; compare again"
        )
