"""One data set as markdown: the table of values and its marks."""

from __future__ import annotations

from collections.abc import Sequence

from leaderboards import markdown as md
from leaderboards.board import Section
from leaderboards.columns import BASELINE, column, verdict
from leaderboards.notes import BETTER, BOLD, WORSE, Notes, reason_beside, shared_reason
from metrics.result import MetricValue, Result


def values_table(section: Section, metrics: Sequence[str], *, narrow: bool = False) -> str:
    """Return the table of ``section`` over ``metrics`` with everything that explains it.

    A metric that no row has is not given a column; a line below says why. Rows that are not
    ranked (`Section.apart`) follow in a table of their own. ``narrow`` saves the column of
    clips: the coverage then stands under the method's name.
    """
    given = [m for m in metrics if m in section.metrics]
    measured = [m for m in given if any(_has_value(row, m) for row in section.rows)]
    notes = Notes()
    parts = []
    if section.methods or section.anchors:
        parts.append(_table(section, measured, notes, ranked=True, narrow=narrow))
    if section.apart:
        above = "comparable with the rows above, nor always " if parts else "always comparable "
        parts.append(f"Not ranked, for the reasons noted: not {above}with each other.\n")
        parts.append(_table(section, measured, notes, ranked=False, narrow=narrow))
    absent = [m for m in given if m not in measured]
    parts.append(notes.text(section, shown=measured, absent=absent))
    return "\n".join(parts)


def _table(
    section: Section, metrics: Sequence[str], notes: Notes, *, ranked: bool, narrow: bool
) -> str:
    """``ranked``: methods and anchors, with marks and bold; else the rows that stand apart."""
    lines = []
    first = winners(section) if ranked else set()
    shared = {metric: shared_reason(section, metric) for metric in metrics}
    for row in section.methods + section.anchors if ranked else section.apart:
        why = section.reasons.get(row.method, "")
        cells = [_name(row, notes.reference(why) if why else "", narrow=narrow)]
        for metric in metrics:
            mark = _mark(row, metric) if ranked and row.status != "anchor" else ""
            bold = (row.method, metric) in first
            cells.append(_cell(row, metric, notes, mark=mark, bold=bold, shared=shared[metric]))
        lines.append(cells if narrow else [*cells, coverage(row)])
    head = ["Method", *map(header, metrics)]
    return md.table(head if narrow else [*head, "Clips"], lines)


def header(metric: str) -> str:
    """Return title, arrow and, in small type, the metric id."""
    shown = column(metric)
    title = md.escape(shown.header).replace(" ↑", "&nbsp;↑").replace(" ↓", "&nbsp;↓")
    return title if shown.title == metric else title + md.small(md.escape(metric))


def name(row: Result) -> str:
    """Return the escaped method name, in italics for an anchor."""
    text = md.escape(row.method)
    return f"*{text}*" if row.status == "anchor" else text


def _name(row: Result, note: str, *, narrow: bool) -> str:
    below = f"{row.status}, {coverage(row)}" if narrow else row.status
    return f"{name(row)}{note}{md.small(below)}"


def coverage(row: Result) -> str:
    """Return scored and expected clips: ``28/28``."""
    return f"{row.coverage.scored}/{row.coverage.expected}"


def _has_value(row: Result, metric: str) -> bool:
    return metric in row.metrics and row.metrics[metric].value is not None


def _cell(
    row: Result, metric: str, notes: Notes, *, mark: str, bold: bool, shared: str | None
) -> str:
    figure = row.metrics.get(metric)
    if figure is None or figure.value is None:
        reason = figure.reason if figure and figure.reason else "not in the result file"
        return md.NONE + notes.reference(reason)
    text = md.number(figure.value)
    if bold:
        text = f"**{text}**"
        notes.marks.add(BOLD)
    if mark:
        text += f"<sup>{mark}</sup>"
        notes.marks.add(mark)
    beside = reason_beside(row, metric, shared=shared)
    if beside:
        text += notes.reference(beside)
    return text + _interval(figure, figure.value)


def _interval(figure: MetricValue, value: float) -> str:
    if figure.lo is None or figure.hi is None or figure.lo == figure.hi == value:
        return ""
    like = value or max(abs(figure.lo), abs(figure.hi))
    return md.small(md.interval(figure.lo, figure.hi, like=like))


def _mark(row: Result, metric: str) -> str:
    """Whether ``row`` is better or worse than copy-source by the paired interval."""
    return {"better": BETTER, "worse": WORSE}.get(paired_verdict(row, BASELINE, metric) or "", "")


def paired_verdict(row: Result, other: str, metric: str) -> str | None:
    """Return what the paired interval of ``row`` against ``other`` says; None if there is none."""
    pair = row.paired.get(other, {}).get(metric)
    return verdict(metric, pair.lo, pair.hi) if pair else None


def winners(section: Section) -> set[tuple[str, str]]:
    """Return (method, metric) where a ranked row beats every other by the paired interval.

    Separate intervals are never compared, and nothing wins without another ranked row.
    """
    found = set()
    for metric in section.metrics:
        rows = [row for row in section.methods if _has_value(row, metric)]
        if column(metric).bold and len(rows) > 1:
            best = min(rows, key=lambda row: _badness(row, metric))
            if all(_beats(best, other, metric) for other in rows if other is not best):
                found.add((best.method, metric))
    return found


def _badness(row: Result, metric: str) -> float:
    value = row.metrics[metric].value or 0.0
    return -value if column(metric).better == "higher" else value


def _beats(row: Result, other: Result, metric: str) -> bool:
    forth = paired_verdict(row, other.method, metric)
    back = paired_verdict(other, row.method, metric)
    return forth == "better" or (forth is None and back == "worse")
