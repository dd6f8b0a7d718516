"""Measured frames per second: what they hold for stands beside them, and nothing is ranked by them.

``python -m baselines.speed`` measures and writes ``leaderboards/v1/speed.csv``; no stage does.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path

from datasets.registry import DATASETS, PROFILES, UsageError, choose, shown_name

_LONGEST = 1_000_000  # bytes of the file


@dataclass(frozen=True)
class Speed:
    """How fast one trained method was on one device.

    Attributes:
        profile: ``mini`` or ``full``.
        dataset: The shown name (``taichi-hd-mini``).
        method: A method id.
        device: Processor or GPU, as it names itself.
        precision: What was computed in: ``float32``, or ``tf32`` if convolutions round to it.
        batch: Driving frames at a time.
        threads: CPU threads.
        frames: Driving frames that one of the repeats animated.
        frames_per_second: The median of the repeats.
        torch: Version of PyTorch.
        date: ISO date of the measurement.
        command: What measured it.
    """

    profile: str
    dataset: str
    method: str
    device: str
    precision: str
    batch: int
    threads: int
    frames: int
    frames_per_second: float
    torch: str
    date: str
    command: str


COLUMNS: tuple[str, ...] = tuple(field.name for field in fields(Speed))


def read_speed(path: Path) -> list[Speed]:
    """Read the table at ``path``, in its order; a missing file holds nothing.

    Raises:
        UsageError: The file is damaged or has the same measurement twice; the line is named.
    """
    if not path.exists():
        return []
    try:
        if path.stat().st_size > _LONGEST:
            raise UsageError(f"{path}: larger than {_LONGEST} bytes")
        with path.open(encoding="utf-8", newline="") as file:
            lines = list(csv.reader(file, strict=True))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path}: is no CSV in UTF-8 ({error})") from error
    if not lines or tuple(lines[0]) != COLUMNS:
        raise UsageError(f"{path}, line 1: expected the columns {','.join(COLUMNS)}")
    found: dict[tuple[object, ...], int] = {}
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        try:
            row = _row(line)
            what = (row.profile, row.dataset, row.method, row.device, row.precision)
            key = (*what, row.batch, row.threads)
            if key in found:
                raise ValueError(f"measures the same as line {found[key]}")
        except ValueError as error:
            raise UsageError(f"{path}, line {number}: {error}") from error
        found[key] = number
        rows.append(row)
    return rows


def _row(line: Sequence[str]) -> Speed:
    """Return the row of the cells ``line``; `ValueError` if they are not possible."""
    if len(line) != len(COLUMNS):
        raise ValueError(f"{len(line)} cells, expected {len(COLUMNS)}")
    cell = dict(zip(COLUMNS, line, strict=True))
    if empty := [name for name in COLUMNS if not cell[name].strip()]:
        raise ValueError(f"{empty[0]} is empty")
    choose("profile", cell["profile"], PROFILES)
    choose("dataset", cell["dataset"], [shown_name(name, cell["profile"]) for name in DATASETS])
    date.fromisoformat(cell["date"])
    speed = float(cell.pop("frames_per_second"))
    if not (math.isfinite(speed) and speed > 0):
        raise ValueError(f"frames_per_second is {speed}, expected a finite number above 0")
    batch, threads, frames = (
        _count(name, cell.pop(name)) for name in ("batch", "threads", "frames")
    )
    return Speed(batch=batch, threads=threads, frames=frames, frames_per_second=speed, **cell)


def _count(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text)):
        raise ValueError(f"{name} is {text!r}, expected a whole number above 0")
    return int(text)
