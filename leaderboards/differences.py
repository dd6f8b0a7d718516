"""Paired differences from copy-source as markdown."""

from __future__ import annotations

from collections.abc import Sequence

from datasets.registry import shown_name
from leaderboards import markdown as md
from leaderboards.baseline import from_baseline
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
    rows: list[tuple[Result, dict[str, PairedDifference]]] = []
    for section in sections:
        pairs = {metric: from_baseline(section, metric) for metric in section.metrics}
        for row in section.methods:
            if own := {m: of[row.method] for m, of in pairs.items() if row.method in of}:
                rows.append((row, own))
    if not rows:
        return ""
    metrics = ordered(metric for _, own in rows for metric in own)
    lines = [
        [_name(row), *(difference(own.get(metric)) for metric in metrics)] for row, own in rows
    ]
    first = rows[0][0]
    head = ["Method", *map(header, metrics)]
    return (
        f"### {shown_name(first.dataset, first.profile)}: difference from {BASELINE}\n\n"
        f"Method minus anchor on the same {items(first.task)}, paired 95 % interval.\n\n"
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
