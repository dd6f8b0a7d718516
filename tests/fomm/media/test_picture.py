"""Still pictures of all kinds come as upright RGB on white, or with a clear error."""

from contextlib import suppress

import numpy as np
import pytest
from PIL import Image

from fomm.media.errors import MediaError
from fomm.media.picture import on_white
from fomm.media.read import read_picture


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.webp", "a.tif", "a.gif", "a.ppm"])
def test_lossless_kinds_come_back(tmp_path, corners, name):
    Image.fromarray(corners()).save(tmp_path / name, lossless=True)
    picture = read_picture(tmp_path / name)
    assert picture.dtype == np.uint8
    assert picture.flags.c_contiguous and picture.flags.writeable
    assert np.array_equal(picture, corners())


def test_jpeg_and_a_path_as_text(tmp_path, corners, unlike):
    Image.fromarray(corners()).save(tmp_path / "a.jpg", quality=98, subsampling=0)
    assert unlike(read_picture(str(tmp_path / "a.jpg")), corners()) < 16


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation(tmp_path, corners, orientation):
    """The stored pixels are turned so that each file shows the same picture."""
    upright = Image.fromarray(corners())
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Image.Transpose that the camera applied
    stored = upright if orientation == 1 else upright.transpose(undo[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "a.png", exif=exif)
    assert np.array_equal(read_picture(tmp_path / "a.png"), corners())


@pytest.mark.parametrize("mode", ["L", "1", "LA", "P", "PA", "CMYK", "I;16", "I"])
def test_modes_become_rgb(tmp_path, mode):
    grey = np.repeat(np.arange(0, 256, 4, dtype=np.uint8)[None], 8, 0)
    if mode.startswith("I"):
        image = Image.fromarray(
            (grey.astype(np.uint32) * 257).astype("u2" if ";" in mode else "i4")
        )
    else:
        image = Image.fromarray(grey).convert(mode)
    image.save(tmp_path / "a.tif")
    picture = read_picture(tmp_path / "a.tif")
    assert picture.shape == (8, 64, 3)
    if mode != "1":
        assert np.abs(picture.astype(int) - grey[..., None]).max() <= 1


def test_alpha_is_laid_on_white(tmp_path):
    pixels = np.array([[[255, 0, 0, 255], [255, 0, 0, 0], [0, 0, 0, 128]]], np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    picture = read_picture(tmp_path / "a.png")
    assert picture.tolist() == [[[255, 0, 0], [255, 255, 255], [127, 127, 127]]]


def test_on_white_is_exact():
    values = np.arange(256)
    rgba = np.stack(np.broadcast_arrays(*[values[:, None]] * 3, values[None]), 2).astype(np.uint8)
    exact = (values[:, None] * values[None] + 255 * (255 - values[None])) / 255
    assert np.array_equal(on_white(rgba)[..., 0], np.floor(exact + 0.5))


def test_transparent_palette_colour(tmp_path):
    image = Image.fromarray(np.array([[0, 1]], np.uint8)).convert("P")
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.save(tmp_path / "a.gif", transparency=0)
    assert read_picture(tmp_path / "a.gif").tolist() == [[[255] * 3, [40, 50, 60]]]


def test_first_frame_of_an_animation(tmp_path, moving):
    images = [Image.fromarray(frame) for frame in moving(3)]
    images[0].save(tmp_path / "a.webp", save_all=True, append_images=images[1:], lossless=True)
    assert np.array_equal(read_picture(tmp_path / "a.webp"), moving(1)[0])


def test_bad_files(tmp_path, corners):
    Image.fromarray(corners()).save(tmp_path / "whole.png")
    data = (tmp_path / "whole.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(data[: len(data) // 2])
    (tmp_path / "text.png").write_text("not a picture\n" * 50)
    (tmp_path / "empty.png").touch()
    (tmp_path / "folder.png").mkdir()
    for name in ("cut", "text", "empty", "folder", "missing"):
        with pytest.raises(MediaError) as caught:
            read_picture(tmp_path / f"{name}.png")
        assert f"{name}.png" in str(caught.value)
        assert "\n" not in str(caught.value)


def test_far_too_many_pixels(tmp_path, monkeypatch, corners):
    Image.fromarray(corners()).save(tmp_path / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with pytest.raises(MediaError, match=r"a\.png.*decompression bomb"):
        read_picture(tmp_path / "a.png")


def test_damage_never_gives_another_error(tmp_path, corners):
    rng = np.random.default_rng(0)
    for kind in ("png", "jpg", "gif", "webp"):
        Image.fromarray(corners()).save(tmp_path / f"a.{kind}")
        data = (tmp_path / f"a.{kind}").read_bytes()
        for _ in range(25):
            broken = bytearray(data)
            for at in rng.integers(0, len(data), 8):
                broken[at] = rng.integers(256)
            (tmp_path / "b").write_bytes(broken)
            with suppress(MediaError):
                assert read_picture(tmp_path / "b").ndim == 3
