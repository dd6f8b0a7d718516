"""A page per metric, and their index: its meaning, an example by hand, the values on a board."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from datasets.registry import DATASETS
from leaderboards.columns import BASELINE
from leaderboards.facts import MetricFacts
from leaderboards.rows import has_value
from leaderboards.site import paths, worked
from leaderboards.site.metric_tables import absent_from, tables_of
from leaderboards.site.model import Page, Site
from metrics.result import Result

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
class Tool:
    """The network that the values of a data set were computed with."""

    shown: str
    name: str
    sha256: str


def pages(site: Site) -> Iterable[Page]:
    """Return the index and the pages of all metrics of the version."""
    known = list(site.facts.values())
    told = Counter(said.metric_id for said in site.reported)
    tables = {facts.id: tables_of(site, facts.id) for facts in known}
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
                "absent": absent_from(site, facts.id),
                "pooling": POOLING[facts.pooling],
                "baseline": BASELINE,
                "told": 0 if site.mini else told[facts.id],
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
