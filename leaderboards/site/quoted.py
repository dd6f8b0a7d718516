"""What papers report of a data set, as tables: never ranked, never mixed with what was measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leaderboards.reported import Reported

KINDS = {
    "main": "Main experiment",
    "ablation": "Ablation",
    "image-to-video": "Image-to-video translation",
    "user-study": "User study",
}


@dataclass(frozen=True)
class QuotedLine:
    """One method as one paper reports it; a cell is None where the paper has no value."""

    method: str
    method_id: str
    paper: str
    year: int
    source: str
    confidence: str
    cells: tuple[Reported | None, ...]


@dataclass(frozen=True)
class Quoted:
    """One table of reported values: one data set, one kind of experiment, one setting.

    Attributes:
        dataset: Our registry name, or the literature's own.
        kind: In words.
        setting: What the paper says it was measured on.
        metrics: The paper's names of its metrics, in order of first mention.
        units: Their units.
        lines: One a method and paper.
    """

    dataset: str
    kind: str
    setting: str
    metrics: tuple[str, ...]
    units: tuple[str, ...]
    lines: tuple[QuotedLine, ...]


def quoted(reported: Sequence[Reported], datasets: Iterable[str]) -> list[Quoted]:
    """Return the tables of ``datasets``, in their order; kinds and settings in order of mention."""
    found = []
    for dataset in datasets:
        groups: dict[tuple[str, str], list[Reported]] = {}
        for said in reported:
            if said.dataset == dataset:
                groups.setdefault((said.kind, said.setting), []).append(said)
        kinds = list(KINDS)
        for (kind, setting), rows in sorted(groups.items(), key=lambda g: kinds.index(g[0][0])):
            found.append(_table(dataset, KINDS[kind], setting, rows))
    return found


def _table(dataset: str, kind: str, setting: str, rows: Sequence[Reported]) -> Quoted:
    units = {said.metric: said.unit for said in rows}
    metrics = tuple(units)
    lines: dict[tuple[str, int, str], dict[str, Reported]] = {}
    for said in rows:
        lines.setdefault((said.paper, said.year, said.method), {})[said.metric] = said
    return Quoted(
        dataset=dataset,
        kind=kind,
        setting=setting,
        metrics=metrics,
        units=tuple(units.values()),
        lines=tuple(_line(cells, metrics) for cells in lines.values()),
    )


def _line(cells: dict[str, Reported], metrics: Sequence[str]) -> QuotedLine:
    one = next(iter(cells.values()))
    return QuotedLine(
        method=one.method,
        method_id=one.method_id,
        paper=one.paper,
        year=one.year,
        source="; ".join(sorted({said.source for said in cells.values()})),
        confidence="; ".join(sorted({said.confidence for said in cells.values()})),
        cells=tuple(cells.get(metric) for metric in metrics),
    )
