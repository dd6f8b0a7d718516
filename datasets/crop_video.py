"""All clips of one source video: what is to be done, what was done before, what became of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import av
import cv2

from datasets.code import code_sha256
from datasets.crop_pass import Job, Source, cut_clips
from datasets.crop_rules import plan_cut
from datasets.files import sha256
from datasets.journal import Journal
from datasets.manifest import MANIFEST, OK, ManifestRow
from datasets.metadata import PARTITIONS, MetadataRow
from datasets.registry import UsageError
from datasets.resize import get_resizer
from datasets.truth import truth_beside
from datasets.video import VideoError, VideoInfo, probe

JOURNAL_COLUMNS = ("clip_id", "file", "recipe", "frames", "sha256", "truth_sha256")
_PIXEL_CODE = ("clip_writer", "crop_pass", "crop_rules", "resize", "truth", "video")


@dataclass(frozen=True)
class CropConfig:
    """Settings of the crop stage; all of them decide about pixels.

    Attributes:
        size: Side of the clips in pixels.
        resizer: A name of `datasets.resize.RESIZERS`.
        box_policy: What a box that passes the edge of the picture means: an error, or only what
            lies inside is cut out.
        frames: Which frames of the window are taken; ``as-decoded`` takes all of them.
    """

    size: int = 64
    resizer: str = "area-antialias"
    box_policy: Literal["refuse", "clip"] = "refuse"
    frames: Literal["as-decoded"] = "as-decoded"

    def __post_init__(self) -> None:
        """Check the values that the types do not."""
        get_resizer(self.resizer)
        if self.size < 1:
            raise UsageError(f"size must be at least 1 pixel, got {self.size}")


def crop_video(
    video: Path, rows: Sequence[MetadataRow], out: Path, *, config: CropConfig, journal: Journal
) -> list[ManifestRow]:
    """Cut all clips of one video, decoding it once at most.

    A clip that the journal knows, made by the same recipe and still having the recorded sha256,
    is left alone. A clip that fails leaves no file.

    Args:
        video: The source video ``<video_id>.mp4``; ``<video_id>.truth.npz`` may lie beside it.
        rows: All rows of that video; the first one's rate, size and partition hold for all.
        out: Folder of the clips; they go to ``<out>/<partition>/<clip id>.mkv``.
        config: Settings of the stage.
        journal: What was done before; gets a row for each clip right after it is finished.

    Returns:
        One row for each of ``rows``, in their order.
    """
    errors: dict[int, VideoError] = {}
    info: VideoInfo | None = None
    jobs: dict[int, Job] = {}
    try:
        info = probe(video)
        jobs = _plan(rows, info, out, config, errors)
        truth = truth_beside(video)
        source = Source(video, info, truth if truth.is_file() else None)
        errors |= _cut(source, jobs, out, config=config, journal=journal)
    except VideoError as error:
        errors |= {index: error for index in range(len(rows)) if index not in errors}
    kept = {rows[index].clip_id for index in jobs if index not in errors}
    for index in sorted(errors):
        if rows[index].clip_id not in kept:
            _remove_clip(rows[index].clip_id, out, journal)
    return [
        _row(row, rows[0].partition, info, errors.get(index), journal)
        for index, row in enumerate(rows)
    ]


def _plan(
    rows: Sequence[MetadataRow],
    info: VideoInfo,
    out: Path,
    config: CropConfig,
    errors: dict[int, VideoError],
) -> dict[int, Job]:
    """Return the job of each row that can be cut as far as the container tells."""
    folder = out / rows[0].partition
    jobs: dict[int, Job] = {}
    seen: set[str] = set()
    for index, row in enumerate(rows):
        try:
            if row.clip_id in seen:
                raise VideoError("duplicate", "an earlier row of the metadata has this clip id")
            seen.add(row.clip_id)
            cut = plan_cut(row, reference=rows[0], info=info, box_policy=config.box_policy)
            jobs[index] = Job(cut, clip_files(folder, row.clip_id)[0])
        except VideoError as error:
            errors[index] = error
    return jobs


def _cut(
    source: Source, jobs: dict[int, Job], out: Path, *, config: CropConfig, journal: Journal
) -> dict[int, VideoError]:
    """Write the clips that are not there yet; return the errors of those that cannot be had."""
    recipes = _recipes(source, jobs, config)
    todo = {i: job for i, job in jobs.items() if not _is_done(job, recipes[job], out, journal)}
    for job in todo.values():
        _remove_clip(job.path.name.removesuffix(".mkv"), out, journal)

    def record(job: Job) -> None:
        truth = truth_beside(job.path)
        journal.add(
            {
                "clip_id": job.path.name.removesuffix(".mkv"),
                "file": job.path.relative_to(out).as_posix(),
                "recipe": recipes[job],
                "frames": str(job.cut.stop - job.cut.first),
                "sha256": sha256(job.path),
                "truth_sha256": sha256(truth) if source.truth_path else "",
            }
        )

    if not todo:
        return {}
    failed = cut_clips(
        source, list(todo.values()), size=config.size, resizer=config.resizer, done=record
    )
    return {index: failed[job] for index, job in todo.items() if job in failed}


def _recipes(source: Source, jobs: dict[int, Job], config: CropConfig) -> dict[Job, str]:
    """Return the digest of all that decides about each clip."""
    truth = sha256(source.truth_path) if source.truth_path else ""
    same = (_code(), sha256(source.path), truth, config)
    return {
        job: hashlib.sha256("\n".join(map(str, (*same, job.cut))).encode()).hexdigest()
        for job in jobs.values()
    }


@cache
def _code() -> str:
    """Return the digest of the code that decides about pixels, with its libraries' versions."""
    folder = Path(__file__).parent
    code = code_sha256(folder / f"{name}.py" for name in _PIXEL_CODE)
    return f"{code} av {av.__version__} cv2 {cv2.__version__}"


