"""Reading the descriptions of the frozen splits."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from datasets.registry import PROFILES, UsageError
from leaderboards.site.model import Correction, Pairs, Partition, SplitFacts, Upstream

UNPINNED = "unpinned"


def read_splits(folder: Path) -> list[SplitFacts]:
    """Read all descriptions of splits in ``folder``, sorted by profile, data set, list.

    Raises:
        UsageError: A file is no description; the message names it and what it lacks.
    """
    found = []
    for path in sorted(folder.glob("*.toml")):
        try:
            found.append(_split(tomllib.loads(path.read_text(encoding="utf-8"))))
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise UsageError(f"{path}: is no description of a split ({error!r})") from error
    return sorted(found, key=lambda s: (PROFILES.index(s.profile), s.dataset, s.list_name))


def _split(said: dict[str, Any]) -> SplitFacts:
    shown, _, list_name = said["id"].partition("@")
    mini = shown.endswith("-mini")
    pairs = said.get("pairs")
    return SplitFacts(
        id=said["id"],
        dataset=shown.removesuffix("-mini"),
        profile="mini" if mini else "full",
        list_name=list_name,
        sha256=_pinned(said["sha256"]),
        text=said.get("text", ""),
        parameters={key: str(value) for key, value in sorted(said["parameters"].items())},
        partitions={
            name: Partition(p["clips"], p["videos"], p.get("frames"), p["sha256"], p.get("hours"))
            for name, p in said.get("splits", {}).items()
        },
        pairs=Pairs(pairs["count"], pairs["seed"], pairs["sha256"]) if pairs else None,
        upstream=tuple(map(_upstream, said.get("upstream", ()))),
        corrections=tuple(map(_correction, said.get("corrections", ()))),
    )


def _pinned(sha256: str | None) -> str | None:
    return None if sha256 == UNPINNED else sha256


def _upstream(said: dict[str, Any]) -> Upstream:
    return Upstream(
        name=said["name"],
        urls=tuple(said["urls"]),
        sha256=_pinned(said.get("sha256")),
        bytes=said.get("bytes"),
        rows=said.get("rows"),
        note=said.get("note", ""),
    )


def _correction(said: dict[str, Any]) -> Correction:
    return Correction(
        name=said["name"],
        text=said["text"],
        counts=said["counts"],
        found=said["found"],
        removed=said["removed"],
        left=said["left"],
    )
