"""Totals of a plan: sums over what is known, beside what is missing from them."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from baselines.plan_cells import Facts

SUMMED = {
    "cells": ("device_hours",),
    "datasets": (
        "download_bytes",
        "source_bytes",
        "clips_bytes",
        "predictions_bytes",
        "checkpoints_bytes",
        "states_bytes",
    ),
}
"""What is added up over the trainings, and over the data sets."""


@dataclass(frozen=True)
class Total:
    """A sum.

    Attributes:
        value: Over what is known; None: nothing is.
        missing: Whose figure is unknown, and so not in it.
    """

    value: float | None
    missing: tuple[str, ...]


def total(parts: Mapping[str, Facts], name: str) -> Total:
    """Return the sum of the figure ``name`` over ``parts``, whose names are keys."""
    known, missing = [], []
    for part, facts in parts.items():
        value = facts[name].value
        if isinstance(value, int | float):
            known.append(value)
        else:
            missing.append(part)
    return Total(sum(known) if known else None, tuple(missing))


def grouped(
    parts: Mapping[tuple[str, str], Facts], key: Callable[[tuple[str, str]], str], name: str
) -> dict[str, Total]:
    """Return the sums of the figure ``name`` over the cells that have the same ``key``."""
    groups: dict[str, dict[str, Facts]] = {}
    for cell, facts in parts.items():
        groups.setdefault(key(cell), {})["-".join(cell)] = facts
    return {group: total(cells, name) for group, cells in groups.items()}


def wall_hours(hours: Sequence[float], gpus: int) -> float:
    """Return when the last of ``gpus`` devices is done, if each takes a training at a time.

    The longest training is begun first, on the device that is free first.

    Example:
        >>> wall_hours([3, 3, 2, 2, 2], 2)
        7.0
    """
    free = [0.0] * min(gpus, max(len(hours), 1))
    for one in sorted(hours, reverse=True):
        heapq.heapreplace(free, free[0] + one)
    return max(free)
