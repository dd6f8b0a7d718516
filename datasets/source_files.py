"""Which files of a folder are source videos, by video id."""

from __future__ import annotations

import os
from pathlib import Path

SUFFIXES = (".mp4", ".webm", ".mkv", ".mov", ".avi", ".m4v", ".gif")


def source_videos(folder: Path) -> dict[str, tuple[Path, ...]]:
    """Return the files of each video id, ``<video_id>`` and one of `SUFFIXES`, sorted by name.

    The folder is read once, so that asking for tens of thousands of ids costs nothing. Hidden files
    are unfinished ones, links that lead nowhere are none; a folder that is not there has none.
    """
    found: dict[str, list[Path]] = {}
    if not folder.is_dir():
        return {}
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries if entry.is_file())
    for name in names:
        stem, suffix = os.path.splitext(name)  # noqa: PTH122 - twice as fast as a Path
        if suffix.lower() in SUFFIXES and not name.startswith("."):
            found.setdefault(stem, []).append(folder / name)
    return {video_id: tuple(paths) for video_id, paths in found.items()}
