"""Reading what lies beside results: cards, facts of metrics, papers' numbers, speeds, galleries.

Each is optional; a reader is imported where there is something to read.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from datasets.registry import DATASETS, UsageError
from leaderboards.reported import Reported, read_reported
from metrics.result import Result

if TYPE_CHECKING:
    from leaderboards.card import Card
    from leaderboards.facts import MetricFacts
    from leaderboards.gallery import Gallery
    from leaderboards.speed import Speed


def cards(ours: Path, submitted: Path, rows: Sequence[Result]) -> dict[str, Card]:
    """Return method -> card: all cards of ours, and those of submissions that have a row.

    Args:
        ours: Folder of ``<method>.toml``.
        submitted: Folder of submissions, ``<shown data set>/<method>/method.toml``.
        rows: All results.

    Raises:
        UsageError: A card is missing, damaged, or of another method than its place says.
    """
    files = {path.stem: path for path in sorted(ours.glob("*.toml"))}
    for row in rows:
        if row.status == "submitted":
            files[row.method] = submitted / row.shown_name / row.method / "method.toml"
    if not files:
        return {}
    from leaderboards.card import read_card

    found = {method: read_card(path) for method, path in sorted(files.items())}
    for method, card in found.items():
        if card.name != method:
            raise UsageError(f"{files[method]}: is the card of {card.name!r}, not of {method!r}")
    return found


def metric_facts(path: Path) -> dict[str, MetricFacts]:
    """Return the facts of all metrics; none if there is no such file."""
    if not path.is_file():
        return {}
    from leaderboards.facts import read_facts

    return read_facts(path)


def reported(path: Path) -> list[Reported]:
    """Return what papers report; nothing if there is no such file."""
    return read_reported(path) if path.is_file() else []


def speeds(path: Path) -> list[Speed]:
    """Return the measured speeds; none if there is no such file."""
    if not path.is_file():
        return []
    from leaderboards.speed import read_speed

    return read_speed(path)


def galleries(folder: Path) -> tuple[dict[str, Gallery], dict[str, bytes]]:
    """Return the galleries by data set, and their strips: ``<dataset>/<file>`` -> bytes.

    Raises:
        UsageError: A gallery is damaged, or names a strip that is not there.
    """
    found: dict[str, Gallery] = {}
    media: dict[str, bytes] = {}
    for name in DATASETS:
        path = folder / name / "gallery.json"
        if not path.is_file():
            continue
        from leaderboards.gallery import read_gallery

        found[name] = read_gallery(path)
        tiles = (tile for scene in found[name].scenes for tile in scene.tiles)
        for file in sorted({tile.file for tile in tiles if tile.file}):
            if not (path.parent / file).is_file():
                raise UsageError(f"{path.parent / file}: missing; {path} names it")
            media[f"{name}/{file}"] = (path.parent / file).read_bytes()
    return found, media
