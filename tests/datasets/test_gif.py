"""GIFs: whole or cut short, pictures laid over each other, on white."""

import io

import numpy as np
import pytest
from PIL import Image

from datasets.gif import gif_cut_short
from datasets.video import VideoError, probe, read_video

COLOURS = [255, 0, 255, 255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30]


def drawn():
    """Six pictures of palette indices (30, 40), 0 being the transparent one."""
    pictures = []
    for k in range(6):
        pixels = np.zeros((30, 40), np.uint8)
        pixels[5:15, 5 * k : 5 * k + 12] = 1 + k % 4
        pixels[20:25, 10:30] = (k + 1) % 4 + 1
        pictures.append(pixels)
    return pictures


def gif(disposal, *, transparent=True):
    pictures = []
    for pixels in drawn():
        picture = Image.fromarray(pixels).convert("P")
        picture.putpalette(COLOURS + [0] * (768 - len(COLOURS)))
        pictures.append(picture)
    options = {"transparency": 0} if transparent else {}
    out = io.BytesIO()
    pictures[0].save(
        out, format="GIF", save_all=True, append_images=pictures[1:], loop=0, optimize=False,
        duration=[30, 70, 100, 20, 500, 0], disposal=disposal, **options,
    )  # fmt: skip
    return out.getvalue()


@pytest.mark.parametrize("disposal", [2, 3])
def test_every_picture_counts_once_and_is_laid_on_white(tmp_path, disposal):
    """Disposals that clear: each picture shows what was drawn; delays differ and count nothing."""
    path = tmp_path / "a.gif"
    path.write_bytes(gif(disposal))
    colours = np.array(COLOURS).reshape(-1, 3)
    colours[0] = 255
    assert np.array_equal(read_video(path), np.stack([colours[pixels] for pixels in drawn()]))
    assert probe(path).frames == 6


def test_pictures_are_laid_over_those_before(tmp_path):
    """Disposal 1 keeps: what was drawn once stays where the next picture is transparent."""
    path = tmp_path / "a.gif"
    path.write_bytes(gif(1))
    frames = read_video(path)
    with Image.open(path) as picture:
        for index, frame in enumerate(frames):
            picture.seek(index)
            layer = picture.convert("RGBA")
            page = Image.new("RGBA", layer.size, "white")
            page.alpha_composite(layer)
            assert np.array_equal(frame, np.asarray(page.convert("RGB")))


def test_cut_short(tmp_path):
    whole = gif(2)
    assert gif_cut_short(whole) == "" and gif_cut_short(whole + b"more") == ""
    assert gif_cut_short(whole[:-1]) == ""  # only the trailer is missing
    path = tmp_path / "a.gif"
    for length in (5, 20, len(whole) // 2, len(whole) - 2):
        path.write_bytes(whole[:length])
        with pytest.raises(
            VideoError, match=f"a.gif: the file ends after {length} bytes"
        ) as caught:
            read_video(path)
        assert caught.value.kind == "truncated"


def test_a_real_one(shared):
    path = shared / "data/clips/mgif-teaser.gif"
    assert gif_cut_short(path.read_bytes()) == ""
    assert read_video(path).shape == (10, 512, 2304, 3)
