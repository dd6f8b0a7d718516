"""Everything on the page of a study as one CSV, with full precision."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from datasets.registry import shown_name
from leaderboards.claims import Finding
from leaderboards.csv_files import csv_text, exact
from leaderboards.pairs import POOLED, Pair, arranged
from leaderboards.seeds import Group, Row

COLUMNS = (
    "dataset",
    "task",
    "row",
    "method",
    "other",
    "metric",
    "seed",
    "value",
    "lo",
    "hi",
    "clips",
    "videos",
    "verdict",
    "reason",
)
"""``row`` says what a line is, and with it what ``value``, ``lo`` and ``hi`` are:

* ``result``: the value of ``method`` with ``seed`` (empty: an anchor) and its 95 % interval;
* ``mean``: over the seeds that have a value, with the smallest and the largest;
* ``difference``: ``method`` - ``other``, of a seed or pooled, with its paired 95 % interval;
* ``claim``: that ``method`` is better than ``other``, with the outcome as ``verdict``.
"""


def study_csv(
    findings: Iterable[tuple[Group, Sequence[Finding]]], pairs: Sequence[Pair], *, profile: str
) -> str:
    """Return one line per result, mean, difference and claim, data set by data set."""
    lines: list[Sequence[str]] = [COLUMNS]
    for group, some in findings:
        here = [p for p in arranged(pairs) if (p.dataset, p.task) == (group.dataset, group.task)]
        body = [
            *(line for row in group.rows for line in _row(row, group.metrics)),
            *map(_difference, here),
            *map(_claim, some),
        ]
        lead = [shown_name(group.dataset, profile), group.task]
        lines += [[*lead, *cells] for cells in body]
    return csv_text(lines)


def _row(row: Row, metrics: Iterable[str]) -> Iterable[list[str]]:
    for metric in metrics:
        for seed, figure in row.figures(metric).items():
            numbers = [exact(n) for n in (figure.value, figure.lo, figure.hi)]
            counts = [str(figure.clips), str(figure.videos)]
            head = ["result", row.method, "", metric, "" if seed is None else str(seed)]
            yield [*head, *numbers, *counts, "", figure.reason or ""]
        values = row.values(metric)
        if values and not row.anchor:
            numbers = [exact(n) for n in (row.mean(metric), min(values), max(values))]
            yield ["mean", row.method, "", metric, "", *numbers, "", "", "", ""]


def _difference(pair: Pair) -> list[str]:
    numbers = [exact(n) for n in (pair.difference, pair.lo, pair.hi)]
    counts = [str(pair.clips), str(pair.videos)]
    head = ["difference", pair.first, pair.second, pair.metric, pair.label]
    return [*head, *numbers, *counts, pair.verdict or "", pair.reason]


def _claim(finding: Finding) -> list[str]:
    claim, pooled = finding.claim, finding.pooled
    head = ["claim", claim.better, claim.worse, claim.metric, POOLED]
    numbers = (pooled.difference, pooled.lo, pooled.hi) if pooled else (None, None, None)
    counts = [str(pooled.clips), str(pooled.videos)] if pooled else ["", ""]
    return [*head, *map(exact, numbers), *counts, finding.outcome, finding.why]
