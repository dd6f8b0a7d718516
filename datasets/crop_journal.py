"""What was cropped before: the journal of the folder, and its parts while videos are in work.

Each video in work has a part of its own, to which its worker adds a row for each finished clip;
parts never have two writers, on whatever machine. When the video is done, the journal of the folder
takes the rows over and the part goes. A run that was killed leaves parts: the next one takes them
over first, so that at most the clips in work are lost.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from datasets.files import remove
from datasets.journal import Journal, Row, read_journal

JOURNAL = ".journal.csv"
JOURNAL_COLUMNS = ("clip_id", "file", "recipe", "frames", "sha256", "truth_sha256")
PARTS = ".journals"


class JournalPart(Journal):
    """The journal of one video in work: it knows ``known``, and its file what came after."""

    def __init__(self, out: Path, video_id: str, known: Mapping[str, Row]) -> None:
        self.path = out / PARTS / f"{video_id}.csv"
        self.columns = JOURNAL_COLUMNS
        self.rows = dict(known) | read_journal(self.path, self.columns)

    def add(self, row: Mapping[str, str]) -> None:
        """Record ``row`` in the part's file."""
        if not self.path.is_file():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(",".join(self.columns) + "\n", encoding="utf-8")
        super().add(row)


def open_journal(out: Path) -> Journal:
    """Return the journal of ``out``, after it took over what parts a killed run left."""
    journal = Journal(out / JOURNAL, JOURNAL_COLUMNS)
    for path in sorted((out / PARTS).glob("*.csv")):
        for row in read_journal(path, JOURNAL_COLUMNS).values():
            journal.add(row)
        remove(path)
    return journal


def take_over(
    out: Path, journal: Journal, video_id: str, *, had: Iterable[str], rows: Mapping[str, Row]
) -> None:
    """Let the journal know ``rows`` in the place of those that it ``had``, and end the part."""
    update(journal, had=had, rows=rows)
    (out / PARTS / f"{video_id}.csv").unlink(missing_ok=True)


def update(journal: Journal, *, had: Iterable[str], rows: Mapping[str, Row]) -> None:
    """Replace what a journal ``had`` by ``rows``, and write what is new."""
    for key in set(had) - set(rows):
        journal.drop(key)
    for key, row in rows.items():
        if journal.get(key) != row:
            journal.add(row)


def close_journal(out: Path, journal: Journal) -> None:
    """Bring the journal into its final order; no part is left."""
    journal.finish()
    with contextlib.suppress(OSError):
        (out / PARTS).rmdir()
