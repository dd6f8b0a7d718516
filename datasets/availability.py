"""What of a data set can be had: a dated report, one row per video, as CSV and as a picture.

    work/full/availability/<dataset>/availability-YYYY-MM-DD.csv and .png

Of another list than ``v1`` it is availability-<list>-YYYY-MM-DD. It says of every video of the list
whether it is there, or what the host said when it was last asked. The same folder and the same day
give the same bytes.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from datetime import date
from pathlib import Path

from datasets.fetch.attempts import Asked, read_attempts
from datasets.fetch.folder import COLUMNS
from datasets.fetch.listing import Listing
from datasets.fetch.names import source_file
from datasets.files import write_text
from datasets.journal import Row, read_journal
from datasets.manifest import OK

PENDING = "pending"
MISSING = "missing"


@dataclass(frozen=True)
class Availability:
    """What is known of one video.

    Attributes:
        video_id: Its id.
        split: The split of its clips.
        status: ``ok``: it is there; ``missing``: it was, and is not; ``available``: the host has
            it; ``pending``: nobody has asked; else a class of `datasets.fetch.errors.ERRORS`.
        asked: Day of the last attempt in UTC; empty if there was none.
        attempts: How often it was asked for.
        clips: Number of its clips.
        frames: Frames of its clips at the reference rate; 0 for whole videos.
        bytes: Size of its file.
        width: Width in pixels.
        height: Height in pixels.
        fps: Frames per second.
        duration: Seconds.
        format: How it was had.
        format_id: The host's own name of that.
        source: Where it came from.
        message: The downloader's own words.
    """

    video_id: str
    split: str
    status: str
    asked: str
    attempts: int
    clips: int
    frames: int
    bytes: str
    width: str
    height: str
    fps: str
    duration: str
    format: str
    format_id: str
    source: str
    message: str


def availability(listing: Listing, out: Path, reports: Path) -> list[Availability]:
    """Return what is known of the videos of a list, test first.

    Args:
        listing: The list.
        out: The source folder.
        reports: The folder of the attempt log.
    """
    rows = read_journal(out / "download.csv", COLUMNS)
    asked = read_attempts(reports)
    found = []
    for video in listing.videos.values():
        row, last = rows.get(video.video_id), asked.get(video.video_id)
        status, message = _status(out, row, last)
        known = row if row is not None and status == OK else dict.fromkeys(COLUMNS, "")
        found.append(
            Availability(
                video_id=video.video_id,
                split=video.split,
                status=status,
                asked=last.day if last else "",
                attempts=last.attempts if last else 0,
                clips=video.clips,
                frames=video.frames,
                **{name: known[name] for name in _OF_ROW},
                message=message,
            )
        )
    return found


_OF_ROW = ("bytes", "width", "height", "fps", "duration", "format", "format_id", "source")


def _status(out: Path, row: Row | None, last: Asked | None) -> tuple[str, str]:
    """Return status and words: those of the disk, else those of the last attempt."""
    if row is not None and row["status"] == OK:
        there = source_file(out, row["video_id"]).is_file()
        return (OK, "") if there else (MISSING, "download.csv says ok, but the file is gone")
    if last is not None and last.status != OK:
        return last.status, last.message
    return (row["status"], row["message"]) if row is not None else (PENDING, "")


def format_report(rows: Sequence[Availability], day: date) -> str:
    """Return the text of the CSV file; its first column is the day of the report."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["date", *(field.name for field in fields(Availability))])
    writer.writerows([day.isoformat(), *astuple(row)] for row in rows)
    return out.getvalue()


def write_report(
    listing: Listing, out: Path, reports: Path, *, today: date, list_name: str = "v1"
) -> Path:
    """Write the report of a day, CSV and picture, and return the path of the CSV file.

    Args:
        listing: The list.
        out: The source folder.
        reports: The folder of the attempt log; the report goes there too.
        today: The day, in UTC.
        list_name: Name of the list; one other than ``v1`` is part of the name of the report, for a
            person may look after two lists on one day.
    """
    from datasets.availability_picture import draw_report

    rows = availability(listing, out, reports)
    name = "" if list_name == "v1" else f"-{list_name}"
    path = reports / f"availability{name}-{today.isoformat()}.csv"
    write_text(path, format_report(rows, today))
    draw_report(rows, path.with_suffix(".png"), title=listing.id, day=today.isoformat())
    return path
