"""The table of measured sizes, ``baselines/sizes.csv``: see `baselines.sizes`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from baselines.measured import Row, Table
from datasets.registry import DATASETS, UsageError, choose, shown_name

FILE = Path("baselines", "sizes.csv")
WHATS = {
    "source_bytes_per_video": "bytes of a source video",
    "clip_bytes_per_frame": "bytes of a frame in the clip store",
    "pair_frames": "frames of all driving clips of the frozen pairs",
    "picture_ratio": "bytes of a predicted clip by those of the true one",
    "motion_bytes_per_pixel": "bytes of a pixel of a frame in a motion file",
}
"""What is measured; the last two differ from method to method."""
SIZES = Table(("dataset", "method", "size", "what"), ("value", "how", "date", "command"))


@dataclass(frozen=True)
class Size:
    """One measured size.

    Attributes:
        dataset: The shown name (``taichi-hd-mini``).
        method: Name of the method; empty if it does not matter.
        size: Side of the pictures in pixels; 0 if it does not matter.
        what: One of `WHATS`.
        value: The figure.
        how: How it was measured, or who reported it.
    """

    dataset: str
    method: str
    size: int
    what: str
    value: float
    how: str


@dataclass(frozen=True)
class Sizes:
    """All measured sizes."""

    rows: Sequence[Size]

    def find(self, what: str, dataset: str, profile: str, **more: str | int) -> Size | None:
        """Return a size, or None if nobody has measured it.

        What was measured on predictions in the mini world of the same data set stands in for the
        real data; the row says so.

        Args:
            what: One of `WHATS`.
            dataset: Name of the data set.
            profile: ``mini`` or ``full``.
            more: ``method`` and ``size``, where they matter.
        """
        method, size = more.get("method", ""), more.get("size", 0)
        found = [row for row in self.rows if (row.what, row.method) == (what, method)]
        own = shown_name(dataset, profile)
        for row in found:
            if (row.dataset, row.size) == (own, size):
                return row
        mini = shown_name(dataset, "mini")
        return next((row for row in found if method and row.dataset == mini), None)


def read_sizes(path: Path = FILE) -> Sizes:
    """Return the sizes of the table at ``path``.

    Raises:
        UsageError: It is no such table, or a cell is wrong; the row is named.
    """
    return Sizes([_size(row, path) for row in SIZES.read(path).values()])


def _size(row: Row, path: Path) -> Size:
    known = {shown_name(name, profile) for name in DATASETS for profile in ("mini", "full")}
    try:
        size = Size(
            dataset=choose("dataset", row["dataset"], sorted(known)),
            method=row["method"],
            size=int(row["size"] or 0),
            what=choose("size", row["what"], WHATS),
            value=float(row["value"]),
            how=row["how"],
        )
        if not 0 < size.value < float("inf"):
            raise ValueError(f"value {size.value} is not positive")
    except ValueError as error:
        raise UsageError(f"{path}: row {','.join(SIZES.key_of(row))}: {error}") from error
    return size
