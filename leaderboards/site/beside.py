"""Reading what lies beside results: cards, facts of metrics, papers' numbers, speeds, galleries.

Each is optional.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from datasets.registry import DATASETS, UsageError
from leaderboards.card import Card, read_card
from leaderboards.facts import MetricFacts, read_facts
from leaderboards.gallery import Gallery, read_gallery, read_strips
from leaderboards.reported import Reported, read_reported
from leaderboards.speed import Speed, read_speed
from metrics.result import Result


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
    found = {method: read_card(path) for method, path in sorted(files.items())}
    for method, card in found.items():
        if card.name != method:
            raise UsageError(f"{files[method]}: is the card of {card.name!r}, not of {method!r}")
    return found


def metric_facts(path: Path) -> dict[str, MetricFacts]:
    """Return the facts of all metrics; none if there is no such file."""
    return read_facts(path) if path.is_file() else {}


def reported(path: Path) -> list[Reported]:
    """Return what papers report; nothing if there is no such file."""
    return read_reported(path) if path.is_file() else []


def speeds(path: Path) -> list[Speed]:
    """Return the measured speeds; none if there is no such file."""
    return read_speed(path) if path.is_file() else []


def galleries(folder: Path) -> tuple[dict[str, Gallery], dict[str, bytes]]:
    """Return the galleries by data set, and their strips: ``<dataset>/<file>`` -> bytes.

    Raises:
        UsageError: A gallery is damaged, or a strip is not the one it means; the file is named.
    """
    found: dict[str, Gallery] = {}
    media: dict[str, bytes] = {}
    for name in DATASETS:
        path = folder / name / "gallery.json"
        if not path.is_file():
            continue
        found[name] = read_gallery(path)
        strips = read_strips(path.parent, found[name])
        media |= {f"{name}/{file}": data for file, data in strips.items()}
    return found, media
