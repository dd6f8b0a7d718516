"""Paired differences from copy-source as markdown."""

from __future__ import annotations

from collections.abc import Sequence

from datasets.registry import shown_name
from leaderboards import markdown as md
from leaderboards.board import Section
from leaderboards.columns import BASELINE, ordered
from leaderboards.rows import header, name
from leaderboards.tasks import items, mode
from metrics.result import PairedDifference, Result


def differences_table(sections: Sequence[Section]) -> str:
    """Return the differences of one data set from copy-source; empty if nothing has any.

    Args:
        sections: Of one data set; those of several modes share the table, each with own rows.
    """
    rows = [row for section in sections for row in section.methods if row.paired.get(BASELINE)]
    metrics = ordered(metric for row in rows for metric in row.paired[BASELINE])
    if not metrics:
        return ""
    lines = [
        [_name(row), *(difference(row.paired[BASELINE].get(metric)) for metric in metrics)]
        for row in rows
    ]
    head = ["Method", *map(header, metrics)]
    return (
        f"### {shown_name(rows[0].dataset, rows[0].profile)}: difference from {BASELINE}\n\n"
        f"Method minus anchor on the same {items(rows[0].task)}, paired 95 % interval.\n\n"
        + md.table(head, lines)
    )


def _name(row: Result) -> str:
    return name(row) + (md.small(mode(row.task)) if mode(row.task) else "")


def difference(pair: PairedDifference | None, *, said: str = "") -> str:
    """Return a difference and below it, small, its interval and what is ``said`` of it."""
    if pair is None:
        return md.NONE
    if pair.lo is None or pair.hi is None:
        text = md.number(pair.difference, sign=True)
        return text + (md.small(said) if said else "")
    ends = (pair.lo, pair.hi)
    like = max(abs(pair.difference), *map(abs, ends))
    text = md.number(pair.difference, like=like, sign=True)
    below = [md.interval(*ends, like=like, sign=True), *([said] if said else [])]
    return text + md.small(", ".join(below))
