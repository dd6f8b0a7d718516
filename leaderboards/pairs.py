"""Paired differences between methods over seeds, as ``metrics.compare`` writes them."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

from datasets.registry import DATASETS, PROFILES, UsageError, choose, shown_name
from leaderboards.columns import Verdict, ordered, verdict
from leaderboards.csv_files import csv_text, exact
from leaderboards.tasks import TASKS

COLUMNS = (
    "dataset",
    "task",
    "first",
    "second",
    "metric",
    "seed",
    "difference",
    "lo",
    "hi",
    "clips",
    "videos",
    "verdict",
    "reason",
)
POOLED = "pooled"
Key = tuple[str, str, str, str, str, int | None]


@dataclass(frozen=True)
class Pair:
    """The mean of (first - second) on common clips, of one seed or pooled over the seeds.

    Attributes:
        dataset: The registry name (``taichi-hd``).
        task: What was scored.
        first: A method.
        second: Another one.
        metric: The metric id.
        seed: Of both trainings; None: pooled over seeds.
        difference: None if there is none, with a ``reason``.
        lo: Lower end of the 95 % interval; None without an honest one.
        hi: Its upper end.
        clips: How many have a value for both.
        videos: Their source videos.
        reason: Why something is missing, or empty.
    """

    dataset: str
    task: str
    first: str
    second: str
    metric: str
    seed: int | None
    difference: float | None
    lo: float | None
    hi: float | None
    clips: int
    videos: int
    reason: str = ""

    @property
    def key(self) -> Key:
        """What this is the difference of; there is one of each."""
        return self.dataset, self.task, self.first, self.second, self.metric, self.seed

    @property
    def verdict(self) -> Verdict | None:
        """Whether ``first`` is better, worse, or undecided by the interval; None without one."""
        return verdict(self.metric, self.lo, self.hi)

    @property
    def label(self) -> str:
        """The seed in words."""
        return POOLED if self.seed is None else str(self.seed)

    def turned(self) -> Pair:
        """Return the same with ``first`` and ``second`` exchanged."""
        mean, lo, hi = (None if n is None else 0.0 - n for n in (self.difference, self.hi, self.lo))
        return replace(self, first=self.second, second=self.first, difference=mean, lo=lo, hi=hi)


def read_pairs(paths: Iterable[Path]) -> list[Pair]:
    """Read all rows of the files at ``paths``, in the order of `arranged`.

    Raises:
        UsageError: A file is damaged (its name and line are given), or two rows are of the same.
    """
    found: dict[Key, tuple[str, Pair]] = {}
    for path in paths:
        for where, pair in _rows(path):
            turned = pair.turned().key
            for key in (pair.key, turned):
                if key in found:
                    raise UsageError(f"{where}: the same difference as {found[key][0]}; keep one")
            found[pair.key] = where, pair
    return arranged(pair for _, pair in found.values())


def _rows(path: Path) -> Iterable[tuple[str, Pair]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            lines = list(csv.reader(file))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, csv.Error) as error:
        raise UsageError(f"{path}: is no CSV in UTF-8 ({error})") from error
    if not lines or tuple(lines[0]) != COLUMNS:
        raise UsageError(f"{path}: expected the columns {','.join(COLUMNS)}")
    for number, line in enumerate(lines[1:], start=2):
        where = f"{path}, line {number}"
        try:
            yield where, _pair(line)
        except ValueError as error:
            raise UsageError(f"{where}: {error}") from error


def _pair(line: Sequence[str]) -> Pair:
    """Return the row of the cells ``line``; `ValueError` if they are not possible."""
    if len(line) != len(COLUMNS):
        raise ValueError(f"{len(line)} cells, expected {len(COLUMNS)}")
    cell = dict(zip(COLUMNS, line, strict=True))
    difference, lo, hi = (_number(cell[name]) for name in ("difference", "lo", "hi"))
    pair = Pair(
        dataset=_dataset(cell["dataset"]),
        task=choose("task", cell["task"], TASKS),
        first=cell["first"],
        second=cell["second"],
        metric=cell["metric"],
        seed=None if cell["seed"] == POOLED else int(cell["seed"]),
        difference=difference,
        lo=lo,
        hi=hi,
        clips=int(cell["clips"] or 0),
        videos=int(cell["videos"] or 0),
        reason=cell["reason"],
    )
    _check(pair, said=cell["verdict"])
    return pair


def _check(pair: Pair, *, said: str) -> None:
    """Raise `ValueError` unless the cells can be true together."""
    if pair.first == pair.second:
        raise ValueError(f"{pair.first} against itself")
    if (pair.lo is None) != (pair.hi is None):
        raise ValueError("half an interval")
    if pair.difference is None and not pair.reason:
        raise ValueError("no difference and no reason")
    if pair.lo is not None and pair.hi is not None:
        if pair.difference is None or not pair.lo <= pair.difference <= pair.hi:
            raise ValueError(f"{pair.difference} is not in its interval")
        if said in get_args(Verdict) and pair.verdict not in (None, said):
            raise ValueError(f"verdict {said!r}, but the interval says {pair.verdict!r}")


def _number(cell: str) -> float | None:
    value = float(cell) if cell else None
    if value is not None and not math.isfinite(value):
        raise ValueError(f"{cell} is not a finite number")
    return value


def _dataset(name: str) -> str:
    """Return the registry name of a data set given by that or by a shown name."""
    names = {shown_name(known, profile): known for known in DATASETS for profile in PROFILES}
    return names.get(name) or choose("dataset", name, DATASETS)


def arranged(pairs: Iterable[Pair]) -> list[Pair]:
    """Return ``pairs`` by data set, task, methods, metric as in the tables, pooled before seeds."""
    rows = list(pairs)
    metrics = ordered(pair.metric for pair in rows)

    def key(pair: Pair) -> tuple[int, int, str, str, int, int]:
        data, task = list(DATASETS).index(pair.dataset), TASKS.index(pair.task)
        seed = -1 if pair.seed is None else pair.seed
        return data, task, pair.first, pair.second, metrics.index(pair.metric), seed

    return sorted(rows, key=key)


def pairs_csv(pairs: Iterable[Pair], *, profile: str) -> str:
    """Return ``pairs`` as the CSV that `read_pairs` reads, with all digits."""
    lines = [
        [
            shown_name(pair.dataset, profile),
            pair.task,
            pair.first,
            pair.second,
            pair.metric,
            pair.label,
            *(exact(n) for n in (pair.difference, pair.lo, pair.hi)),
            str(pair.clips),
            str(pair.videos),
            pair.verdict or "",
            pair.reason,
        ]
        for pair in arranged(pairs)
    ]
    return csv_text([COLUMNS, *lines])
