"""Random access to frames: the right ones, of every form, without reading what is not wanted."""

import os
import threading
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from datasets import frame_access, pictures
from datasets.clips import ClipError, ClipReader, write_clip
from datasets.frame_access import KEPT_OPEN, count_frames, open_frames, read_some
from datasets.readers import read_frames
from datasets.video_writer import write_video

FORMS = ("clip", "video", "strip", "folder", "gif")


def write_folder(folder, frames):
    folder.mkdir()
    for number, frame in enumerate(frames):
        cv2.imwrite(str(folder / f"{number:07}.png"), frame[..., ::-1])


def write_form(form, folder, frames):
    """Write ``frames`` as one of `FORMS` and return the path."""
    path = folder / {
        "clip": "a.mkv", "video": "a.mp4", "strip": "a.png", "folder": "a", "gif": "a.gif",
    }[form]  # fmt: skip
    if form == "clip":
        write_clip(path, frames)
    elif form == "video":
        write_video(path, frames, fps=25)
    elif form == "strip":
        cv2.imwrite(str(path), np.concatenate(list(frames), axis=1)[..., ::-1])
    elif form == "folder":
        write_folder(path, frames)
    else:
        first, *rest = map(Image.fromarray, frames)
        first.save(path, save_all=True, append_images=rest)
    return path


@pytest.fixture
def frames(moving):
    return moving(9, 24, 24)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("wanted", [[4], [7, 0, 7], [-1, -9], range(9), []])
def test_the_frames_asked_for_in_that_order(tmp_path, frames, form, wanted):
    path = write_form(form, tmp_path, frames)
    whole = read_frames(path, allow_lossy=True)
    if form != "gif":
        assert np.array_equal(whole, frames)
    got = read_some(path, wanted)
    assert got.dtype == np.uint8 and got.shape == (len(wanted), 24, 24, 3)
    assert np.array_equal(got, whole[list(wanted)])
    assert count_frames(path) == 9


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("index", [9, -10])
def test_a_frame_outside(tmp_path, frames, form, index):
    path = write_form(form, tmp_path, frames)
    with pytest.raises(IndexError, match=rf"a.*: frame {index} of 9|a.*: frame 9 of 9"):
        read_some(path, [0, index])


def test_ffv1_without_checksums_is_read_as_a_video(tmp_path, frames):
    """Its frames cannot be checked one by one; the decoder reads them in order."""
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("ffv1", rate=25, options={"g": "1", "level": "3", "slicecrc": "0"})
        stream.height, stream.width, stream.pix_fmt = *frames.shape[1:3], "bgr0"
        for frame in frames:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        out.mux(stream.encode())
    assert not isinstance(open_frames(path), ClipReader)
    assert np.array_equal(read_some(path, [5, 2]), frames[[5, 2]])


def test_a_clip_file_is_opened_once(tmp_path, frames, monkeypatch):
    write_clip(tmp_path / "a.mkv", frames)
    opened = []
    plain = av.open
    monkeypatch.setattr(av, "open", lambda *a, **k: opened.append(a) or plain(*a, **k))
    read_some(tmp_path / "a.mkv", [3, 4])
    assert len(opened) == 1


def test_a_clip_file_by_another_name_is_one(tmp_path, frames):
    write_clip(tmp_path / "a.video", frames)
    assert isinstance(open_frames(tmp_path / "a.video"), ClipReader)


def test_only_the_wanted_pictures_of_a_folder_are_read(tmp_path, frames, monkeypatch):
    write_folder(tmp_path / "a", frames)
    read = []
    whole = pictures.read_picture
    monkeypatch.setattr(pictures, "read_picture", lambda p: read.append(p.name) or whole(p))
    read_some(tmp_path / "a", [6, 2])
    assert read == ["0000006.png", "0000002.png"]


def test_a_picture_of_another_size_is_named(tmp_path, frames):
    write_folder(tmp_path / "a", frames)
    cv2.imwrite(str(tmp_path / "a" / "0000005.png"), frames[5][:20])
    assert read_some(tmp_path / "a", [4]).shape == (1, 24, 24, 3)
    with pytest.raises(ClipError, match=r"0000005\.png: is 24x20, the first picture is 24x24"):
        read_some(tmp_path / "a", [4, 5])


@pytest.mark.parametrize("form", ["folder", "video", "strip"])
def test_an_index_of_numpy_works(tmp_path, frames, form):
    path = write_form(form, tmp_path, frames)
    assert np.array_equal(read_some(path, np.array([3, 1])), frames[[3, 1]])


def test_see_through_gifs_and_pictures_lie_on_white(tmp_path):
    dot = np.zeros((8, 8, 4), np.uint8)
    dot[2:4, 2:4] = (200, 0, 0, 255)
    moved = np.roll(dot, 3, axis=1)
    first, second = Image.fromarray(dot), Image.fromarray(moved)
    first.save(tmp_path / "a.gif", save_all=True, append_images=[second], disposal=2)
    Image.fromarray(np.concatenate([dot, moved], axis=1)).save(tmp_path / "a.png")
    for name in ("a.gif", "a.png"):
        frames = read_some(tmp_path / name, [0, 1])
        for frame, drawn in zip(frames, (dot, moved), strict=True):
            assert np.all(frame[drawn[..., 3] == 0] == 255)
            assert np.all(np.abs(frame[drawn[..., 3] > 0] - [200.0, 0, 0]) <= 3)


def test_readers_stay_open_up_to_a_limit(tmp_path, frames):
    paths = [tmp_path / f"{number}.mkv" for number in range(KEPT_OPEN + 1)]
    for path in paths:
        write_clip(path, frames[:1])
    first = open_frames(paths[0])
    assert open_frames(paths[0]) is first
    for path in paths[1:]:
        open_frames(path)
    assert len(frame_access._kept.readers) == KEPT_OPEN
    assert open_frames(paths[0]) is not first
    assert open_frames(paths[-1]) is open_frames(paths[-1])


def test_a_clip_written_again_is_opened_again(tmp_path, frames):
    path = tmp_path / "a.mkv"
    write_clip(path, frames)
    assert np.array_equal(read_some(path, [0])[0], frames[0])
    write_clip(path, frames[3:])
    assert np.array_equal(read_some(path, [0])[0], frames[3])


def test_threads_have_readers_of_their_own(tmp_path, frames):
    write_clip(tmp_path / "a.mkv", frames)
    mine, other = open_frames(tmp_path / "a.mkv"), []
    thread = threading.Thread(target=lambda: other.append(open_frames(tmp_path / "a.mkv")))
    thread.start()
    thread.join()
    assert other[0] is not mine


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_process_opens_its_own(tmp_path, frames, monkeypatch):
    write_clip(tmp_path / "a.mkv", frames)
    before = open_frames(tmp_path / "a.mkv")
    monkeypatch.setattr(os, "getpid", lambda: -1)  # what a forked process sees
    assert open_frames(tmp_path / "a.mkv") is not before


@pytest.mark.parametrize("name", ["gone.mkv", "gone", "gone.png"])
def test_nothing_there(tmp_path, name):
    with pytest.raises(ClipError, match=f"{name}: not found"):
        read_some(tmp_path / name, [0])


@pytest.mark.parametrize("name", ["a.mkv", "a.mp4", "a.gif", "a.png", "a.jpg"])
def test_a_damaged_file_is_named(tmp_path, name):
    (tmp_path / name).write_bytes(b"\x00 not what its name says" * 9)
    with pytest.raises(ClipError, match=name):
        read_some(Path(tmp_path / name), [0])
