"""The data sets of the benchmark: what each one is, and the names a reader may use.

This module imports nothing but `datasets.specs` and the standard library, so every other folder
may read it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from datasets.specs import BOARDS, DatasetSpec, ListSpec, Subject
from datasets.specs import OTHERS as OTHER_SPECS

__all__ = [
    "DATASETS",
    "OTHERS",
    "PROFILES",
    "UNFROZEN",
    "VERSION",
    "DatasetSpec",
    "ListSpec",
    "Profile",
    "Subject",
    "UsageError",
    "choose",
    "frozen_parameters",
    "get",
    "list_spec",
    "shown_name",
    "split_id",
]

Profile = Literal["mini", "full"]

PROFILES: tuple[str, ...] = ("mini", "full")
VERSION = "v1"
UNFROZEN = "unfrozen"
"""Stands where the version of a list stands (``fashion@unfrozen``) if it has no citable id."""


class UsageError(ValueError):
    """A wrong name, key or argument given by the user; command lines turn it into exit status 2."""


def choose(kind: str, name: str, known: Iterable[str]) -> str:
    """Return ``name`` if it is known.

    Args:
        kind: What the name stands for, used in the message ("dataset", "method").
        name: The name given by the user.
        known: The names that exist.

    Raises:
        UsageError: The name is unknown; the message lists the known ones.

    Example:
        >>> choose("dataset", "fashion", ["fashion", "mgif"])
        'fashion'
    """
    names = list(known)
    if name not in names:
        raise UsageError(f"unknown {kind} {name!r}; known: {', '.join(names)}")
    return name


DATASETS: dict[str, DatasetSpec] = {spec.name: spec for spec in BOARDS}
"""The data sets of the boards by name."""

OTHERS: dict[str, DatasetSpec] = {spec.name: spec for spec in OTHER_SPECS}
"""Data sets of the literature that are on no board; `DatasetSpec.unusable` says why."""


def get(name: str) -> DatasetSpec:
    """Return the data set called ``name``; `UsageError` lists the known ones otherwise."""
    return DATASETS[choose("dataset", name, DATASETS)]


def shown_name(dataset: str, profile: str) -> str:
    """Return the name a reader sees: a mini number must never read as a Tai-Chi-HD number.

    Example:
        >>> shown_name("taichi-hd", "mini")
        'taichi-hd-mini'
    """
    get(dataset)
    choose("profile", profile, PROFILES)
    return f"{dataset}-mini" if profile == "mini" else dataset


def split_id(dataset: str, profile: str, version: str = VERSION) -> str:
    """Return the citable id of a frozen split.

    Args:
        dataset: A data set of the boards.
        profile: ``mini`` or ``full``.
        version: The name of a list: ``v1``, and for real data ``v1-lite``, ``v1-asis``.

    Example:
        >>> split_id("fashion", "mini"), split_id("voxceleb", "full", "v1-asis")
        ('fashion-mini@v1', 'voxceleb@v1-asis')
    """
    return f"{shown_name(dataset, profile)}@{version}"


def list_spec(dataset: str, list_name: str = VERSION) -> ListSpec:
    """Return what is known of a list of a real data set; `UsageError` names the known ones."""
    lists = {spec.name: spec for spec in get(dataset).lists}
    return lists[choose(f"list of {dataset}", list_name, lists)]


def frozen_parameters(dataset: str, list_name: str = VERSION) -> dict[str, str]:
    """Return what decides about pixels besides a list of real data; part of the list's identity.

    Example:
        >>> frozen_parameters("mgif")["box_policy"]
        'pad'
    """
    return get(dataset).parameters | dict(list_spec(dataset, list_name).changes)
