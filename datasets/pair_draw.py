"""The seeded draw behind a frozen list of pairs: which test clip is animated by which.

Every test video drives once, with its first clip, and its first clip is the source once. The order
comes from sha256 and not from a random generator, so it is the same on every machine for ever.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from datasets.frozen import FrozenSplit
from datasets.metadata import MetadataRow
from datasets.pair_list import ListedPair, PairList

SEED = 0
"""The seed of the frozen lists."""


def pairs_of(split: FrozenSplit, identities: Mapping[str, str], *, seed: int = SEED) -> PairList:
    """Return the list of pairs of a frozen split.

    Args:
        split: All of it; its test clips are paired.
        identities: Video id to who is seen in it, for the test videos.
        seed: Of the draw.
    """
    test = split.of("test")
    return PairList(split.id, test.sha256, seed, draw_pairs(test.rows, identities, seed=seed))


def draw_pairs(
    rows: Sequence[MetadataRow], identities: Mapping[str, str], *, seed: int
) -> tuple[ListedPair, ...]:
    """Return one pair for each video: a derangement in which nobody is animated by themselves.

    The videos of one identity stand together in a shuffled ring, and each is driven by the one as
    many places before it as the most frequent identity has videos: never one of its own.

    Args:
        rows: The clips.
        identities: Video id to who is seen in it.
        seed: Of the shuffle.

    Returns:
        Pairs in the order of the driving videos' ids; none if an identity has more than half of
        the videos, for then there is no such derangement.
    """
    firsts: dict[str, str] = {}
    for row in sorted(rows, key=lambda row: (row.start, row.end)):
        firsts.setdefault(row.video_id, row.clip_id)
    casts: dict[str, list[str]] = {}
    for video in sorted(firsts, key=lambda video: _rank(seed, "video", video)):
        casts.setdefault(identities[video], []).append(video)
    names = sorted(casts, key=lambda name: _rank(seed, "identity", name))
    ring = [video for name in names for video in casts[name]]
    step = max(map(len, casts.values()), default=0)
    if 2 * step > len(ring):
        return ()
    sources = {video: ring[(place + step) % len(ring)] for place, video in enumerate(ring)}
    return tuple(
        ListedPair(f"pair-{number:04}", firsts[sources[video]], firsts[video])
        for number, video in enumerate(sorted(sources), 1)
    )


def _rank(seed: int, kind: str, name: str) -> str:
    return hashlib.sha256(f"{seed} {kind} {name}".encode()).hexdigest()


def identities_of(split: FrozenSplit, dataset: str, profile: str) -> dict[str, str]:
    """Return who is seen in each test video.

    The person that the metadata name; else, in a mini world, the number of its plan; else every
    video is taken to show somebody else.
    """
    test = split.of("test")
    names = {row.video_id: row.person_id or "" for row in test.rows}
    if profile == "mini" and not all(names.values()):
        from datasets.worlds.scenes import plan  # drawing a whole world takes seconds

        planned = plan(dataset, int(split.parameters["seed"]))
        numbers = {video.video_id: str(video.identity) for video in planned}
        names = {video: name or numbers.get(video, "") for video, name in names.items()}
    return {video: name or video for video, name in names.items()}
