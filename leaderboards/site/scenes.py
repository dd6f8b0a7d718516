"""One scene of a gallery as a grid: references, methods and anchors, one below each heading."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
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


@dataclass(frozen=True)
class Stage:
    """What all scenes of a page share.

    Attributes:
        site: The site, whose media the tiles are.
        gallery: Where the scenes are from.
        anchors: The methods that are anchors.
        clips: Clip id -> its name on the page.
    """

    site: Site
    gallery: Gallery
    anchors: Collection[str]
    clips: Mapping[str, str]


def clip_names(gallery: Gallery) -> dict[str, str]:
    """Return clip id -> video; the whole id where the gallery has more clips of that video.

    The numbers of an id count frames of the original video, at its own rate: beside the frames of
    the strip they would mislead.
    """
    ids = {clip for scene in gallery.scenes for clip in (scene.source, scene.driving)}
    videos = {clip: re.sub(r"(?<=.)#\d+#\d+$", "", clip) for clip in ids}
    known = Counter(videos.values())
    return {clip: video if known[video] == 1 else clip for clip, video in videos.items()}


def show_of(stage: Stage, scene: Scene, *, place: int) -> Show:
    """Return ``scene`` as the page shows it.

    Args:
        stage: What all scenes share.
        scene: What was rendered.
        place: From 0, among the scenes of its task.
    """
    names = list(dict.fromkeys(tile.method for tile in scene.tiles if tile.method))
    methods = sorted(names, key=lambda name: name in stage.anchors)
    columns = [*_references(stage, scene), *(_column(stage, scene, name) for name in methods)]
    clips = dict.fromkeys(stage.clips[clip] for clip in (scene.source, scene.driving))
    return Show(
        scene=scene,
        id=f"{scene.task}-{place + 1}",
        title=" as ".join(clips),
        last=max(scene.frames - 1, 0),
        columns=tuple(columns),
        rows=tuple(row for row, _ in ROWS if row in {c.row for of in columns for c in of.cells}),
    )


def _references(stage: Stage, scene: Scene) -> Iterable[Column]:
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
            yield Column(title, "", False, tuple(_cell(stage, tile, scene) for tile in tiles))


def _column(stage: Stage, scene: Scene, name: str) -> Column:
    tiles = [tile for tile in scene.tiles if tile.method == name and tile.kind in _ROW]
    cells = [_cell(stage, tile, scene) for tile in tiles]
    return Column(name, name, name in stage.anchors, tuple(sorted(cells, key=_row_order)))


def _row_order(cell: Cell) -> int:
    return [row for row, _ in ROWS].index(cell.row)


def _cell(stage: Stage, tile: Tile, scene: Scene) -> Cell:
    dataset = stage.gallery.dataset
    shows = _SHOWS[tile.kind].format(tile.method)
    there = bool(tile.file) and f"{dataset}/{tile.file}" in stage.site.media
    clip = stage.clips[scene.source if tile.kind == "source" else scene.driving]
    frames = f", {tile.frames} frames" if tile.frames > 1 else ""
    return Cell(
        row=_ROW[tile.kind],
        src=paths.media_file(dataset, str(tile.file)) if there else "",
        last=max(tile.frames - 1, 0),
        own=tile.frames not in (1, scene.frames),
        alt=f"{clip}: {shows}{frames}",
        caption=_caption(tile),
        reason="" if there else tile.reason or "the file is missing",
    )


def _caption(tile: Tile) -> str:
    what = tile.kind.replace("-", " ")
    return f"{tile.method}, {what}" if tile.method else what
