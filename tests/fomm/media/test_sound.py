"""The driver's sound in the result: in step, copied where possible, cut where the pictures end."""

import warnings
import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from fomm.media.read import Driver
from fomm.media.write import open_writer

FAST = {"deadline": "realtime", "cpu-used": "8"}
FRAMES = 40  # at 25 per second: 1.6 s; the tone of the drivers starts at 1 s


@pytest.fixture(autouse=True)
def _no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def animate(source, target, *, frames=None, abandon=False, first=0):
    """Write the driver's own frames with its sound."""
    driver = Driver(source)
    with open_writer(target, fps=driver.fps, sound=source) as writer:
        for index, (frame, time) in enumerate(driver):
            if index >= first and (frames is None or index < first + frames):
                writer.write(frame, time)
        if abandon:
            writer.abandon()
    assert writer.saved is not None
    return writer.saved


def heard(path):
    """Codec, where the tone starts and where the sound ends, in seconds after the first picture."""
    with av.open(str(path)) as container:
        start = next(container.decode(video=0)).time
    with av.open(str(path)) as container:
        if not container.streams.audio:
            return None
        name = container.streams.audio[0].codec_context.codec.canonical_name
        tone = end = None
        for frame in container.decode(audio=0):
            samples = frame.to_ndarray().astype(float)
            loud = np.flatnonzero(np.abs(samples).max(0) > 0.2 * max(1, np.abs(samples).max()))
            if frame.format.name.startswith("flt") and len(loud) and tone is None:
                tone = frame.time + loud[0] / frame.sample_rate - start
            end = frame.time + frame.samples / frame.sample_rate - start
    return name, tone, end


@pytest.mark.parametrize(
    ("source", "codec", "target", "copied"),
    [
        ("a.mp4", "aac", "b.mp4", "aac"),
        ("a.mkv", "libmp3lame", "b.mp4", "mp3"),
        ("a.ts", "aac", "b.mp4", "aac"),
        ("a.webm", "libopus", "b.mp4", "aac"),
        ("a.webm", "libopus", "b.webm", "opus"),
        ("a.mp4", "aac", "b.webm", "opus"),
        ("a.avi", "pcm_s16le", "b.mp4", "aac"),
        ("a.mp4", "aac", "b.mkv", "aac"),
        ("a.webm", "libopus", "b.mkv", "opus"),
    ],
)
def test_sound_stays_in_step(tmp_path, moving, film, source, codec, target, copied):
    video = {"a.webm": "libvpx-vp9", "a.avi": "mpeg4"}.get(source, "libx264")
    options = FAST if video == "libvpx-vp9" else None
    path = tmp_path / source
    film(path, moving(FRAMES), codec=video, options=options, sound=(codec, 48000, 0, 1.6))
    name, tone, end = heard(animate(path, tmp_path / target))
    assert name == copied
    assert abs(tone - 1) < 0.003
    assert 1.55 < end < 1.66
    driver = Driver(tmp_path / target)
    assert (driver.fps, len(list(driver))) == (25, FRAMES)


@pytest.mark.parametrize("target", ["b.mp4", "b.webm", "b.mkv"])
@pytest.mark.parametrize(("video", "sound"), [(0.5, 0), (0, 0.3), (2.5, 2.5), (2, 1.75)])
def test_the_offset_is_kept(tmp_path, moving, film, target, video, sound):
    times = [video + index / 25 for index in range(FRAMES)]
    path = film(tmp_path / "a.mp4", moving(FRAMES), times=times, sound=("aac", 44100, sound, 2.6))
    _, tone, end = heard(animate(path, tmp_path / target))
    assert abs(tone - (1 + sound - video)) < 0.003
    assert 1.55 < end < 1.66


@pytest.mark.parametrize("target", ["b.mp4", "b.webm", "b.mkv"])
def test_the_sound_ends_with_the_pictures(tmp_path, moving, film, target):
    path = film(tmp_path / "a.mp4", moving(FRAMES), sound=("aac", 44100, 0, 3))
    assert 1.55 < heard(animate(path, tmp_path / target))[2] < 1.66
    partial = animate(path, tmp_path / target, frames=30, abandon=True)
    assert partial.stem == "b.partial"
    _, tone, end = heard(partial)
    assert abs(tone - 1) < 0.003
    assert 1.15 < end < 1.26
    assert len(list(Driver(partial))) == 30


