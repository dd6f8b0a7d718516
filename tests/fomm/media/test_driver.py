"""Drivers of every kind: frames, times, sizes, orientation, transparency."""

import struct
from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
import pytest
from PIL import Image, features

from fomm.media.read import Driver, read_picture


def seconds(driver):
    return [time for _, time in driver]


@pytest.mark.parametrize(
    ("name", "codec", "pixels"),
    [
        ("a.mp4", "libx264rgb", "rgb24"),
        ("a.mkv", "ffv1", "bgr0"),
        ("a.mov", "png", "rgb24"),
        ("a.avi", "ffv1", "bgr0"),
        ("a.png", "apng", "rgb24"),
    ],
)
def test_lossless_videos_come_back(tmp_path, moving, film, name, codec, pixels):
    kind = "apng" if codec == "apng" else None
    options = {"qp": "0"} if codec == "libx264rgb" else {}
    film(tmp_path / name, moving(7), codec=codec, pixels=pixels, container=kind, options=options)
    with Driver(tmp_path / name) as driver:
        assert driver.size == (48, 64)
        assert driver.fps == 25
        assert driver.frames in (0, 7)
        assert not driver.has_sound
        got = list(driver)
    assert driver.broken == 0
    assert all(np.array_equal(a, b) for (a, _), b in zip(got, moving(7), strict=True))
    assert [time for _, time in got] == [Fraction(index, 25) for index in range(7)]
    assert all(picture.flags.c_contiguous and picture.flags.writeable for picture, _ in got)


@pytest.mark.parametrize(
    ("name", "codec"), [("a.webm", "libvpx-vp9"), ("a.avi", "mpeg4"), ("a.ts", "libx264")]
)
def test_lossy_videos(tmp_path, moving, film, name, codec):
    options = {"deadline": "realtime", "cpu-used": "8"} if "vpx" in codec else None
    film(tmp_path / name, moving(12), codec=codec, options=options)
    driver = Driver(str(tmp_path / name))
    assert seconds(driver) == [Fraction(index, 25) for index in range(12)]
    assert driver.broken == 0


def test_several_iterations_at_once(tmp_path, moving, film):
    driver = Driver(film(tmp_path / "a.mkv", moving(5), codec="ffv1", pixels="bgr0"))
    for (one, _), (two, _) in zip(driver, driver, strict=True):
        assert np.array_equal(one, two)
    first, _ = next(iter(driver))
    assert np.array_equal(first, moving(1)[0])
    assert len(list(driver)) == 5


def test_one_frame_and_odd_sizes(tmp_path, moving, film):
    for height, width in ((37, 51), (1, 1), (2, 301)):
        frames = [np.full((height, width, 3), 90, np.uint8)]
        driver = Driver(film(tmp_path / "a.mkv", frames, codec="ffv1", pixels="bgr0"))
        assert driver.size == (height, width)
        ((picture, time),) = driver
        assert time == 0 and np.array_equal(picture, frames[0])


@pytest.mark.parametrize("pixels", ["gray", "gray16le", "yuv444p", "bgra", "rgb48le"])
def test_pixel_formats(tmp_path, film, unlike, pixels):
    ramp = np.repeat(np.arange(0, 256, 4, dtype=np.uint8)[None, :, None], 16, 0).repeat(3, 2)
    film(tmp_path / "a.mkv", [ramp], codec="ffv1", pixels=pixels, options={"slices": "1"})
    ((picture, _),) = Driver(tmp_path / "a.mkv")
    assert picture.shape == (16, 64, 3)
    assert unlike(picture, ramp) <= 2


def test_grey_h264(tmp_path, moving, film):
    (*_, (picture, _)) = Driver(film(tmp_path / "a.mp4", moving(3), pixels="gray"))
    assert picture.shape == (48, 64, 3)
    assert np.ptp(picture.astype(int), axis=2).max() <= 1
    assert picture.std() > 20


@pytest.mark.parametrize("flip", [(False, False), (True, False), (False, True)])
@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_turned_by_metadata(tmp_path, corners, film, unlike, degrees, flip):
    """The file says: turn anticlockwise by so much, then flip."""
    path = film(tmp_path / "a.mp4", [corners()] * 2, turn=(degrees, *flip))
    shown = np.rot90(corners(), degrees // 90)
    shown = shown[:, ::-1] if flip[0] else shown
    shown = shown[::-1] if flip[1] else shown
    driver = Driver(path)
    assert driver.size == shown.shape[:2]
    for picture, _ in driver:
        assert picture.shape == shown.shape
        assert np.abs(picture.astype(int) - shown).mean() < 4


def test_a_telephone_held_upright(tmp_path, corners, film):
    """The track header of such videos, byte by byte: shown turned clockwise by a quarter."""
    path = film(tmp_path / "a.mp4", [corners()] * 2)
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 44
    data[at : at + 36] = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 48 << 16, 0, 1 << 30)
    path.write_bytes(data)
    driver = Driver(path)
    assert driver.size == (64, 48)
    picture, _ = next(iter(driver))
    assert picture[2, -3, 0] > 200 and picture[2, -3, 1] < 60  # red went to the top right
    assert picture[-3, -3, 1] > 200 and picture[-3, -3, 0] < 60  # green below it


def see_through(corners):
    alpha = np.full((48, 64, 1), 255, np.uint8)
    alpha[:, 32:] = 0
    return np.dstack([corners, alpha])


def test_alpha_of_webm(tmp_path, corners, film):
    options = {"deadline": "realtime", "cpu-used": "8", "crf": "4", "b": "0"}
    film(
        tmp_path / "a.webm",
        [see_through(corners())] * 3,
        codec="libvpx-vp9",
        pixels="yuva420p",
        form="rgba",
        options=options,
    )
    got = list(Driver(tmp_path / "a.webm"))
    assert len(got) == 3
    for picture, _ in got:
        assert (picture[:, 36:] > 250).all()
        assert np.abs(picture[24:, :28].astype(int) - 128).max() < 8


