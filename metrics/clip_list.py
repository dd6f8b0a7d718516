"""Which list of clips is scored: the frozen one, with a citable id, or another."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datasets.frozen import FrozenSplit, read_split, split_files
from datasets.registry import UsageError, shown_name
from metrics.result import Split, clips_digest
from metrics.wanted import Wanted

UNFROZEN = "unfrozen"


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
    dataset: str, profile: str, wanted: Sequence[Wanted], *, failed: Collection[str], partition: str
) -> ClipList:
    """Return the list that the clips of a manifest are of.

    It is the frozen list, with its citable id, if every clip is on it and has the length and the
    size that were frozen. Otherwise it is the manifest's own, ``@unfrozen``.

    Args:
        dataset: A key of `datasets.registry.DATASETS`.
        profile: ``mini`` or ``full``.
        wanted: The clips there are.
        failed: The ids of those that crop failed on.
        partition: ``test``.

    Raises:
        UsageError: The committed files of the frozen list contradict each other.
    """
    own = frozenset({w.clip_id for w in wanted} | set(failed))
    name = f"{shown_name(dataset, profile)}@{UNFROZEN}"
    other = Split(name, partition, clips_digest(own))
    if not any(path.is_file() for path in split_files(dataset, profile)):
        return ClipList(other, own, {})
    frozen = read_split(dataset, profile).of(partition)
    remarks = _differences(frozen, wanted, own)
    if remarks:
        return ClipList(other, own, {}, tuple(f"not {frozen.id}: {text}" for text in remarks))
    listed = frozenset(row.clip_id for row in frozen.rows)
    split = Split(frozen.id, partition, frozen.sha256)
    return ClipList(split, listed, _committed_pixels(dataset, profile))


def _differences(frozen: FrozenSplit, wanted: Sequence[Wanted], own: Collection[str]) -> list[str]:
    rows = {row.clip_id: row for row in frozen.rows}
    found = [f"{clip}: not in the list" for clip in sorted(set(own) - set(rows))]
    side = frozen.parameters.get("size")
    for clip in wanted:
        height, width = clip.size
        if side is not None and {str(height), str(width)} != {side}:
            found.append(f"{clip.clip_id}: {width}x{height} pixels, frozen: {side}x{side}")
        row = rows.get(clip.clip_id)
        if row is None:
            continue
        frames = row.end - row.start
        other_rate = clip.source_fps is not None and clip.source_fps != row.fps
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
