"""Four procedural worlds with exact ground truth: the offline stand-ins of the data sets."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from datasets.registry import choose

if TYPE_CHECKING:
    from datasets.worlds.world import World

WORLDS: dict[str, str] = {
    "taichi-hd": "datasets.worlds.taichi:TAICHI",
    "voxceleb": "datasets.worlds.vox:VOX",
    "fashion": "datasets.worlds.fashion:FASHION",
    "mgif": "datasets.worlds.mgif:MGIF",
}


def world_of(dataset: str) -> World:
    """Return the world that stands for ``dataset``; `UsageError` lists the known names."""
    module, name = WORLDS[choose("dataset", dataset, WORLDS)].split(":")
    return cast("World", getattr(import_module(module), name))
