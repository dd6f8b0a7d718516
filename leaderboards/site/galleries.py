"""A page per gallery: the same clips by every method, side by side and in step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leaderboards.columns import ANCHOR_ORDER
from leaderboards.site import legends, paths
from leaderboards.site.dataset import LEADS, TITLES
from leaderboards.site.model import Page, Site
from leaderboards.site.scenes import ROWS, Show, Stage, clip_names, show_of
from leaderboards.tasks import TASKS

if TYPE_CHECKING:
    from leaderboards.gallery import Gallery


@dataclass(frozen=True)
class Group:
    """The scenes of one task: its id in the page, title, a sentence on it."""

    id: str
    title: str
    text: str
    shows: tuple[Show, ...]


def pages(site: Site) -> Iterable[Page]:
    """Return the pages of the galleries that have scenes."""
    for dataset in site.datasets:
        gallery = site.galleries.get(dataset)
        if gallery and gallery.scenes:
            shown = site.shown(dataset)
            yield Page(
                paths.gallery_page(shown),
                f"Gallery of {shown}",
                "gallery.html.j2",
                _context(site, gallery, shown),
                parents=((shown, paths.dataset_page(shown)),),
                description=f"The same clips of {shown} by every method, frame by frame.",
            )


def _context(site: Site, gallery: Gallery, shown: str) -> dict[str, object]:
    stage = Stage(site, gallery, _anchors(site), clip_names(gallery))
    groups = []
    for task in TASKS:
        scenes = [scene for scene in gallery.scenes if scene.task == task]
        shows = tuple(show_of(stage, scene, place=n) for n, scene in enumerate(scenes))
        if shows:
            groups.append(Group(task, TITLES[task], LEADS[task], shows))
    every = [show for group in groups for show in group.shows]
    kinds = {cell.row for show in every for column in show.columns for cell in column.cells}
    return {
        "shown": shown,
        "gallery": gallery,
        "groups": groups,
        "rows": [row for row in ROWS if row[0] in kinds],
        "last": max(show.last for show in every),
        "still": [group.title for group in groups if not _moves(group)],
        "begin": min(show.last for show in every) // 2,
        "fps": max(show.scene.fps for show in every),
        "wheel": legends.flow_wheel(),
        "ramp": legends.error_ramp(),
        "error_text": legends.ERROR.format(gallery.error_max),
        "flow_text": legends.FLOW,
        "occlusion_text": legends.OCCLUSION,
        "anchors": any(column.anchor for show in every for column in show.columns),
    }


def _moves(group: Group) -> bool:
    return any(row in ("flow", "occlusion") for show in group.shows for row in show.rows)


def _anchors(site: Site) -> set[str]:
    known = {name for name, card in site.cards.items() if card.kind == "anchor"}
    return known.union(ANCHOR_ORDER)
