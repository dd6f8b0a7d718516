"""Writing videos: lossless ones, the same bytes each time, and what H.264 makes of frames."""

from fractions import Fraction

import numpy as np
import pytest

from datasets.video import probe, read_video
from datasets.video_writer import encode_h264, write_video


@pytest.mark.parametrize("fps", [Fraction(25), 29.97, Fraction(30000, 1001), Fraction(1579, 100)])
def test_lossless_and_deterministic(tmp_path, moving, fps):
    frames = moving(10, 37, 51)
    write_video(tmp_path / "a.mp4", frames, fps=fps)
    write_video(tmp_path / "b.mp4", frames, fps=fps)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
    assert np.array_equal(read_video(tmp_path / "a.mp4"), frames)
    info = probe(tmp_path / "a.mp4")
    assert (info.width, info.height, info.frames) == (51, 37, 10)
    assert info.fps == round(float(fps), 2)


def test_h264_round_trip_loses_little_and_keeps_the_size(moving):
    frames = moving(8, 33, 47)
    decoded = encode_h264(frames, 23)
    assert decoded.shape == frames.shape
    error = np.abs(decoded.astype(float) - frames).mean()
    assert 0 < error < 20
    assert np.abs(encode_h264(frames, 40).astype(float) - frames).mean() > error
    assert np.array_equal(decoded, encode_h264(frames, 23))


def test_wrong_arrays_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"uint8 \(T, H, W, 3\)"):
        write_video(tmp_path / "a.mp4", np.zeros((0, 8, 8, 3), np.uint8), fps=25)
    assert not list(tmp_path.iterdir())
