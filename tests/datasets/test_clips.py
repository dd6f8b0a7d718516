"""Clip files: exact, the same bytes each time, random access, damage is noticed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.clips import ClipError, ClipReader, ClipWriter, read_clip, write_clip


def noise(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (*shape, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    "shape", [(10, 64, 64), (1, 64, 64), (5, 33, 17), (3, 1, 1), (2, 2, 300), (2, 400, 520)]
)
def test_round_trip_is_exact(tmp_path, shape):
    frames = noise(*shape)
    write_clip(tmp_path / "a.mkv", frames)
    found = read_clip(tmp_path / "a.mkv")
    assert found.dtype == np.uint8
    assert np.array_equal(found, frames)


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 6), st.integers(1, 40), st.integers(1, 40), st.integers(0, 99))
def test_any_size_survives(tmp_path_factory, count, height, width, seed):
    path = tmp_path_factory.mktemp("clip") / "a.mkv"
    frames = noise(count, height, width, seed=seed)
    write_clip(path, frames)
    assert np.array_equal(read_clip(path), frames)


def test_two_writings_have_the_same_bytes(tmp_path):
    frames = noise(12, 64, 64)
    write_clip(tmp_path / "a.mkv", frames)
    write_clip(tmp_path / "b.mkv", frames)
    assert (tmp_path / "a.mkv").read_bytes() == (tmp_path / "b.mkv").read_bytes()


def test_frames_in_any_order(tmp_path):
    frames = noise(30, 16, 16)
    write_clip(tmp_path / "a.mkv", frames)
    wanted = [29, 0, 7, 7, -1, np.int64(12)]
    assert np.array_equal(read_clip(tmp_path / "a.mkv", wanted), frames[wanted])
    assert read_clip(tmp_path / "a.mkv", []).shape == (0, 16, 16, 3)


def test_random_access_decodes_one_frame_only(tmp_path):
    """With all frames before it destroyed, a frame can still be read."""
    path = tmp_path / "a.mkv"
    frames = noise(20, 32, 32)
    write_clip(path, frames)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    for at in range(2000, middle, 37):
        data[at] ^= 0xFF
    path.write_bytes(data)
    assert np.array_equal(read_clip(path, [15]), frames[15:16])


def test_reader_knows_shape_and_length(tmp_path):
    write_clip(tmp_path / "a.mkv", noise(7, 20, 30))
    with ClipReader(tmp_path / "a.mkv") as reader:
        assert len(reader) == 7
        assert reader.shape == (7, 20, 30, 3)
        assert np.array_equal(reader[6], reader[-1])
        with pytest.raises(IndexError, match="frame 7 of 7"):
            reader[7]
        with pytest.raises(IndexError, match="frame -8 of 7"):
            reader[-8]


def test_a_frame_that_is_asked_for_twice_is_decoded_once(tmp_path, monkeypatch):
    frames = noise(6, 16, 16)
    write_clip(tmp_path / "a.mkv", frames)
    decoded = []
    one = ClipReader._packet
    monkeypatch.setattr(ClipReader, "_packet", lambda self, n: decoded.append(n) or one(self, n))
    with ClipReader(tmp_path / "a.mkv") as reader:
        found = reader.take([4, 1, 4, -2, 1])
    assert decoded == [4, 1]
    assert np.array_equal(found, frames[[4, 1, 4, 4, 1]])


def test_frames_handed_out_stay_as_they_are(tmp_path):
    frames = noise(6, 16, 16)
    write_clip(tmp_path / "a.mkv", frames)
    with ClipReader(tmp_path / "a.mkv") as reader:
        first, both = reader[0], reader.take([1, 2])
        reader.take([3, 4, 5])
    assert np.array_equal(first, frames[0]) and np.array_equal(both, frames[1:3])


def test_reader_iterates_after_random_access(tmp_path):
    frames = noise(9, 16, 16)
    write_clip(tmp_path / "a.mkv", frames)
    with ClipReader(tmp_path / "a.mkv") as reader:
        assert np.array_equal(reader[5], frames[5])
        assert np.array_equal(np.stack(list(reader)), frames)
        assert np.array_equal(reader[1], frames[1])


def test_names_with_signs_that_ffmpeg_interprets(tmp_path):
    path = tmp_path / "-id#000010#%03d:a,b.mkv"
    write_clip(path, noise(2, 8, 8))
    assert len(read_clip(path)) == 2


@pytest.mark.parametrize("keep", [0, 10, 300, 5000, 20000])
def test_cut_file_is_an_error_that_names_it(tmp_path, keep):
    path = tmp_path / "cut.mkv"
    write_clip(path, noise(10, 64, 64))
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ClipError, match=r"cut\.mkv"):
        read_clip(path)


def test_every_damaged_byte_is_noticed_or_harmless(tmp_path):
    """FFmpeg alone would hand out a frame patched from the one before it."""
    path = tmp_path / "bad.mkv"
    frames = noise(4, 24, 24) // 64
    write_clip(path, frames)
    data = path.read_bytes()
    errors = 0
    for at in range(600, len(data), 29):
        changed = bytearray(data)
        changed[at] ^= 0x55
        path.write_bytes(changed)
        try:
            assert np.array_equal(read_clip(path), frames), f"byte {at} changed pixels silently"
        except ClipError:
            errors += 1
    assert errors > 50


@pytest.mark.parametrize("content", [b"", b"this is a text " * 100, bytes(4096)])
def test_what_is_no_clip(tmp_path, content):
    (tmp_path / "x.mkv").write_bytes(content)
    with pytest.raises(ClipError, match=r"x\.mkv: not a clip file"):
        read_clip(tmp_path / "x.mkv")


def test_missing_file(tmp_path):
    with pytest.raises(ClipError, match=r"gone\.mkv: no such clip"):
        read_clip(tmp_path / "gone.mkv")


def test_other_codec_is_refused(tmp_path, moving):
    from datasets.video_writer import write_video

    write_video(tmp_path / "a.mkv", moving(3), fps=25)
    with pytest.raises(ClipError, match="FFV1 expected, got h264"):
        read_clip(tmp_path / "a.mkv")


def test_random_access_refuses_frames_that_depend_on_others(tmp_path):
    import av

    with av.open(str(tmp_path / "a.mkv"), "w") as out:
        stream = out.add_stream("ffv1", rate=25, options={"g": "5", "level": "3"})
        stream.height, stream.width, stream.pix_fmt = 16, 16, "bgr0"
        for frame in noise(4, 16, 16):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        out.mux(stream.encode())
    with pytest.raises(ClipError, match="frame 1 depends on others; write it intra-only"):
        read_clip(tmp_path / "a.mkv", [1])


@pytest.mark.parametrize(
    "frames",
    [
        np.zeros((0, 8, 8, 3), np.uint8),
        np.zeros((2, 8, 8, 3), np.float32),
        np.zeros((2, 8, 8), np.uint8),
        np.zeros((2, 8, 8, 4), np.uint8),
    ],
)
def test_wrong_arrays_are_refused_and_leave_nothing(tmp_path, frames):
    with pytest.raises(ClipError, match=r"frames must be uint8 \(T, H, W, 3\)"):
        write_clip(tmp_path / "a.mkv", frames)
    assert not list(tmp_path.iterdir())


def test_writer_equals_write_clip(tmp_path):
    frames = noise(6, 16, 16)
    write_clip(tmp_path / "a.mkv", frames)
    with ClipWriter(tmp_path / "b.mkv") as writer:
        for frame in frames:
            writer.write(frame)
        assert not (tmp_path / "b.mkv").exists()
    assert (tmp_path / "a.mkv").read_bytes() == (tmp_path / "b.mkv").read_bytes()


def test_writer_leaves_nothing_after_an_error(tmp_path):
    with pytest.raises(RuntimeError, match="stop"), ClipWriter(tmp_path / "b.mkv") as writer:
        writer.write(noise(1, 8, 8)[0])
        raise RuntimeError("stop")
    assert not list(tmp_path.iterdir())


def test_writer_refuses_changing_sizes_and_no_frames(tmp_path):
    with pytest.raises(ClipError, match="frame 1 is 8x9"), ClipWriter(tmp_path / "b.mkv") as writer:
        writer.write(noise(1, 8, 8)[0])
        writer.write(noise(1, 9, 8)[0])
    with pytest.raises(ClipError, match="at least one frame"), ClipWriter(tmp_path / "b.mkv"):
        pass
    assert not list(tmp_path.iterdir())


def test_failed_rewrite_keeps_the_old_file(tmp_path):
    write_clip(tmp_path / "a.mkv", noise(3, 8, 8))
    before = (tmp_path / "a.mkv").read_bytes()
    with pytest.raises(RuntimeError), ClipWriter(tmp_path / "a.mkv") as writer:
        writer.write(noise(1, 8, 8)[0])
        raise RuntimeError
    assert (tmp_path / "a.mkv").read_bytes() == before
