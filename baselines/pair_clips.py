"""The clips of the pairs that are animated."""

from __future__ import annotations

from pathlib import Path

from datasets.manifest import clip_path, usable
from datasets.pair_manifest import read_pairs
from datasets.registry import UsageError


def pair_clips(clips: Path, pairs: Path) -> list[tuple[str, Path, Path]]:
    """Return name, source clip and driving clip of every usable pair.

    Args:
        clips: Folder of clips, as the crop stage makes it.
        pairs: Folder of pairs, as the stage of that name makes it.

    Raises:
        UsageError: There are no such folders, or the pairs are of other clips.
    """
    paths = {row.clip_id: clip_path(clips, row) for row in usable(clips, "test")}
    found = []
    for pair in read_pairs(pairs):
        if not pair.ok:
            continue
        for clip in (pair.source, pair.driving):
            if clip not in paths:
                raise UsageError(
                    f"{pairs}: {pair.pair_id}: {clip} is no usable test clip of {clips};"
                    " make the pairs again (dvc repro pairs)"
                )
        found.append((pair.pair_id, paths[pair.source], paths[pair.driving]))
    return found
