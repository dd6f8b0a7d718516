"""The source videos of a mini world: rendered, recorded, and left alone while they are whole."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from datasets.catalogue import Catalogue, FetchError, Item
from datasets.files import sha256
from datasets.journal import Journal, Row, read_journal
from datasets.manifest import OK
from datasets.metadata import PARTITIONS, check_name, write_metadata
from datasets.progress import progress
from datasets.stage import claim
from datasets.truth import truth_beside

STATE = "download.csv"
COLUMNS = ("video_id", "status", "message", "sha256", "bytes", "truth_sha256", "recipe")


def download(catalogue: Catalogue, out: Path, *, splits: Collection[str] = PARTITIONS) -> list[Row]:
    """Get the videos of ``splits`` that are not there yet, and write the metadata.

    Args:
        catalogue: What is to be had.
        out: Folder of the source videos. It belongs to this function: videos that its own
            ``download.csv`` lists and the catalogue does not are removed, and a video of another
            recipe or with other bytes goes before it is fetched anew.
        splits: Only videos of these splits are fetched; the metadata always list all clips.

    Returns:
        The rows of ``download.csv`` for the videos of ``splits``.

    Raises:
        UsageError: ``out`` is a folder with other content.
    """
    claim(out, "download", marks=[STATE])
    journal = Journal(out / STATE, COLUMNS)
    for video_id in sorted(set(journal.rows) - {item.video_id for item in catalogue.items}):
        _remove(video_id, out, journal)
    items = _of_splits(catalogue, splits)
    with progress("download", len(items)) as report:
        for item in items:
            there = is_there(item, out, journal.get(item.video_id))
            if not there:
                _remove(item.video_id, out, journal)
                journal.add(_fetch(item, out))
            report(
                f"{item.video_id}: {'there' if there else journal.rows[item.video_id]['status']}"
            )
    write_metadata(out / "metadata.csv", catalogue.rows)
    journal.finish()
    return [journal.rows[item.video_id] for item in items]


def _of_splits(catalogue: Catalogue, splits: Collection[str]) -> list[Item]:
    return [item for item in catalogue.items if item.partition in splits]


def is_there(item: Item, out: Path, known: Row | None) -> bool:
    """Return whether the files of ``item`` are those that its row of ``download.csv`` records."""
    video = out / f"{item.video_id}.mp4"
    if known is None or known["status"] != OK or known["recipe"] != item.recipe:
        return False
    if not video.is_file() or str(video.stat().st_size) != known["bytes"]:
        return False
    truth = truth_beside(video)
    return (
        sha256(video) == known["sha256"]
        and (sha256(truth) if truth.is_file() else "") == known["truth_sha256"]
    )


def _fetch(item: Item, out: Path) -> Row:
    video = out / f"{item.video_id}.mp4"
    row = dict.fromkeys(COLUMNS, "") | {"video_id": item.video_id, "recipe": item.recipe}
    try:
        item.fetch(out)
    except FetchError as error:
        return row | {"status": error.kind, "message": str(error)}
    truth = truth_beside(video)
    return row | {
        "status": OK,
        "sha256": sha256(video),
        "bytes": str(video.stat().st_size),
        "truth_sha256": sha256(truth) if truth.is_file() else "",
    }


def _remove(video_id: str, out: Path, journal: Journal) -> None:
    """Remove a video with its truth and its row; a name that leaves ``out`` is only forgotten."""
    journal.drop(video_id)
    try:
        video = out / f"{check_name(video_id)}.mp4"
    except ValueError:
        return
    video.unlink(missing_ok=True)
    truth_beside(video).unlink(missing_ok=True)


def check(catalogue: Catalogue, out: Path, *, splits: Collection[str] = PARTITIONS) -> list[Row]:
    """Return the state of each video of ``splits`` as it is on disk; nothing is changed.

    A video that ``download.csv`` calls ok but whose files are missing or changed is ``missing``.
    """
    rows = read_journal(out / STATE, COLUMNS)
    found = []
    for item in _of_splits(catalogue, splits):
        known = rows.get(item.video_id)
        if known is None or (known["status"] == OK and not is_there(item, out, known)):
            known = dict.fromkeys(COLUMNS, "") | {"video_id": item.video_id, "status": "missing"}
        found.append(known)
    return found
