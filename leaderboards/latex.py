r"""``table.tex``: the main columns of every data set as booktabs tables, for papers.

Put ``\usepackage{booktabs}`` into the preamble and ``\input`` the file.
"""

from __future__ import annotations

from collections.abc import Sequence

from leaderboards.board import Section
from leaderboards.columns import RANKED_BY, README_METRICS, column
from leaderboards.latex_text import bold, escape, number, row
from leaderboards.notes import letters
from leaderboards.standings import Standing, standings
from leaderboards.tasks import RECONSTRUCTION, items
from metrics.result import MetricValue, Result

_ARROWS = {"lower": r" $\downarrow$", "higher": r" $\uparrow$", None: ""}
_HEAD = (
    "% Made by python -m leaderboards.build; edits are lost.\n"
    "% Needs \\usepackage{booktabs}; \\input this file where the tables belong.\n"
)


def table_tex(groups: Sequence[Section], *, version: str, profile: str) -> str:
    """Return one table per data set of reconstructions that has ranked rows or anchors.

    Args:
        groups: The sections of the reconstruction, in order.
        version: Version word of the board.
        profile: Its profile.
    """
    parts = [_HEAD + f"% Leaderboard {version}, profile {profile}.\n"]
    tables = [_table(group) for group in groups if group.methods or group.anchors]
    return "\n".join([*parts, *(tables or ["% No reproduced rows yet.\n"])])


class _Notes:
    """Letters of the reasons that stand below a table."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}

    def mark(self, reason: str) -> str:
        letter = self.known.setdefault(reason, letters(len(self.known)))
        return f"\\textsuperscript{{{letter}}}"

    def lines(self) -> list[str]:
        return [
            f"\\textsuperscript{{{letter}}} {escape(why.rstrip('.'))}."
            for why, letter in self.known.items()
        ]


def _table(group: Section) -> str:
    rows = group.methods + group.anchors
    metrics = [m for m in README_METRICS if any(_value(each, m) is not None for each in rows)]
    ranks = standings(group, RANKED_BY)
    standing = {metric: standings(group, metric) for metric in metrics}
    notes = _Notes()
    body = [_head(metrics, ranks)]
    for place, each in enumerate(rows):
        if place:
            body.append(r"\midrule" if place == len(group.methods) else r"\addlinespace")
        body += _lines(each, metrics, ranks, standing, notes)
    columns = "rl" if ranks else "l"
    first, legend = rows[0], _legend(group, ranks, standing, metrics)
    return "\n".join(
        [
            f"% sha256 of the list: {escape(first.split.sha256)}",
            r"\begin{table*}",
            r"\centering",
            f"\\caption{{{_caption(first)}}}",
            f"\\label{{tab:{_label(first)}}}",
            r"\footnotesize",
            f"\\begin{{tabular}}{{{columns}{'r' * len(metrics)}}}",
            r"\toprule",
            *body,
            r"\bottomrule",
            r"\end{tabular}",
            "",
            r"\smallskip",
            *(f"{line}\\par" for line in [*notes.lines(), *legend]),
            r"\end{table*}",
            "",
        ]
    )


def _caption(first: Result) -> str:
    videos = max((figure.videos for figure in first.metrics.values()), default=0)
    split = first.split
    return (
        f"Reconstruction on \\texttt{{{escape(split.id)}}}, {escape(split.partition)} "
        f"(list \\texttt{{{escape(split.sha256[:16])}}}): {first.coverage.scored} of "
        f"{first.coverage.expected} {items(RECONSTRUCTION)} from {videos} videos."
    )


def _label(first: Result) -> str:
    return "".join(char for char in first.shown_name if char.isalnum() or char == "-")


def _head(metrics: Sequence[str], ranks: dict[str, Standing]) -> str:
    names = [escape(column(m).title) + _ARROWS[column(m).better] for m in metrics]
    return row([*(["Rank"] if ranks else []), "Method", *names]) + "\n\\midrule"


def _lines(
    each: Result,
    metrics: Sequence[str],
    ranks: dict[str, Standing],
    standing: dict[str, dict[str, Standing]],
    notes: _Notes,
) -> list[str]:
    """Return a row of values and, below it, one of their intervals."""
    name = escape(each.method)
    shown = f"\\textit{{{name}}}" if each.status == "anchor" else name
    rank = ranks[each.method].text if each.method in ranks else "--"
    lead = [rank, shown] if ranks else [shown]
    values, ends = [], []
    for metric in metrics:
        figure = each.metrics.get(metric)
        place = standing[metric].get(each.method)
        best = place is not None and place.best and column(metric).bold
        values.append(_cell(figure, notes, best=best))
        ends.append(_interval(figure))
    lines = [row([*lead, *values])]
    if any(ends):
        lines.append(row([*("" for _ in lead), *ends]))
    return lines


def _cell(figure: MetricValue | None, notes: _Notes, *, best: bool) -> str:
    if figure is None or figure.value is None:
        reason = figure.reason if figure and figure.reason else "not in the result file"
        return f"--{notes.mark(reason)}"
    text = number(figure.value)
    text = bold(text) if best else text
    told = figure.reason if figure.reason and figure.lo is not None else None
    return text + (notes.mark(told) if told else "")


def _interval(figure: MetricValue | None) -> str:
    if figure is None or figure.value is None or figure.lo is None or figure.hi is None:
        return ""
    if figure.lo == figure.hi == figure.value:
        return ""
    like = figure.value or max(abs(figure.lo), abs(figure.hi))
    return f"{{\\tiny {{[}}{number(figure.lo, like=like)}, {number(figure.hi, like=like)}]}}"


def _legend(
    group: Section,
    ranks: dict[str, Standing],
    standing: dict[str, dict[str, Standing]],
    metrics: Sequence[str],
) -> list[str]:
    rows = group.methods + group.anchors
    lines = ["Below a mean over clips its 95\\,\\% interval, clustered by source video."]
    if ranks:
        lines.append(
            f"Rank by {column(RANKED_BY).title}; rows share it (=) that the paired 95\\,\\% "
            "interval cannot tell from the first of them."
        )
    if any(place.best for found in standing.values() for place in found.values()):
        lines.append(
            "\\textbf{Bold}: the best value, and every one that the paired interval cannot tell "
            "from it."
        )
    if group.anchors:
        lines.append("\\textit{Italics}: anchors, not ranked.")
    units = [
        f"{escape(column(m).title)}: {escape(unit)}"
        for m in metrics
        for unit in sorted({each.metrics[m].unit for each in rows if m in each.metrics})
    ]
    lines.append(f"Units: {'; '.join(units)}.")
    if group.apart:
        lines.append(f"Rows that stand apart, and are left out here: {len(group.apart)}.")
    return lines


def _value(each: Result, metric: str) -> float | None:
    figure = each.metrics.get(metric)
    return figure.value if figure else None
