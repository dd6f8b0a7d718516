"""The predictions that a data set asks for: test clips from their first frame, or pairs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from baselines.packs import Job
from baselines.pair_clips import pair_clips
from datasets.clips import ClipError, ClipReader
from datasets.manifest import clip_path, usable
from datasets.registry import UsageError


def reconstructions(clips: Path) -> list[Job]:
    """Return one job for each usable test clip of a folder that the crop stage made.

    Raises:
        UsageError: There is no manifest, or no such clip.
    """
    rows = usable(clips, "test")
    if not rows:
        raise UsageError(f"{clips}: no usable clip in split 'test'; see its manifest.csv")
    paths = [clip_path(clips, row) for row in rows]
    return [
        Job(row.clip_id, path, path, row.got_frames, (row.sha256, row.sha256))
        for row, path in zip(rows, paths, strict=True)
    ]


def animations(clips: Path, pairs: Path) -> list[Job]:
    """Return one job for each usable pair; see `baselines.pair_clips.pair_clips`."""
    rows = {clip_path(clips, row): row for row in usable(clips, "test")}
    return [
        Job(
            name,
            source,
            driving,
            rows[driving].got_frames,
            (rows[source].sha256, rows[driving].sha256),
        )
        for name, source, driving in pair_clips(clips, pairs)
    ]


def frame_size(jobs: Sequence[Job]) -> tuple[int, int]:
    """Return height and width of the first clip that can be opened; (1, 1) if there is none."""
    for job in jobs:
        try:
            with ClipReader(job.driving) as reader:
                return reader.shape[1], reader.shape[2]
        except ClipError:
            continue
    return 1, 1
