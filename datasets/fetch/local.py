"""Videos that somebody has already: a folder of files named after their ids."""

from __future__ import annotations

from pathlib import Path

from datasets.fetch.errors import AttemptError
from datasets.fetch.names import source_file
from datasets.fetch.ytdlp import Got
from datasets.registry import UsageError
from datasets.source_files import source_videos


def given_folder(folder: Path | None) -> Path:
    """Return the folder of videos; raise `UsageError` if there is none."""
    if folder is None:
        raise UsageError("source 'videos' needs --videos DIR, a folder of <video_id>.<suffix>")
    if not folder.is_dir():
        raise UsageError(f"{folder}: is not a folder")
    return folder


def given_video(video_id: str, folder: Path) -> Got:
    """Return the file of a video in ``folder``, with any suffix of a video.

    Raises:
        AttemptError: ``not-given``.
    """
    path = source_file(folder, video_id)
    if not path.is_file():  # a suffix in capitals
        found = source_videos(folder).get(video_id)
        path = found[0] if found else path
    if not path.is_file():
        raise AttemptError("not-given", f"{folder} holds no {video_id}.* of a known suffix")
    return Got(path, "given", ours=False)
