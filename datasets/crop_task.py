"""The work on one video as something that can be sent to another process or machine."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from datasets.crop_config import CropConfig
from datasets.crop_journal import JournalPart
from datasets.crop_ready import ready_video
from datasets.crop_video import crop_video, failed_video
from datasets.digests import Digests
from datasets.journal import Row
from datasets.manifest import ManifestRow
from datasets.metadata import MetadataRow
from datasets.video import VideoError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


@dataclass(frozen=True)
class Task:
    """One video and its clips.

    Attributes:
        video_id: The video.
        videos: Its files; there should be one.
        rows: All rows of the metadata of that video.
        source: Folder of the source videos, or of the ready crops.
        ready: Whether ``source`` holds ready crops.
        out: Folder of the clips.
        config: Settings of the stage.
        known: Rows of the journal for the clips.
        digests: Digests of files that were hashed before; None to hash all anew.
    """

    video_id: str
    videos: tuple[Path, ...]
    rows: tuple[MetadataRow, ...]
    source: Path
    ready: bool
    out: Path
    config: CropConfig
    known: Mapping[str, Row]
    digests: Mapping[str, Row] | None

    @property
    def absent(self) -> bool:
        """Whether there is nothing to read, so that no process is worth its start."""
        return not self.ready and len(self.videos) != 1


@dataclass(frozen=True)
class Done:
    """What became of a task.

    Attributes:
        video_id: The video.
        rows: A row of the manifest for each of the task.
        known: The rows of the journal for the clips that are there now.
        digests: Digests of the files that were looked at.
    """

    video_id: str
    rows: list[ManifestRow]
    known: Mapping[str, Row]
    digests: Mapping[str, Row]


def work(task: Task) -> Done:
    """Do a task. Whatever is wrong with the video becomes the status of its rows.

    Raises:
        OSError: The disk is full or cannot be written, which is no fault of the video.
    """
    journal = JournalPart(task.out, task.video_id, task.known)
    digests = Digests(task.digests)
    try:
        rows = _rows(task, journal, digests)
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _FULL:
            raise
        text = f"{type(error).__name__}: {error}".replace(f"{task.out}/", "")
        return failed(task, "crashed", text.replace(f"{task.source}/", ""))
    return Done(task.video_id, rows, journal.rows, digests.found)


def failed(task: Task, kind: str, message: str) -> Done:
    """Return a task of which nothing can be had, and leave nothing of its clips."""
    journal = JournalPart(task.out, task.video_id, task.known)
    error = VideoError(kind, " ".join(message.split()))
    rows = failed_video(task.rows, task.out, error=error, journal=journal)
    return Done(task.video_id, rows, journal.rows, {})


def _rows(task: Task, journal: JournalPart, digests: Digests) -> list[ManifestRow]:
    rows, out = task.rows, task.out
    if len(task.videos) > 1:
        names = " and ".join(path.name for path in task.videos)
        error = VideoError("two-videos", f"{names}: remove all but one")
        return failed_video(rows, out, error=error, journal=journal)
    path = task.videos[0] if task.videos else task.source / f"{task.video_id}.mp4"
    make, given = (ready_video, task.source) if task.ready else (crop_video, path)
    return make(given, rows, out, config=task.config, journal=journal, digests=digests)