def _is_done(job: Job, recipe: str, out: Path, journal: Journal) -> bool:
    known = journal.get(job.path.name.removesuffix(".mkv"))
    if known is None or known["recipe"] != recipe or out / known["file"] != job.path:
        return False
    truth = truth_beside(job.path)
    return (
        job.path.is_file()
        and known["frames"] == str(job.cut.stop - job.cut.first)
        and sha256(job.path) == known["sha256"]
        and (sha256(truth) if truth.is_file() else "") == known["truth_sha256"]
    )


def clip_files(folder: Path, clip_id: str) -> tuple[Path, Path]:
    """Return the files of a clip in the folder of its split: the video, and its truth if any."""
    clip = folder / f"{clip_id}.mkv"
    return clip, truth_beside(clip)


def _remove_clip(clip_id: str, out: Path, journal: Journal) -> None:
    """Remove what an earlier run wrote of a clip, in whatever split.

    The manifest goes first: one of an earlier run must never vouch for what comes next.
    """
    (out / MANIFEST).unlink(missing_ok=True)
    for partition in PARTITIONS:
        for path in clip_files(out / partition, clip_id):
            path.unlink(missing_ok=True)
    journal.drop(clip_id)


def _row(
    row: MetadataRow,
    split: str,
    info: VideoInfo | None,
    error: VideoError | None,
    journal: Journal,
) -> ManifestRow:
    known = None if error else journal.get(row.clip_id)
    return ManifestRow(
        clip_id=row.clip_id,
        split=split,
        video_id=row.video_id,
        wanted_frames=max(0, row.end - row.start),
        got_frames=int(known["frames"]) if known else 0,
        source_fps=info.fps if info else None,
        source_width=info.width if info else None,
        source_height=info.height if info else None,
        sha256=known["sha256"] if known else "",
        status=error.kind if error else OK,
        message=str(error) if error else "",
    )
