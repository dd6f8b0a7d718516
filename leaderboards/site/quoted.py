"""What papers report of a data set, as tables: never ranked, never mixed with what was measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from leaderboards.reported import KINDS, Reported

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
        metrics: The paper's names of its metrics, in order of first mention.
        units: Their units.
        lines: One a method, in the order of the paper.
    """

    dataset: str
    caption: str
    source: str
    metrics: tuple[str, ...]
    units: tuple[str, ...]
    lines: tuple[QuotedLine, ...]


def quoted(reported: Sequence[Reported], datasets: Iterable[str]) -> list[Quoted]:
    """Return the tables of ``datasets``, in their order; main experiments first."""
    found = []
    for dataset in datasets:
        groups: dict[tuple[str, str, str], list[Reported]] = {}
        for said in reported:
            if said.dataset == dataset:
                groups.setdefault((said.kind, said.setting, said.source), []).append(said)
        ordered = sorted(groups.items(), key=lambda group: KINDS.index(group[0][0]))
        found += [_table(dataset, *key, rows) for key, rows in ordered]
    return found


def _table(dataset: str, kind: str, setting: str, source: str, rows: Sequence[Reported]) -> Quoted:
    title = TITLES[kind]
    units = {said.metric: said.unit for said in rows}
    places = {name: _places(s.text for s in rows if s.metric == name) for name in units}
    lines: dict[str, dict[str, Reported]] = {}
    for said in rows:
        lines.setdefault(said.method, {})[said.metric] = said
    return Quoted(
        dataset=dataset,
        caption=title if setting.lower() in ("", title.lower()) else f"{title}: {setting}",
        source=source,
        metrics=tuple(units),
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
