"""Packs and shards: functions of the list, the lengths and the batch alone."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baselines.pack_reader import layout
from baselines.packs import BATCHES, Job, Shard, length, make_packs, parse_shard, share
from datasets.registry import UsageError

LENGTHS = st.lists(st.integers(1, 300), max_size=40)
BATCH = st.integers(1, 20)


def jobs_of(lengths: list[int]) -> list[Job]:
    path = Path("x.mkv")
    return [Job(f"clip-{i:03}", path, path, n, ("", "")) for i, n in enumerate(lengths)]


@given(LENGTHS, BATCH)
def test_every_clip_is_in_one_pack_whole_and_in_order(lengths: list[int], batch: int) -> None:
    jobs = jobs_of(lengths)
    packs = make_packs(jobs, batch)
    assert [job for pack in packs for job in pack] == jobs
    for pack in packs:
        assert pack and (length(pack) <= BATCHES * batch or len(pack) == 1)
    for pack, after in pairwise(packs):  # none could have held one clip more
        assert length(pack) + after[0].frames > BATCHES * batch


@given(LENGTHS, BATCH, st.randoms())
def test_the_order_of_the_list_does_not_matter(lengths, batch: int, rng: random.Random) -> None:
    jobs = jobs_of(lengths)
    expected = make_packs(jobs, batch)
    rng.shuffle(jobs)
    assert make_packs(jobs, batch) == expected


@given(LENGTHS, BATCH)
def test_batches_are_full_but_for_the_last(lengths: list[int], batch: int) -> None:
    for pack in make_packs(jobs_of(lengths), batch):
        batches = list(layout(pack, batch))
        sizes = [sum(count for _, _, count in found) for found in batches]
        assert sizes[:-1] == [batch] * (len(sizes) - 1) and 0 < sizes[-1] <= batch
        seen = [(job.name, first + i) for b in batches for job, first, n in b for i in range(n)]
        assert seen == [(job.name, i) for job in pack for i in range(job.frames)]


@given(LENGTHS, BATCH, st.integers(1, 7))
def test_shards_divide_the_packs_evenly(lengths: list[int], batch: int, count: int) -> None:
    packs = make_packs(jobs_of(lengths), batch)
    shards = [share(packs, Shard(index, count)) for index in range(count)]
    assert sorted(p[0].name for s in shards for p in s) == [p[0].name for p in packs]
    for shard in shards:
        assert shard == sorted(shard, key=lambda pack: pack[0].name)
    loads = [sum(map(length, shard)) for shard in shards]
    assert max(loads) - min(loads) <= max(map(length, packs), default=0)


@pytest.mark.parametrize("text", ["8/8", "-1/8", "1", "1/0", "a/b", "1/2/3", "", "0x1/2", "1/2\n"])
def test_shards_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="expected I/N"):
        parse_shard(text)
