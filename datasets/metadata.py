"""The metadata file of a data set: which frames and which box of which video make a clip.

The columns are those of the real data sets: ``video_id,start,end,bbox,fps,width,height,partition``
and, for VoxCeleb, ``person_id``. ``start`` and ``end`` are frame numbers at the reference rate
``fps`` (not seconds), the end excluded; ``bbox`` is ``left-top-right-bottom`` in pixels of a
reference picture of ``width`` x ``height``.

A row of which ``start,end,bbox,fps,width,height`` are blank means a whole video: all its frames,
the whole picture.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from datasets.files import write_new_text
from datasets.registry import UsageError

Box = tuple[int, int, int, int]

PARTITIONS = ("train", "val", "test")
_WINDOW = ("start", "end", "bbox", "fps", "width", "height")
_COLUMNS = ("video_id", "start", "end", "bbox", "fps", "width", "height", "partition")
LONGEST_NAME = 196  # bytes of a clip id: with ``.mkv`` 200, with any other suffix below 255
_LARGEST = 1_000_000_000  # frames of a year, and more pixels than any picture has
_LOWEST_FPS, _HIGHEST_FPS = 0.01, 10_000.0
_BOX = re.compile(r"(-?\d+)-(-?\d+)-(-?\d+)-(-?\d+)")


class MetadataError(UsageError):
    """A metadata file that cannot be used; the message names the file and the row."""


@dataclass(frozen=True)
class MetadataRow:
    """One clip of a video.

    Attributes:
        video_id: Name of the source video without suffix.
        start: First frame at the reference rate.
        end: First frame that is not included, at the reference rate.
        bbox: left, top, right, bottom in pixels of the reference picture.
        fps: Reference rate in frames per second.
        width: Width of the reference picture in pixels.
        height: Height of the reference picture in pixels.
        partition: ``train``, ``val`` or ``test``.
        person_id: The person, where the data set names one.
    """

    video_id: str
    start: int
    end: int
    bbox: Box
    fps: float
    width: int
    height: int
    partition: str
    person_id: str | None = None

    @property
    def clip_id(self) -> str:
        """The name of the clip, as the authors' loader gives it; of a whole video its own name.

        Example:
            >>> MetadataRow("u6rJ", 80, 300, (0, 0, 9, 9), 25.0, 64, 64, "train").clip_id
            'u6rJ#000080#000300'
        """
        if self.whole:
            return self.video_id
        person = f"{self.person_id}#" if self.person_id else ""
        return f"{person}{self.video_id}#{self.start:06}#{self.end:06}"

    @property
    def whole(self) -> bool:
        """Whether the clip is the whole video; its numbers are then 0 and mean nothing."""
        return self.width == 0 and self.height == 0


def whole_row(video_id: str, partition: str, *, person_id: str | None = None) -> MetadataRow:
    """Return the row of a clip that is a whole video.

    Example:
        >>> whole_row("dog", "test").clip_id
        'dog'
    """
    row = MetadataRow(video_id, 0, 0, (0, 0, 0, 0), 0.0, 0, 0, partition, person_id)
    check_row(row)
    return row


def read_metadata(path: Path) -> list[MetadataRow]:
    """Return the rows of a metadata file, in the order of the file.

    Windows that hold no frame and boxes that hold no pixel are let through: they become error
    classes of their clips, not of the file.

    Raises:
        MetadataError: The file or a column is missing, or a row cannot be understood; the message
            gives the row's number, 0 being the first one after the header.
    """
    if not path.is_file():
        raise MetadataError(f"{path}: no such metadata file; run the download stage first")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise MetadataError(f"{path}: column {missing[0]!r} is missing; need {_COLUMNS}")
            return [_parse(path, number, values) for number, values in enumerate(reader)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise MetadataError(f"{path}: is no CSV file in UTF-8: {error}") from error


def _parse(path: Path, number: int, values: Mapping[str, str | None]) -> MetadataRow:
    if None in values or None in [values[name] for name in _COLUMNS]:
        raise MetadataError(f"{path}: row {number}: wrong number of columns: {dict(values)}")
    text = {name: value or "" for name, value in values.items()}
    try:
        person = text.get("person_id") or None
        if not any(text[name] for name in _WINDOW):
            return whole_row(text["video_id"], text["partition"], person_id=person)
        row = MetadataRow(
            video_id=text["video_id"],
            start=int(text["start"]),
            end=int(text["end"]),
            bbox=_parse_box(text["bbox"]),
            fps=float(text["fps"]),
            width=int(text["width"]),
            height=int(text["height"]),
            partition=text["partition"],
            person_id=person,
        )
        if row.whole:
            raise ValueError("width and height must be positive, got 0x0")
        check_row(row)
    except ValueError as error:
        raise MetadataError(f"{path}: row {number} ({text['video_id']}): {error}") from error
    return row


def _parse_box(text: str) -> Box:
    found = _BOX.fullmatch(text)
    if not found:
        raise ValueError(f"bbox must be left-top-right-bottom in whole pixels, got {text!r}")
    left, top, right, bottom = map(int, found.groups())
    return left, top, right, bottom


def check_name(name: str) -> str:
    """Return ``name`` if it can be (part of) a file name that stays in its folder.

    Raises:
        ValueError: It is empty, hidden, too long, or holds a separator or a line break.
    """
    if not name or name.startswith(".") or re.search(r"[/\\\0\r\n]", name):
        raise ValueError(f"{name!r} cannot be part of a file name")
    if len(name.encode()) > LONGEST_NAME:
        raise ValueError(f"{name[:20]!r}... is longer than {LONGEST_NAME} bytes")
    return name


def check_row(row: MetadataRow) -> None:
    """Refuse a row that no clip can be made of, or whose names leave their folder.

    Raises:
        ValueError: The message says which value; a row of a whole video needs good names only.
    """
    for name in (row.video_id, row.person_id or "-"):
        if "#" in check_name(name):
            raise ValueError(f"{name!r} must not hold '#', which separates the parts of a clip id")
    if row.partition not in PARTITIONS:
        raise ValueError(f"partition {row.partition!r} is unknown; known: {', '.join(PARTITIONS)}")
    if not row.whole:
        _check_window(row)
    check_name(row.clip_id)


def _check_window(row: MetadataRow) -> None:
    if row.start < 0:
        raise ValueError(f"start must not be negative, got {row.start}")
    if not _LOWEST_FPS <= row.fps <= _HIGHEST_FPS:
        raise ValueError(
            f"fps must be positive, from {_LOWEST_FPS} to {_HIGHEST_FPS}, got {row.fps}"
        )
    if row.width <= 0 or row.height <= 0:
        raise ValueError(f"width and height must be positive, got {row.width}x{row.height}")
    numbers = {"start": row.start, "end": row.end, "width": row.width, "height": row.height}
    for place, number in (*numbers.items(), *(("bbox", side) for side in row.bbox)):
        if abs(number) > _LARGEST:
            raise ValueError(
                f"{place} must not be beyond {_LARGEST}, got {len(str(abs(number)))} digits"
            )


def format_metadata(rows: Iterable[MetadataRow]) -> str:
    """Return the text of a metadata file with ``rows``; ``person_id`` only if a row has one."""
    listed = list(rows)
    people = any(row.person_id for row in listed)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*_COLUMNS, "person_id"] if people else _COLUMNS)
    for row in listed:
        box = "-".join(map(str, row.bbox))
        window = [row.start, row.end, box, repr(row.fps), row.width, row.height]
        window = [""] * len(_WINDOW) if row.whole else window
        writer.writerow(
            [row.video_id, *window, row.partition, *([row.person_id or ""] if people else [])]
        )
    return out.getvalue()


def write_metadata(path: Path, rows: Iterable[MetadataRow]) -> None:
    """Write a metadata file, atomically; `read_metadata` gives the same rows back.

    A file that holds just these rows is left alone.
    """
    write_new_text(path, format_metadata(rows))
