"""Source videos: what the container says, their pictures, error classes."""

from fractions import Fraction

import numpy as np
import pytest

from datasets.video import VideoError, decode, printed_fps, probe, read_video, rgb
from datasets.video_writer import write_video


@pytest.mark.parametrize(
    ("rate", "printed"),
    [((30000, 1001), 29.97), ((24000, 1001), 23.98), ((60000, 1001), 59.94), ((25, 1), 25.0)],
)
def test_rate_is_what_ffmpeg_prints(rate, printed):
    assert printed_fps(Fraction(*rate)) == printed


def test_rate_and_pixels_are_those_of_ffmpegs_pipe(tmp_path, moving):
    """The originals read through imageio's ffmpeg: same number, same RGB."""
    ffmpeg = pytest.importorskip("imageio_ffmpeg")
    write_video(tmp_path / "a.mp4", moving(6), fps=Fraction(30000, 1001))
    pipe = ffmpeg.read_frames(str(tmp_path / "a.mp4"), pix_fmt="rgb24")
    assert next(pipe)["fps"] == probe(tmp_path / "a.mp4").fps
    theirs = np.stack([np.frombuffer(data, np.uint8).reshape(40, 56, 3) for data in pipe])
    assert np.array_equal(read_video(tmp_path / "a.mp4"), theirs)


def kind(path):
    with pytest.raises(VideoError) as caught:
        probe(path)
        read_video(path)
    assert path.name in str(caught.value)
    assert str(path.parent) not in str(caught.value)  # manifests hold no absolute paths
    return caught.value.kind


def test_error_classes(tmp_path, moving):
    path = tmp_path / "a.mp4"
    assert kind(path) == "missing-video"
    path.write_bytes(b"")
    assert kind(path) == "unreadable"
    path.write_text("<html>404</html>" * 100)
    assert kind(path) == "unreadable"
    write_video(path, moving(30), fps=25)
    data = path.read_bytes()
    for share in (0.01, 0.3, 0.9, 0.9999):
        path.write_bytes(data[: int(len(data) * share)])
        assert kind(path) == "truncated"


def test_sound_alone_is_no_video(tmp_path):
    import av

    with av.open(str(tmp_path / "a.mp4"), "w") as out:
        stream = out.add_stream("aac", rate=44100)
        for _ in range(20):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
            frame.sample_rate = 44100
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    assert kind(tmp_path / "a.mp4") == "unreadable"


@pytest.mark.parametrize(
    ("codec", "pix_fmt"),
    [("libx264", "yuv420p"), ("libx264", "yuv444p"), ("libx264rgb", "rgb24"), ("ffv1", "bgr0"),
     ("ffv1", "gray")],
)  # fmt: skip
def test_rgb_is_that_of_a_copy_whatever_the_width(tmp_path, moving, codec, pix_fmt):
    import av

    frames = moving(3, 38, 54)
    with av.open(str(tmp_path / "a.mkv"), "w") as out:
        stream = out.add_stream(codec, rate=25)
        stream.height, stream.width, stream.pix_fmt = 38, 54, pix_fmt
        for frame in frames:
            picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
            out.mux(stream.encode(picture.reformat(format=pix_fmt)))
        out.mux(stream.encode())
    pictures = list(decode(tmp_path / "a.mkv"))
    assert len(pictures) == 3
    pictures.append(av.VideoFrame.from_ndarray(moving(1, 37, 53)[0], format="rgb24"))
    for picture in pictures:
        assert np.array_equal(rgb(picture), picture.to_ndarray(format="rgb24"))


def test_what_is_transparent_shows_white():
    import av

    rng = np.random.default_rng(0)
    array = rng.integers(0, 256, (6, 8, 4), dtype=np.uint8)
    array[0, :, 3], array[1, :, 3] = 0, 255
    found = rgb(av.VideoFrame.from_ndarray(array, format="rgba"))
    assert (found[0] == 255).all() and np.array_equal(found[1], array[1, :, :3])
    alpha = array[..., 3:] / 255
    assert np.abs(found - (array[..., :3] * alpha + 255 * (1 - alpha))).max() <= 0.5 + 1e-9


def test_decoding_streams(tmp_path, moving):
    write_video(tmp_path / "a.mp4", moving(50), fps=25)
    stream = decode(tmp_path / "a.mp4")
    next(stream)
    stream.close()  # closes the file without decoding the rest
