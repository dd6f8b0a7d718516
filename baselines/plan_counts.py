"""How many clips, videos, people and frames a data set has, from its frozen list alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from baselines.pairs import Unit
from datasets import list_statistics
from datasets.frozen import read_split
from datasets.lists import description
from datasets.metadata import PARTITIONS
from datasets.registry import VERSION, split_id

Number = int | float


class Fact(NamedTuple):
    """A figure of the plan.

    Attributes:
        value: None: nobody knows it.
        why: Where it comes from; of an unknown one, why it is unknown. May be empty for what
            follows from the configuration.
    """

    value: Number | str | None
    why: str = ""


@dataclass(frozen=True)
class Counts:
    """What a list holds.

    Attributes:
        split: Its id.
        parts: Partition -> ``clips``, ``videos``, ``persons``, ``frames``, as far as they are
            known.
        why: Where the figures come from, or why there are none.
    """

    split: str
    parts: Mapping[str, Mapping[str, Number]]
    why: str

    def of(self, partition: str, what: str) -> Fact:
        """Return one figure."""
        value = self.parts.get(partition, {}).get(what)
        if value is None and partition in self.parts:
            return Fact(None, f"{self.why}; {what} of {partition} are not among it")
        return Fact(value, self.why)

    def total(self, what: str) -> Fact:
        """Return one figure of all partitions together."""
        parts = [self.of(partition, what) for partition in PARTITIONS if self._has(partition)]
        values = [part.value for part in parts]
        known = [value for value in values if isinstance(value, int)]
        if not parts or len(known) < len(parts):
            return Fact(None, next((part.why for part in parts if part.value is None), self.why))
        return Fact(sum(known), self.why)

    def _has(self, partition: str) -> bool:
        return self.parts.get(partition, {}).get("clips", 0) != 0

    def units(self, unit: Unit) -> Fact:
        """Return how many units of `baselines.pairs` there are to train on.

        An identity is a person where the list names people, else a video.
        """
        if unit == "identity":
            people = "persons" in self.parts.get("train", {})
            return self.of("train", "persons" if people else "videos")
        return self.of("train", "clips" if unit == "clip" else "videos")


def counts_of(
    dataset: str, profile: str, list_name: str = VERSION, *, stated: bool = False
) -> Counts:
    """Return what the list of a data set holds.

    Args:
        dataset: Its name.
        profile: ``mini`` or ``full``.
        list_name: Of real data: which list.
        stated: Take the literature's numbers of a list that is not frozen.

    Raises:
        UsageError: The list is unknown, or its description is damaged.
    """
    if profile == "mini":
        split = read_split(dataset, profile)
        parts = {name: list_statistics.counts(split.of(name).rows) for name in PARTITIONS}
        return Counts(split.id, parts, f"counted: {split.id}")
    name = split_id(dataset, profile, list_name)
    said = description(dataset, list_name)
    if "splits" in said:
        return Counts(name, said["splits"], f"counted: {name}")
    told = said.get("stated")
    why = f"{name} is not frozen, its clips were never counted"
    if not told:
        return Counts(name, {}, why)
    text = ", ".join(f"{number} to {part}" for part, number in told.items())
    if not stated:
        return Counts(name, {}, f"{why}; the literature states {text}: --stated takes that")
    # Of a list without windows every video is one clip.
    parts = {part: {"clips": number, "videos": number} for part, number in told.items()}
    return Counts(name, parts, f"{why}; the literature states {text}, validation among train")
