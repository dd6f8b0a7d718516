"""The frozen splits that a result may claim: their ids, digests and counts."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from datasets.registry import UNFROZEN, UsageError
from leaderboards.tasks import RECONSTRUCTION
from metrics.result import Result


@dataclass(frozen=True)
class FrozenList:
    """One list of a split: the clips of a part, or the pairs.

    Attributes:
        sha256: Digest of the list.
        count: How many it has; None if the file does not say.
        path: The file that froze it.
    """

    sha256: str
    count: int | None
    path: Path


Frozen = Mapping[tuple[str, str], FrozenList]
"""Split id and part -> its list; the pairs of animations are the part ``pairs``."""


def read_frozen(folder: Path) -> dict[tuple[str, str], FrozenList]:
    """Read ``*.toml`` in ``folder`` (``datasets/splits/v1``).

    Raises:
        UsageError: There is none, or one is damaged; it is named.
    """
    found: dict[tuple[str, str], FrozenList] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
            parts = dict(table.get("splits", {}))
            lists = {name: (part["sha256"], part.get("clips")) for name, part in parts.items()}
            if "pairs" in table and "sha256" in table["pairs"]:
                lists["pairs"] = table["pairs"]["sha256"], table["pairs"].get("count")
            for name, (digest, count) in lists.items():
                found[str(table["id"]), name] = FrozenList(str(digest), count, path)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise UsageError(f"{path}: no frozen split ({error!r})") from error
    if not found:
        raise UsageError(f"{folder}: no frozen splits; run from the repository root")
    return found


def check_split(result: Result, frozen: Frozen, *, path: Path) -> None:
    """Raise `UsageError` naming the file if ``result`` claims a frozen split that is another one.

    A split that is not frozen claims nothing, and is ranked nowhere.
    """
    split = result.split
    if split.id.endswith(f"@{UNFROZEN}"):
        return
    part = split.partition if result.task == RECONSTRUCTION else "pairs"
    known = frozen.get((split.id, part))
    if known is None:
        raise UsageError(f"{path}: split {split.id}, {part}: there is no such frozen list")
    if split.sha256 != known.sha256:
        raise UsageError(
            f"{path}: split {split.id}, {part}: sha256 {split.sha256[:12]}..., but "
            f"{known.sha256[:12]}... by {known.path}"
        )
    if known.count is not None and result.coverage.expected != known.count:
        raise UsageError(
            f"{path}: split {split.id}, {part}: {result.coverage.expected} expected, but "
            f"{known.count} by {known.path}"
        )
