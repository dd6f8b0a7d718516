"""The list of a gallery is read strictly: whatever a page is given is there and is what it says."""

import hashlib
import json

import pytest

from datasets.registry import UsageError
from leaderboards.gallery import read_gallery, read_strips

DATA = b"not a picture, but bytes with a digest"


def tile(**changes):
    sha256 = hashlib.sha256(DATA).hexdigest()
    made = {"kind": "driving", "method": None, "file": "a.webp", "frames": 3, "sha256": sha256}
    return made | {"reason": None} | changes


@pytest.fixture
def write(tmp_path):
    def made(*tiles, **changes):
        scene = {"id": "a", "task": "reconstruction", "frames": 3, "fps": 30.0, "source": "a"}
        scene |= {"driving": "a", "tiles": list(tiles or [tile()])} | changes
        content = {"dataset": "mgif", "profile": "mini", "size": 8, "clips": {"test": {"ok": 1}}}
        path = tmp_path / "gallery.json"
        path.write_text(json.dumps(content | {"scenes": [scene]}))
        (tmp_path / "a.webp").write_bytes(DATA)
        return path

    return made


def test_a_gallery_is_read_with_its_files(write, tmp_path):
    found = read_gallery(write())
    assert found.scenes[0].tiles[0].frames == 3
    assert read_strips(tmp_path, found) == {"a.webp": DATA}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"file": "../a.webp"}, "tiles.0.file"),
        ({"file": "/etc/passwd"}, "tiles.0.file"),
        ({"kind": "portrait"}, "tiles.0.kind"),
        ({"frames": -1}, "tiles.0.frames"),
        ({"frames": "3"}, "tiles.0.frames"),
        ({"sha256": "ab"}, "tiles.0.sha256"),
        ({"file": None, "sha256": None}, "reason"),
        ({"reason": "gone"}, "reason"),
        ({"onclick": "x"}, "tiles.0.onclick"),
    ],
)
def test_what_is_no_tile_is_named(write, changes, said):
    path = write(tile(**changes))
    with pytest.raises(UsageError, match=said) as caught:
        read_gallery(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("fps", [0, float("nan"), 1e9])
def test_an_impossible_rate_is_refused(write, fps):
    with pytest.raises(UsageError, match="fps"):
        read_gallery(write(fps=fps))


def test_another_file_than_the_list_means_is_named(write, tmp_path):
    found = read_gallery(write())
    (tmp_path / "a.webp").write_bytes(b"edited")
    with pytest.raises(UsageError, match=r"a\.webp"):
        read_strips(tmp_path, found)
    (tmp_path / "a.webp").unlink()
    with pytest.raises(UsageError, match=r"a\.webp"):
        read_strips(tmp_path, found)


def test_a_missing_list_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"gallery\.json"):
        read_gallery(tmp_path / "gallery.json")
