"""Inputs of the field: strips, folders, videos, and the guard against lossy ones."""

import av
import cv2
import numpy as np
import pytest

from datasets.clips import ClipError, write_clip
from datasets.readers import LossyInputError, is_lossy, read_frames
from datasets.video_writer import write_video


def save(path, frame, *options):
    assert cv2.imwrite(str(path), np.ascontiguousarray(frame[..., ::-1]), *options)


@pytest.fixture
def frames(moving):
    return moving(12, 24, 24)


def test_clip_file(tmp_path, frames):
    write_clip(tmp_path / "a.mkv", frames)
    assert not is_lossy(tmp_path / "a.mkv")
    assert np.array_equal(read_frames(tmp_path / "a.mkv"), frames)


def test_strip_of_square_frames(tmp_path, frames):
    save(tmp_path / "a.png", np.concatenate(list(frames), axis=1))
    assert np.array_equal(read_frames(tmp_path / "a.png"), frames)


def test_strip_that_is_none(tmp_path, moving):
    save(tmp_path / "a.png", moving(1, 20, 30)[0])
    with pytest.raises(ClipError, match="30x20 is no strip"):
        read_frames(tmp_path / "a.png")


@pytest.mark.parametrize("pattern", ["{:07}.png", "{}.png", "frame_{}.bmp", "x-{:03}.tiff"])
def test_folder_in_the_order_of_numbers(tmp_path, frames, pattern):
    folder = tmp_path / "clip.mp4"  # the authors' name for a folder of pictures
    folder.mkdir()
    (folder / "notes.txt").write_text("not a picture")
    for number, frame in enumerate(frames):
        save(folder / pattern.format(number), frame)
    assert np.array_equal(read_frames(folder), frames)


def test_folder_with_a_gap_a_size_or_nothing(tmp_path, frames):
    folder = tmp_path / "clip"
    folder.mkdir()
    with pytest.raises(ClipError, match="no pictures"):
        read_frames(folder)
    for number in (0, 1, 3):
        save(folder / f"{number}.png", frames[number])
    with pytest.raises(ClipError, match="look after 1"):
        read_frames(folder)
    save(folder / "2.png", frames[0][:20])
    with pytest.raises(ClipError, match=r"2\.png: is 24x20, the first picture is 24x24"):
        read_frames(folder)
    save(folder / "cover.png", frames[0])
    with pytest.raises(ClipError, match=r"cover\.png: a picture in a clip folder needs a number"):
        read_frames(folder)


def test_grey_png_and_alpha_become_rgb(tmp_path):
    grey = np.arange(64, dtype=np.uint8).reshape(8, 8)
    cv2.imwrite(str(tmp_path / "a.png"), grey)
    assert np.array_equal(read_frames(tmp_path / "a.png")[0], np.dstack([grey] * 3))


def test_sixteen_bit_png_is_refused(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), np.full((8, 8), 40000, np.uint16))
    with pytest.raises(ClipError, match="8-bit"):
        read_frames(tmp_path / "a.png")


def test_lossless_mp4_is_accepted(tmp_path, frames):
    write_video(tmp_path / "a.mp4", frames, fps=25)
    assert not is_lossy(tmp_path / "a.mp4")
    assert np.array_equal(read_frames(tmp_path / "a.mp4"), frames)


def encode(path, frames, codec, pix_fmt, **options):
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=25, options=options)
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = pix_fmt
        for frame in frames:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        out.mux(stream.encode())


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt", "options"),
    [
        ("a.mp4", "libx264", "yuv420p", {"crf": "10"}),
        ("b.mp4", "libx264", "yuv444p", {"qp": "0"}),  # lossless, but not as RGB
        ("c.mp4", "libx264rgb", "rgb24", {"qp": "1"}),
        ("d.mp4", "libx264rgb", "rgb24", {"crf": "5"}),
        ("e.avi", "ffv1", "yuv420p", {}),
        ("f.avi", "mjpeg", "yuvj420p", {}),
        ("g.gif", "gif", "rgb8", {}),
    ],
)
def test_lossy_video_is_refused_unless_allowed(tmp_path, frames, name, codec, pix_fmt, options):
    encode(tmp_path / name, frames, codec, pix_fmt, **options)
    assert is_lossy(tmp_path / name)
    with pytest.raises(LossyInputError, match="--allow-lossy"):
        read_frames(tmp_path / name)
    assert read_frames(tmp_path / name, allow_lossy=True).shape == frames.shape


def test_ffv1_of_others_is_read_without_checksums_too(tmp_path, frames):
    encode(tmp_path / "a.avi", frames, "ffv1", "bgr0", level="1", g="5")
    encode(tmp_path / "b.mkv", frames, "ffv1", "bgr0", level="3", slicecrc="0")
    encode(tmp_path / "c.mkv", frames, "ffv1", "bgr0", level="3", slicecrc="1", g="5")
    for name in ("a.avi", "b.mkv", "c.mkv"):
        assert not is_lossy(tmp_path / name)
        assert np.array_equal(read_frames(tmp_path / name), frames)


@pytest.mark.parametrize("suffix", [".jpg", ".webp"])
def test_lossy_pictures_are_refused_unless_allowed(tmp_path, frames, suffix):
    folder = tmp_path / "clip"
    folder.mkdir()
    for number, frame in enumerate(frames):
        save(folder / f"{number}{suffix}", frame)
    with pytest.raises(LossyInputError, match="clip: lossy"):
        read_frames(folder)
    assert read_frames(folder, allow_lossy=True).shape == frames.shape


@pytest.mark.parametrize("name", ["a.mp4", "a.png", "a.mkv"])
@pytest.mark.parametrize("content", [b"", b"text " * 50])
def test_what_is_nothing_of_all_this(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ClipError, match=name):
        read_frames(tmp_path / name)
    with pytest.raises(ClipError, match="gone"):
        read_frames(tmp_path / "gone")
