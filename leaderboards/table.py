"""The files of a board: ``table.csv``, ``paired.csv``, ``table.md``. Pure text from results."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from datasets.registry import shown_name
from leaderboards import markdown as md
from leaderboards.board import Section, sections
from leaderboards.columns import BASELINE, ordered, verdict
from leaderboards.rows import header, name, values_table
from metrics.result import PairedDifference, Result

PAIRED_COLUMNS = (
    "dataset",
    "method",
    "reference",
    "metric",
    "difference",
    "lo",
    "hi",
    "clips",
    "videos",
    "verdict",
)


def render(results: Iterable[Result], *, version: str, profile: str) -> dict[str, str]:
    """Return the derived files of a board: file name -> text.

    The order of ``results`` does not matter; nothing but their content does.
    """
    groups = sections(results)
    return {
        "paired.csv": paired_csv(groups),
        "table.csv": table_csv(groups),
        "table.md": table_md(groups, version=version, profile=profile),
    }


def table_csv(groups: Sequence[Section]) -> str:
    """Return one line per data set and method with full precision; empty = null."""
    metrics = ordered(name for group in groups for name in group.metrics)
    names = [cell for m in metrics for cell in (m, f"{m}_lo", f"{m}_hi")]
    lines = [["dataset", "method", "status", *names]]
    for row in (row for group in groups for row in group.rows):
        cells = [cell for metric in metrics for cell in _numbers(row, metric)]
        lines.append([row.shown_name, row.method, row.status, *cells])
    return _csv(lines)


def paired_csv(groups: Sequence[Section]) -> str:
    """Return every paired difference (method - reference), with what its interval says."""
    lines: list[Sequence[str]] = [PAIRED_COLUMNS]
    for row in (row for group in groups for row in group.rows):
        for reference in sorted(row.paired):
            for metric in ordered(row.paired[reference]):
                pair = row.paired[reference][metric]
                numbers = [_repr(n) for n in (pair.difference, pair.lo, pair.hi)]
                said = verdict(metric, pair.lo, pair.hi) or ""
                counts = [str(pair.clips), str(pair.videos)]
                head = [row.shown_name, row.method, reference, metric]
                lines.append([*head, *numbers, *counts, said])
    return _csv(lines)


def _csv(lines: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue()


def _repr(number: float | None) -> str:
    return "" if number is None else repr(float(number))


def _numbers(row: Result, metric: str) -> list[str]:
    figure = row.metrics.get(metric)
    return [_repr(n) for n in (figure.value, figure.lo, figure.hi)] if figure else ["", "", ""]


def table_md(groups: Sequence[Section], *, version: str, profile: str) -> str:
    """Return the whole board for readers: values, differences and costs of each data set."""
    parts = [
        f"# Leaderboard {version}, profile {profile}\n",
        "Made from `results/` by `python -m leaderboards.build`; edits are lost. All digits are in "
        "`table.csv`, all paired differences in `paired.csv`.\n",
    ]
    for group in groups:
        parts.append(f"## {shown_name(group.dataset, profile)}\n")
        parts.append(split_line(group) + "\n")
        parts.append(values_table(group, group.metrics))
        parts += [part for part in (_differences(group), _costs(group)) if part]
    return "\n".join(parts)


def split_line(group: Section) -> str:
    """Return which clips the comparable rows of ``group`` were scored on."""
    row = group.rows[0]
    videos = max((figure.videos for figure in row.metrics.values()), default=0)
    return (
        f"Split **{md.escape(row.split.id)}** (sha256 {md.escape(row.split.sha256[:12])}…), "
        f"{md.escape(row.split.partition)}: "
        f"{row.coverage.scored} of {row.coverage.expected} clips from {videos} videos."
    )


def _differences(group: Section) -> str:
    """Return the table of paired differences from copy-source; empty if nothing has any."""
    rows = [row for row in group.methods if row.paired.get(BASELINE)]
    metrics = ordered(metric for row in rows for metric in row.paired[BASELINE])
    if not metrics:
        return ""
    lines = [
        [name(row), *(_difference(row.paired[BASELINE].get(metric)) for metric in metrics)]
        for row in rows
    ]
    head = ["Method", *map(header, metrics)]
    return (
        f"### {shown_name(group.dataset, rows[0].profile)}: difference from {BASELINE}\n\n"
        "Method minus anchor on the same clips, paired 95 % interval.\n\n" + md.table(head, lines)
    )


def _difference(pair: PairedDifference | None) -> str:
    if pair is None:
        return md.NONE
    if pair.lo is None or pair.hi is None:
        return md.number(pair.difference, sign=True)
    ends = (pair.lo, pair.hi)
    like = max(abs(pair.difference), *map(abs, ends))
    text = md.number(pair.difference, like=like, sign=True)
    return text + md.small(md.interval(*ends, like=like, sign=True))


def _costs(group: Section) -> str:
    """Return size and cost of the rows that come from a checkpoint; empty if none does."""
    lines = []
    for row in group.rows:
        made = row.checkpoint
        if made:
            size = [md.magnitude(made.parameters), md.magnitude(made.macs), str(made.steps)]
            ids = [str(made.seed), md.escape(made.fingerprint[:12])]
            lines.append([name(row), *size, *ids])
    if not lines:
        return ""
    head = ["Method", "Parameters", "MACs per frame", "Steps", "Seed", "Fingerprint"]
    title = f"### {shown_name(group.dataset, group.rows[0].profile)}: size and cost\n\n"
    return title + md.table(head, lines)


def readme_section(group: Section, metrics: Sequence[str]) -> str:
    """Return the short board of one data set for the README."""
    return f"{split_line(group)}\n\n{values_table(group, metrics, narrow=True)}"
