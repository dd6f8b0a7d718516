"""What is measured on: specifications, frozen splits, download, crop, clips, the mini worlds.

    import datasets

    clips = datasets.load("taichi-hd", split="test")
    video = clips[0].frames()                         # uint8 (T, H, W, 3)
    pairs = datasets.FramePairs(datasets.load("taichi-hd", split="train"), seed=0)
    source, driving, *ids = pairs[0]                  # uint8 (H, W, 3) each

`load_folder` and `open_clip` do the same for clips that are not ours.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datasets.clip_folders import load_folder, open_clip
    from datasets.frame_pairs import FramePair, FramePairs
    from datasets.loader import Clip

__all__ = ["Clip", "FramePair", "FramePairs", "load", "load_folder", "open_clip"]


def load(
    name: str, *, split: str | None = "test", profile: str = "mini", root: Path | str = "."
) -> list[Clip]:
    """Return the clips of a data set that was downloaded and cropped, sorted by split and id.

    Args:
        name: A name of the registry, e.g. ``"taichi-hd"``.
        split: ``train``, ``val``, ``test``; None for all.
        profile: ``mini`` or ``full``.
        root: The folder in which ``work/`` lies.

    Returns:
        Clips with ``id``, ``path``, ``frames()`` (uint8 ``(T, H, W, 3)``) and ``truth()``.
        Clips that failed are not among them: the manifest says why.

    Raises:
        UsageError: An unknown name, or nothing is there yet; the message says what to run.
    """
    from datasets.loader import load_clips  # not at the top: leaderboards read the registry only

    return load_clips(name, split=split, profile=profile, root=Path(root))


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever has that name
    """Return what `__all__` names, imported when it is asked for: the package stays light."""
    where = {
        "Clip": "loader",
        "FramePair": "frame_pairs",
        "FramePairs": "frame_pairs",
        "load_folder": "clip_folders",
        "open_clip": "clip_folders",
    }
    if name not in where:
        raise AttributeError(f"module 'datasets' has no attribute {name!r}")
    return getattr(import_module(f"datasets.{where[name]}"), name)