def test_frames_from_the_middle_of_the_driver(tmp_path, moving, film):
    path = film(tmp_path / "a.mp4", moving(FRAMES), sound=("aac", 44100, 0, 1.6))
    for target in ("b.mp4", "b.webm"):
        _, tone, end = heard(animate(path, tmp_path / target, first=15))
        assert abs(tone - 0.4) < 0.003
        assert 0.95 < end < 1.06


def test_sound_of_another_file(tmp_path, moving):
    """Without pictures its time 0 is where the sound begins."""
    tone = np.zeros(32000, np.int16)
    tone[16000:] = 20000 * np.sin(np.arange(16000) / 3)
    with wave.open(str(tmp_path / "a.wav"), "wb") as out:
        out.setparams((1, 2, 16000, 0, "NONE", ""))
        out.writeframes(tone.tobytes())
    with open_writer(tmp_path / "b.mp4", fps=25, sound=tmp_path / "a.wav") as writer:
        for index, frame in enumerate(moving(FRAMES)):
            writer.write(frame, Fraction(index, 25))
    name, start, _ = heard(tmp_path / "b.mp4")
    assert name == "aac"
    assert abs(start - 1) < 0.003
    with av.open(str(tmp_path / "b.mp4")) as container:
        assert next(container.decode(audio=0)).time < 0.03


@pytest.mark.parametrize("kind", [".gif", ".png"])
def test_kinds_without_sound(tmp_path, moving, film, kind):
    path = film(tmp_path / "a.mp4", moving(5), sound=("aac", 44100, 0, 0.2))
    animate(path, tmp_path / f"b{kind}")


def test_a_silent_driver(tmp_path, moving, film):
    path = film(tmp_path / "a.mp4", moving(5))
    assert heard(animate(path, tmp_path / "b.mp4")) is None


def test_the_same_bytes_each_time(tmp_path, moving, film):
    path = film(tmp_path / "a.mp4", moving(FRAMES), sound=("aac", 44100, 0, 1.6))
    for kind in (".mp4", ".webm", ".mkv"):
        one, two = (animate(path, tmp_path / f"{name}{kind}") for name in "bc")
        assert one.read_bytes() == two.read_bytes()


def test_sound_that_cannot_be_read(tmp_path, moving, film):
    """The packets of the sound track are noise: no frame of it can be decoded, none is copied."""
    (tmp_path / "text.mp3").write_text("not sound\n" * 500)
    (tmp_path / "a.mkv").write_bytes(b"\x1a\x45\xdf\xa3" + bytes(99))
    for name in ("text.mp3", "a.mkv", "missing.mp4"):
        for kind in (".mp4", ".webm"):
            with (
                pytest.warns(UserWarning, match=rf"{name}: its sound cannot be read .* without it"),
                open_writer(tmp_path / f"b{kind}", fps=25, sound=tmp_path / name) as writer,
            ):
                for index, frame in enumerate(moving(3)):
                    writer.write(frame, Fraction(index, 25))
            assert len(list(Driver(tmp_path / f"b{kind}"))) == 3
            assert heard(tmp_path / f"b{kind}") is None


def test_sound_that_cannot_be_decoded(tmp_path, moving, film):
    """The packets are there, but zeros."""
    path = film(tmp_path / "a.mkv", moving(FRAMES), sound=("flac", 44100, 0, 1.6))
    data = bytearray(path.read_bytes())
    with av.open(str(path)) as container:
        for packet in container.demux(audio=0):
            if packet.size:
                at = data.index(bytes(packet))
                data[at : at + packet.size] = bytes(packet.size)
    path.write_bytes(data)
    for kind in (".mp4", ".webm"):
        with pytest.warns(UserWarning, match=r"a\.mkv: its sound cannot be read"):
            result = animate(path, tmp_path / f"b{kind}")
        assert heard(result) is None
        assert len(list(Driver(result))) == FRAMES


def test_sound_that_is_cut_short(tmp_path, moving, film):
    path = film(tmp_path / "a.mp4", moving(FRAMES), sound=("aac", 44100, 0, 1.6))
    whole = Path(path).read_bytes()
    driver = tmp_path / "driver.mp4"
    for kind in (".mp4", ".webm"):
        driver.write_bytes(whole[: len(whole) * 2 // 3])
        driver_frames = len(list(Driver(driver)))
        result = animate(driver, tmp_path / f"b{kind}")
        assert len(list(Driver(result))) == driver_frames
        assert 0.4 < heard(result)[2] < driver_frames / 25 + 0.05
