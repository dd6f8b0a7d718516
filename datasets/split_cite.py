"""How to cite a frozen list: its id, its digest, what it counts, and whom to cite."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from datasets.frozen import SplitError, parse_id, read_split, split_files
from datasets.lists import description, seen
from datasets.pair_list import pair_list_file, read_pair_list
from datasets.registry import get
from datasets.upstream import UNPINNED

_NAMES = {"train": "training", "val": "validation", "test": "test"}


def citation(name: str) -> str:
    """Return what to paste into a paper: id, digests, counts, and a BibTeX entry.

    It is read from the committed files alone: nothing is fetched.

    Args:
        name: Id of a frozen list.

    Raises:
        UsageError: An unknown id, or a list that has no citable id.
    """
    dataset, profile, list_name = parse_id(name)
    told = _described(dataset, profile, list_name)
    if told.get("sha256") == UNPINNED:
        raise SplitError(f"{name} cannot be cited: {_unpinned(dataset)}")
    pairs = told.get("pairs")
    lines = [
        name,
        f"sha256 {told['sha256']}",
        *(_part(part, told["splits"][part]) for part in _NAMES if told["splits"][part]["clips"]),
        *([f"pairs: {pairs['count']}, sha256 {pairs['sha256']}"] if pairs else []),
        "pixels: " + ", ".join(f"{k} {v}" for k, v in sorted(told["parameters"].items())),
        *_corrections(told.get("corrections", [])),
    ]
    not_real = "" if profile == "full" else get(dataset).title
    entries = [_entry(name, told["sha256"], not_real)]
    entries += [get(dataset).bibtex] if profile == "full" else []
    return "\n".join(lines) + "\n\n" + "\n\n".join(entries) + "\n"


def _entry(name: str, sha256: str, not_real: str) -> str:
    """Return the BibTeX entry of a list; that of the data set it is of stands beside it.

    That of a mini world says which data set it is not.
    """
    what = f", a procedural stand-in, not {not_real}" if not_real else ""
    key = name.replace("@", "-")
    return (
        f"@misc{{{key},\n"
        f"  title = {{The frozen split {{{name}}}{what}}},\n"
        "  author = {{The authors of the Tai-Chi-HD benchmark}},\n"
        "  howpublished = {Tai-Chi-HD: a benchmark and dataset suite for image animation},\n"
        f"  note = {{sha256 {sha256}}}\n"
        "}"
    )


def _described(dataset: str, profile: str, list_name: str) -> Mapping[str, Any]:
    if profile == "full":
        return description(dataset, list_name)
    read_split(dataset, profile)
    if pair_list_file(dataset, profile).is_file():
        read_pair_list(dataset, profile)
    return tomllib.loads(split_files(dataset, profile)[1].read_text(encoding="utf-8"))


def _part(partition: str, counts: Mapping[str, Any]) -> str:
    listed = [f"{counts[key]} {key}" for key in ("clips", "videos", "persons") if key in counts]
    return f"{_NAMES[partition]}: {', '.join(listed)}, sha256 {counts['sha256']}"


def _corrections(told: Sequence[Mapping[str, Any]]) -> list[str]:
    return [
        f"{one['name']}: {', '.join(f'{n} {part}' for part, n in one['removed'].items())} removed"
        for one in told
        if any(one["removed"].values())
    ]


def _unpinned(dataset: str, store: Path | None = None) -> str:
    return "; ".join(
        f"{pin.name} is not pinned (sha256 seen here: {digest or 'none'})"
        for pin, digest in seen(dataset, store=store)
        if not pin.pinned
    )


def unpinned_text(name: str, store: Path | None) -> str:
    """Return why a real list has no citable id; empty if it has one."""
    dataset, profile, _ = parse_id(name)
    if profile != "full":
        return ""
    said = _unpinned(dataset, store)
    return f"{name} has no citable id: {said}" if said else ""
