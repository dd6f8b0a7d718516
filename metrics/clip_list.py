"""Which list of clips is scored: the frozen one, with a citable id, or another."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.frozen import FrozenSplit, parse_id, read_split, split_files
from datasets.registry import UNFROZEN, UsageError, shown_name, split_id
from datasets.stamp import STAMP, Stamp, read_stamp, variant_id
from metrics.result import Split, clips_digest
from metrics.wanted import Wanted

__all__ = ["UNFROZEN", "ClipList", "clip_list", "pixel_remark", "pixels_digest"]


@dataclass(frozen=True)
class ClipList:
    """The clips that a result should cover.

    Attributes:
        split: What identifies the list.
        expected: All its clip ids.
        pixels: Clip id -> the committed digest of its pixels; empty if there are none.
        remarks: Why the clips are not the frozen ones.
    """

    split: Split
    expected: frozenset[str]
    pixels: Mapping[str, str]
    remarks: tuple[str, ...] = ()


def clip_list(
    dataset: str,
    profile: str,
    wanted: Sequence[Wanted],
    *,
    failed: Collection[str],
    partition: str,
    folder: Path | None = None,
) -> ClipList:
    """Return the list that the clips of a manifest are of.

    It is the frozen list, with its citable id, if every clip is on it and has the length and the
    size that were frozen. Otherwise it is the manifest's own, ``@unfrozen``. Of real data the
    stamp of the folder says which list it is, and with which parameters: others than the frozen
    ones make a variant, with an id and a digest of its own.

    Args:
        dataset: A key of `datasets.registry.DATASETS`.
        profile: ``mini`` or ``full``.
        wanted: The clips there are.
        failed: The ids of those that crop failed on.
        partition: ``test``.
        folder: The folder of the clips, with its stamp if it has one.

    Raises:
        UsageError: The committed files of the frozen list contradict each other, or the upstream
            file of a real list is not there; the message says where to put it.
    """
    own = frozenset({w.clip_id for w in wanted} | set(failed))
    name = f"{shown_name(dataset, profile)}@{UNFROZEN}"
    other = ClipList(Split(name, partition, clips_digest(own)), own, {})
    if profile == "full":
        try:
            frozen = _stamped(dataset, partition, folder)
        except _OtherListError as error:
            return replace(other, remarks=(f"not {split_id(dataset, profile)}: {error}",))
        pixels: Mapping[str, str] = {}
    elif any(path.is_file() for path in split_files(dataset, profile)):
        frozen = read_split(dataset, profile).of(partition)
        pixels = _committed_pixels(dataset, profile)
    else:
        return other
    if remarks := _differences(frozen, wanted, own):
        return replace(other, remarks=tuple(f"not {frozen.id}: {text}" for text in remarks))
    listed = frozenset(row.clip_id for row in frozen.rows)
    return ClipList(Split(frozen.id, partition, frozen.sha256), listed, pixels)


class _OtherListError(Exception):
    """Clips of real data that are of no frozen list; the message says why."""


def _stamped(dataset: str, partition: str, folder: Path | None) -> FrozenSplit:
    """Return the partition of the frozen list, or variant of it, that the stamp names."""
    stamp = read_stamp(folder) if folder else None
    if stamp is None:
        where = folder or "their folder"
        raise _OtherListError(
            f"{where} has no {STAMP}, which says which list it holds; run the download and crop "
            "stages"
        )
    if stamp.id.endswith(f"@{UNFROZEN}"):
        raise _OtherListError(
            "the clips are of a list whose upstream files are not pinned, or that was changed: "
            f"see 'python -m datasets.splits cite {split_id(dataset, 'full')}'"
        )
    named = _known(stamp)
    if named is None or named[:2] != (dataset, "full"):
        raise _OtherListError(f"the clips are of {stamp.id}")
    whole = read_split(dataset, "full", list_name=named[2])
    if stamp.id != variant_id(whole.id, whole.parameters, stamp.parameters):
        raise _OtherListError(f"{STAMP} has the id {stamp.id} with {dict(stamp.parameters)}")
    part = replace(whole, id=stamp.id, parameters=stamp.parameters).of(partition)
    if stamp.splits.get(partition) != part.sha256:
        raise _OtherListError(
            f"the clips are of another list of the name {stamp.id}: its {partition} list has "
            f"sha256 {stamp.splits.get(partition)}, the frozen one {part.sha256}"
        )
    return part


def _known(stamp: Stamp) -> tuple[str, str, str] | None:
    try:
        return parse_id(stamp.list_id)
    except UsageError:
        return None


def _differences(frozen: FrozenSplit, wanted: Sequence[Wanted], own: Collection[str]) -> list[str]:
    rows = {row.clip_id: row for row in frozen.rows}
    found = [f"{clip}: not in the list" for clip in sorted(set(own) - set(rows))]
    side = frozen.parameters.get("size")
    decoded = frozen.parameters.get("frames") != "ref-fps"
    for clip in wanted:
        height, width = clip.size
        if side is not None and {str(height), str(width)} != {side}:
            found.append(f"{clip.clip_id}: {width}x{height} pixels, frozen: {side}x{side}")
        row = rows.get(clip.clip_id)
        if row is None or row.whole:
            continue
        frames = row.end - row.start
        other_rate = decoded and clip.source_fps is not None and clip.source_fps != row.fps
        got = clip.planned if other_rate and clip.planned is not None else clip.frames
        if got != frames:
            found.append(f"{clip.clip_id}: {got} frames, frozen: {frames}")
    return found


def _committed_pixels(dataset: str, profile: str) -> dict[str, str]:
    path = split_files(dataset, profile)[2]
    if not path.is_file():
        return {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return {row["clip_id"]: row["pixels_sha256"] for row in csv.DictReader(file)}
    except (KeyError, ValueError, csv.Error) as error:
        raise UsageError(f"{path.name}: cannot be read ({error!r}); restore it from git") from error


def pixels_digest(frames: NDArray[np.uint8]) -> str:
    """Return the digest of shape and pixels that ``datasets.splits`` commits.

    Args:
        frames: uint8 (T, H, W, 3).
    """
    digest = hashlib.sha256(repr(frames.shape).encode())
    digest.update(np.ascontiguousarray(frames).data)
    return digest.hexdigest()


def pixel_remark(committed: Mapping[str, str], found: Mapping[str, str]) -> str | None:
    """Say which clips have other pixels than those committed; None if all are the same."""
    other = sorted(c for c, digest in found.items() if committed.get(c, digest) != digest)
    if not other:
        return None
    return (
        f"pixels differ from the committed digests on {len(other)} of {len(found)} true clips, as "
        "they may on another processor: " + ", ".join(other)
    )
