from __future__ import annotations

from pathlib import Path

import pytest
import torch

from baselines.augment import Augmentation
from baselines.loader import Loader
from baselines.pairs import PairSource, list_clips

STRENGTH = Augmentation(resize=(0.9, 1.1), rotation=5.0)


def source(clips: Path, *, share: range | None = None, in_memory: bool = True) -> PairSource:
    found = list_clips(clips, "train")
    return PairSource(found, 4, 0, STRENGTH, in_memory, share=share)


@pytest.mark.parametrize("workers", [0, 2])
def test_batches_are_those_of_their_steps(clips: Path, workers: int) -> None:
    pairs = source(clips)
    loaded = list(Loader(pairs, workers=workers).batches(3, 7))
    assert len(loaded) == 4
    for step, got in enumerate(loaded, 3):
        wanted = pairs(step)
        assert torch.equal(got.batch.source, wanted.source)
        assert torch.equal(got.batch.driving, wanted.driving)
        assert got.batch.source.is_contiguous(memory_format=torch.channels_last)
        assert len(got.clips) == len(got.indices) == 4
        assert all(a <= b for a, b in got.indices)


def test_reading_takes_no_chance_from_the_global_generator(clips: Path) -> None:
    states = []
    for workers in (0, 1):
        torch.manual_seed(0)
        list(Loader(source(clips), workers=workers).batches(0, 2))
        states.append(torch.get_rng_state())
    torch.manual_seed(0)
    assert all(torch.equal(state, torch.get_rng_state()) for state in states)


def test_shares_of_processes_make_up_the_batch(clips: Path) -> None:
    whole = source(clips)(5)
    parts = [source(clips, share=share)(5) for share in (range(2), range(2, 4))]
    assert torch.equal(torch.cat([part.source for part in parts]), whole.source)
    assert torch.equal(torch.cat([part.driving for part in parts]), whole.driving)
    assert [(part.first, part.whole, part.here) for part in parts] == [
        (0, 4, slice(0, 2)),
        (2, 4, slice(2, 4)),
    ]


def test_frames_read_one_by_one_are_those_in_memory(clips: Path) -> None:
    one, other = (source(clips, in_memory=kept)(1) for kept in (True, False))
    assert torch.equal(one.source, other.source)


def test_a_split_batch_knows_its_place(clips: Path) -> None:
    first, second = source(clips)(0).split(2)
    assert (first.here, second.here, second.whole) == (slice(0, 2), slice(2, 4), 4)


def test_an_error_in_a_worker_names_the_clip(clips: Path) -> None:
    pairs = source(clips, in_memory=False)
    for clip in pairs.clips:
        clip.path.write_bytes(clip.path.read_bytes()[:600])
    with pytest.raises(Exception, match=r"[ab]#0000.*mkv"):
        list(Loader(pairs, workers=1).batches(0, 1))
