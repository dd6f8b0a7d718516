"""The table that is shown under a pull request: the new row beside those of its board."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from datasets.registry import UsageError
from leaderboards.board import key, sections
from leaderboards.columns import (
    ANIMATION_README_METRICS,
    RANKED_BY,
    README_METRICS,
    column,
    ordered,
)
from leaderboards.findings import Findings
from leaderboards.markdown import NONE, number
from leaderboards.standings import standings
from leaderboards.submitted_changes import same
from leaderboards.submitted_scores import Scored
from leaderboards.tasks import RECONSTRUCTION
from metrics.result import ClipRow, Result

Rows = Mapping[str, tuple[Result, Sequence[ClipRow]]]
_MOST = 100
"""Lines of findings that are listed; a hostile submission has thousands."""


@dataclass(frozen=True)
class Checked:
    """A submission that was read, and what is needed to show it.

    Attributes:
        folder: Where it lies.
        scored: Task -> what was scored.
        before: Task -> the result that was there before.
    """

    folder: Path
    scored: Mapping[str, Scored] = field(default_factory=dict)
    before: Mapping[str, Result] = field(default_factory=dict)


def report(checked: Iterable[Checked], findings: Findings, board: Callable[[Result], Rows]) -> str:
    """Return everything as plain text, to be shown as it is: markup in it is of nobody's making.

    Args:
        checked: The submissions.
        findings: What was found.
        board: Returns the rows of the board that a result belongs to.
    """
    checked = list(checked)
    lines = findings.lines()
    more = [f"and {len(lines) - _MOST} more lines"] if len(lines) > _MOST else []
    parts = ["\n".join([f"{len(checked)} submissions: {findings.counts()}", *lines[:_MOST], *more])]
    for one in checked:
        for task, scored in one.scored.items():
            result = scored.result
            parts.append(f"{result.method} on {result.shown_name}, {task}")
            if task in one.before:
                parts.append(_changes(one.before[task], result))
            parts.append(_table(scored, board))
    text = "\n\n".join(parts)
    return "".join(char if char.isprintable() or char == "\n" else "?" for char in text)


def _table(scored: Scored, board: Callable[[Result], Rows]) -> str:
    """Return the table of the data set with the new row in it."""
    result = scored.result
    try:
        rows = {name: row for name, row in board(result).items() if name != result.method}
        rows |= {result.method: (result, scored.clips)}
        clips = {key(row): values for row, values in rows.values()}
        section = sections([row for row, _ in rows.values()], clips)[0]
    except UsageError as error:
        return f"The board cannot be shown: {error}"
    wanted = README_METRICS if result.task == RECONSTRUCTION else ANIMATION_README_METRICS
    shown = [
        name
        for name in wanted
        if any(name in row.metrics and row.metrics[name].value is not None for row in section.rows)
    ]
    ranks = standings(section, RANKED_BY)
    lines = [["rank", "method", "status", "scored", *(column(name).header for name in shown)]]
    for row in (*section.methods, *section.anchors, *section.apart):
        place = ranks[row.method].text if row.method in ranks else NONE
        count = f"{row.coverage.scored} of {row.coverage.expected}"
        lines.append([place, row.method, row.status, count, *(_cell(row, m) for m in shown)])
    apart = [f"{row.method} is not ranked: {section.reasons[row.method]}" for row in section.apart]
    return "\n".join([_aligned(lines), *apart])


def _changes(old: Result, new: Result) -> str:
    """Return what an update changes: metric, old value, new value."""
    lines = [
        [column(name).header, _cell(old, name), _cell(new, name)]
        for name in ordered({*old.metrics, *new.metrics})
        if not same(_value(old, name), _value(new, name))
    ]
    if not lines:
        return "An update that changes no score."
    return _aligned([["metric", "before", "now"], *lines])


def _value(row: Result, metric: str) -> float | None:
    return row.metrics[metric].value if metric in row.metrics else None


def _cell(row: Result, metric: str) -> str:
    value = _value(row, metric)
    return NONE if value is None else number(value)


def _aligned(lines: Sequence[Sequence[str]]) -> str:
    """Return columns of one width each, two spaces between them."""
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    rows = ("  ".join(f"{c:{w}}" for c, w in zip(line, widths, strict=True)) for line in lines)
    return "\n".join(row.rstrip() for row in rows)
