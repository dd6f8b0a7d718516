"""One data set as markdown: tables of values and their marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from leaderboards import markdown as md
from leaderboards import sizes
from leaderboards.baseline import baseline_verdict
from leaderboards.board import Section
from leaderboards.columns import RANKED_BY, column
from leaderboards.common import common_subset
from leaderboards.notes import BETTER, BOLD, RANK, WORSE, Notes, reason_beside, shared_reason
from leaderboards.standings import standings
from leaderboards.tasks import items, mode, videos
from metrics.result import MetricValue, Result


def values_table(section: Section, metrics: Sequence[str], *, narrow: bool = False) -> str:
    """Return the table of one section with everything that explains it, see `values_tables`."""
    return values_tables([section], metrics, narrow=narrow)


def values_tables(
    sections: Sequence[Section], metrics: Sequence[str], *, narrow: bool = False
) -> str:
    """Return a table for each section of one data set, and below them what explains them.

    A metric that no row of a section has is not given a column; a line below says why. Rows that
    are not ranked (`Section.apart`) follow in a table of their own, and a further one of the
    common subset where some of them only scored other clips. Tables of animations begin with
    their mode. ``narrow`` saves columns: the coverage then stands under the method's name,
    and size and cost share one.
    """
    notes = Notes()
    shared = {metric: shared_reason(sections, metric) for metric in metrics}
    parts = []
    for section in sections:
        if mode(section.task):
            parts.append(f"**{mode(section.task)}**: {split_line(section.rows[0])}\n")
        measured = _measured(section, metrics)
        if section.methods or section.anchors:
            parts.append(_table(section, measured, notes, shared, ranked=True, narrow=narrow))
        if section.apart:
            ranked = section.methods or section.anchors
            above = (
                "comparable with the rows above, nor always " if ranked else "always comparable "
            )
            parts.append(f"Not ranked, for the reasons noted: not {above}with each other.\n")
            parts.append(_table(section, measured, notes, shared, ranked=False, narrow=narrow))
        if (subset := common_subset(section)) is not None:
            parts += _common(subset, metrics, notes, narrow=narrow)
    shown = [m for m in metrics if any(m in _measured(s, metrics) for s in sections)]
    absent = [
        (section, metric)
        for metric in metrics
        for section in sections
        if metric in section.metrics and metric not in _measured(section, metrics)
    ]
    parts.append(notes.text(sections, shown=shown, absent=absent))
    return "\n".join(parts)


def _common(subset: Section, metrics: Sequence[str], notes: Notes, *, narrow: bool) -> list[str]:
    """Return the table of `common_subset` and what it is."""
    measured = _measured(subset, metrics)
    shared = {metric: shared_reason([subset], metric) for metric in measured}
    what, count = items(subset.task), subset.rows[0].coverage.scored
    said = f"Also on the common subset: the {count} {what} that all of these scored"
    return [
        f"{said}. Means over values per {what[:-1]}, made again; no other metrics.\n",
        _table(subset, measured, notes, shared, ranked=True, narrow=narrow),
    ]


def _measured(section: Section, metrics: Sequence[str]) -> list[str]:
    return [m for m in metrics if any(has_value(row, m) for row in section.rows)]


def split_line(row: Result) -> str:
    """Return what ``row``, and whatever it can be compared with, was scored on."""
    count = max((figure.videos for figure in row.metrics.values()), default=0)
    of = videos(row.task) if mode(row.task) else "videos"
    return (
        f"Split **{md.escape(row.split.id)}**, {md.escape(row.split.partition)} "
        f"(list {md.escape(row.split.sha256[:12])}…): {row.coverage.scored} of "
        f"{row.coverage.expected} {items(row.task)} from {count} {of}."
    )


def _table(
    section: Section,
    metrics: Sequence[str],
    notes: Notes,
    shared: Mapping[str, str | None],
    *,
    ranked: bool,
    narrow: bool,
) -> str:
    """``ranked``: methods and anchors, with marks and bold; else the rows that stand apart."""
    lines = []
    standing = {metric: standings(section, metric) for metric in metrics if ranked}
    ranks = standings(section, RANKED_BY) if ranked else {}
    if ranks:
        notes.marks.add(RANK)
    size = [] if mode(section.task) else sizes.header(section.rows, narrow=narrow)
    for row in section.methods + section.anchors if ranked else section.apart:
        why = section.reasons.get(row.method, "")
        rank = [ranks[row.method].text if row.method in ranks else md.NONE] if ranks else []
        cells = [*rank, _name(row, notes.reference(why) if why else "", narrow=narrow)]
        for metric in metrics:
            mark = _mark(section, row, metric) if ranked and row.status != "anchor" else ""
            place = standing.get(metric, {}).get(row.method)
            bold = place is not None and place.best and column(metric).bold
            cells.append(_cell(row, metric, notes, mark=mark, bold=bold, shared=shared[metric]))
        cells += sizes.cells(row.checkpoint, narrow=narrow) if size else []
        lines.append(cells if narrow else [*cells, coverage(row)])
    named = ["Rank", "Method"] if ranks else ["Method"]
    head = [*named, *map(header, metrics), *size]
    head += [] if narrow else [items(section.task).capitalize()]
    return md.table(head, lines, left=len(named))


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
    """Return scored and expected clips or pairs: ``28/28``."""
    return f"{row.coverage.scored}/{row.coverage.expected}"


def has_value(row: Result, metric: str) -> bool:
    """Return whether ``row`` has a value of ``metric``."""
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


def _mark(section: Section, row: Result, metric: str) -> str:
    """Whether ``row`` is better or worse than copy-source by the paired interval."""
    said = baseline_verdict(section, row.method, metric)
    return {"better": BETTER, "worse": WORSE}.get(said or "", "")
