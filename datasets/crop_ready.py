"""Ready crops, as the field stores them: brought to clip files of the wanted size, and counted.

``FOLDER/train``, ``/test`` and perhaps ``/val`` hold one entry a clip, named by the clip id: a
lossy video ``<clip id>.mp4``, a folder of PNG files ``<clip id>.mp4`` or ``<clip id>``, or a strip
``<clip id>.png``. Somebody else has chosen their frames and boxes; nothing of that is checked but
that there are frames. Whether one has changed is told by the names, sizes and times of its files.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from datasets.clips import ClipError, ClipWriter, Frames
from datasets.code import code_sha256
from datasets.crop_config import CropConfig
from datasets.crop_recipe import file_name, pixel_code
from datasets.crop_video import clip_files, manifest_row, remove_clip
from datasets.digests import Digests
from datasets.journal import Journal
from datasets.manifest import MANIFEST, ManifestRow
from datasets.metadata import MetadataRow
from datasets.readers import read_frames
from datasets.resize import get_resizer
from datasets.video import VideoError

SUFFIXES = (".mp4", ".mkv", ".webm", ".mov", ".avi", ".gif", ".png", "")


def ready_video(
    folder: Path,
    rows: Sequence[MetadataRow],
    out: Path,
    *,
    config: CropConfig,
    journal: Journal,
    digests: Digests,
) -> list[ManifestRow]:
    """Bring the ready crops of one video into clip files; see `datasets.crop_video.crop_video`.

    Args:
        folder: Folder of ready crops; of each clip the partition of its video's first row.
        rows: All rows of that video.
        out: Folder of the clips.
        config: Size and resizer; boxes and frame policy are those of whoever made the crops.
        journal: What was done before; gets a row for each clip right after it is finished.
        digests: The sha256 of files.

    Returns:
        One row for each of ``rows``, in their order; size and rate of the source are not known.
    """
    found = []
    seen: set[str] = set()
    split = rows[0].partition
    for row in rows:
        error: VideoError | None = None
        try:
            if row.clip_id in seen:
                raise VideoError("duplicate", "an earlier row of the metadata has this clip id")
            seen.add(row.clip_id)
            _make(folder / split, row, out / split, config=config, journal=journal, digests=digests)
        except VideoError as caught:
            error = caught
            if error.kind != "duplicate":
                remove_clip(row.clip_id, out / split, journal)
        found.append(manifest_row(row, split, None, error, journal))
    return found


def ready_entry(folder: Path, clip_id: str) -> Path:
    """Return the entry of a clip in the folder of its split.

    Raises:
        VideoError: ``missing-video`` or ``two-videos``.
    """
    paths = [folder / f"{clip_id}{suffix}" for suffix in SUFFIXES]
    there = [path for path in paths if path.exists()]
    if not there:
        raise VideoError("missing-video", f"{folder.name}/{clip_id}: no ready crop of this name")
    if len(there) > 1:
        names = " and ".join(path.name for path in there)
        raise VideoError("two-videos", f"{folder.name}: {names}: remove all but one")
    return there[0]


def _make(
    folder: Path,
    row: MetadataRow,
    target: Path,
    *,
    config: CropConfig,
    journal: Journal,
    digests: Digests,
) -> None:
    entry = ready_entry(folder, row.clip_id)
    clip, out = clip_files(target, row.clip_id)[0], target.parent
    files = sorted(p for p in entry.iterdir() if p.is_file()) if entry.is_dir() else [entry]
    stats = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    parts = (_code(), config.size, config.resizer, entry.name, *stats)
    recipe = hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()
    known = journal.get(row.clip_id)
    same = known is not None and known["recipe"] == recipe and out / known["file"] == clip
    if known and same and clip.is_file() and digests.of(clip, known["file"]) == known["sha256"]:
        return
    (out / MANIFEST).unlink(missing_ok=True)
    remove_clip(row.clip_id, target, journal)
    count = _write(clip, _read(entry), config)
    journal.add(
        {
            "clip_id": row.clip_id,
            "file": file_name(clip, out),
            "recipe": recipe,
            "frames": str(count),
            "sha256": digests.of(clip, file_name(clip, out)),
            "truth_sha256": "",
        }
    )


def _read(entry: Path) -> Frames:
    try:
        return read_frames(entry, allow_lossy=True)
    except ClipError as error:
        text = str(error).replace(f"{entry}: ", "").replace(f"{entry.parent}{os.sep}", "")
        raise VideoError("unreadable", f"{entry.name}: {text}") from error


def _write(clip: Path, frames: Frames, config: CropConfig) -> int:
    resize = get_resizer(config.resizer)
    with ClipWriter(clip) as writer:
        for frame in frames:
            same = frame.shape[:2] == (config.size, config.size)
            writer.write(frame if same else resize(frame, config.size))
    return writer.count


@cache
def _code() -> str:
    folder = Path(__file__).parent
    names = ("crop_ready.py", "readers.py", "pictures.py")
    code = code_sha256(path for path in map(folder.joinpath, names) if path.is_file())
    return f"{pixel_code()} {code}"
