"""Drivers that are damaged are used as far as they go; others give a clear error."""

import wave
from fractions import Fraction

import av
import numpy as np
import pytest
from av.stream import Disposition
from PIL import Image

from fomm.media.errors import MediaError
from fomm.media.read import Driver


def refuse(path):
    with pytest.raises(MediaError) as caught:
        Driver(path)
    text = str(caught.value)
    assert path.name in text and "\n" not in text
    return text


def test_no_video_at_all(tmp_path):
    assert "no such" in refuse(tmp_path / "missing.mp4")
    (tmp_path / "empty.mp4").touch()
    assert "empty" in refuse(tmp_path / "empty.mp4")
    for name in ("page.mp4", "a.txt", "a.webm", "a.gif", "a.png"):
        (tmp_path / name).write_text("<html>404 not found</html>\n" * 99)
        assert "give an mp4" in refuse(tmp_path / name)
    (tmp_path / "noise.mp4").write_bytes(np.random.default_rng(0).bytes(10_000))
    refuse(tmp_path / "noise.mp4")


def test_playlists_lead_nowhere(tmp_path, moving, film):
    """av would follow them to other files, or to the network."""
    film(tmp_path / "a.ts", moving(5))
    (tmp_path / "a.m3u8").write_text("#EXTM3U\n#EXTINF:1,\na.ts\n#EXT-X-ENDLIST\n")
    (tmp_path / "a.ffconcat").write_text("ffconcat version 1.0\nfile a.ts\n")
    for name in ("a.m3u8", "a.ffconcat"):
        refuse(tmp_path / name)


def test_sound_alone(tmp_path):
    with wave.open(str(tmp_path / "a.wav"), "wb") as out:
        out.setparams((1, 2, 8000, 0, "NONE", ""))
        out.writeframes(bytes(16000))
    assert "only sound" in refuse(tmp_path / "a.wav")
    with av.open(str(tmp_path / "a.mp4"), "w") as out:
        stream = out.add_stream("aac", rate=44100, layout="mono")
        for _ in range(20):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
            frame.sample_rate = 44100
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    assert "only sound" in refuse(tmp_path / "a.mp4")


@pytest.mark.parametrize("name", ["a.mp4", "a.mp3"])
def test_a_cover_is_not_the_video(tmp_path, corners, moving, name):
    with av.open(str(tmp_path / name), "w") as out:
        cover = out.add_stream("png", rate=25)
        cover.height, cover.width, cover.pix_fmt = 48, 64, "rgb24"
        cover.disposition = Disposition.attached_pic
        voice = out.add_stream("aac" if name == "a.mp4" else "libmp3lame", rate=44100)
        sound = av.AudioFrame.from_ndarray(np.zeros((2, 1152), np.float32), "fltp", "stereo")
        sound.sample_rate = 44100
        video = out.add_stream("libx264", rate=25) if name == "a.mp4" else None
        if video is not None:
            video.height, video.width, video.pix_fmt = 32, 32, "yuv420p"
        out.mux(cover.encode(av.VideoFrame.from_ndarray(corners())) + cover.encode())
        out.mux(voice.encode(sound) + voice.encode())
        for frame in moving(3, 32, 32) if video is not None else []:
            out.mux(video.encode(av.VideoFrame.from_ndarray(frame)))
        out.mux([] if video is None else video.encode())
    if video is None:
        assert "only a cover" in refuse(tmp_path / name)
    else:
        driver = Driver(tmp_path / name)
        assert driver.size == (32, 32) and len(list(driver)) == 3


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.avi", "a.webm"])
def test_no_frames(tmp_path, name):
    """A header that promises video, and nothing behind it."""
    with av.open(str(tmp_path / name), "w") as out:
        stream = out.add_stream("libvpx-vp9" if name == "a.webm" else "libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        out.start_encoding()
    refuse(tmp_path / name)


def grainy(frames):
    """With noise, so that every frame has its share of the bytes."""
    rng = np.random.default_rng(0)
    return [frame // 2 + rng.integers(0, 128, frame.shape, dtype=np.uint8) for frame in frames]


CODECS = {"a.webm": "libvpx-vp9", "a.avi": "mpeg4"}
OPTIONS = {
    "libx264": {"g": "10", "crf": "20", "bf": "0"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
    "mpeg4": {"g": "10", "qmin": "4", "qmax": "4"},
}


@pytest.mark.parametrize("share", [0.4, 0.6, 0.9])
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.webm", "a.avi"])
def test_cut_short(tmp_path, moving, film, name, share):
    codec = CODECS.get(name, "libx264")
    path = film(tmp_path / name, grainy(moving(40)), codec=codec, options=OPTIONS[codec])
    whole = Driver(path)
    assert (len(list(whole)), whole.broken) == (40, 0)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    driver = Driver(path)
    got = list(driver)
    assert 10 < len(got) < 40
    assert driver.broken > 0
    if name != "a.avi":  # whose index, and with it the promise, was at the end
        assert len(got) + driver.broken == 40
    assert [time for _, time in got] == [Fraction(index, 25) for index in range(len(got))]
    broken = driver.broken
    assert len(list(driver)) == len(got) and driver.broken == broken  # counted anew


def test_the_index_was_at_the_end_and_is_lost(tmp_path, moving, film):
    path = film(tmp_path / "a.mp4", moving(20), late=True)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    refuse(path)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
def test_damage_in_the_middle(tmp_path, moving, film, name):
    """Frames after the damage keep their times."""
    path = film(tmp_path / name, grainy(moving(60)), options=OPTIONS["libx264"])
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 2000] = np.random.default_rng(0).bytes(2000)
    path.write_bytes(data)
    driver = Driver(path)
    times = [time for _, time in driver]
    assert 50 <= len(times) < 60
    assert driver.broken > 0 or name == "a.mkv"  # which passes over damage in silence
    assert times[-1] == Fraction(59, 25)


def test_damage_never_gives_another_error(tmp_path, moving, film):
    rng = np.random.default_rng(0)
    for name in ("a.mp4", "a.mkv", "a.avi"):
        data = film(tmp_path / name, moving(6)).read_bytes()
        for _ in range(15):
            broken = bytearray(data)
            for at in rng.integers(0, len(data), 12):
                broken[at] = rng.integers(256)
            (tmp_path / "b").write_bytes(broken)
            try:
                for picture, time in Driver(tmp_path / "b"):
                    assert picture.shape[2] == 3 and time >= 0
            except MediaError:
                pass


def test_folders(tmp_path, corners):
    assert "no pictures" in refuse(tmp_path)
    (tmp_path / "0.png").write_text("text")
    assert "none of the 1" in refuse(tmp_path)
    Image.fromarray(corners()).save(tmp_path / "1.png")
    Image.fromarray(corners()).save(tmp_path / "3.png")
    (tmp_path / "2.png").write_text("text")
    driver = Driver(tmp_path)
    assert [time for _, time in driver] == [0, Fraction(2, 25)]
    assert driver.broken == 2
    Image.fromarray(corners(20, 20)).save(tmp_path / "4.png")
    with pytest.raises(MediaError, match=r"4\.png: 20x20, but the first picture is 64x48"):
        list(Driver(tmp_path))


def test_a_damaged_picture_is_called_so(tmp_path, corners):
    Image.fromarray(corners()).save(tmp_path / "a.png")
    data = (tmp_path / "a.png").read_bytes()
    (tmp_path / "a.png").write_bytes(data[: len(data) // 2])
    assert "damaged" in refuse(tmp_path / "a.png")
