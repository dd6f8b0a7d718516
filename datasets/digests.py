"""sha256 of large files, remembered by their size and time of change, as git and DVC do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from datasets.files import sha256
from datasets.journal import Row

COLUMNS = ("file", "bytes", "mtime_ns", "sha256")


class Digests:
    """The sha256 of files by a name of the caller's.

    Args:
        known: Rows of an earlier run by name, with the columns `COLUMNS`; None hashes every file
            each time it is asked for.

    Attributes:
        found: Rows of the files that were asked for and exist; empty if ``known`` is None.
    """

    def __init__(self, known: Mapping[str, Row] | None) -> None:
        self._known = known
        self.found: dict[str, Row] = {}

    def of(self, path: Path, name: str) -> str:
        """Return the sha256 of ``path``, which is hashed only if size or time of change differ."""
        if self._known is None:
            return sha256(path)
        stat = path.stat()
        row = {"file": name, "bytes": str(stat.st_size), "mtime_ns": str(stat.st_mtime_ns)}
        known = self.found.get(name) or self._known.get(name)
        if known is None or any(known[key] != row[key] for key in row):
            known = row | {"sha256": sha256(path)}
        self.found[name] = dict(known)
        return known["sha256"]
