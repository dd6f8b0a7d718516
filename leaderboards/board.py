"""From results to the rows of a board, in the order in which they are shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from datasets.registry import DATASETS, UsageError
from leaderboards.columns import ANCHOR_ORDER, RANKED_BY, ordered
from leaderboards.comparable import divide
from leaderboards.tasks import by_task
from metrics.result import ClipRow, Result

Key = tuple[str, str, str]
"""Task, data set and method: there is one result of each."""
Clips = Mapping[Key, Sequence[ClipRow]]
"""The per-clip values of results."""


def key(row: Result) -> Key:
    """Return what there is one result of."""
    return row.task, row.dataset, row.method


@dataclass(frozen=True, eq=False)
class Section:
    """One data set of a board, in one task.

    Attributes:
        dataset: The registry name (``taichi-hd``).
        methods: Ranked rows, best `RANKED_BY` first, then by name.
        anchors: The rows of reference: the truth, and the source picture; never ranked.
        apart: Rows that are not ranked, by name: comparable with none of the above, scored from
            lossy video, or on a split that is not frozen.
        reasons: Of every method in ``apart``, why it is there.
        clips: Of every method its per-clip values, so that any two can be compared.
    """

    dataset: str
    methods: tuple[Result, ...]
    anchors: tuple[Result, ...]
    apart: tuple[Result, ...]
    reasons: Mapping[str, str] = field(default_factory=dict)
    clips: Mapping[str, Sequence[ClipRow]] = field(default_factory=dict)

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


def sections(results: Iterable[Result], clips: Clips | None = None) -> list[Section]:
    """Group the ``results`` of one task by data set (order of the registry) and sort each group.

    Args:
        results: In any order.
        clips: Their per-clip values; a result without any can be compared with none.

    Raises:
        UsageError: They are of several tasks, or two claim the same data set and method.
    """
    rows, clips = list(results), clips or {}
    if len(tasks := sorted({row.task for row in rows})) > 1:
        raise UsageError(f"results of {' and '.join(tasks)} share no table; part them first")
    for (dataset, method), count in Counter((r.dataset, r.method) for r in rows).items():
        if count > 1:
            raise UsageError(f"{dataset}: {count} results are called {method!r}; names are unique")
    groups = ((name, [r for r in rows if r.dataset == name]) for name in DATASETS)
    return [
        section_of_rows(name, group, {r.method: clips[key(r)] for r in group if key(r) in clips})
        for name, group in groups
        if group
    ]


def sections_by_task(
    results: Iterable[Result], clips: Clips | None = None
) -> dict[str, list[Section]]:
    """Return task -> its `sections`, in the order of the tasks; one without results is left out.

    Raises:
        UsageError: As `sections`, or a result is of no known task.
    """
    return {task: sections(rows, clips) for task, rows in by_task(results).items()}


def section_of_rows(
    dataset: str, rows: Sequence[Result], clips: Mapping[str, Sequence[ClipRow]]
) -> Section:
    """Return the section of ``rows``, of one data set and task, in order.

    Args:
        dataset: The registry name.
        rows: At least one; their methods are distinct.
        clips: Method -> its per-clip values.
    """
    same, reasons = divide(rows)
    return Section(
        dataset=dataset,
        methods=tuple(sorted((r for r in same if r.status != "anchor"), key=_method_key)),
        anchors=tuple(sorted((r for r in same if r.status == "anchor"), key=_anchor_key)),
        apart=tuple(sorted((r for r in rows if r.method in reasons), key=lambda r: r.method)),
        reasons=reasons,
        clips=clips,
    )


def _method_key(row: Result) -> tuple[bool, float, str]:
    metric = row.metrics.get(RANKED_BY)
    value = metric.value if metric else None
    return value is None, value or 0.0, row.method


def _anchor_key(row: Result) -> tuple[int, str]:
    known = row.method in ANCHOR_ORDER
    return ANCHOR_ORDER.index(row.method) if known else len(ANCHOR_ORDER), row.method
