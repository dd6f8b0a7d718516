from __future__ import annotations

from pathlib import Path

import pytest
import torch

from baselines.augment import Augmentation
from baselines.pairs import PairSource, TrainingClip, list_clips, units
from datasets.registry import UsageError

NONE = Augmentation(False, False, 0, 0, 0, 0)


def test_the_source_is_the_earlier_frame(clips: Path) -> None:
    batch = PairSource(list_clips(clips, "train"), 64, 0, NONE)(0)
    assert batch.source.shape == batch.driving.shape == (64, 3, 16, 16)
    assert batch.source.dtype == torch.float32
    brightness = [frames.mean(dim=(1, 2, 3)) for frames in (batch.source, batch.driving)]
    assert (brightness[0] <= brightness[1]).all()
    assert batch.source.min() >= 0 and batch.source.max() <= 1


def test_a_step_decides_its_batch(clips: Path) -> None:
    pairs = PairSource(list_clips(clips, "train"), 4, 0, Augmentation())
    again = PairSource(list_clips(clips, "train"), 4, 0, Augmentation(), in_memory=False)
    assert torch.equal(pairs(7).source, again(7).source)
    assert not torch.equal(pairs(7).source, pairs(8).source)
    other_seed = PairSource(list_clips(clips, "train"), 4, 1, Augmentation())
    assert not torch.equal(pairs(7).source, other_seed(7).source)


# Two of the three clips are of video a; they have no people, so identities are videos.
@pytest.mark.parametrize(
    ("unit", "share"), [("video", 1 / 2), ("identity", 1 / 2), ("clip", 2 / 3)]
)
def test_every_unit_is_as_likely_as_every_other(clips: Path, unit, share: float) -> None:
    pairs = PairSource(list_clips(clips, "train"), 600, 0, NONE, unit=unit)
    frames = {
        tuple(frame.reshape(-1)[:5].tolist()): clip.video_id
        for clip in pairs.clips
        for frame in pairs._decoded[clip.clip_id]
    }
    sources = (pairs(0).source.permute(0, 2, 3, 1) * 255).round().int()
    videos = [frames[tuple(source.reshape(-1)[:5].tolist())] for source in sources]
    assert abs(videos.count("a") / len(videos) - share) < 0.06


def test_an_identity_is_what_stands_before_the_first_hash() -> None:
    names = ("id2#x#000001", "id1#z#000001", "id1#y#000002", "id1#y#000001")
    clips = [TrainingClip(name, name.split("#")[1], Path(name), 8) for name in names]

    def grouped(unit):
        return [[clip.clip_id for clip in group] for group in units(clips, unit)]

    assert grouped("identity") == [list(names[1:]), [names[0]]]
    assert grouped("video") == [[names[0]], list(names[2:]), [names[1]]]
    assert grouped("clip") == [[name] for name in sorted(names)]


def test_broken_clips_are_left_out(clips: Path) -> None:
    assert [clip.video_id for clip in list_clips(clips, "test")] == ["c", "d"]


def test_missing_clips_say_what_to_run(clips: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="crop"):
        list_clips(tmp_path / "nowhere", "train")
    with pytest.raises(UsageError, match="val"):
        list_clips(clips, "val")


def test_the_last_of_several_frames_is_the_driving_one(clips: Path) -> None:
    batch = PairSource(list_clips(clips, "train"), 64, 0, NONE, sources=3)(0)
    assert len(batch.more_sources) == 2
    frames = (batch.source, *batch.more_sources, batch.driving)
    brightness = torch.stack([frame.mean(dim=(1, 2, 3)) for frame in frames])
    assert (brightness.diff(dim=0) >= 0).all()
    assert (brightness[-1] > brightness[0]).any()
