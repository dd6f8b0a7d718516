"""A CSV file that grows by a row whenever a piece of work is done, and survives ``kill -9``."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from datasets.files import write_new_text

Row = dict[str, str]


class Journal:
    """Rows by key, the first column; a later row of the same key replaces the earlier one.

    `add` appends to the file at once; `finish` rewrites it sorted, so that its bytes do not depend
    on the order of the work. A last line cut short by a kill is ignored, and its work is redone.
    """

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self.path = path
        self.columns = tuple(columns)
        self.rows: dict[str, Row] = read_journal(path, self.columns)
        path.parent.mkdir(parents=True, exist_ok=True)
        self.finish()

    def get(self, key: str) -> Row | None:
        """Return the row of ``key``, None if there is none."""
        return self.rows.get(key)

    def add(self, row: Mapping[str, str]) -> None:
        """Record ``row``, which has exactly the columns of the journal."""
        if set(row) != set(self.columns):
            raise ValueError(f"{self.path}: expected the columns {self.columns}, got {set(row)}")
        self.rows[row[self.columns[0]]] = dict(row)
        with self.path.open("a", encoding="utf-8", newline="") as file:
            file.write(self._line(row))

    def drop(self, key: str) -> None:
        """Forget the row of ``key``; the file follows at the next `finish`."""
        self.rows.pop(key, None)

    def finish(self) -> None:
        """Rewrite the file with its rows sorted by key, atomically; leave it if it is the same."""
        header = ",".join(self.columns) + "\n"
        text = header + "".join(self._line(self.rows[key]) for key in sorted(self.rows))
        write_new_text(self.path, text)

    def _line(self, row: Mapping[str, str]) -> str:
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerow([row[name] for name in self.columns])
        return out.getvalue()


def read_journal(path: Path, columns: tuple[str, ...]) -> dict[str, Row]:
    """Return the rows of a journal by key; none if it is missing or has other columns."""
    if not path.is_file():
        return {}
    text = path.read_text(encoding="utf-8", errors="replace")
    whole = text[: text.rfind("\n") + 1]
    reader = csv.DictReader(io.StringIO(whole, newline=""))
    if tuple(reader.fieldnames or ()) != columns:
        return {}
    rows = [row for row in reader if None not in row and None not in row.values()]
    return {row[columns[0]]: row for row in rows}
