"""Predictions as npz: what is read, and what is refused with the name of clip and frame."""

import zipfile

import numpy as np
import pytest

from datasets.clips import ClipError
from metrics.array_files import array_shape, read_array
from metrics.predictions import take_inventory
from metrics.wanted import wanted_clips

RNG = np.random.Generator(np.random.PCG64(3))
FRAMES = RNG.integers(0, 256, (4, 9, 7, 3), dtype=np.uint8)  # odd sizes


def saved(path, **arrays):
    np.savez_compressed(path, **arrays)
    return path


@pytest.mark.parametrize("name", ["frames", "anything"])
def test_bytes_are_read_as_they_are(tmp_path, name):
    path = saved(tmp_path / "a.npz", **{name: FRAMES})
    assert array_shape(path) == FRAMES.shape
    np.testing.assert_array_equal(read_array(path), FRAMES)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floats_are_rounded_to_nearest(tmp_path, dtype):
    path = saved(tmp_path / "a.npz", frames=(FRAMES / 255).astype(dtype), other=FRAMES[0])
    np.testing.assert_array_equal(read_array(path), FRAMES)
    half = np.array([0.4, 0.6, 1.4]).reshape(1, 1, 1, 3) / 255
    np.testing.assert_array_equal(
        read_array(saved(tmp_path / "b.npz", frames=half)).ravel(), [0, 1, 1]
    )


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -0.01, 1.01])
def test_what_is_no_colour_is_named_by_frame(tmp_path, value):
    frames = FRAMES / np.float32(255)
    frames[2, 1, 1, 0] = value
    with pytest.raises(ClipError, match=r"a\.npz: frame 2 has values that are NaN or outside"):
        read_array(saved(tmp_path / "a.npz", frames=frames))


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((4, 9, 7, 4), np.uint8), "frames has an alpha channel; write uint8"),
        (np.zeros((4, 9, 7), np.uint8), r"frames is \(4, 9, 7\)"),
        (np.zeros((0, 9, 7, 3), np.uint8), r"frames is \(0, 9, 7, 3\)"),
        (np.zeros((4, 9, 7, 3), np.int64), "frames is int64"),
        (np.zeros((4, 9, 7, 3), bool), "frames is bool"),
        (np.array([[None]]), "frames is|cannot be read"),
    ],
)
def test_what_are_no_frames(tmp_path, array, message):
    path = saved(tmp_path / "a.npz", frames=array)
    for read in (array_shape, read_array):
        with pytest.raises(ClipError, match=message):
            read(path)


def test_several_arrays_none_called_frames(tmp_path):
    path = saved(tmp_path / "a.npz", one=FRAMES, other=FRAMES)
    with pytest.raises(ClipError, match="has the arrays one, other"):
        read_array(path)


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut"])
def test_no_archive(tmp_path, content):
    path = tmp_path / "a.npz"
    path.write_bytes(content)
    with pytest.raises(ClipError, match=r"a\.npz: cannot be read as npz"):
        read_array(path)


@pytest.mark.parametrize("member", ["readme.txt", "frames"])
def test_an_archive_without_arrays(tmp_path, member):
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, b"text")
    for read in (array_shape, read_array):
        with pytest.raises(ClipError, match=r"a\.npz: has the arrays none"):
            read(path)


def test_the_inventory_takes_them_and_leaves_motion_beside(world, tmp_path):
    wanted, _ = wanted_clips(world[0])
    folder = tmp_path / "mine"
    folder.mkdir()
    for clip_id, frames in world[1].items():
        saved(folder / f"{clip_id}.npz", frames=frames)
        flow = np.zeros((*frames.shape[:3], 2), np.float16)
        saved(folder / f"{clip_id}.motion.npz", flow=flow)
    for deep in (False, True):
        inventory = take_inventory(folder, wanted, deep=deep)
        assert not inventory.problems
        assert all(path.name == f"{clip}.npz" for clip, path in inventory.found.items())


def test_the_inventory_names_what_is_wrong(world, tmp_path):
    wanted, _ = wanted_clips(world[0])
    folder = tmp_path / "mine"
    folder.mkdir()
    first, second, third, *rest = sorted(world[1])
    clips = dict(world[1])
    saved(folder / f"{first}.npz", frames=clips[first][:-1])
    saved(folder / f"{second}.npz", frames=clips[second][:, :-1])
    bad = clips[third] / 255
    bad[1] = np.nan
    saved(folder / f"{third}.npz", frames=bad)
    for name in rest:
        saved(folder / f"{name}.npz", frames=clips[name])
    found = {p.clip_id: p for p in take_inventory(folder, wanted, deep=True).problems}
    kinds = {name: problem.kind for name, problem in found.items()}
    assert kinds == {first: "wrong length", second: "wrong size", third: "unreadable"}
    assert "frame 1" in found[third].message
