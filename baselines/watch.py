"""What a run folder shows of a training while it goes on: speed, validation, pictures.

Nothing of it is a result: the checkpoint and the loss curve are the same with and without.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from pathlib import Path

import torch

from baselines.method import Method
from baselines.snapshot import snapshot, write_snapshot
from baselines.tensorboard import Board
from baselines.validation import Validation
from datasets.files import write_text
from datasets.registry import UsageError

L1 = "l1_val"
"""Column of the validation error; empty where it was not computed."""


class Watch:
    """Writes ``watch.csv`` and ``pictures/step-<8 digits>.png`` into a run folder.

    The first row of a resumed run cuts the rows and pictures of an earlier session from this step
    on: those steps were done again.

    Args:
        folder: Of the run.
        validation: The pairs that are looked at; None: rows only.
        every: Steps between looks. With rows further apart, or not at multiples of it, the first
            row after each multiple has one.
        pictures: Whether a look leaves a picture.
        board: Told of everything; or None. Whoever made it closes it.

    Raises:
        UsageError: ``every`` is less than 1, or the ``watch.csv`` that is there cannot be read.
    """

    def __init__(
        self,
        folder: Path,
        *,
        validation: Validation | None,
        every: int,
        pictures: bool,
        board: Board | None,
    ) -> None:
        if every < 1:
            raise UsageError(f"watch: every must be at least 1, got {every}")
        self._folder, self._validation, self._every = folder, validation, every
        self._pictures, self._board = pictures, board
        self._table = folder / "watch.csv"
        self._rows = read_rows(self._table) if self._table.is_file() else []
        self._first = True

    def least(self, *, until: int) -> float:
        """Return the least validation error of the first ``until`` steps; infinity if none."""
        seen = (row[L1] for row in self._rows if L1 in row and row["step"] <= until)
        return min(seen, default=math.inf)

    def after(
        self, step: int, method: Method, device: torch.device, row: Mapping[str, float]
    ) -> float | None:
        """Note a row, and look at the method if it is time.

        Args:
            step: Steps done.
            method: On ``device``; left as it was.
            device: Where to compute.
            row: Numbers by name: those of `baselines.meter.Meter.row`, and more.

        Returns:
            The validation error, if it was computed.
        """
        if self._first:
            self._cut(step)
        before = self._rows[-1]["step"] if self._rows else 0
        found = None
        if self._validation is not None and step // self._every > before // self._every:
            found = self._validation.l1(method, device)
        full = {**row, "step": float(step)} | ({} if found is None else {L1: found})
        self._rows.append(full)
        write_text(self._table, csv_of(self._rows))
        if self._board is not None:
            self._board.row(full)
        if found is not None and self._pictures:
            self._picture(step, method, device)
        return found

    def _picture(self, step: int, method: Method, device: torch.device) -> None:
        assert self._validation is not None  # there was something to find
        picture = snapshot(method, self._validation, device)
        write_snapshot(self._folder / "pictures" / f"step-{step:08d}.png", picture)
        if self._board is not None:
            self._board.picture("validation", picture, step)

    def _cut(self, step: int) -> None:
        """Forget what an earlier session said of ``step`` and later ones."""
        self._first = False
        self._rows = [row for row in self._rows if row["step"] < step]
        for path in (self._folder / "pictures").glob("step-*.png"):
            if path.stem[5:].isdecimal() and int(path.stem[5:]) >= step:
                path.unlink()


def read_rows(path: Path) -> list[dict[str, float]]:
    """Return the rows of a ``watch.csv``; what is empty in a row is not in it.

    Raises:
        UsageError: It is no such file.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = [
                {name: float(value) for name, value in row.items() if value != ""}
                for row in csv.DictReader(file, strict=True)
            ]
    except (ValueError, TypeError, csv.Error) as error:  # TypeError: cells without a column
        raise UsageError(f"{path}: cannot be read ({error}); remove it and go on") from error
    if not all("step" in row for row in rows):
        raise UsageError(f"{path}: a row has no step; remove the file and go on")
    return rows


def csv_of(rows: list[dict[str, float]]) -> str:
    """Return rows as CSV text: ``step``, the other names, ``l1_val``; missing values are empty."""
    names = dict.fromkeys(name for row in rows for name in row)
    middle = [name for name in names if name not in ("step", L1)]
    text = io.StringIO()
    writer = csv.DictWriter(text, ["step", *middle, L1], lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: f"{value:.9g}" for name, value in row.items()})
    return text.getvalue()
