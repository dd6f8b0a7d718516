"""Tar shards and their index -> a split of a clip folder, equal to the one exported."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from datasets.files import parts, remove, sha256, write_new_text
from datasets.lock import alone
from datasets.manifest import MANIFEST, ManifestRow, clip_path, read_manifest, write_manifest
from datasets.metadata import PARTITIONS
from datasets.progress import progress
from datasets.registry import UsageError
from datasets.shards_index import Shard, ShardClip, ShardIndex, index_name, read_index, shard_name
from datasets.shards_tar import Member, read_tar
from datasets.stamp import STAMP
from datasets.truth import truth_beside

BROKEN = "broken-shard"


@dataclass(frozen=True)
class Imported:
    """What an import brought.

    Attributes:
        rows: Rows of the manifest, of the imported splits.
        broken: What is wrong with which shard, a line each.
    """

    rows: tuple[ManifestRow, ...]
    broken: tuple[str, ...]


def import_shards(shards: Path, clips: Path, *, splits: Collection[str] = ()) -> Imported:
    """Write the clips of the shards in a folder into a clip folder, and its manifest.

    Nothing is written but the files that the index names, each once its content has the sha256
    that the index gives. Clips that are there and have it are kept: a run that was killed is taken
    up, and a shard of which all clips are there is not read. A broken shard costs only the clips
    in it that are broken; they become rows with the status ``broken-shard``.

    Args:
        shards: Folder of shards and their index files.
        clips: Folder of clips; it may hold other splits of the same data set.
        splits: Only these; all that have an index if empty.

    Raises:
        UsageError: No index, or ``clips`` holds other clips of these splits or of another list.
        ShardError: An index cannot be used.
    """
    found = [name for name in PARTITIONS if (shards / index_name(name)).is_file()]
    if not found and not splits:
        raise UsageError(f"{shards}: holds no index of shards, such as {index_name('train')}")
    indexes = [read_index(shards, split) for split in dict.fromkeys(splits or found)]
    with alone(clips, "import"):
        others = _other_rows(clips, indexes)
        stamp = _common_stamp(clips, indexes)
        done = [_import_split(shards, clips, index) for index in indexes]
        rows = tuple(row for part in done for row in part.rows)
        if stamp:
            write_new_text(clips / STAMP, stamp)
        write_manifest(clips / MANIFEST, [*others, *rows])
    return Imported(rows, tuple(line for part in done for line in part.broken))


def _other_rows(clips: Path, indexes: Sequence[ShardIndex]) -> list[ManifestRow]:
    """Return the manifest's rows of other splits; refuse other clips of those that are imported."""
    if not (clips / MANIFEST).is_file():
        return []
    known = {index.split: {row.clip_id for row in _rows_of(index)} for index in indexes}
    rows = read_manifest(clips / MANIFEST)
    for row in rows:
        if row.split in known and row.clip_id not in known[row.split]:
            raise UsageError(
                f"{clips / MANIFEST}: has {row.clip_id} in {row.split}, which the shards do not "
                "hold; give another folder"
            )
    return [row for row in rows if row.split not in known]


def _rows_of(index: ShardIndex) -> list[ManifestRow]:
    return [*index.failed, *(clip.row for shard in index.shards for clip in shard.clips)]


def _common_stamp(clips: Path, indexes: Sequence[ShardIndex]) -> str:
    """Return the one ``dataset.toml`` of all that will be in the folder; empty if there is none."""
    there = clips / STAMP
    stamps = {index.stamp for index in indexes}
    if there.is_file() or (clips / MANIFEST).is_file():
        stamps.add(there.read_text(encoding="utf-8") if there.is_file() else "")
    if len(stamps) > 1:
        raise UsageError(
            f"{clips}: the shards are of another list than {there}, or than each other"
        )
    return stamps.pop()


def _import_split(shards: Path, clips: Path, index: ShardIndex) -> Imported:
    (clips / index.split).mkdir(exist_ok=True)
    for part in parts(clips / index.split):
        remove(part)
    rows, broken = list(index.failed), []
    with progress(f"import {index.split}", len(index.shards)) as report:
        for number, shard in enumerate(index.shards):
            name = shard_name(index.split, number)
            problems, lost = _import_shard(shards / name, clips, shard)
            rows += [_row(clip, name, lost) for clip in shard.clips]
            broken += [f"{shards / name}: {line}" for line in problems]
            report(f"{name}: {len(shard.clips) - len(lost)} of {len(shard.clips)} clips")
    return Imported(tuple(rows), tuple(broken))


def _import_shard(path: Path, clips: Path, shard: Shard) -> tuple[list[str], dict[str, str]]:
    """Write the missing clips of a shard.

    Returns:
        What is wrong with the shard, a line each; and the clips that could not be had, with why.
    """
    wanted: dict[str, tuple[str, Path]] = {}  # member -> clip id, where it belongs
    for clip in shard.clips:
        for extension, target in _targets(clips, clip).items():
            member = clip.members[extension]
            if not _there(target, member):
                wanted[member.name] = (clip.row.clip_id, target)
    if not wanted:
        return [], {}
    reading = read_tar(
        path, shard.members, lambda m: wanted[m.name][1] if m.name in wanted else None
    )
    lost = {wanted[name][0]: why for name, why in reading.broken.items() if name in wanted}
    for clip in shard.clips:
        if clip.row.clip_id in lost:  # of one whose truth is lost, the clip itself goes too
            for target in _targets(clips, clip).values():
                remove(target)
    problems = [f"{name}: {why}" if name else why for name, why in reading.broken.items()]
    if not problems and reading.sha256 != shard.file.sha256:
        problems = ["its sha256 is not that of the index, though its members are"]
    return problems, lost


def _targets(clips: Path, clip: ShardClip) -> dict[str, Path]:
    """Return where the files of a clip belong, by extension."""
    path = clip_path(clips, clip.row)
    return {"mkv": path} | ({"truth.npz": truth_beside(path)} if clip.truth else {})


def _there(path: Path, member: Member) -> bool:
    whole = path.is_file() and path.stat().st_size == member.size
    return whole and sha256(path) == member.sha256


def _row(clip: ShardClip, shard: str, lost: Mapping[str, str]) -> ManifestRow:
    """Return the row of a clip as it is now."""
    if clip.row.clip_id not in lost:
        return clip.row
    message = f"{shard}: {lost[clip.row.clip_id]}"
    return replace(clip.row, got_frames=0, sha256="", status=BROKEN, message=message)
