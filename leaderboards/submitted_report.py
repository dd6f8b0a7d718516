"""The table that is shown under a pull request: the new row beside those of its board."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from datasets.registry import UsageError
from leaderboards import markdown as md
from leaderboards.board import key, sections
from leaderboards.columns import ANIMATION_README_METRICS, README_METRICS, column, ordered
from leaderboards.findings import Finding, Findings
from leaderboards.rows import values_table
from leaderboards.submitted_changes import same
from leaderboards.submitted_scores import Scored
from leaderboards.tasks import RECONSTRUCTION
from metrics.result import ClipRow, Result

Rows = Mapping[str, tuple[Result, Sequence[ClipRow]]]
MARK = "<!-- leaderboards.validate -->"
"""The first line: whoever posts the report finds an earlier one by it."""
_MENTION = re.compile(r"(?<!\w)@(?=\w)")
_MOST = 30
"""Findings that are listed; a hostile submission has thousands."""


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
    """Return everything as GitHub's markdown; nothing in it is markup of the submission's.

    Args:
        checked: The submissions.
        findings: What was found.
        board: Returns the rows of the board that a result belongs to.
    """
    checked = list(checked)
    verdict = (
        f"**{len(findings.problems)} problems** stand in the way"
        if findings.problems
        else "No problem found"
    )
    parts = [MARK, "## Submission check\n", f"{verdict}; {len(findings.warnings)} warnings.\n"]
    parts += _listed("Problems", findings.problems)
    parts += _listed("Warnings", findings.warnings)
    for one in checked:
        for task, scored in one.scored.items():
            shown, method = (md.escape(n) for n in (scored.result.shown_name, scored.result.method))
            parts.append(f"### {method} on {shown}, {md.escape(task)}\n")
            if task in one.before:
                parts.append(_changes(one.before[task], scored.result))
            parts.append(_table(scored, board))
    return _MENTION.sub("@\u200b", "\n".join(parts).rstrip()) + "\n"


def _listed(title: str, found: Sequence[Finding]) -> list[str]:
    if not found:
        return []
    lines = [f"* {md.escape(one.file)}: {md.escape(one.text)}" for one in found[:_MOST]]
    more = [f"* and {len(found) - _MOST} more"] if len(found) > _MOST else []
    return [f"### {title}\n", "\n".join([*lines, *more]) + "\n"]


def _table(scored: Scored, board: Callable[[Result], Rows]) -> str:
    """Return the table of the data set with the new row in it."""
    result = scored.result
    try:
        rows = {name: row for name, row in board(result).items() if name != result.method}
        rows |= {result.method: (result, scored.clips)}
        clips = {key(row): values for row, values in rows.values()}
        section = sections([row for row, _ in rows.values()], clips)[0]
    except UsageError as error:
        return f"The board cannot be shown: {md.escape(str(error))}\n"
    shown = README_METRICS if result.task == RECONSTRUCTION else ANIMATION_README_METRICS
    return values_table(section, [m for m in shown if m in section.metrics], narrow=True)


def _changes(old: Result, new: Result) -> str:
    """Return what an update changes: metric, old value, new value."""
    lines = []
    for name in ordered({*old.metrics, *new.metrics}):
        one, other = (
            row.metrics[name].value if name in row.metrics else None for row in (old, new)
        )
        if not same(one, other):
            lines.append([md.escape(column(name).header), *map(_number, (one, other))])
    if not lines:
        return "An update that changes no score.\n"
    return md.table(["Metric", "Before", "Now"], lines)


def _number(value: float | None) -> str:
    return md.NONE if value is None else md.number(value)
