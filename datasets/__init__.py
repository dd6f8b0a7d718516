"""What is measured on: specifications, frozen splits, download, crop, clips, the mini worlds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datasets.loader import Clip


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
