"""Tables of what was measured: CSV files that are kept sorted and that people add rows to."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from datasets.files import write_new_text
from datasets.registry import UsageError

Row = Mapping[str, str]
Key = tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """The columns of a table.

    Attributes:
        key: What tells measurements apart: a row with the same takes the place of an earlier one.
        values: The other columns.
    """

    key: Key
    values: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns, in the order of the file."""
        return (*self.key, *self.values)

    def key_of(self, row: Row) -> Key:
        """Return the cells of ``row`` that tell it from others."""
        return tuple(row[name] for name in self.key)

    def read(self, path: Path) -> dict[Key, Row]:
        """Return the rows of the table at ``path``; a missing file holds none.

        Raises:
            UsageError: It is no table with these columns.
        """
        if not path.exists():
            return {}
        try:
            reader = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")), strict=True)
            rows = list(reader)
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise UsageError(f"{path}: cannot be read as CSV ({error})") from error
        if tuple(reader.fieldnames or ()) != self.columns:
            wanted = ",".join(self.columns)
            raise UsageError(f"{path}: expected the columns {wanted}; give another file")
        if any(None in row or None in row.values() for row in rows):
            raise UsageError(f"{path}: a line has not {len(self.columns)} cells; mend it first")
        return {self.key_of(row): row for row in rows}

    def write(self, path: Path, rows: Mapping[Key, Row]) -> None:
        """Write ``rows`` sorted by their keys, atomically."""
        text = io.StringIO()
        writer = csv.DictWriter(text, self.columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows[each] for each in sorted(rows))
        write_new_text(path, text.getvalue())

    def add(self, path: Path, rows: Iterable[Row]) -> None:
        """Add ``rows`` to the table at ``path``; see `read`."""
        self.write(path, self.read(path) | {self.key_of(row): row for row in rows})
