"""All clips of one source video: what is to be done, what was done before, what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from datasets.crop_clock import read_clock
from datasets.crop_config import CropConfig
from datasets.crop_pass import Job, Source, cut_clips
from datasets.crop_recipe import file_name, is_done, recipes
from datasets.crop_rules import plan_cut
from datasets.digests import Digests
from datasets.journal import Journal
from datasets.manifest import MANIFEST, OK, ManifestRow
from datasets.metadata import MetadataRow
from datasets.truth import truth_beside
from datasets.video import VideoError, VideoInfo, probe

__all__ = ["CropConfig", "clip_files", "crop_video", "failed_video"]


def crop_video(
    video: Path,
    rows: Sequence[MetadataRow],
    out: Path,
    *,
    config: CropConfig,
    journal: Journal,
    digests: Digests,
) -> list[ManifestRow]:
    """Cut all clips of one video, decoding it once at most.

    A clip that the journal knows, made by the same recipe and still having the recorded sha256,
    is left alone. A clip that fails leaves no file.

    Args:
        video: The source video; ``<video_id>.truth.npz`` may lie beside it.
        rows: All rows of that video; the first one's rate, size and partition hold for all.
        out: Folder of the clips; they go to ``<out>/<partition>/<clip id>.mkv``.
        config: Settings of the stage.
        journal: What was done before; gets a row for each clip right after it is finished.
        digests: The sha256 of files.

    Returns:
        One row for each of ``rows``, in their order.
    """
    errors: dict[int, VideoError] = {}
    info: VideoInfo | None = None
    jobs: dict[int, Job] = {}
    try:
        info = probe(video)
        timed = config.frames == "ref-fps" and not all(row.whole for row in rows)
        clock = read_clock(video, fps=info.fps) if timed else None
        truth = truth_beside(video)
        source = Source(video, info, truth if truth.is_file() else None, clock)
        jobs = _plan(rows, source, out, config, errors)
        errors |= _cut(source, jobs, out, config=config, journal=journal, digests=digests)
    except VideoError as error:
        errors |= {index: error for index in range(len(rows)) if index not in errors}
    return _report(rows, out, info=info, errors=errors, kept=jobs, journal=journal)


def failed_video(
    rows: Sequence[MetadataRow], out: Path, *, error: VideoError, journal: Journal
) -> list[ManifestRow]:
    """Return the rows of a video of which no clip can be had, and leave none of them."""
    errors = dict.fromkeys(range(len(rows)), error)
    return _report(rows, out, info=None, errors=errors, kept={}, journal=journal)


def _report(
    rows: Sequence[MetadataRow],
    out: Path,
    *,
    info: VideoInfo | None,
    errors: Mapping[int, VideoError],
    kept: Mapping[int, Job],
    journal: Journal,
) -> list[ManifestRow]:
    """Leave nothing of the clips that failed; return what became of each row."""
    there = {rows[index].clip_id for index in kept if index not in errors}
    for index in sorted(errors):
        if rows[index].clip_id not in there:
            remove_clip(rows[index].clip_id, out / rows[0].partition, journal)
    return [
        manifest_row(row, rows[0].partition, info, errors.get(index), journal)
        for index, row in enumerate(rows)
    ]


def _plan(
    rows: Sequence[MetadataRow],
    source: Source,
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
            cut = plan_cut(
                row,
                reference=next((row for row in rows if not row.whole), row),
                info=source.info,
                box_policy=config.box_policy,
                clock=source.clock,
            )
            jobs[index] = Job(cut, clip_files(folder, row.clip_id)[0])
        except VideoError as error:
            errors[index] = error
    return jobs


def _cut(
    source: Source,
    jobs: dict[int, Job],
    out: Path,
    *,
    config: CropConfig,
    journal: Journal,
    digests: Digests,
) -> dict[int, VideoError]:
    """Write the clips that are not there yet; return the errors of those that cannot be had."""
    made_by = recipes(source, jobs, config, digests)
    todo = {i: j for i, j in jobs.items() if not is_done(j, made_by[j], out, journal, digests)}
    for job in todo.values():
        remove_clip(job.path.name.removesuffix(".mkv"), job.path.parent, journal)

    def record(job: Job, count: int) -> None:
        truth = truth_beside(job.path)
        beside = digests.of(truth, file_name(truth, out)) if source.truth_path else ""
        journal.add(
            {
                "clip_id": job.path.name.removesuffix(".mkv"),
                "file": file_name(job.path, out),
                "recipe": made_by[job],
                "frames": str(count),
                "sha256": digests.of(job.path, file_name(job.path, out)),
                "truth_sha256": beside,
            }
        )

    if not todo:
        return {}
    (out / MANIFEST).unlink(missing_ok=True)
    failed = cut_clips(
        source, list(todo.values()), size=config.size, resizer=config.resizer, done=record
    )
    return {index: failed[job] for index, job in todo.items() if job in failed}


def clip_files(folder: Path, clip_id: str) -> tuple[Path, Path]:
    """Return the files of a clip in the folder of its split: the video, and its truth if any."""
    clip = folder / f"{clip_id}.mkv"
    return clip, truth_beside(clip)


def remove_clip(clip_id: str, folder: Path, journal: Journal) -> None:
    """Remove what an earlier run wrote of a clip in the folder of its split.

    The manifest goes first: one of an earlier run must never vouch for what comes next.
    """
    there = [path for path in clip_files(folder, clip_id) if path.exists()]
    if there:
        (folder.parent / MANIFEST).unlink(missing_ok=True)
    for path in there:
        path.unlink()
    journal.drop(clip_id)


def manifest_row(
    row: MetadataRow,
    split: str,
    info: VideoInfo | None,
    error: VideoError | None,
    journal: Journal,
) -> ManifestRow:
    """Return what became of a row: the frames and the digest are those of the journal."""
    known = None if error else journal.get(row.clip_id)
    got = int(known["frames"]) if known else 0
    return ManifestRow(
        clip_id=row.clip_id,
        split=split,
        video_id=row.video_id,
        wanted_frames=got if row.whole else max(0, row.end - row.start),
        got_frames=got,
        source_fps=info.fps if info else None,
        source_width=info.width if info else None,
        source_height=info.height if info else None,
        sha256=known["sha256"] if known else "",
        status=error.kind if error else OK,
        message=str(error) if error else "",
    )
