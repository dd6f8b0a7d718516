"""A folder of source videos -> a folder of clips with its manifest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from datasets.crop_config import CropConfig, RunConfig
from datasets.crop_journal import JOURNAL, close_journal, open_journal, take_over, update
from datasets.crop_pool import run_tasks
from datasets.crop_rules import by_video
from datasets.crop_task import Task
from datasets.crop_video import clip_files
from datasets.digests import COLUMNS as DIGEST_COLUMNS
from datasets.files import remove
from datasets.journal import Journal
from datasets.lock import alone
from datasets.manifest import MANIFEST, ManifestRow, write_manifest
from datasets.metadata import PARTITIONS, MetadataRow, read_metadata
from datasets.progress import progress
from datasets.registry import UsageError
from datasets.source_files import source_videos
from datasets.stage import claim
from datasets.stamp import Stamp, read_stamp, write_clips_stamp
from datasets.truth import truth_beside

DIGESTS = ".digests.csv"
SMALL = 1 << 31  # bytes that are hashed anew at each start: some seconds

Videos = Mapping[str, Sequence[MetadataRow]]


def crop_folder(
    source: Path,
    out: Path,
    *,
    config: CropConfig,
    splits: Collection[str] = PARTITIONS,
    run: RunConfig | None = None,
    ready: Path | None = None,
) -> list[ManifestRow]:
    """Crop every clip of the metadata in ``source`` and write the manifest to ``out``.

    What is there and has not changed is kept. Whether a file has changed is told by its sha256 in
    a data set of less than `SMALL` bytes, or if ``run`` says so; by its size and time of change in
    a larger one.

    Args:
        source: Folder with ``metadata.csv`` and the videos, ``<video_id>.mp4`` or another suffix
            of `datasets.source_files.SUFFIXES`.
        out: Folder of the clips. It belongs to this function: whatever lies in the folders of
            its splits and is no clip of these metadata is removed.
        config: Settings of the stage.
        splits: Only videos of these splits are cropped, and listed in the manifest.
        run: How the work is done; one process by default.
        ready: Folder of ready crops that are taken in the place of the videos, see
            `datasets.crop_ready`.

    Returns:
        The rows of the manifest, videos sorted by id.

    Raises:
        UsageError: The metadata or the stamp of ``source`` cannot be used, or ``out`` is a folder
            with other content.
    """
    metadata = read_metadata(source / "metadata.csv")
    read_stamp(source)  # if it is broken, say so now and not after hours
    videos = by_video(metadata)
    with alone(out, "crop"):
        return _crop_folder(source, videos, out, config, splits, run or RunConfig(), ready)


def _crop_folder(
    source: Path,
    videos: Videos,
    out: Path,
    config: CropConfig,
    splits: Collection[str],
    run: RunConfig,
    ready: Path | None,
) -> list[ManifestRow]:
    stamp = read_stamp(source)
    claim(out, "crop", marks=(JOURNAL, MANIFEST))
    strangers = _strangers(out, videos)
    if stamp is not None and not run.replace:
        _refuse_another_list(out, stamp, strangers)
    journal = open_journal(out)
    _sweep(out, strangers, videos, journal)
    chosen = {name: rows for name, rows in videos.items() if rows[0].partition in splits}
    files = {} if ready else source_videos(source)
    digests = _digests(out, files)
    if digests is not None and run.verify:
        digests.rows.clear()
    base = Task("", (), (), ready or source, ready is not None, out, config, {}, None)
    tasks = [_task(base, name, rows, files, journal, digests) for name, rows in chosen.items()]
    asked = {task.video_id: task for task in tasks}
    results: dict[str, list[ManifestRow]] = {}
    with progress("crop", len(tasks)) as report:
        for done in run_tasks(tasks, run):
            task = asked[done.video_id]
            take_over(out, journal, done.video_id, had=task.known, rows=done.known)
            if digests is not None and task.digests is not None:
                update(digests, had=task.digests, rows=done.digests)
            report(f"{done.video_id}: {counts(done.rows)}")
            results[done.video_id] = done.rows
    found = [row for video_id in chosen for row in results[video_id]]
    close_journal(out, journal)
    if digests is not None:
        digests.finish()
    parameters = {name: str(value) for name, value in asdict(config).items()}
    if ready:  # somebody else has chosen frames and boxes
        parameters |= {"format": "ready", "frames": "given", "box_policy": "given"}
    write_clips_stamp(
        source, out, parameters=parameters, rows=[row for rows in videos.values() for row in rows]
    )
    write_manifest(out / MANIFEST, found)
    return found


def _task(
    base: Task,
    video_id: str,
    rows: Sequence[MetadataRow],
    files: Mapping[str, tuple[Path, ...]],
    journal: Journal,
    digests: Journal | None,
) -> Task:
    """Return ``base`` for one video, with what is known of its files."""
    videos = files.get(video_id, ())
    known = {row.clip_id: journal.rows[row.clip_id] for row in rows if row.clip_id in journal.rows}
    hashed = None
    if digests is not None:
        names = [name for path in videos for name in (path.name, truth_beside(path).name)]
        for row in known.values():
            names += [row["file"], f"{row['file'].removesuffix('.mkv')}.truth.npz"]
        hashed = {name: digests.rows[name] for name in names if name in digests.rows}
    return replace(
        base, video_id=video_id, videos=videos, rows=tuple(rows), known=known, digests=hashed
    )


def _digests(out: Path, files: Mapping[str, tuple[Path, ...]]) -> Journal | None:
    """Return the digests of an earlier run; None if there is so little that all is hashed anew."""
    clips = [path for split in PARTITIONS for path in (out / split).glob("*")]
    videos = [path for paths in files.values() for path in paths]
    videos += [path for path in map(truth_beside, videos) if path.is_file()]
    if sum(path.stat().st_size for path in (*clips, *videos)) < SMALL:
        (out / DIGESTS).unlink(missing_ok=True)
        return None
    journal = Journal(out / DIGESTS, DIGEST_COLUMNS)
    there = {path.relative_to(out).as_posix() for path in clips} | {path.name for path in videos}
    for name in set(journal.rows) - there:
        journal.drop(name)
    return journal


def _strangers(out: Path, videos: Videos) -> list[Path]:
    """Return all that is no clip of ``videos``, in the split of its video's first row."""
    wanted = {
        path
        for rows in videos.values()
        for row in rows
        for path in clip_files(out / rows[0].partition, row.clip_id)
    }
    there = sorted(path for split in PARTITIONS for path in (out / split).glob("*"))
    return [path for path in there if path not in wanted]


def _refuse_another_list(out: Path, wanted: Stamp, strangers: Sequence[Path]) -> None:
    """Refuse to remove the clips of another list, which may have taken days."""
    found = read_stamp(out)
    if found and found.list_sha256 != wanted.list_sha256 and strangers:
        raise UsageError(
            f"{out}: holds clips of {found.id}, {len(strangers)} files of which are not on "
            f"{wanted.id}; give another folder with --out, or --replace to remove them"
        )


def _sweep(out: Path, strangers: Sequence[Path], videos: Videos, journal: Journal) -> None:
    """Remove ``strangers`` and forget clips that are not listed any more."""
    for path in strangers:
        (out / MANIFEST).unlink(missing_ok=True)
        remove(path)
    listed = {row.clip_id for rows in videos.values() for row in rows}
    for clip_id in sorted(set(journal.rows) - listed):
        journal.drop(clip_id)


def counts(rows: Sequence[ManifestRow]) -> str:
    """Return how many of ``rows`` have which status, as text."""
    found = Counter(row.status for row in rows)
    return ", ".join(f"{found[status]} {status}" for status in sorted(found)) or "no clips"
