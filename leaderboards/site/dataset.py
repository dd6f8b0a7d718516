"""The page of a data set: its tables, plots and comparisons, task by task."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from datasets.registry import get
from leaderboards.board import Section
from leaderboards.common import common_subset
from leaderboards.reported import counted
from leaderboards.site import plots
from leaderboards.site.grid import Grid, grid, main_metrics
from leaderboards.site.matrix import Matrix, matrices
from leaderboards.site.model import Page, Site
from leaderboards.site.paths import dataset_page
from leaderboards.site.quoted import Quoted, quoted
from leaderboards.tasks import RECONSTRUCTION, videos

TITLES = {
    RECONSTRUCTION: "Reconstruction",
    "animation-absolute": "Animation, absolute",
    "animation-relative": "Animation, relative",
}
LEADS = {
    RECONSTRUCTION: "Every test clip is reconstructed from its first frame and compared with "
    "itself: how well a method moves a picture whose true continuation is known.",
    "animation-absolute": "The source picture is animated by a clip of another identity and takes "
    "the driver’s pose. The truth is the exact rendering of the source’s identity in that pose.",
    "animation-relative": "The source picture is animated by a clip of another identity and adds "
    "the driver’s motion since its first frame to its own pose. Values do not compare with "
    "those of the absolute mode: the truths differ.",
}
STRIPS = ("l1@clip", "akd@clean", "aed@clean")
ACROSS, UP = "akd@clean", "aed@clean"


@dataclass(frozen=True)
class Part:
    """One task of a data-set page.

    Attributes:
        id: Of its heading, unique in the page.
        title: Its heading.
        lead: What is measured.
        scored: On what: split, digest, coverage.
        clustered: What intervals are clustered by.
        grid: Its table.
        common: The table of the common subset, where it ranks more rows; else None.
        dots: Metric and dot plot.
        scatter: AKD against AED; empty without both.
        strips: Metric and distribution over clips.
        quantiles: How many quantiles their dots are; 0: a dot is a clip.
        matrices: Who is better than whom.
        drawn: How many methods the plots show, if not all; else 0.
    """

    id: str
    title: str
    lead: str
    section: Section
    clustered: str
    grid: Grid
    common: Grid | None
    dots: tuple[tuple[str, Markup], ...]
    scatter: Markup
    strips: tuple[tuple[str, Markup], ...]
    quantiles: int
    matrices: tuple[Matrix, ...]
    drawn: int


def pages(site: Site) -> Iterable[Page]:
    """Return one page per data set, with or without results."""
    for dataset in site.datasets:
        yield _page(site, dataset)


def _page(site: Site, dataset: str) -> Page:
    shown, spec = site.shown(dataset), get(dataset)
    parts = [_part(site, section) for section in site.of(dataset).values()]
    said: list[Quoted] = [] if site.mini else quoted(site.reported, [dataset])
    return Page(
        path=dataset_page(shown),
        title=shown if site.mini else spec.title,
        template="dataset.html.j2",
        context={
            "dataset": dataset,
            "shown": shown,
            "spec": spec,
            "split": site.split(dataset),
            "parts": parts,
            "quoted": said,
            "sources": counted(s for s in site.reported if s.dataset == dataset),
        },
        parents=(("Data sets", ""),),
        description=f"Leaderboard of {shown}: values with intervals, ties, and what was scored.",
    )


def _part(site: Site, section: Section) -> Part:
    task, table = section.task, grid(site, section)
    shown = {head.id for head in table.heads}
    metrics = [metric for metric in main_metrics(section) if metric in shown]
    name = task.replace("animation-", "")
    dots = [(m, plots.dot_plot(section, m, name=f"{name}-dot{i}")) for i, m in enumerate(metrics)]
    strips = [
        (m, plots.strips(section, m, name=f"{name}-strip{i}"))
        for i, m in enumerate(m for m in STRIPS if m in metrics)
    ]
    ranked, common = len(section.methods), common_subset(section)
    return Part(
        id=name,
        title=TITLES[task],
        lead=LEADS[task],
        section=section,
        clustered=videos(task),
        grid=table,
        common=grid(site, common) if common else None,
        dots=tuple(dots),
        scatter=plots.scatter(section, ACROSS, UP, name=f"{name}-scatter"),
        strips=tuple((metric, drawing) for metric, drawing in strips if drawing),
        quantiles=plots.quantiles(section),
        matrices=tuple(matrices(section)),
        drawn=plots.MOST if ranked > plots.MOST else 0,
    )
