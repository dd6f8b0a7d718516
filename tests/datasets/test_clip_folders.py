"""Folders of clips that others made."""

import cv2
import numpy as np
import pytest

import datasets
from datasets.clips import ClipError, write_clip
from datasets.crop import crop_folder
from datasets.crop_video import CropConfig
from datasets.readers import LossyInputError
from datasets.registry import UsageError


@pytest.fixture
def frames(moving):
    return moving(6, 16, 16)


def strip(path, frames):
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.concatenate(list(frames), axis=1)[..., ::-1])


def folder_of_pictures(path, frames):
    path.mkdir(parents=True)
    for number, frame in enumerate(frames):
        assert cv2.imwrite(str(path / f"{number:07}.png"), frame[..., ::-1])


def test_a_plain_folder_of_every_form(tmp_path, frames):
    write_clip(tmp_path / "b#000000#000006.mkv", frames)
    strip(tmp_path / "id7#c#000000#000006.png", frames)
    folder_of_pictures(tmp_path / "a#000000#000006.mp4", frames)  # the authors' name of a folder
    (tmp_path / "notes.txt").write_text("no clip")
    (tmp_path / "logs").mkdir()
    (tmp_path / ".hidden.png").write_text("no clip")
    clips = datasets.load_folder(tmp_path)
    assert [clip.id for clip in clips] == [
        "a#000000#000006", "b#000000#000006", "id7#c#000000#000006",
    ]  # fmt: skip
    assert [(clip.video_id, clip.identity, clip.split) for clip in clips] == [
        ("a", "a", ""), ("b", "b", ""), ("c", "id7", ""),
    ]  # fmt: skip
    for clip in clips:
        assert clip.length == 6 and not clip.lossy and clip.truth() is None
        assert np.array_equal(clip.frames(), frames)
        assert np.array_equal(clip.frames([5, 0]), frames[[5, 0]])


def test_the_authors_layout(tmp_path, frames):
    for split, name in (("train", "b.png"), ("train", "a.png"), ("test", "c.png")):
        strip(tmp_path / split / name, frames)
    clips = datasets.load_folder(tmp_path)
    assert [(clip.split, clip.id) for clip in clips] == [
        ("test", "c"), ("train", "a"), ("train", "b"),
    ]  # fmt: skip
    assert [clip.id for clip in datasets.load_folder(tmp_path, split="train")] == ["a", "b"]
    with pytest.raises(UsageError, match="has no folder 'val'; it has test, train"):
        datasets.load_folder(tmp_path, split="val")


def test_what_the_crop_stage_made(make_source, row, moving, tmp_path):
    rows = [row("a", 0, 4), row("gone", 0, 4)]
    source = make_source(rows, {"a": moving(4)})
    crop_folder(source, tmp_path / "clips", config=CropConfig(size=16))
    (clip,) = datasets.load_folder(tmp_path / "clips")
    assert (clip.id, clip.split, clip.length) == ("a#000000#000004", "train", 4)
    assert datasets.load_folder(tmp_path / "clips", split="test") == []


def test_lossy_clips_only_where_allowed(tmp_path, frames):
    folder_of_pictures(tmp_path / "a", frames)
    cv2.imwrite(str(tmp_path / "b.jpg"), np.concatenate(list(frames), axis=1))
    assert [clip.lossy for clip in datasets.load_folder(tmp_path)] == [False, True]
    with pytest.raises(LossyInputError, match=r"b\.jpg: lossy"):
        datasets.load_folder(tmp_path, allow_lossy=False)
    with pytest.raises(LossyInputError, match=r"b\.jpg: lossy"):
        datasets.open_clip(tmp_path / "b.jpg", allow_lossy=False)
    assert datasets.open_clip(tmp_path / "b.jpg").length == 6


def test_a_folder_of_frames_is_one_clip(tmp_path, frames):
    folder_of_pictures(tmp_path / "a", frames)
    assert np.array_equal(datasets.open_clip(tmp_path / "a").frames(), frames)
    with pytest.raises(UsageError, match="single frames; open_clip"):
        datasets.load_folder(tmp_path / "a")


def test_open_clip_says_what_is_wrong(tmp_path):
    with pytest.raises(ClipError, match="gone: not found"):
        datasets.open_clip(tmp_path / "gone")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ClipError, match="no pictures"):
        datasets.open_clip(str(tmp_path / "empty"))


def test_folders_without_clips_and_clips_twice(tmp_path, frames):
    with pytest.raises(UsageError, match="no such folder"):
        datasets.load_folder(tmp_path / "gone")
    with pytest.raises(UsageError, match=r"no clips; expected clip files \(.mkv\)"):
        datasets.load_folder(tmp_path)
    strip(tmp_path / "a.png", frames)
    write_clip(tmp_path / "a.mkv", frames)
    with pytest.raises(UsageError, match=r"a\.png: clip a is also a\.mkv"):
        datasets.load_folder(tmp_path)
