"""What a data set of a plan takes on disk and from the network."""

from __future__ import annotations

from collections.abc import Sequence

from baselines.plan_cells import Facts, scaled, unmeasured
from baselines.plan_counts import Counts, Fact
from baselines.size_table import Sizes
from datasets.metadata import PARTITIONS
from datasets.pins import PINS


def dataset_facts(dataset: str, profile: str, counts: Counts, sizes: Sizes, *, size: int) -> Facts:
    """Return what is known of a data set, but for what its methods make.

    Args:
        dataset: Its name.
        profile: ``mini`` or ``full``.
        counts: What its list holds.
        sizes: What was measured.
        size: Side of its clips in pixels.
    """
    video = sizes.find("source_bytes_per_video", dataset, profile)
    frame = sizes.find("clip_bytes_per_frame", dataset, profile, size=size)
    source = scaled(
        counts.total("videos"), video, unmeasured("source_bytes_per_video", dataset, profile)
    )
    clips = scaled(
        counts.total("frames"), frame, unmeasured("clip_bytes_per_frame", dataset, profile)
    )
    return {
        "split": Fact(counts.split),
        **{f"{part}_clips": counts.of(part, "clips") for part in PARTITIONS},
        "videos": counts.total("videos"),
        "frames": counts.total("frames"),
        "download_bytes": _download(dataset, profile, source),
        "source_bytes": source,
        "clips_bytes": clips,
    }


def _download(dataset: str, profile: str, source: Fact) -> Fact:
    """Return the videos and the lists that name them."""
    if profile == "mini":
        return Fact(0, "the mini worlds are rendered")
    if not isinstance(source.value, int):
        return source
    lists = sum(pin.bytes or 0 for pin in PINS[dataset])
    return Fact(source.value + lists, source.why)


def made_facts(cells: Sequence[Facts]) -> Facts:
    """Return what the methods of one data set make together; unknown if it is of one of them."""
    names = {
        "predictions_bytes": "predictions_bytes",
        "checkpoints_bytes": "checkpoint_bytes",
        "states_bytes": "states_bytes",
    }
    return {name: _sum([cell[one] for cell in cells]) for name, one in names.items()}


def _sum(facts: Sequence[Fact]) -> Fact:
    known = [fact.value for fact in facts if isinstance(fact.value, int | float)]
    if len(known) < len(facts):
        return next(fact for fact in facts if fact.value is None)
    reasons = dict.fromkeys(fact.why for fact in facts)
    return Fact(sum(known), "; ".join(reasons))
