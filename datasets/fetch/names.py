"""The names of source videos: ``<video_id>`` and the suffix of the container that the host sent."""

from __future__ import annotations

from pathlib import Path

from datasets.metadata import check_name
from datasets.source_files import SUFFIXES


def source_file(folder: Path, video_id: str) -> Path:
    """Return the file of a video: the first that is there of its suffixes, else ``<video_id>.mp4``.

    Raises:
        ValueError: ``video_id`` would leave the folder.
    """
    check_name(video_id)
    paths = [folder / f"{video_id}{suffix}" for suffix in SUFFIXES]
    return next((path for path in paths if path.is_file()), paths[0])


def remove_source(folder: Path, video_id: str) -> None:
    """Remove the files of a video, and links to them; an id that leaves the folder has none."""
    try:
        check_name(video_id)
    except ValueError:
        return
    for suffix in SUFFIXES:
        (folder / f"{video_id}{suffix}").unlink(missing_ok=True)
