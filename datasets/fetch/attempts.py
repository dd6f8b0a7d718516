"""The attempt log: when which video was asked for, and what came of it.

It is not part of the source folder, whose bytes do not depend on the day and on luck; it lies with
the availability reports, which are made from it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

LOG = "attempts.csv"
AVAILABLE = "available"
_COLUMNS = ("time", "video_id", "status", "message")


@dataclass(frozen=True)
class Asked:
    """What is known of the attempts of one video.

    Attributes:
        attempts: How often it was asked for.
        day: The day of the last attempt in UTC, as ``YYYY-MM-DD``.
        status: What came of it: ``ok``, ``available`` or a class of `datasets.fetch.errors`.
        message: The downloader's own words.
    """

    attempts: int
    day: str
    status: str
    message: str


class AttemptLog:
    """Appends attempts to ``attempts.csv`` of a folder, at once."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / LOG
        folder.mkdir(parents=True, exist_ok=True)
        before = self.path.read_bytes() if self.path.is_file() else b""
        if not before:
            self.path.write_text(",".join(_COLUMNS) + "\n", encoding="utf-8")
        elif not before.endswith(b"\n"):  # cut short by a kill
            with self.path.open("a", encoding="utf-8") as file:
                file.write("\n")

    def add(self, video_id: str, results: Iterable[tuple[str, str]]) -> None:
        """Record attempts of one video, as pairs of status and message: one line each."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        out = io.StringIO()
        lines = [(now, video_id, status, " ".join(text.split())) for status, text in results]
        csv.writer(out, lineterminator="\n").writerows(lines)
        with self.path.open("a", encoding="utf-8", newline="") as file:
            file.write(out.getvalue())


def read_attempts(folder: Path) -> dict[str, Asked]:
    """Return what the log of ``folder`` says by video id; a line cut short by a kill is ignored.

    Each line is read for itself: a quotation mark that a kill has left open ends with its line.
    """
    path = folder / LOG
    if not path.is_file():
        return {}
    found: dict[str, Asked] = {}
    for line in path.read_text(encoding="utf-8", errors="replace").split("\n")[:-1]:
        row = next(csv.reader([line]), [])
        if len(row) != len(_COLUMNS) or row[0] == _COLUMNS[0]:
            continue
        time, video_id, status, message = row
        before = found.get(video_id)
        number = before.attempts + 1 if before else 1
        found[video_id] = Asked(number, time[:10], status, message)
    return found
