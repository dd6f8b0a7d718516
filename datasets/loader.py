"""The clips of a data set, or of any folder, as Python objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from datasets.clips import Frames
from datasets.frame_access import count_frames, read_some
from datasets.manifest import MANIFEST, clip_path, usable
from datasets.metadata import PARTITIONS
from datasets.readers import is_lossy, read_frames
from datasets.registry import UsageError, choose, get
from datasets.stage import clips_folder
from datasets.truth import Truth, load_truth, truth_beside


@dataclass(frozen=True)
class Clip:
    """One clip on disk: a clip file, a strip, a folder of numbered pictures, or a video.

    Attributes:
        id: The clip id.
        split: ``train``, ``val`` or ``test``; empty where its folder does not say.
        video_id: The source video; clips of one video are not independent.
        path: The file or folder.
        known_length: Number of frames, where a manifest says it.
    """

    id: str
    split: str
    video_id: str
    path: Path
    known_length: int | None = None

    @property
    def identity(self) -> str:
        """What counts as one identity in training: the clip id up to its first ``#``.

        That is the person in VoxCeleb and the video elsewhere: the authors' rule.
        """
        return self.id.split("#", 1)[0]

    @cached_property
    def length(self) -> int:
        """Number of frames; a video outside a manifest is decoded for it, once."""
        return count_frames(self.path) if self.known_length is None else self.known_length

    @property
    def lossy(self) -> bool:
        """Whether its pixels went through a lossy encoding after they were cropped."""
        return is_lossy(self.path)

    def frames(self, indices: Sequence[int] | None = None) -> Frames:
        """Return all frames, or those at ``indices``, uint8 ``(T, H, W, 3)`` RGB.

        Of a clip file and of a folder only the frames asked for are read; a strip is read whole,
        a video is decoded up to the last of them.

        Raises:
            ClipError: It cannot be read; the message names it.
            IndexError: A frame lies outside the clip.
        """
        if indices is None:
            return read_frames(self.path, allow_lossy=True)
        return read_some(self.path, indices)

    def truth(self) -> Truth | None:
        """Return the ground truth; None for real videos, which have none."""
        path = truth_beside(self.path)
        return load_truth(path) if path.is_file() else None


def load_clips(name: str, *, split: str | None, profile: str, root: Path) -> list[Clip]:
    """Return the clips of a data set; see `datasets.load`."""
    folder = clips_folder(name, profile, root)
    if split is not None:
        choose("split", split, PARTITIONS)
    if not (folder / MANIFEST).is_file():
        raise UsageError(f"{folder}: no {MANIFEST}; {_what_to_run(name, profile)}")
    return of_manifest(folder, split=split)


def _what_to_run(name: str, profile: str) -> str:
    options = f"--dataset {name} --profile {profile}"
    text = f"run 'python -m datasets.download {options}' and 'python -m datasets.crop {options}'"
    if profile == "mini":
        return f"{text}, or 'dvc repro'"
    return f"{text}; what {get(name).title} comes from is in datasets/cards/{name}.md"


def of_manifest(folder: Path, *, split: str | None) -> list[Clip]:
    """Return the clips that the manifest of ``folder`` says are there, sorted by split and id."""
    return [
        Clip(row.clip_id, row.split, row.video_id, clip_path(folder, row), row.got_frames)
        for wanted in (sorted(PARTITIONS) if split is None else [split])
        for row in usable(folder, wanted)
    ]
