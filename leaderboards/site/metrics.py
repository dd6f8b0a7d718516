"""A page per metric, and their index: what it means, by hand on an example, and who has what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from datasets.registry import DATASETS
from leaderboards.board import Section
from leaderboards.columns import BASELINE, column
from leaderboards.facts import MetricFacts
from leaderboards.rows import paired_verdict
from leaderboards.site import paths, words, worked
from leaderboards.site.grid import has_value, rank_text, ranking
from leaderboards.site.headings import task_title
from leaderboards.site.model import Page, Site
from leaderboards.tasks import items
from metrics.result import MetricValue, PairedDifference, Result

LONGEST = 50
"""Rows of a table at most; the page of the data set has all."""
INDEX = "metrics/index.html"
POOLING = {
    "clip": "every clip weighs the same",
    "frame": "every frame weighs the same",
    "set": "one figure for all frames",
}
READS = {
    "frames": "the frames: RGB, 8-bit",
    "mask": "the frames, and which pixels are foreground in truth",
    "motion": "the predicted flow, and the exact one",
    "occlusion": "the predicted visibility, and the exact one",
    "keypoints": "keypoints that a detector finds in the frames",
    "identity": "embeddings of who is seen in the frames",
    "features": "features of a network that was trained on other pictures",
}
EXACT = ("mask", "motion", "occlusion")
_SUBJECTS = {"body": "bodies", "face": "faces", "animal": "animals"}


@dataclass(frozen=True)
class Line:
    """One row of a table: the result and its figure of this metric."""

    row: Result
    figure: MetricValue
    rank: str
    best: bool
    pair: PairedDifference | None
    verdict: str


@dataclass(frozen=True)
class Table:
    """One data set in one task.

    Attributes:
        title: The task in words.
        section: Where the rows come from.
        lines: Ranked rows by rank, then anchors, then rows that are not ranked.
        more: How many ranked rows are left out.
        places: Decimals of the values.
        items: What a value is the mean over.
        paired: Whether a row has a paired difference.
    """

    title: str
    section: Section
    lines: tuple[Line, ...]
    more: int
    places: int
    items: str
    paired: bool


@dataclass(frozen=True)
class Tool:
    """The network that the values of a data set were computed with."""

    shown: str
    name: str
    sha256: str


def pages(site: Site) -> Iterable[Page]:
    """Return the index and the pages of all metrics of the version."""
    known = list(site.facts.values())
    tables = {facts.id: _tables(site, facts.id) for facts in known}
    yield Page(
        INDEX,
        "Metrics",
        "metrics.html.j2",
        {"metrics": known, "measured": {name: len(parts) for name, parts in tables.items()}},
        description="What every metric of the boards means, and how paper and clean differ.",
    )
    for facts in known:
        yield Page(
            paths.metric_page(facts.id),
            f"{facts.title} ({facts.id})",
            "metric.html.j2",
            {
                "facts": facts,
                "family": [other for other in known if other.id in facts.siblings],
                "bounds": bounds(facts),
                "reads": reads(facts),
                "where": where(site, facts),
                "lines": _example(facts),
                "tools": _tools(site, facts),
                "tables": tables[facts.id],
                "absent": _absent(site, facts.id),
                "pooling": POOLING[facts.pooling],
                "baseline": BASELINE,
            },
            parents=(("Metrics", INDEX),),
            description=f"{facts.title}: {facts.definition}.",
        )


def bounds(facts: MetricFacts) -> str:
    """Return the range in words: ``0 to 1``, ``0 and up``."""
    low, high = facts.bounds
    if low is None:
        return "any number" if high is None else f"up to {high:g}"
    return f"{low:g} and up" if high is None else f"{low:g} to {high:g}".replace("-", "−")


def reads(facts: MetricFacts) -> str:
    """Return what it reads, in words; the scripts of 2019 had other networks."""
    text = READS.get(facts.needs, facts.needs)
    network = facts.needs in ("keypoints", "identity") and facts.id.endswith("@paper")
    return f"{text}, by the networks of the 2019 scripts" if network else text


def where(site: Site, facts: MetricFacts) -> list[tuple[str, str]]:
    """Return shown data set -> "yes", or why it does not apply."""
    found = []
    for name in site.datasets:
        subject = DATASETS[name].subject
        if subject not in facts.subjects:
            why = f"no: not for {_SUBJECTS[subject]}"
        elif facts.needs in EXACT and not site.mini:
            why = "no: needs the exact truth of a mini world"
        else:
            why = "yes"
        found.append((site.shown(name), why))
    return found


def _example(facts: MetricFacts) -> list[worked.Line]:
    return worked.lines(facts.example, needs=facts.needs) if facts.example else []


def _tables(site: Site, metric: str) -> dict[str, list[Table]]:
    """Return data set -> a table per task in which a row has a value."""
    found: dict[str, list[Table]] = {}
    for name in site.datasets:
        for section in site.of(name).values():
            if any(has_value(row, metric) for row in section.rows):
                found.setdefault(name, []).append(_table(section, metric))
    return found


def _table(section: Section, metric: str) -> Table:
    ranks = ranking(section, metric)
    sign = -1.0 if column(metric).better == "higher" else 1.0

    def order(row: Result) -> tuple[float, float, str]:
        standing, value = ranks.get(row.method), row.metrics[metric].value or 0.0
        return (standing.rank if standing else 0.0), sign * value, row.method

    def line(row: Result) -> Line:
        standing = ranks.get(row.method)
        pair = row.paired.get(BASELINE, {}).get(metric)
        said = (paired_verdict(row, BASELINE, metric) or "") if pair else ""
        best = bool(standing and standing.best)
        return Line(row, row.metrics[metric], rank_text(standing), best, pair, said)

    groups = [
        [row for row in rows if metric in row.metrics]
        for rows in (section.methods, section.anchors, section.apart)
    ]
    ranked = sorted((row for row in groups[0] if has_value(row, metric)), key=order)
    without = [row for row in groups[0] if not has_value(row, metric)]
    shown = [*ranked[:LONGEST], *without[: max(0, LONGEST - len(ranked))], *groups[1], *groups[2]]
    lines = tuple(map(line, shown[: 2 * LONGEST]))
    return Table(
        title=task_title(section.task),
        section=section,
        lines=lines,
        more=sum(map(len, groups)) - len(lines),
        places=words.decimals(row.metrics[metric] for row in ranked or shown),
        items=items(section.task),
        paired=any(one.pair for one in lines),
    )


def _absent(site: Site, metric: str) -> list[tuple[str, str, str]]:
    """Return data set, task and reason where results have the metric but no value of it."""
    found = []
    for name in site.datasets:
        for section in site.of(name).values():
            figures = [row.metrics[metric] for row in section.rows if metric in row.metrics]
            if figures and all(figure.value is None for figure in figures):
                why = sorted({(f.reason or "no reason given").rstrip(".") for f in figures})
                found.append((site.shown(name), task_title(section.task), "; ".join(why)))
    return found


def _tools(site: Site, facts: MetricFacts) -> list[Tool]:
    """Return the networks whose digests the results carry, once per data set and digest."""
    found: dict[tuple[str, str, str], None] = {}
    for name in site.datasets:
        for section in site.of(name).values():
            for row in section.rows:
                if has_value(row, facts.id):
                    chosen = _network(row, facts)
                    if chosen and chosen in row.extractors:
                        found[site.shown(name), chosen, row.extractors[chosen]] = None
    return [Tool(*key) for key in sorted(found)]


def _network(row: Result, facts: MetricFacts) -> str:
    """Return the name of the network that ``facts`` reads; empty if it reads none by name."""
    if facts.id.endswith("@paper"):
        return _PAPER.get((facts.needs, DATASETS[row.dataset].subject), "")
    return _BY_ID.get(facts.id) or row.slots.get(facts.needs, "")


_BY_ID = {"fd-efflite0": "efflite0", "fid": "inception-2015-12-05", "lpips": "lpips-alex"}
_PAPER = {
    ("keypoints", "body"): "openpose-coco18",
    ("keypoints", "face"): "fan4-face68",
    ("identity", "body"): "reid-resnet50@paper",
    ("identity", "face"): "openface-nn4",
}
