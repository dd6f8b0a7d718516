"""One scene of a gallery as a grid: references, methods and anchors, one below each heading."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leaderboards.site import paths
from leaderboards.site.model import Site

if TYPE_CHECKING:
    from leaderboards.gallery import Gallery, Scene, Tile

ROWS: tuple[tuple[str, str], ...] = (
    ("picture", "Picture"),
    ("error", "Error"),
    ("flow", "Flow"),
    ("occlusion", "Occlusion"),
)
"""The rows of a scene: what a tile is classed by, and its title."""
_ROW = {
    "source": "picture",
    "driving": "picture",
    "truth": "picture",
    "prediction": "picture",
    "error": "error",
    "true-flow": "flow",
    "flow": "flow",
    "true-occlusion": "occlusion",
    "occlusion": "occlusion",
}
_SHOWS = {
    "source": "the source picture",
    "driving": "the driving clip",
    "truth": "the exact truth",
    "true-flow": "the true flow back to the first frame, hue is direction",
    "true-occlusion": "the true occlusion, what the source does not show is dark",
    "prediction": "the prediction of {}",
    "error": "the absolute error of {}, black is none",
    "flow": "the flow that {} estimates, hue is direction",
    "occlusion": "the occlusion that {} estimates, what it holds to be hidden is dark",
}


@dataclass(frozen=True)
class Cell:
    """A tile at its place.

    Attributes:
        row: Which of `ROWS`.
        src: Path of the strip below ``site/``; empty if it is missing.
        last: Place of its last frame, 0 for a still.
        own: Whether that is another than the scene's.
        alt: What it shows.
        caption: The same in two or three words.
        reason: Why it is missing, or empty.
    """

    row: str
    src: str
    last: int
    own: bool
    alt: str
    caption: str
    reason: str


@dataclass(frozen=True)
class Column:
    """What stands below one heading.

    Attributes:
        title: ``Source``, ``Driving``, ``Truth`` or a method.
        method: The method's name; empty for the others.
        anchor: Whether it is an anchor.
        cells: Its tiles, one for a row at most.
    """

    title: str
    method: str
    anchor: bool
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Show:
    """One scene as the page shows it.

    Attributes:
        scene: What was rendered.
        id: Its id in the page.
        title: Its heading.
        last: Place of its last frame.
        columns: References, then methods, then anchors.
        rows: Those of `ROWS` in which something stands.
    """

    scene: Scene
    id: str
    title: str
    last: int
    columns: tuple[Column, ...]
    rows: tuple[str, ...]


def show_of(
    site: Site, gallery: Gallery, scene: Scene, *, place: int, anchors: Collection[str]
) -> Show:
    """Return ``scene`` as the page shows it.

    Args:
        site: The site, whose media the tiles are.
        gallery: Where the scene is from.
        scene: What was rendered.
        place: From 0, among the scenes of its task.
        anchors: The methods that are anchors.
    """
    names = list(dict.fromkeys(tile.method for tile in scene.tiles if tile.method))
    methods = [n for n in names if n not in anchors] + [n for n in names if n in anchors]
    columns = [
        *_references(site, gallery, scene),
        *(_column(site, gallery, scene, name, name in anchors) for name in methods),
    ]
    return Show(
        scene=scene,
        id=f"{scene.task}-{place + 1}",
        title=_title(scene),
        last=max(scene.frames - 1, 0),
        columns=tuple(columns),
        rows=tuple(row for row, _ in ROWS if row in {c.row for of in columns for c in of.cells}),
    )


def _title(scene: Scene) -> str:
    if scene.source == scene.driving:
        return _clip(scene.source)
    return f"{_clip(scene.source)} as {_clip(scene.driving)}"


def _clip(clip: str) -> str:
    """Return a clip id in short: video and first frame."""
    found = re.fullmatch(r"(.+)#0*(\d+)#0*(\d+)", clip)
    return f"{found[1]}, frames {found[2]} to {found[3]}" if found else clip


def _references(site: Site, gallery: Gallery, scene: Scene) -> Iterable[Column]:
    """Return the columns of what is given and what is true; true motion stands below the truth."""
    by_kind = {tile.kind: tile for tile in scene.tiles if not tile.method}
    truth = "truth" if "truth" in by_kind else "driving"
    below = {truth: ("true-flow", "true-occlusion")}
    titles = {"source": "Source", "driving": "Driving", "truth": "Truth"}
    if truth == "driving":
        titles["driving"] = "Driving = truth"
    for kind, title in titles.items():
        tiles = [by_kind[k] for k in (kind, *below.get(kind, ())) if k in by_kind]
        if tiles:
            yield Column(title, "", False, tuple(_cell(site, gallery, t, scene) for t in tiles))


def _column(site: Site, gallery: Gallery, scene: Scene, name: str, anchor: bool) -> Column:
    tiles = [tile for tile in scene.tiles if tile.method == name and tile.kind in _ROW]
    cells = [_cell(site, gallery, tile, scene) for tile in tiles]
    return Column(name, name, anchor, tuple(sorted(cells, key=_row_order)))


def _row_order(cell: Cell) -> int:
    return [row for row, _ in ROWS].index(cell.row)


def _cell(site: Site, gallery: Gallery, tile: Tile, scene: Scene) -> Cell:
    shows = _SHOWS[tile.kind].format(tile.method)
    there = bool(tile.file) and f"{gallery.dataset}/{tile.file}" in site.media
    frames = f", {tile.frames} frames" if tile.frames > 1 else ""
    return Cell(
        row=_ROW[tile.kind],
        src=paths.media_file(gallery.dataset, str(tile.file)) if there else "",
        last=max(tile.frames - 1, 0),
        own=tile.frames not in (1, scene.frames),
        alt=f"{_clip(scene.source if tile.kind == 'source' else scene.driving)}: {shows}{frames}",
        caption=_caption(tile),
        reason="" if there else tile.reason or "the file is missing",
    )


def _caption(tile: Tile) -> str:
    what = tile.kind.replace("-", " ")
    return f"{tile.method}, {what}" if tile.method else what
