"""The manifest of a folder of clips: one row per clip that was wanted, got or not.

Nothing that failed disappears: it stays as a row with its error class and the reason.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from datasets.files import write_text
from datasets.metadata import PARTITIONS, check_name
from datasets.registry import UsageError, choose

MANIFEST = "manifest.csv"
OK = "ok"

ERRORS: dict[str, str] = {
    "missing-video": "the source video is not there",
    "two-videos": "two files could be the source video",
    "unreadable": "the source is no video, or empty",
    "truncated": "the source cannot be decoded to the end that it announces",
    "too-short": "the source ends before the last frame that the clip wants",
    "no-frames": "no frame of the source falls into the clip's window",
    "bad-box": "the box is empty or has negative coordinates",
    "box-outside": "the box passes the edge of the picture",
    "bad-truth": "the truth beside the source does not fit it",
    "bad-times": "the time stamps of the pictures are not those that the file announces",
    "crashed": "the work on the source broke off, nobody foresaw how; the next run tries again",
    "worker-died": "the process that worked on the source died; the next run tries again",
    "duplicate": "an earlier row of the metadata has the same clip id",
    "broken-shard": "the shard that holds the clip is missing or broken; import it again",
}


class ManifestError(UsageError):
    """A manifest that cannot be read; the message names the file and the row."""


@dataclass(frozen=True)
class ManifestRow:
    """What became of one clip.

    Attributes:
        clip_id: Name of the clip.
        split: ``train``, ``val`` or ``test``.
        video_id: The source video; clips of one video are not independent.
        wanted_frames: Frames that the metadata ask for, at the reference rate; of a clip that is a
            whole video those that it has, and 0 if it failed.
        got_frames: Frames written; 0 if the clip failed.
        source_fps: Rate of the source in frames per second; None if unknown.
        source_width: Width of the source in pixels; None if unknown.
        source_height: Height of the source in pixels; None if unknown.
        sha256: Digest of the clip file; empty if the clip failed.
        status: ``ok`` or one of `ERRORS`.
        message: What exactly went wrong; empty if nothing did.
    """

    clip_id: str
    split: str
    video_id: str
    wanted_frames: int
    got_frames: int
    source_fps: float | None
    source_width: int | None
    source_height: int | None
    sha256: str
    status: str
    message: str

    @property
    def ok(self) -> bool:
        """Whether the clip file exists."""
        return self.status == OK


_COLUMNS = tuple(field.name for field in fields(ManifestRow))


def write_manifest(path: Path, rows: Iterable[ManifestRow]) -> None:
    """Write ``rows``, sorted by split and clip id, as CSV, atomically."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for row in sorted(rows, key=lambda row: (row.split, row.clip_id, row.status != OK)):
        values = (getattr(row, name) for name in _COLUMNS)
        writer.writerow(["" if value is None else value for value in values])
    write_text(path, out.getvalue())


def read_manifest(path: Path) -> list[ManifestRow]:
    """Return the rows of a manifest.

    Raises:
        ManifestError: The file is missing, has other columns, or a row cannot be understood: its
            clip id must be a plain file name, its split and its status known ones.
    """
    if not path.is_file():
        raise ManifestError(f"{path}: no such manifest; run the crop stage first (dvc repro crop)")
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != _COLUMNS:
                raise ManifestError(f"{path}: expected the columns {','.join(_COLUMNS)}")
            return [parse_row(f"{path}: row {n}", values) for n, values in enumerate(reader)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ManifestError(f"{path}: is no CSV file in UTF-8: {error}") from error


def usable(folder: Path, split: str) -> list[ManifestRow]:
    """Return the clips of ``split`` that are there, sorted by clip id.

    Args:
        folder: Folder of clips with its ``manifest.csv``: what the crop stage makes.
        split: ``train``, ``val`` or ``test``.

    Raises:
        UsageError: Unknown split, no manifest (run the crop stage first), or a broken one.
    """
    choose("split", split, PARTITIONS)
    rows = [row for row in read_manifest(folder / MANIFEST) if row.ok and row.split == split]
    return sorted(rows, key=lambda row: row.clip_id)


def clip_path(folder: Path, row: ManifestRow) -> Path:
    """Return the clip file of ``row`` in the folder of its manifest."""
    return folder / row.split / f"{row.clip_id}.mkv"


def parse_row(where: str, values: Mapping[str, str]) -> ManifestRow:
    """Return the row whose columns have the texts ``values``; an empty one means unknown.

    Args:
        where: What the message of an error begins with.
        values: Column -> text, as `csv.DictReader` gives it.

    Raises:
        ManifestError: Columns are missing or superfluous, or a value cannot be understood.
    """
    if set(values) != set(_COLUMNS) or None in values.values():
        raise ManifestError(f"{where}: wrong number of columns")
    try:
        return ManifestRow(
            clip_id=check_name(values["clip_id"]),
            split=choose("split", values["split"], PARTITIONS),
            video_id=values["video_id"],
            wanted_frames=int(values["wanted_frames"]),
            got_frames=int(values["got_frames"]),
            source_fps=float(values["source_fps"]) if values["source_fps"] else None,
            source_width=int(values["source_width"]) if values["source_width"] else None,
            source_height=int(values["source_height"]) if values["source_height"] else None,
            sha256=values["sha256"],
            status=choose("status", values["status"], (OK, *ERRORS)),
            message=values["message"],
        )
    except ValueError as error:
        raise ManifestError(f"{where}: {error}") from error
