"""Videos that somebody has already: a folder of files named after their ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from datasets.fetch.errors import AttemptError
from datasets.fetch.ytdlp import Got
from datasets.registry import UsageError
from datasets.source_files import SUFFIXES, source_videos


def given_folder(folder: Path | None) -> Path:
    """Return the folder of videos; raise `UsageError` if there is none."""
    if folder is None:
        raise UsageError("source 'videos' needs --videos DIR, a folder of <video_id>.<suffix>")
    if not folder.is_dir():
        raise UsageError(f"{folder}: is not a folder")
    return folder


def given_video(
    video_id: str, folder: Path, videos: Mapping[str, Sequence[Path]] | None = None
) -> Got:
    """Return the file of a video in ``folder``, with any suffix of a video, in capitals or not.

    Args:
        video_id: Its id.
        folder: A folder of ``<video_id>.<suffix>`` files.
        videos: What `source_videos` found in it; the folder is read if None.

    Raises:
        AttemptError: ``not-given``.
    """
    found = (source_videos(folder) if videos is None else videos).get(video_id)
    if not found:
        raise AttemptError("not-given", f"{folder} holds no {video_id}.* of a known suffix")
    return Got(min(found, key=_preference), "given", ours=False)


def _preference(path: Path) -> tuple[bool, int]:
    """Order the files of one video: small letters first, then as `SUFFIXES`."""
    suffix = path.suffix.lower()
    return path.suffix != suffix, SUFFIXES.index(suffix)
