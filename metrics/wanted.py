"""What a method should have predicted: the clips of a split, or the pairs of an animation task."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from datasets.clips import ClipError, ClipReader
from datasets.manifest import ManifestError, read_manifest
from datasets.pair_manifest import Pair, truth_clip
from datasets.registry import UsageError
from datasets.truth import truth_beside


@dataclass(frozen=True)
class Wanted:
    """One clip that should be predicted: a clip of the split, or a picture animated by a clip.

    Attributes:
        clip_id: Its name: a clip id, or a pair id.
        video_id: The source video of the clip, or of the driving clip.
        path: The true frames; None where nobody knows them.
        source: The clip whose frame 0 is the source picture.
        driving: The clip whose frames are imitated.
        frames: Its number of frames.
        size: Its height and width in pixels.
        planned: Frames that the metadata ask for, at the reference rate; None: unknown.
        source_fps: Rate of the source in frames per second; None: unknown.
    """

    clip_id: str
    video_id: str
    path: Path | None
    source: Path
    driving: Path
    frames: int
    size: tuple[int, int]
    planned: int | None = None
    source_fps: float | None = None

    @property
    def truth_path(self) -> Path | None:
        """Where the exact truth of the mini worlds lies, if it does."""
        beside = self.path and truth_beside(self.path)
        return beside if beside and beside.is_file() else None

    @property
    def before(self) -> int:
        """How many frames of the exact truth come before those of the clip.

        Frame 0 of the truth is the source picture: the clip's own frame 0, or, of a pair, one of
        another clip, which is no frame of the animation.
        """
        return int(self.source != self.path)


def wanted_clips(clips: Path, *, partition: str = "test") -> tuple[list[Wanted], list[str]]:
    """Read the manifest of a folder of clips.

    Returns:
        The clips of ``partition`` that exist, sorted by id, and the ids of those that failed.

    Raises:
        UsageError: No manifest, a damaged one, no clip of that partition, or a clip file is
            missing.
    """
    path = clips / "manifest.csv"
    if not path.is_file():
        raise UsageError(f"{path}: not found; run 'dvc repro crop' first")
    try:
        rows = [row for row in read_manifest(path) if row.split == partition]
    except ManifestError as error:
        raise UsageError(f"{error}; run 'dvc repro crop' again") from error
    except (ValueError, csv.Error) as error:
        raise UsageError(f"{path}: is damaged ({error}); run 'dvc repro crop' again") from error
    good: list[Wanted] = []
    for row in sorted((r for r in rows if r.ok), key=lambda r: r.clip_id):
        file = clips / partition / f"{row.clip_id}.mkv"
        frames, size = _shape(file, stage="crop")
        planned, fps = row.wanted_frames, row.source_fps
        good.append(Wanted(row.clip_id, row.video_id, file, file, file, frames, size, planned, fps))
    if not good:
        raise UsageError(f"{path}: no usable clip of the {partition} partition")
    names = {w.clip_id for w in good}
    return good, sorted({r.clip_id for r in rows} - names)


def wanted_pairs(
    pairs: Sequence[Pair], folder: Path, clips: Sequence[Wanted], *, mode: str, exact: bool
) -> list[Wanted]:
    """Return the pairs that can be animated, sorted by id.

    Args:
        pairs: All pairs; those whose status is not ``ok`` are left out.
        folder: The folder of pairs, with the true frames of each mode.
        clips: The clips that sources and driving clips are of, see `wanted_clips`.
        mode: Of the animation, one of `datasets.pair_manifest.MODES`.
        exact: Whether the true frames are known: in the mini worlds.

    Raises:
        UsageError: No pair is usable, true frames are missing, or the pairs are not of ``clips``.
    """
    by_id = {clip.clip_id: clip for clip in clips}
    usable = [pair for pair in pairs if pair.ok]
    if not usable:
        raise UsageError(f"{folder}: no usable pair; run 'dvc repro pairs' again")
    found = []
    for pair in usable:
        source, driving = (_clip_of(name, pair, folder, by_id) for name in ("source", "driving"))
        shape = driving.frames, source.size
        truth = truth_clip(folder, mode, pair.pair_id) if exact else None
        if pair.frames != driving.frames or (truth and _shape(truth, stage="pairs") != shape):
            height, width = source.size
            raise UsageError(
                f"{truth or folder}: {pair.pair_id} is not of these clips, which give "
                f"{driving.frames} frames of {width}x{height}; run 'dvc repro pairs' again"
            )
        paths = truth, source.source, driving.driving
        found.append(Wanted(pair.pair_id, pair.driving_video, *paths, *shape))
    return found


def _clip_of(name: str, pair: Pair, folder: Path, clips: Mapping[str, Wanted]) -> Wanted:
    clip_id: str = getattr(pair, name)
    if clip_id not in clips:
        raise UsageError(
            f"{folder}: {pair.pair_id}: its {name} {clip_id} is no usable clip; run 'dvc repro "
            "pairs' again"
        )
    return clips[clip_id]


def _shape(file: Path, *, stage: str) -> tuple[int, tuple[int, int]]:
    """Return frames and size of a clip file; `UsageError` names the stage that writes it."""
    try:
        with ClipReader(file) as reader:
            frames, height, width, _ = reader.shape
    except ClipError as error:
        raise UsageError(f"{error}; run 'dvc repro {stage}' again") from error
    return frames, (height, width)
