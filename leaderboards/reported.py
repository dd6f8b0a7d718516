"""Numbers copied from papers: in blocks of their own, never ranked, never among measured ones.

``leaderboards/v1/reported.csv`` names paper and table of every value, and how sure we are of the
copy: ``confirmed`` against a text, or ``recalled`` without one, to be checked before it is quoted.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from datasets.registry import UsageError, choose

KINDS: tuple[str, ...] = ("main", "ablation", "image-to-video", "user-study")
CONFIDENCES: tuple[str, ...] = ("confirmed", "recalled")
_LONGEST = 1_000_000  # bytes of the file


@dataclass(frozen=True)
class Reported:
    """One number of one paper.

    Attributes:
        paper: Who reports it.
        year: Of the paper.
        method: What it is of, as the paper calls it.
        method_id: Our method of that name; empty if we have none.
        dataset: Our registry name, or the literature's own of what is on no board.
        setting: What was scored, as far as it is known.
        metric: As the paper calls it.
        metric_id: The metric of ours that computes the same; empty if none does.
        value: The number; fractions, never percent.
        unit: Of the value.
        kind: ``main``, ``ablation``, ``image-to-video`` or ``user-study``.
        source: The paper's title, venue and table.
        confidence: ``confirmed`` or ``recalled``.
        printed: The value with the digits of the paper, if they are known.
    """

    paper: str
    year: int
    method: str
    method_id: str
    dataset: str
    setting: str
    metric: str
    metric_id: str
    value: float
    unit: str
    kind: str
    source: str
    confidence: str
    printed: str = ""

    @property
    def text(self) -> str:
        """The value as a table shows it."""
        return self.printed or f"{self.value:g}"


COLUMNS: tuple[str, ...] = tuple(f.name for f in fields(Reported) if f.name != "printed")


def read_reported(path: Path) -> list[Reported]:
    """Read the table at ``path``, in its order.

    Raises:
        UsageError: The file is missing or damaged, or has a number twice; the line is named.
    """
    try:
        if path.stat().st_size > _LONGEST:
            raise UsageError(f"{path}: larger than {_LONGEST} bytes")
        with path.open(encoding="utf-8", newline="") as file:
            lines = list(csv.reader(file))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, csv.Error) as error:
        raise UsageError(f"{path}: is no CSV in UTF-8 ({error})") from error
    if not lines or tuple(lines[0]) != COLUMNS:
        raise UsageError(f"{path}: expected the columns {','.join(COLUMNS)}")
    found: dict[tuple[str, ...], int] = {}
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        try:
            row = _row(line)
            key = (row.paper, row.method, row.dataset, row.setting, row.metric, row.kind)
            if key in found:
                raise ValueError(f"the same number as line {found[key]}")
        except ValueError as error:
            raise UsageError(f"{path}, line {number}: {error}") from error
        found[key] = number
        rows.append(row)
    return rows


def _row(line: Sequence[str]) -> Reported:
    """Return the row of the cells ``line``; `ValueError` if they are not possible."""
    if len(line) != len(COLUMNS):
        raise ValueError(f"{len(line)} cells, expected {len(COLUMNS)}")
    cell = dict(zip(COLUMNS, line, strict=True))
    for name in ("paper", "method", "dataset", "metric", "unit", "source"):
        if not cell[name].strip():
            raise ValueError(f"{name} is empty")
    choose("kind", cell["kind"], KINDS)
    choose("confidence", cell["confidence"], CONFIDENCES)
    printed = cell.pop("value")
    value = float(printed)
    if not math.isfinite(value):
        raise ValueError(f"{value} is not a finite number")
    return Reported(value=value, printed=printed, year=int(cell.pop("year")), **cell)


@dataclass(frozen=True)
class Counts:
    """How many numbers there are, and how sure we are of them.

    Attributes:
        confirmed: Checked against a text.
        recalled: From memory, without one.
    """

    confirmed: int
    recalled: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.confirmed + self.recalled

    @property
    def text(self) -> str:
        """In words.

        Example:
            >>> Counts(101, 95).text, Counts(0, 3).text
            ('101 checked against a text, 95 from memory (°)', 'all from memory (°)')
        """
        if not self.confirmed or not self.recalled:
            return "all from memory (°)" if self.recalled else "all checked against a text"
        return f"{self.confirmed} checked against a text, {self.recalled} from memory (°)"


def counted(rows: Iterable[Reported]) -> Counts:
    """Return how many of ``rows`` are confirmed, and how many recalled."""
    sure = [row.confidence == "confirmed" for row in rows]
    return Counts(sum(sure), len(sure) - sum(sure))


def beside(rows: Iterable[Reported], *, method: str, dataset: str, metric: str) -> Reported | None:
    """Return what a paper reports of our ``method`` in the family of ``metric``; None if nothing.

    The earliest paper counts; later ones report what they trained again. Its metric is the same
    one, else another formula of the same family (``akd@paper`` beside ``akd@clean``).

    Args:
        rows: All that is reported.
        method: A method id.
        dataset: A registry name.
        metric: A metric id.
    """
    family = metric.partition("@")[0]
    found = [
        row
        for row in rows
        if (row.method_id, row.dataset, row.kind) == (method, dataset, "main")
        and row.metric_id.partition("@")[0] == family
    ]
    return min(found, key=lambda row: (row.metric_id != metric, row.year), default=None)
