"""What is said below a table: footnotes, marks, units, and metrics that nobody has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from leaderboards import markdown as md
from leaderboards.board import Section
from leaderboards.columns import BASELINE, RANKED_BY, column
from leaderboards.reasons import plain
from leaderboards.tasks import items, mode, videos
from metrics.result import MetricValue, Result

BOLD, RANK, BETTER, WORSE = "bold", "rank", "†", "‡"
_MARKS = {
    RANK: f"Rank by {column(RANKED_BY).title}; rows share it (=) that the paired 95 % interval "
    "cannot tell from the first of them.",
    BOLD: "**Bold**: the best value, and every one that the paired 95 % interval cannot tell from "
    "it.",
    BETTER: f"<sup>{BETTER}</sup> better than {BASELINE}: the paired 95 % interval excludes 0.",
    WORSE: f"<sup>{WORSE}</sup> worse than {BASELINE}: the paired 95 % interval excludes 0.",
}


@dataclass
class Notes:
    """Collects what the cells of a table refer to.

    Attributes:
        letters: Reason -> letter of its footnote, in order of first use.
        marks: The marks that occur.
    """

    letters: dict[str, str] = field(default_factory=dict)
    marks: set[str] = field(default_factory=set)

    def reference(self, reason: str) -> str:
        """Return the superscript that refers to the footnote saying ``reason``."""
        letter = self.letters.setdefault(reason, letters(len(self.letters)))
        return f"<sup>{letter}</sup>"

    def text(
        self,
        sections: Sequence[Section],
        *,
        shown: Sequence[str],
        absent: Sequence[tuple[Section, str]],
    ) -> str:
        """Return all notes in small type, one a line.

        Args:
            sections: Of one data set, whose tables stand above.
            shown: The metrics that any of the tables has.
            absent: The metrics that a table lacks since no row of its section has a value.
        """
        lines = [*self.footnotes(), *(text for mark, text in _MARKS.items() if mark in self.marks)]
        lines += [_legend(sections), _units(sections, shown)]
        lines += [
            f"{md.escape(column(metric).title)} without interval: {_said([why])}"
            for metric in shown
            if (why := shared_reason(sections, metric))
        ]
        return small_print([*lines, *_absences(sections, absent)])

    def footnotes(self) -> list[str]:
        """Return what the letters stand for, in order of their first use."""
        return [f"<sup>{letter}</sup> {_said([why])}" for why, letter in self.letters.items()]


def small_print(lines: Iterable[str]) -> str:
    """Return ``lines`` in small type, empty ones left out."""
    return "<br>\n".join(f"<sub>{line}</sub>" for line in lines if line) + "\n"


def letters(index: int) -> str:
    """Return a, b, ... z, aa, ab, ... for 0, 1, ...

    Example:
        >>> letters(0), letters(25), letters(26)
        ('a', 'z', 'aa')
    """
    text = ""
    while index >= 0:
        index, rest = divmod(index, 26)
        text, index = chr(ord("a") + rest) + text, index - 1
    return text


def _legend(sections: Sequence[Section]) -> str:
    task = sections[0].task
    ranked = [row.metrics.get(RANKED_BY) for section in sections for row in section.methods]
    known = not ranked or any(figure and figure.value is not None for figure in ranked)
    order = f"best {column(RANKED_BY).title} first" if known else "by name"
    return (
        f"Mean over {items(task)} and its 95 % interval (bootstrap over {videos(task)}); {order}; "
        "*italics*: anchors, not ranked."
    )


def _figures(sections: Sequence[Section], metric: str) -> list[MetricValue]:
    rows = (row for section in sections for row in section.rows)
    return [row.metrics[metric] for row in rows if metric in row.metrics]


def _units(sections: Sequence[Section], metrics: Sequence[str]) -> str:
    """Return ``Units: intensity in [0, 1] (L1, foreground L1); px (AKD).``."""
    titles: dict[str, list[str]] = {}
    for metric in metrics:
        units = sorted({figure.unit for figure in _figures(sections, metric)})
        titles.setdefault(" or ".join(units), []).append(md.escape(column(metric).title))
    said = [f"{md.escape(unit)} ({', '.join(shown)})" for unit, shown in titles.items()]
    return f"Units: {'; '.join(said)}." if said else ""


def _absences(sections: Sequence[Section], absent: Sequence[tuple[Section, str]]) -> Iterable[str]:
    """Say why there is no column: ``No AKD of motion (absolute): ...``."""
    modes: dict[tuple[str, str], list[str]] = {}
    for section, metric in absent:
        why = _reasons(_figures([section], metric))
        modes.setdefault((metric, why), []).append(mode(section.task))
    for (metric, why), of in modes.items():
        where = "" if len(of) == len(sections) else f" ({', '.join(of)})"
        yield f"No {md.escape(column(metric).title)}{where}: {why}"


def _said(reasons: Iterable[str]) -> str:
    """Return the distinct ``reasons`` as one sentence."""
    return "; ".join(sorted({md.escape(plain(reason)) for reason in reasons})) + "."


def _reasons(figures: Sequence[MetricValue]) -> str:
    return _said(figure.reason or "no reason given" for figure in figures)


def shared_reason(sections: Sequence[Section], metric: str) -> str | None:
    """Return why no value of ``metric`` has an interval, if it is the same for all of them."""
    figures = [figure for figure in _figures(sections, metric) if figure.value is not None]
    reasons = {figure.reason if figure.lo is None else None for figure in figures}
    return reasons.pop() if len(reasons) == 1 else None


def reason_beside(row: Result, metric: str, *, shared: str | None) -> str:
    """Return what must be said of a value: its reason, and that clips are without; else empty.

    Args:
        row: Has a value of ``metric``.
        metric: The metric id.
        shared: What is said once for the whole column, `shared_reason`.
    """
    figure, of = row.metrics[metric], f"of {row.coverage.scored}"
    said = [figure.reason] if figure.reason and figure.reason != shared else []
    told = any(f"{of} {what}" in (figure.reason or "") for what in ("clips", "pairs"))
    if figure.clips < row.coverage.scored and not told:
        said.append(f"a value on {figure.clips} {of} {items(row.task)} only")
    return "; ".join(said)