@pytest.mark.parametrize("name", ["a.png", "a.gif", "a.webp"])
def test_animated_pictures_with_transparency(tmp_path, corners, name):
    images = [Image.fromarray(see_through(np.roll(corners(), 4 * i, 0))) for i in range(3)]
    images[0].save(
        tmp_path / name,
        save_all=True,
        append_images=images[1:],
        duration=[40, 80, 100],
        **{"a.webp": {"lossless": True}, "a.gif": {"disposal": 2}}.get(name, {}),
    )
    driver = Driver(tmp_path / name)
    got = list(driver)
    assert [time for _, time in got] == [0, Fraction(40, 1000), Fraction(120, 1000)]
    for index, (picture, _) in enumerate(got):
        assert (picture[:, 32:] == 255).all()
        assert np.array_equal(picture[:, :32], np.roll(corners(), 4 * index, 0)[:, :32])


@pytest.mark.parametrize("name", ["a.mp4", "a.webm", "a.mkv"])
def test_uneven_times_are_kept(tmp_path, moving, film, name):
    times = [0.0, 0.033, 0.1, 0.17, 0.5, 0.501, 2.0]
    codec = "libvpx-vp9" if name == "a.webm" else "libx264"
    driver = Driver(film(tmp_path / name, moving(7), codec=codec, times=times))
    assert seconds(driver) == [Fraction(round(1000 * time), 1000) for time in times]
    assert driver.broken == 0


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
def test_a_clock_that_starts_late(tmp_path, moving, film, name):
    times = [10 + index / 25 for index in range(12)]
    driver = Driver(film(tmp_path / name, moving(12), times=times))
    assert seconds(driver) == [Fraction(index, 25) for index in range(12)]
    assert driver.broken == 0


def test_without_time_stamps(tmp_path, moving, film):
    """A bare H.264 stream has none, or none that increase."""
    driver = Driver(film(tmp_path / "a.h264", moving(12), container="h264"))
    times = seconds(driver)
    assert len(times) == 12 and times[0] == 0
    assert all(late > early for early, late in pairwise(times))
    assert {late - early for early, late in pairwise(times)} == {1 / driver.fps}


def test_edit_list_that_skips_the_start(tmp_path, moving, film):
    """Cut as phones do, without encoding again: frames before the cut are there but not shown."""
    path = film(tmp_path / "a.mp4", moving(12), options={"bf": "0", "g": "12", "qp": "0"})
    data = bytearray(path.read_bytes())
    at = data.index(b"elst") + 12  # duration, media time
    scale = int.from_bytes(data[data.index(b"mdhd") + 16 :][:4], "big")
    data[at : at + 8] = struct.pack(">Ii", 8 * 40, 4 * scale // 25)
    path.write_bytes(data)
    driver = Driver(path)
    got = list(driver)
    assert [time for _, time in got] == [Fraction(index, 25) for index in range(8)]
    assert np.abs(got[0][0].astype(int) - moving(5)[4]).mean() < 4
    assert driver.broken == 0


def test_a_size_that_changes_on_the_way(tmp_path, moving, film):
    small = film(tmp_path / "a.h264", moving(4), container="h264")
    large = film(tmp_path / "b.h264", moving(4, 96, 128), container="h264")
    (tmp_path / "c.h264").write_bytes(small.read_bytes() + large.read_bytes())
    got = list(Driver(tmp_path / "c.h264"))
    assert len(got) == 8
    assert {picture.shape for picture, _ in got} == {(48, 64, 3)}


def test_sound_is_noticed(tmp_path, moving, film):
    film(tmp_path / "a.mp4", moving(10), sound=("aac", 44100, 0, 0.4))
    assert Driver(tmp_path / "a.mp4").has_sound


def test_a_picture_is_a_driver_of_one_frame(tmp_path, corners):
    for name in ("a.png", "a.jpg", "a.webp", "a.bmp"):
        Image.fromarray(corners()).save(tmp_path / name)
        driver = Driver(tmp_path / name)
        assert (driver.size, driver.frames, driver.fps) == ((48, 64), 1, 25)
        ((picture, time),) = driver
        assert time == 0 and np.array_equal(picture, read_picture(tmp_path / name))


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow has no AVIF")
def test_an_avif_picture_keeps_its_transparency(tmp_path, corners):
    """To av it is a video, without its alpha."""
    Image.fromarray(see_through(corners())).save(tmp_path / "a.avif", quality=100)
    ((picture, _),) = Driver(tmp_path / "a.avif")
    assert (picture[:, 36:] > 250).all()


def test_a_folder_in_natural_order(tmp_path, moving):
    frames = moving(12)
    for index, frame in enumerate(frames):
        Image.fromarray(frame).save(tmp_path / f"frame{index}.png")
    (tmp_path / "notes.txt").write_text("not a frame")
    (tmp_path / ".frame0.png").write_text("hidden")
    driver = Driver(tmp_path)
    assert (driver.size, driver.frames, driver.fps) == ((48, 64), 12, 25)
    for index, (picture, time) in enumerate(driver):
        assert time == Fraction(index, 25)
        assert np.array_equal(picture, frames[index])


def test_pixels_are_those_of_av(tmp_path, moving, film):
    path = film(tmp_path / "a.mp4", moving(5), options={"crf": "20"})
    with av.open(str(path)) as container:
        theirs = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert all(np.array_equal(a, b) for (a, _), b in zip(Driver(path), theirs, strict=True))
