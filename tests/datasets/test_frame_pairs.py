"""Random frame pairs: whose they are, which frames, and from what they follow."""

from collections import Counter

import numpy as np
import pytest
import torch

from baselines.augment import Augmentation
from baselines.pairs import PairSource, TrainingClip
from datasets.clips import ClipError, write_clip
from datasets.frame_pairs import FramePairs
from datasets.loader import Clip
from datasets.registry import UsageError

LENGTHS = {
    "ann#v#000000#000009": 9, "ann#w#000000#000002": 2, "ann#w#000002#000005": 3,
    "bob#x#000000#000001": 1,
}  # fmt: skip


@pytest.fixture
def clips(tmp_path):
    """Four clips whose frames say which clip and which frame they are."""
    found = []
    for number, (clip_id, length) in enumerate(LENGTHS.items()):
        frames = np.zeros((length, 8, 8, 3), np.uint8)
        frames[..., 0] = number
        frames[..., 1] = np.arange(length)[:, None, None]
        write_clip(tmp_path / f"{clip_id}.mkv", frames)
        found.append(Clip(clip_id, "train", clip_id.split("#")[1], tmp_path / f"{clip_id}.mkv"))
    return found


def test_a_pair_is_two_frames_of_one_clip_in_order_of_time(clips):
    for pair in FramePairs(clips, repeats=20):
        number = list(LENGTHS).index(pair.clip_id)
        first, second = pair.indices
        assert 0 <= first <= second < LENGTHS[pair.clip_id]
        assert tuple(pair.source[0, 0]) == (number, first, 0)
        assert tuple(pair.driving[0, 0]) == (number, second, 0)
        assert pair.identity == pair.clip_id[:3]


@pytest.mark.parametrize(("id_sampling", "share"), [(True, 1 / 2), (False, 1 / 4)])
def test_identities_or_clips_are_as_likely_as_each_other(clips, id_sampling, share):
    pairs = FramePairs(clips, id_sampling=id_sampling, repeats=500, in_memory=True)
    counts = Counter(pair.clip_id for pair in pairs)
    assert counts["bob#x#000000#000001"] == share * len(pairs)
    of_ann = [counts[name] / len(pairs) for name in LENGTHS if name.startswith("ann")]
    assert of_ann == pytest.approx([(1 - share) / 3] * 3, abs=0.05)  # 2.5 sigma is 0.036


def test_one_pass_has_each_identity_once(clips):
    pairs = FramePairs(clips)
    assert len(pairs) == 2
    assert [pair.identity for pair in pairs] == ["ann", "bob"]
    assert pairs[-1].identity == "bob"
    with pytest.raises(IndexError, match="pair 2 of 2"):
        pairs[2]


def chosen(pairs):
    return [(pair.clip_id, pair.indices) for pair in pairs]


def test_pairs_follow_from_seed_epoch_and_index(clips):
    pairs, again = FramePairs(clips, seed=3, repeats=9), FramePairs(clips[::-1], seed=3, repeats=9)
    assert chosen(again[index] for index in reversed(range(18))) == chosen(pairs)[::-1]
    other = FramePairs(clips, seed=4, repeats=9)
    assert chosen(other) != chosen(pairs)
    first = chosen(pairs)
    pairs.epoch = 1
    assert chosen(pairs) != first
    pairs.epoch = 0
    assert chosen(pairs) == first


def test_samples_follow_from_the_generator(clips):
    pairs = FramePairs(clips)
    rngs = (np.random.default_rng(5), np.random.default_rng(5))
    first, second = (chosen(pairs.sample(rng) for _ in range(20)) for rng in rngs)
    assert first == second
    assert {name for name, _ in first} == set(LENGTHS)


def test_samples_are_those_of_the_training_engine(clips):
    kept = [TrainingClip(clip.id, clip.video_id, clip.path, clip.length) for clip in clips]
    for unit, id_sampling in (("identity", True), ("clip", False)):
        engine = PairSource(kept, 1, 0, Augmentation(), in_memory=False, unit=unit)
        pairs = FramePairs(clips, id_sampling=id_sampling)
        for seed in range(20):
            source, driving = engine._read(engine._draw(np.random.default_rng(seed)))
            pair = pairs.sample(np.random.default_rng(seed))
            assert np.array_equal(pair.source, source) and np.array_equal(pair.driving, driving)


def test_in_memory_changes_nothing(clips):
    plain, kept = FramePairs(clips, repeats=5), FramePairs(clips, repeats=5, in_memory=True)
    for a, b in zip(plain, kept, strict=True):
        assert np.array_equal(a.source, b.source) and np.array_equal(a.driving, b.driving)
        assert a[2:] == b[2:]


@pytest.mark.parametrize("workers", [0, 2])
def test_a_loader_of_torch_takes_it(clips, workers):
    pairs = FramePairs(clips, repeats=8)
    pairs[0]  # an open file in the parent must do no harm
    loader = torch.utils.data.DataLoader(pairs, batch_size=8, num_workers=workers)
    batches = list(loader)
    assert batches[0].source.shape == (8, 8, 8, 3) and batches[0].source.dtype == torch.uint8
    drawn = [name for batch in batches for name in batch.clip_id]
    assert drawn == [pair.clip_id for pair in pairs]
    sources = torch.cat([batch.source for batch in batches])
    assert np.array_equal(sources.numpy(), np.stack([pair.source for pair in pairs]))


def test_nothing_to_draw_from(clips):
    with pytest.raises(UsageError, match="no clips"):
        FramePairs([])
    with pytest.raises(UsageError, match="repeats must be 1 or more, got 0"):
        FramePairs(clips, repeats=0)


def test_a_broken_clip_is_named(clips):
    clips[3].path.write_bytes(b"no clip")
    with pytest.raises(ClipError, match="bob#x"):
        FramePairs(clips)[1]
