"""What papers report, as markdown: blocks of their own, in full boards only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from datasets.registry import DATASETS
from leaderboards import markdown as md
from leaderboards.notes import small_print
from leaderboards.reported import Reported

_TITLES = {
    "main": "",
    "ablation": "Ablations:",
    "image-to-video": "Image to video:",
    "user-study": "User studies, the fraction that preferred the first:",
}
_ABOUT = (
    "From papers, never ranked: other clips, extractors and trainings than ours, and the "
    "formulas of the 2019 scripts."
)
_RECALLED = "<sup>r</sup> from memory, not checked against a text: check it before you quote it."
_NOTHING = "No paper's number is recorded for this data set."
_WITHHELD = {
    "mgif": "What is known of papers' numbers for this data set are recollections of low "
    "confidence; none is shown.",
}


def reported_block(rows: Iterable[Reported], dataset: str) -> str:
    """Return the block of one data set: a table per kind of number, and what they are.

    Args:
        rows: All that is reported.
        dataset: A registry name, or the literature's own.
    """
    own = [row for row in rows if row.dataset == dataset]
    if not own:
        return f"**Reported in papers:** {_WITHHELD.get(dataset, _NOTHING)}\n"
    parts = ["**Reported in papers**\n"]
    for kind, title in _TITLES.items():
        if some := [row for row in own if row.kind == kind]:
            parts += [f"{title}\n"] if title else []
            parts.append(_table(some))
    recalled = any(row.confidence == "recalled" for row in own)
    return "\n".join([*parts, small_print([_ABOUT, _RECALLED if recalled else ""])])


def other_datasets(rows: Iterable[Reported]) -> list[str]:
    """Return the data sets of the literature that are on no board, in the order of the table."""
    return [name for name in dict.fromkeys(row.dataset for row in rows) if name not in DATASETS]


def _table(rows: Sequence[Reported]) -> str:
    """Return one line per method, paper and setting, one column per metric."""
    metrics = list(dict.fromkeys((row.metric, row.unit) for row in rows))
    lines: dict[tuple[str, ...], dict[tuple[str, str], Reported]] = {}
    for row in rows:
        of = row.method, row.paper, str(row.year), row.source, row.setting
        lines.setdefault(of, {})[row.metric, row.unit] = row
    head = ["Method", "Paper", *(md.escape(m) + md.small(md.escape(unit)) for m, unit in metrics)]
    cells = [
        [
            md.escape(method),
            f"{md.escape(paper)} {year}{md.small(f'{md.escape(source)}; {md.escape(setting)}')}",
            *(_cell(values.get(metric)) for metric in metrics),
        ]
        for (method, paper, year, source, setting), values in lines.items()
    ]
    return md.table(head, cells, left=2)


def _cell(row: Reported | None) -> str:
    if row is None:
        return md.NONE
    return md.escape(row.text) + ("<sup>r</sup>" if row.confidence == "recalled" else "")
