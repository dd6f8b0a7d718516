"""The clips of a data set, as Python objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from datasets.clips import Frames, read_clip
from datasets.manifest import MANIFEST, clip_path, usable
from datasets.metadata import PARTITIONS
from datasets.registry import UsageError, choose
from datasets.stage import clips_folder
from datasets.truth import Truth, load_truth, truth_beside


@dataclass(frozen=True)
class Clip:
    """One clip on disk.

    Attributes:
        id: The clip id.
        split: ``train``, ``val`` or ``test``.
        video_id: The source video; clips of one video are not independent.
        path: The clip file.
        length: Number of frames.
    """

    id: str
    split: str
    video_id: str
    path: Path
    length: int

    def frames(self, indices: Sequence[int] | None = None) -> Frames:
        """Return all frames, or those at ``indices``, uint8 ``(T, H, W, 3)`` RGB."""
        return read_clip(self.path, indices)

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
        raise UsageError(
            f"{folder}: no {MANIFEST}; run 'python -m datasets.download --dataset {name}' "
            f"and 'python -m datasets.crop --dataset {name}', or 'dvc repro'"
        )
    return [
        Clip(row.clip_id, row.split, row.video_id, clip_path(folder, row), row.got_frames)
        for wanted in (sorted(PARTITIONS) if split is None else [split])
        for row in usable(folder, wanted)
    ]
