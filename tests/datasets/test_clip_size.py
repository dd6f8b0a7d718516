"""How large clip files are, against PNG, on frames that look like those that are kept in them."""

from io import BytesIO

import pytest
from PIL import Image

import datasets
from datasets.clips import write_clip


def png_size(frame, level=6):
    file = BytesIO()
    Image.fromarray(frame).save(file, "png", compress_level=level)
    return len(file.getvalue())


@pytest.mark.parametrize("level", [6, 9])
@pytest.mark.parametrize("name", ["taichi-driving1.mp4", "vox-driving1.mp4"])
def test_real_clips_take_three_fifths_of_png_at_most(shared, tmp_path, name, level):
    frames = datasets.open_clip(shared / "data/clips" / name).frames(range(0, 160, 20))
    write_clip(tmp_path / "a.mkv", frames)
    size = (tmp_path / "a.mkv").stat().st_size
    assert 0.2 < size / sum(png_size(frame, level) for frame in frames) <= 0.6
