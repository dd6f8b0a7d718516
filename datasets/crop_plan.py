"""What a run of the crop stage would do, from the metadata and the names of files alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from datasets.crop_ready import ready_entry
from datasets.crop_rules import by_video
from datasets.metadata import PARTITIONS, MetadataRow, read_metadata
from datasets.source_files import source_videos
from datasets.video import VideoError


@dataclass
class SplitPlan:
    """What the metadata want of one split, where the first row of a video gives the split of all.

    Attributes:
        clips: Rows of the metadata.
        frames: Frames that they want at the reference rate; whole videos do not say.
        past_edge: Rows whose box passes the edge of the reference picture.
        duplicates: Rows with the clip id of an earlier row.
        videos: Source videos; of ready crops the clips.
        there: Those of which there is a file.
        missing: Those of which there is none, or more than one.
    """

    clips: int = 0
    frames: int = 0
    past_edge: int = 0
    duplicates: int = 0
    videos: int = 0
    there: int = 0
    missing: int = 0


def plan_folder(
    source: Path, *, splits: Collection[str] = PARTITIONS, ready: Path | None = None
) -> dict[str, SplitPlan]:
    """Return the plan of each of ``splits``; nothing is written and no video opened.

    Args:
        source: Folder with ``metadata.csv`` and the videos.
        splits: The splits that are asked for.
        ready: Folder of ready crops that are taken in the place of the videos.

    Raises:
        UsageError: The metadata cannot be used.
    """
    files = {} if ready else source_videos(source)
    plans = {name: SplitPlan() for name in PARTITIONS if name in splits}
    for video_id, rows in by_video(read_metadata(source / "metadata.csv")).items():
        split = rows[0].partition
        if split in plans:
            names = {row.clip_id for row in rows}
            plan = plans[split]
            plan.clips += len(rows)
            plan.frames += sum(max(0, row.end - row.start) for row in rows)
            plan.past_edge += sum(map(_passes_edge, rows))
            plan.duplicates += len(rows) - len(names)
            there = [_is_ready(ready / split, name) for name in names] if ready else None
            _count(plan, there or [len(files.get(video_id, ())) == 1])
    return plans


def _count(plan: SplitPlan, there: Sequence[bool]) -> None:
    plan.videos += len(there)
    plan.there += sum(there)
    plan.missing += len(there) - sum(there)


def _is_ready(folder: Path, clip_id: str) -> bool:
    try:
        return bool(ready_entry(folder, clip_id))
    except VideoError:
        return False


def _passes_edge(row: MetadataRow) -> bool:
    left, top, right, bottom = row.bbox
    return min(left, top) < 0 or right > row.width or bottom > row.height


def plan_table(plans: Mapping[str, SplitPlan]) -> str:
    """Return the plans as a table of text, a split a line."""
    head = [field.name.replace("_", " ") for field in fields(SplitPlan)]
    lines = [["split", *head]]
    for split, plan in plans.items():
        lines.append([split, *(str(getattr(plan, field.name)) for field in fields(SplitPlan))])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(text.rjust(width) for text, width in zip(line, widths, strict=True))
        for line in lines
    )
