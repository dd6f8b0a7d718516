"""From folders of result files to the rows of a board, in the order in which they are shown."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from datasets.registry import DATASETS, UsageError
from leaderboards.columns import ANCHOR_ORDER, RANKED_BY, ordered
from leaderboards.comparable import divide
from leaderboards.tasks import RECONSTRUCTION, task_folders
from metrics.result import ClipRow, Result, clips_digest, read_clips, read_result

ROUNDING = 1e-9
"""How far the mean of per-clip values may lie from the figure of the result."""


@dataclass(frozen=True)
class Section:
    """One data set of a board, in one task.

    Attributes:
        dataset: The registry name (``taichi-hd``).
        methods: Ranked rows, best `RANKED_BY` first, then by name.
        anchors: The rows that give the floor and the ceiling; never ranked.
        apart: Rows that are not ranked, by name: comparable with none of the above, scored from
            lossy video, or on a split that is not frozen.
        reasons: Of every method in ``apart``, why it is there.
    """

    dataset: str
    methods: tuple[Result, ...]
    anchors: tuple[Result, ...]
    apart: tuple[Result, ...]
    reasons: Mapping[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> tuple[Result, ...]:
        """All rows in the order in which they are shown."""
        return self.methods + self.anchors + self.apart

    @property
    def task(self) -> str:
        """What was scored; the same for all rows."""
        return self.rows[0].task

    @property
    def metrics(self) -> list[str]:
        """The ids of all metrics of any row, in the order of the tables."""
        return ordered(name for row in self.rows for name in row.metrics)


def result_files(folder: Path) -> list[Path]:
    """Return the result files in ``folder``, sorted; a provenance sidecar is none."""
    return sorted(p for p in folder.glob("*.json") if not p.name.endswith(".provenance.json"))


def clips_file(path: Path) -> Path:
    """Return where the per-clip values of the result file ``path`` lie."""
    return path.with_suffix(".clips.csv")


def load_board(folder: Path, *, profile: str) -> list[Result]:
    """Read the results of all tasks: those in ``folder`` and those in ``animation-<mode>/``.

    Raises:
        UsageError: As `load_results`; or a folder ``animation-*`` is of no known task.
    """
    folders = task_folders(folder).items()
    return [r for task, at in folders for r in load_results(at, profile=profile, task=task)]


def load_results(folder: Path, *, profile: str, task: str = RECONSTRUCTION) -> list[Result]:
    """Read all ``<dataset>-<method>.json`` and check them against their per-clip files.

    Raises:
        UsageError: A file is damaged, lies under another name than its content, belongs to
            another profile or task, or its per-clip values are missing or contradict it.
    """
    results = []
    for path in result_files(folder):
        result = _load(path, profile=profile, task=task)
        if path.stem != f"{result.dataset}-{result.method}":
            raise UsageError(f"{path}: holds {result.dataset}-{result.method}; rename the file")
        results.append(result)
    return results


def load_submitted(folder: Path, *, profile: str) -> list[Result]:
    """Read ``<dataset>/<method>/result.json`` (+ ``result.clips.csv``) below ``folder``, if any.

    ``<dataset>`` is the shown name (``taichi-hd-mini``), so both profiles share one folder.
    Animations lie in ``<dataset>/<method>/animation-<mode>/``.

    Raises:
        UsageError: As in `load_results`; or the status is not ``submitted``.
    """
    results = []
    for home in sorted(path for path in folder.glob("*/*") if path.is_dir()):
        for task, where in task_folders(home).items():
            path = where / "result.json"
            if path.is_file() and (found := _submitted(path, home, profile=profile, task=task)):
                results.append(found)
    return results


def _submitted(path: Path, home: Path, *, profile: str, task: str) -> Result | None:
    """Return the submission at ``path``; None if it is of another profile."""
    result = read_result(path)
    names = (result.shown_name, result.method)
    if (home.parent.name, home.name) != names:
        raise UsageError(f"{path}: holds {names[0]}/{names[1]}; rename the folder")
    if result.status != "submitted":
        raise UsageError(f"{path}: status is {result.status!r}, expected 'submitted'")
    return _load(path, profile=profile, task=task) if result.profile == profile else None


def _load(path: Path, *, profile: str, task: str) -> Result:
    result = read_result(path)
    if result.task != task:
        raise UsageError(
            f"{path}: is of task {result.task!r}; only {task!r} belongs into this folder"
        )
    if result.profile != profile:
        raise UsageError(f"{path}: is of profile {result.profile!r}, expected {profile!r}")
    clips = clips_file(path)
    if not clips.is_file():
        raise UsageError(f"{clips}: missing; every result has its per-clip values beside it")
    rows = read_clips(clips)
    if len(rows) != result.coverage.scored:
        scored = result.coverage.scored
        raise UsageError(
            f"{clips}: {len(rows)} clips, but {path.name} says that {scored} were scored"
        )
    if clips_digest(row.clip_id for row in rows) != result.coverage.clips_sha256:
        raise UsageError(f"{clips}: these are not the clips that {path.name} says were scored")
    _check_mean(result, rows, path=path)
    return result


def _check_mean(result: Result, rows: Sequence[ClipRow], *, path: Path) -> None:
    """Raise `UsageError` unless the figure that ranks is the mean of its per-clip values."""
    figure = result.metrics.get(RANKED_BY)
    if figure is None or not any(RANKED_BY in row.values for row in rows):
        return
    known = [value for row in rows if (value := row.values[RANKED_BY]) is not None]
    mean = math.fsum(known) / len(known) if known else None
    if mean is None or figure.value is None:
        wrong = mean is not figure.value
    else:
        wrong = abs(mean - figure.value) > ROUNDING
    if wrong:
        raise UsageError(
            f"{path}: {RANKED_BY} is {figure.value}, but {mean} by {clips_file(path).name}; "
            "score it again"
        )


def sections(results: Iterable[Result]) -> list[Section]:
    """Group the ``results`` of one task by data set (order of the registry) and sort each group.

    Raises:
        UsageError: They are of several tasks, or two claim the same data set and method.
    """
    rows = list(results)
    if len(tasks := sorted({row.task for row in rows})) > 1:
        raise UsageError(f"results of {' and '.join(tasks)} share no table; part them first")
    for (dataset, method), count in Counter((r.dataset, r.method) for r in rows).items():
        if count > 1:
            raise UsageError(f"{dataset}: {count} results are called {method!r}; names are unique")
    groups = ((name, [r for r in rows if r.dataset == name]) for name in DATASETS)
    return [_section(name, group) for name, group in groups if group]


def _section(dataset: str, rows: Sequence[Result]) -> Section:
    same, reasons = divide(rows)
    return Section(
        dataset=dataset,
        methods=tuple(sorted((r for r in same if r.status != "anchor"), key=_method_key)),
        anchors=tuple(sorted((r for r in same if r.status == "anchor"), key=_anchor_key)),
        apart=tuple(sorted((r for r in rows if r.method in reasons), key=lambda r: r.method)),
        reasons=reasons,
    )


def _method_key(row: Result) -> tuple[bool, float, str]:
    metric = row.metrics.get(RANKED_BY)
    value = metric.value if metric else None
    return value is None, value or 0.0, row.method


def _anchor_key(row: Result) -> tuple[int, str]:
    known = row.method in ANCHOR_ORDER
    return ANCHOR_ORDER.index(row.method) if known else len(ANCHOR_ORDER), row.method
