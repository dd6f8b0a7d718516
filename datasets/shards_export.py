"""A split of a clip folder -> tar shards and their index."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from datasets.files import parts, remove, sha256
from datasets.lock import alone
from datasets.manifest import MANIFEST, ManifestRow, clip_path, read_manifest
from datasets.metadata import PARTITIONS
from datasets.progress import progress
from datasets.registry import UsageError, choose
from datasets.shards_index import (
    File,
    Shard,
    ShardClip,
    ShardError,
    ShardIndex,
    index_name,
    shard_name,
    write_index,
)
from datasets.shards_tar import Member, read_tar, write_tar
from datasets.stamp import STAMP
from datasets.truth import truth_beside

SHARD_BYTES = 512_000_000
"""A shard is closed before the clip that would make it larger."""


def export_split(
    clips: Path, split: str, out: Path, *, shard_bytes: int = SHARD_BYTES
) -> ShardIndex:
    """Write the clips of a split as tar shards into ``out``, and their index.

    The same clips give the same bytes. A run that was killed is taken up: shards that are there
    and hold what they must, which is read anew, are kept. The index is written last, and an
    earlier one is removed before anything changes.

    Args:
        clips: Folder of clips with its ``manifest.csv``.
        split: ``train``, ``val`` or ``test``.
        out: Folder of the shards; it may hold those of other splits.
        shard_bytes: A shard is closed before the clip that would make it larger.

    Raises:
        UsageError: No manifest, no row of this split in it, or ``out`` holds shards of the split
            that this export would not write.
        ShardError: A clip is missing, or is not the one of the manifest.
    """
    if shard_bytes < 1:
        raise UsageError(f"a shard must have 1 byte or more, got {shard_bytes}")
    rows = _rows(clips, split)
    groups = list(_groups(_clips(clips, [row for row in rows if row.ok]), shard_bytes))
    with alone(out, "shards"):
        _refuse_others(out, split, len(groups))
        for part in parts(out):
            remove(part)
        with progress(f"export {split}", len(groups)) as report:
            shards = []
            for number, group in enumerate(groups):
                path = out / shard_name(split, number)
                shards.append(_shard(clips, group, path, out / index_name(split)))
                report(f"{path.name}: {len(group)} clips")
        stamp = clips / STAMP
        text = stamp.read_text(encoding="utf-8") if stamp.is_file() else ""
        failed = tuple(row for row in rows if not row.ok)
        index = ShardIndex(split, tuple(shards), failed, text)
        write_index(out, index)
    return index


def _rows(clips: Path, split: str) -> list[ManifestRow]:
    choose("split", split, PARTITIONS)
    rows = [row for row in read_manifest(clips / MANIFEST) if row.split == split]
    if not rows:
        raise UsageError(f"{clips / MANIFEST}: has no row of the split {split!r}")
    return rows


def _clips(clips: Path, rows: Sequence[ManifestRow]) -> Iterator[ShardClip]:
    for row in sorted(rows, key=lambda row: row.clip_id):
        path = clip_path(clips, row)
        if not path.is_file():
            raise ShardError(f"{path}: is not there, the manifest says it is; run crop again")
        beside = truth_beside(path)
        truth = File(beside.stat().st_size, sha256(beside)) if beside.is_file() else None
        yield ShardClip(row, File(path.stat().st_size, row.sha256), truth)


def _groups(clips: Iterator[ShardClip], most: int) -> Iterator[list[ShardClip]]:
    """Yield the clips of each shard; every shard has one at least."""
    group: list[ShardClip] = []
    size = 0
    for clip in clips:
        length = sum(member.length for member in clip.members.values())
        if group and size + length > most:
            yield group
            group, size = [], 0
        group.append(clip)
        size += length
    if group:
        yield group


def _shard(clips: Path, group: Sequence[ShardClip], path: Path, index: Path) -> Shard:
    """Return the shard at ``path``, which is written unless it is there already."""
    members = [member for clip in group for member in clip.members.values()]
    reading = read_tar(path, members)
    if not reading.broken:
        return Shard(tuple(group), File(path.stat().st_size, reading.sha256))
    index.unlink(missing_ok=True)
    write_tar(path, [pair for clip in group for pair in _contents(clips, clip)])
    reading = read_tar(path, members)
    if reading.broken:
        path.unlink()
        name, reason = next(iter(reading.broken.items()))
        raise ShardError(
            f"{clips}: {name} is not what the manifest says ({reason}); run crop with --verify"
        )
    return Shard(tuple(group), File(path.stat().st_size, reading.sha256))


def _contents(clips: Path, clip: ShardClip) -> Iterator[tuple[Member, Path | bytes]]:
    path = clip_path(clips, clip.row)
    contents: dict[str, Path | bytes] = {
        "json": clip.row_json,
        "mkv": path,
        "truth.npz": truth_beside(path),
    }
    for extension, member in clip.members.items():
        yield member, contents[extension]


def _refuse_others(out: Path, split: str, count: int) -> None:
    """Refuse a folder with more shards of this split: a reader that takes all would read them."""
    known = {shard_name(split, number) for number in range(count)}
    named = re.compile(rf"{split}-\d{{6,}}\.tar")
    others = sorted({p.name for p in out.iterdir() if named.fullmatch(p.name)} - known)
    if others:
        raise UsageError(
            f"{out}: holds {', '.join(others[:3])} of another export, {len(others)} in all; "
            "remove them, or give another folder"
        )
