"""One video with a made-up detector: what is counted, at which rate, and what goes wrong."""

import dataclasses
import json
from fractions import Fraction

import numpy as np
import pytest

from datasets.crop_rules import frame_window
from datasets.metadata import MetadataRow
from datasets.track_rules import RECIPES
from datasets.track_video import (
    EVERY,
    VideoTracks,
    from_json,
    stands_for,
    to_json,
    track_video,
    whole_frames,
)
from datasets.tracking import Detection, Track
from datasets.video import VideoInfo, printed_fps
from datasets.video_writer import write_video

RULES = dataclasses.replace(RECIPES["taichi"], min_picture=40, min_side=8, min_frames=3)
BOX = (20, 10, 30, 30)  # grown to a square of 22: 14 9 36 31


class Finder:
    """Sees one person everywhere; remembers what it was shown."""

    name, version, sha256 = "finder", "1", "00"

    def __init__(self, found=None):
        self.seen = []
        self.found = found or (lambda number: [Detection(BOX, 0.95)])

    def __call__(self, frame):
        self.seen.append(frame.copy())
        return self.found(len(self.seen) - 1)


@pytest.fixture
def video(tmp_path):
    """A function (frames, fps=25) that writes a video and returns its path."""

    def write(frames, fps=Fraction(25), name="clip.mp4"):
        write_video(tmp_path / name, frames, fps=fps)
        return tmp_path / name

    return write


def still(count, height=40, width=56):
    picture = np.random.default_rng(1).integers(60, 200, (height, width, 3)).astype(np.uint8)
    return np.repeat(picture[None], count, axis=0)


def track(path, rules=RULES, finder=None):
    return track_video(path, rules, finder or Finder(), on_frame=lambda read: None)


def test_every_frame_is_looked_at_once_and_rows_come_out(video):
    finder = Finder()
    frames = still(6)
    frames[:, 0, 0] = np.arange(6)[:, None]
    found = track(video(frames), finder=finder)
    assert np.array_equal(np.stack(finder.seen), frames)
    row = MetadataRow("clip", 0, 6, (14, 9, 36, 31), 25.0, 56, 40, "test")
    assert found.rows("test") == [row]
    assert (found.status, found.frames, found.message) == ("ok", 6, "")


def test_dropped_tracks_are_told_and_are_no_rows(video):
    finder = Finder(lambda number: [Detection(BOX, 0.95)] if number != 2 else [])
    found = track(video(still(6)), finder=finder)
    assert found.tracks == (
        Track(0, 2, (14, 9, 36, 31), "lost", "too-short"),
        Track(3, 6, (14, 9, 36, 31), "video-end", "ok"),
    )
    assert [(row.start, row.end) for row in found.rows("train")] == [(3, 6)]


def test_a_cut_of_the_video_ends_the_track(video):
    frames = np.concatenate([still(4), 255 - still(4)])
    assert [(t.start, t.end, t.ended) for t in track(video(frames)).tracks] == [
        (0, 4, "cut-intensity"),
        (4, 8, "video-end"),
    ]


def test_only_the_first_frame_is_looked_at_where_it_decides(video):
    finder = Finder()
    found = track(video(still(5)), RECIPES["nemo"], finder)
    assert len(finder.seen) == 1
    assert [(t.start, t.end, t.status) for t in found.tracks] == [(0, 5, "ok")]


def test_a_small_picture_is_skipped_and_said(video):
    finder = Finder()
    found = track(video(still(3)), RECIPES["taichi"], finder)
    assert (found.status, found.message) == (
        "small-picture",
        "56x40; a side is below 300 pixels",
    )
    assert not finder.seen
    assert found.rows("train") == []


def test_broken_videos_become_a_status(video, tmp_path):
    whole = video(still(30)).read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "page.mp4").write_text("<html>")
    (tmp_path / "folder.mp4").mkdir()
    found = {name: track(tmp_path / f"{name}.mp4") for name in ("cut", "page", "none", "folder")}
    assert {name: one.status for name, one in found.items()} == {
        "cut": "truncated",
        "page": "unreadable",
        "none": "missing-video",
        "folder": "missing-video",
    }
    assert all(one.message.startswith(f"{name}.mp4: ") for name, one in found.items())


def test_a_video_without_a_frame_rate_is_no_use(video, monkeypatch):
    monkeypatch.setattr("datasets.track_video.probe", lambda path: VideoInfo(0.0, 56, 40, 3))
    found = track(video(still(3)))
    assert (found.status, found.rows("train")) == ("unreadable", [])
    assert "no frame rate" in found.message


def test_a_shorter_video_than_promised_is_used_and_said(video, monkeypatch):
    monkeypatch.setattr("datasets.track_video.probe", lambda path: VideoInfo(25.0, 56, 40, 9))
    found = track(video(still(6)))
    assert (found.status, found.message) == ("ok", "6 of 9 frames can be decoded")
    assert len(found.rows("train")) == 1


def test_signs_of_life(video, monkeypatch):
    monkeypatch.setattr("datasets.track_video.EVERY", 2)
    said = []
    track_video(video(still(5)), RULES, Finder(), on_frame=said.append)
    assert said == [2, 4]
    assert EVERY > 2


@pytest.mark.parametrize(
    ("fps", "seen", "ends"),
    [(Fraction(25), 10, 10), (Fraction(30), 8, 8), (Fraction(10), 10, 23), (Fraction(50), 5, 5)],
)
def test_frames_are_counted_at_the_rate_of_the_recipe(video, fps, seen, ends):
    rules = dataclasses.replace(RULES, fps=25.0)
    finder = Finder()
    found = track(video(still(10), fps=fps), rules, finder)
    assert len(finder.seen) == seen
    assert [(t.start, t.end) for t in found.tracks] == [(0, ends)]
    assert (found.fps, found.frames) == (25.0, ends)


@pytest.mark.parametrize("fps", [10, 24, 25, Fraction(30000, 1001), 30, 50, Fraction(60000, 1001)])
@pytest.mark.parametrize("rate", [25.0, 29.97])
def test_counting_agrees_with_the_crop_rule(fps, rate):
    """The frames that a window of the crop rule takes are those that its numbers stand for."""
    fps = printed_fps(fps)
    counts = [stands_for(index, fps=fps, rate=rate) for index in range(1500)]
    starts = np.cumsum([0, *counts])
    for index in range(0, 1400, 7):
        if counts[index]:
            first = frame_window(int(starts[index]), 10**6, ref_fps=rate, fps=fps)[0]
            assert first == index
    for read in range(1, 1400, 7):
        end = whole_frames(read, fps=fps, rate=rate)
        stop = frame_window(0, end, ref_fps=rate, fps=fps)[1]
        assert stop <= read
        assert frame_window(0, end + 1, ref_fps=rate, fps=fps)[1] > read


def test_json_there_and_back(video):
    found = track(video(still(6)))
    assert from_json(json.dumps(to_json(found))) == found
    assert isinstance(from_json(json.dumps(to_json(found))).tracks[0].box, tuple)
    with pytest.raises((ValueError, TypeError, KeyError)):
        from_json('{"video_id": "a", "tracks": [], "colour": 1}')
    assert VideoTracks("a", "unreadable", "why").rows("train") == []
