"""The frame policy ref-fps: nearest pictures, ties, ends, constant and variable rates."""

from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.crop_clock import Clock, constant_clock, nearest_frames, read_clock
from datasets.video import VideoError, probe
from datasets.video_writer import write_video

RATES = st.sampled_from([15.0, 15.79, 23.97, 23.98, 24.0, 25.0, 29.0, 29.97, 30.0, 50.0, 59.94])


@given(st.integers(0, 5000), st.integers(1, 900), RATES)
def test_the_printed_reference_rate_takes_exactly_the_named_frames(start, length, fps):
    taken = nearest_frames(start, start + length, ref_fps=fps, clock=constant_clock(fps, 6000))
    assert taken == tuple(range(start, start + length))


@given(st.integers(0, 900), st.integers(1, 90), RATES, RATES)
def test_no_other_picture_is_nearer(start, length, ref_fps, fps):
    count = 5000
    taken = nearest_frames(start, start + length, ref_fps=ref_fps, clock=constant_clock(fps, count))
    assert len(taken) == length and list(taken) == sorted(taken)
    for k, i in enumerate(taken, start):
        time = k / Fraction(str(ref_fps))
        distances = {j: abs(j / Fraction(str(fps)) - time) for j in (i - 1, i, i + 1) if j >= 0}
        assert min(distances, key=lambda j: (distances[j], j)) == i  # the earlier of two


def test_examples():
    half = constant_clock(15, 9)
    assert nearest_frames(0, 6, ref_fps=30, clock=half) == (0, 0, 1, 1, 2, 2)
    double = constant_clock(59.94, 99)
    assert nearest_frames(2, 6, ref_fps=29.97, clock=double) == (4, 6, 8, 10)
    film = constant_clock(30, 99)
    assert nearest_frames(0, 6, ref_fps=25, clock=film) == (0, 1, 2, 4, 5, 6)


def test_the_last_picture_lasts_as_long_as_the_others():
    """10 frames per second, 0.4 s: frames to 11 at 30 are there, frame 12 is not."""
    taken = nearest_frames(8, 14, ref_fps=30, clock=constant_clock(10, 4))
    assert taken == (3, 3, 3, 3, 4, 4)
    assert nearest_frames(0, 3, ref_fps=30, clock=constant_clock(10, 0))[0] >= 0


def test_variable_rate_goes_by_time_stamps():
    """Pictures at 0, 40, 80, 400, 440 ms: a gap is filled with the one before, then the next."""
    clock = Clock((0, 40, 80, 400, 440), Fraction(1, 1000), Fraction(1, 25), variable=True)
    taken = nearest_frames(0, 12, ref_fps=25, clock=clock)
    assert taken == (0, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 4)  # 240 ms lies between both: the earlier


def write(path, frames, stamps, rate=25, **options):
    with av.open(str(path), "w", **options) as out:
        stream = out.add_stream("libx264", rate=rate, options={"crf": "10", "bf": "2"})
        stream.height, stream.width, stream.pix_fmt = frames.shape[1], frames.shape[2], "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for frame, stamp in zip(frames, stamps, strict=True):
            picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
            picture.pts, picture.time_base = stamp, Fraction(1, 1000)
            out.mux(stream.encode(picture))
        out.mux(stream.encode())


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_files_of_constant_and_variable_rate(tmp_path, moving, suffix):
    frames = moving(30)
    write(tmp_path / f"c{suffix}", frames, [k * 40 for k in range(30)])
    clock = read_clock(tmp_path / f"c{suffix}", fps=25.0)
    assert clock == constant_clock(25.0, 30)
    stamps = [k * 40 + (400 if k >= 15 else 0) for k in range(30)]
    write(tmp_path / f"v{suffix}", frames, stamps)
    clock = read_clock(tmp_path / f"v{suffix}", fps=probe(tmp_path / f"v{suffix}").fps)
    assert clock.variable
    assert [float(stamp * clock.base) for stamp in clock.stamps] == pytest.approx(
        [stamp / 1000 for stamp in stamps], abs=1e-3
    )


@pytest.mark.parametrize("fps", [Fraction(30000, 1001), Fraction(24000, 1001), Fraction(60)])
def test_broadcast_rates_are_constant(tmp_path, moving, fps):
    write_video(tmp_path / "a.mp4", moving(40), fps=fps)
    info = probe(tmp_path / "a.mp4")
    assert read_clock(tmp_path / "a.mp4", fps=info.fps) == constant_clock(info.fps, 40)


def test_a_container_without_a_rate(tmp_path, moving):
    write_video(tmp_path / "a.mp4", moving(3), fps=25)
    with pytest.raises(VideoError, match=r"a\.mp4: the container tells no frame rate") as caught:
        read_clock(tmp_path / "a.mp4", fps=0.0)
    assert caught.value.kind == "no-frames"


def test_stamps_of_real_files_are_constant(shared):
    for path in sorted((shared / "data" / "clips").glob("*.mp4")):
        info = probe(path)
        clock = read_clock(path, fps=info.fps)
        assert not clock.variable and len(clock.stamps) == info.frames
        assert np.array_equal(clock.stamps, range(info.frames))
