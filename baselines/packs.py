"""What is predicted, in packs of whole clips, and who predicts which packs.

Short clips share their batches with their neighbours. How batches are composed decides the last
bits of a prediction, so it follows from the list of clips, their lengths and the batch alone: never
from who does the work, what was done before, or whether a clip can be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from datasets.registry import UsageError

BATCHES = 5
"""Batches of a pack; a longer clip is a pack of its own. The last batch may be short.

More would fill batches better and divide worse: of the mini test clips 69 to 71 batches are made,
where clips alone would make 72 to 76 and one pack 62 to 65, and two processes have halves that
differ by 5 % at most.
"""


@dataclass(frozen=True)
class Job:
    """One prediction.

    Attributes:
        name: Of the prediction: a clip id, or that of a pair.
        source: Clip whose first frame is the source picture.
        driving: Clip whose frames drive.
        frames: Of the driving clip, as its manifest says.
        digests: sha256 of both clips, as their manifest says.
    """

    name: str
    source: Path
    driving: Path
    frames: int
    digests: tuple[str, str]


Pack = tuple[Job, ...]


@dataclass(frozen=True)
class Shard:
    """Part ``index`` of ``count`` of the work, counted from 0."""

    index: int
    count: int

    def __str__(self) -> str:
        """As on the command line."""
        return f"{self.index}/{self.count}"


WHOLE = Shard(0, 1)


def parse_shard(text: str) -> Shard:
    """Return the shard that ``I/N`` names, 0 <= I < N; `UsageError` if it names none.

    Example:
        >>> parse_shard("2/8")
        Shard(index=2, count=8)
    """
    found = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text)
    if found is None or not int(found[1]) < int(found[2]):
        raise UsageError(f"--shard {text!r}: expected I/N with 0 <= I < N, such as 0/8 ... 7/8")
    return Shard(int(found[1]), int(found[2]))


def make_packs(jobs: Iterable[Job], batch: int) -> list[Pack]:
    """Return packs of neighbours, by name, of at most `BATCHES` x ``batch`` frames each.

    Args:
        jobs: In any order; a longer one is a pack of its own.
        batch: Driving frames at a time.
    """
    packs: list[Pack] = []
    pack: list[Job] = []
    for job in sorted(jobs, key=lambda job: job.name):
        if pack and length(pack) + job.frames > BATCHES * batch:
            packs.append(tuple(pack))
            pack = []
        pack.append(job)
    return [*packs, tuple(pack)] if pack else packs


def length(pack: Iterable[Job]) -> int:
    """Return the driving frames of a pack."""
    return sum(job.frames for job in pack)


def share(packs: Sequence[Pack], shard: Shard) -> list[Pack]:
    """Return the packs of one shard, in their order.

    The longest are dealt first, each to the shard that has least: no shard has more frames than
    another by more than one pack.
    """
    loads = [0] * shard.count
    mine = []
    for place in sorted(range(len(packs)), key=lambda place: (-length(packs[place]), place)):
        least = loads.index(min(loads))
        loads[least] += length(packs[place])
        if least == shard.index:
            mine.append(place)
    return [packs[place] for place in sorted(mine)]
