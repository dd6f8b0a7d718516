"""The list of a real data set, as the download stage needs it: clips, and videos in their order."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from datasets.lists import LoadedList
from datasets.metadata import PARTITIONS, MetadataRow

ORDER = ("test", "val", "train")


@dataclass(frozen=True)
class Wanted:
    """One video of a list.

    Attributes:
        video_id: Its id.
        split: The split of its first clip; crop goes by it too.
        clips: Number of its clips.
        frames: Frames of its clips at the reference rate; 0 for whole videos.
    """

    video_id: str
    split: str
    clips: int
    frames: int


@dataclass(frozen=True)
class Listing:
    """A list of clips and where their videos are.

    Attributes:
        id: Id of the list, e.g. ``voxceleb@v1``.
        sha256: Digest of the canonical list.
        rows: Its clips.
        urls: Addresses of videos by id, where the list has them.
        members: Names of videos in ``archive`` by id, where there is one.
        archive: The archive.
    """

    id: str
    sha256: str
    rows: tuple[MetadataRow, ...]
    urls: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, str] = field(default_factory=dict)
    archive: Path | None = None

    @cached_property
    def videos(self) -> dict[str, Wanted]:
        """The videos by id: first those of test, then of val, then of train, as listed."""
        split: dict[str, str] = {}
        clips: dict[str, int] = {}
        frames: dict[str, int] = {}
        for row in self.rows:
            split.setdefault(row.video_id, row.partition)
            clips[row.video_id] = clips.get(row.video_id, 0) + 1
            frames[row.video_id] = frames.get(row.video_id, 0) + row.end - row.start
        ordered = sorted(split, key=lambda video_id: ORDER.index(split[video_id]))
        return {name: Wanted(name, split[name], clips[name], frames[name]) for name in ordered}

    def of(self, splits: Collection[str] = PARTITIONS) -> list[Wanted]:
        """Return the videos of ``splits``, in order."""
        return [video for video in self.videos.values() if video.split in splits]


def listing_of(loaded: LoadedList) -> Listing:
    """Return what the download stage needs of a list."""
    archive = loaded.files[0] if loaded.members else None
    return Listing(loaded.id, loaded.sha256, loaded.rows, loaded.urls, loaded.members, archive)
