"""Which list of pairs is scored: the frozen one, with a citable id, or another."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from datasets.frozen import parse_id
from datasets.pair_list import pair_list_file, read_pair_list
from datasets.pair_manifest import Pair
from datasets.registry import shown_name
from metrics.clip_list import UNFROZEN, ClipList
from metrics.result import Split


def pair_list(dataset: str, profile: str, pairs: Sequence[Pair], clips: ClipList) -> ClipList:
    """Return the list that ``pairs`` are of.

    It is the frozen list, with the citable id of the split and the sha256 of the pairs, if the
    clips are the frozen ones and every pair is on it with the same source and driving clip.
    Otherwise it is the folder's own, ``@unfrozen``.

    Args:
        dataset: A key of `datasets.registry.DATASETS`.
        profile: ``mini`` or ``full``.
        pairs: All pairs of the folder, those that failed too.
        clips: The list that their clips are of.

    Raises:
        UsageError: The committed files of the frozen list contradict each other.
    """
    own = {pair.pair_id: (pair.source, pair.driving) for pair in pairs}
    text = "".join(",".join((name, *own[name])) + "\n" for name in sorted(own))
    unfrozen = f"{shown_name(dataset, profile)}@{UNFROZEN}"
    split = Split(unfrozen, clips.split.partition, hashlib.sha256(text.encode()).hexdigest())
    if clips.split.id == unfrozen:
        return ClipList(split, frozenset(own), {}, clips.remarks)
    if profile == "full":
        list_name = parse_id(clips.split.id.split("+")[0])[2]
        frozen = read_pair_list(dataset, profile, list_name=list_name)
        # Of a variant the pairs are the same, and their digest covers its own test list.
        frozen = replace(frozen, id=clips.split.id, test_sha256=clips.split.sha256)
    elif pair_list_file(dataset, profile).is_file():
        frozen = read_pair_list(dataset, profile)
    else:
        return ClipList(split, frozenset(own), {}, clips.remarks)
    listed = {pair.pair_id: (pair.source, pair.driving) for pair in frozen.pairs}
    differ = sorted(name for name, clip_ids in own.items() if listed.get(name) != clip_ids)
    if differ:
        said = (f"not {frozen.id}: {name}: another source or driving clip" for name in differ)
        return ClipList(split, frozenset(own), {}, tuple(said))
    split = Split(clips.split.id, clips.split.partition, frozen.sha256)
    return ClipList(split, frozenset(listed), {})
