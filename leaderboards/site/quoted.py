"""What papers report of a data set, as tables: never ranked, never mixed with what was measured."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from leaderboards.columns import METRIC_ORDER
from leaderboards.reported import KINDS, Reported

_ARXIV = re.compile(r"\barXiv[ :](\d{4}\.\d{4,5})\b")
TITLES = {
    "main": "Main experiment",
    "ablation": "Ablation",
    "image-to-video": "Image-to-video translation",
    "user-study": "User study",
}


@dataclass(frozen=True)
class QuotedCell:
    """A value as it is printed, and whether it was recalled without the paper's text."""

    text: str
    recalled: bool


@dataclass(frozen=True)
class QuotedLine:
    """One method as the paper names it; a cell is None where the paper has no value."""

    method: str
    method_id: str
    cells: tuple[QuotedCell | None, ...]


@dataclass(frozen=True)
class Quoted:
    """One table of reported values: of one data set, kind of experiment, setting and source.

    Attributes:
        dataset: Our registry name, or the literature's own.
        caption: Kind of experiment and setting.
        source: The paper, and where in it.
        link: Where the paper is; empty if its number on arXiv is not known.
        metrics: The paper's names of its metrics with an arrow, in order of first mention.
        units: Their units.
        lines: One a method, in the order of the paper.
    """

    dataset: str
    caption: str
    source: str
    link: str
    metrics: tuple[str, ...]
    units: tuple[str, ...]
    lines: tuple[QuotedLine, ...]


def quoted(reported: Sequence[Reported], datasets: Iterable[str]) -> list[Quoted]:
    """Return the tables of ``datasets``, in their order; main experiments first."""
    links = _links(reported)
    found = []
    for dataset in datasets:
        groups: dict[tuple[str, str, str], list[Reported]] = {}
        for said in reported:
            if said.dataset == dataset:
                groups.setdefault((said.kind, said.setting, said.source), []).append(said)
        ordered = sorted(groups.items(), key=lambda group: KINDS.index(group[0][0]))
        found += [_table(dataset, *key, rows, link=links[rows[0].paper]) for key, rows in ordered]
    return found


def _links(reported: Sequence[Reported]) -> dict[str, str]:
    """Return paper -> its page on arXiv, if any of its rows names its number there."""
    links = {said.paper: "" for said in reported}
    for said in reported:
        if number := _ARXIV.search(said.source):
            links[said.paper] = f"https://arxiv.org/abs/{number[1]}"
    return links


def named(metric: str) -> str:
    """Return a paper's name of a metric with an arrow in the good direction.

    Example:
        >>> named("AKD"), named("preference"), named("APE")
        ('AKD ↓', 'Preference ↑', 'APE')
    """
    name = metric[:1].upper() + metric[1:]
    known = [column.better for column in METRIC_ORDER if column.title == name]
    if name == "Preference" or "higher" in known:
        return f"{name} ↑"
    return f"{name} ↓" if known else name


def titled(kind: str, setting: str) -> str:
    """Return kind of experiment and setting in words, which often begin with the kind.

    Example:
        >>> titled("user-study", "user study, 50 pairs"), titled("main", "256x256")
        ('User study: 50 pairs', 'Main experiment: 256x256')
    """
    word = kind.replace("-study", " study")
    told = setting[len(word) :].lstrip(" ,:") if setting.lower().startswith(word) else setting
    return f"{TITLES[kind]}: {told}" if told else TITLES[kind]


def _table(
    dataset: str, kind: str, setting: str, source: str, rows: Sequence[Reported], *, link: str
) -> Quoted:
    units = {said.metric: said.unit for said in rows}
    places = {name: _places(s.text for s in rows if s.metric == name) for name in units}
    lines: dict[str, dict[str, Reported]] = {}
    for said in rows:
        lines.setdefault(said.method, {})[said.metric] = said
    return Quoted(
        dataset=dataset,
        caption=titled(kind, setting),
        source=source,
        link=link,
        metrics=tuple(map(named, units)),
        units=tuple(units.values()),
        lines=tuple(_line(method, cells, places) for method, cells in lines.items()),
    )


def _places(texts: Iterable[str]) -> int:
    return max(len(text.partition(".")[2]) for text in texts)


def _line(method: str, cells: Mapping[str, Reported], places: Mapping[str, int]) -> QuotedLine:
    return QuotedLine(
        method=method,
        method_id=next(iter(cells.values())).method_id,
        cells=tuple(
            QuotedCell(f"{cells[name].value:.{count}f}", cells[name].confidence != "confirmed")
            if name in cells
            else None
            for name, count in places.items()
        ),
    )
