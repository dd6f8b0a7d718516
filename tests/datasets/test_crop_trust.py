"""Hundreds of gigabytes are not hashed at each start; --verify does it."""

import os

import pytest

from datasets import crop_folder as module
from datasets.crop import crop_folder, main
from datasets.crop_config import CropConfig, RunConfig
from datasets.files import sha256

SMALL = CropConfig(size=16)


@pytest.fixture
def source(make_source, row, moving):
    rows = [row("one", 0, 9), row("one", 4, 12), row("two", 0, 5, partition="test")]
    return make_source(rows, {"one": moving(12), "two": moving(5, seed=1)})


def spoil(path):
    """Change a byte and leave size and time of change."""
    stat = path.stat()
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


@pytest.mark.parametrize("jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_large_data_are_hashed_once(source, tmp_path, monkeypatch, hashed, tree, jobs):
    monkeypatch.setattr(module, "SMALL", 0)
    out, run = tmp_path / "out", RunConfig(jobs=jobs)
    crop_folder(source, out, config=SMALL, run=run)
    before, count = tree(out), len(hashed)
    crop_folder(source, out, config=SMALL, run=run)
    assert len(hashed) == count and tree(out) == before
    clip = out / "test/two#000000#000005.mkv"
    os.utime(clip, ns=(1, 1))
    os.utime(source / "one.mp4", ns=(1, 1))
    crop_folder(source, out, config=SMALL)
    assert sorted(hashed[count:]) == ["one.mp4", clip.name]  # read, and found to be the same
    assert clip.stat().st_mtime_ns == 1


def test_verify_finds_what_size_and_time_do_not_tell(source, tmp_path, monkeypatch, tree):
    monkeypatch.setattr(module, "SMALL", 0)
    out = tmp_path / "out"
    crop_folder(source, out, config=SMALL)
    clip = out / "train/one#000000#000009.mkv"
    whole = clip.read_bytes()
    spoil(clip)
    crop_folder(source, out, config=SMALL)
    assert clip.read_bytes() != whole
    arguments = ["--source", str(source), "--out", str(out), "--size", "16"]
    assert main([*arguments, "--verify"]) == 0
    assert clip.read_bytes() == whole
    spoil(source / "two.mp4")
    digest = sha256(source / "two.mp4")
    assert digest not in (out / ".digests.csv").read_text()
    assert main([*arguments, "--verify"]) == 0
    assert digest in (out / ".digests.csv").read_text()
    before = tree(out)
    assert main(arguments) == 0 and tree(out) == before


def test_small_data_are_always_hashed(source, tmp_path, tree):
    out = tmp_path / "out"
    crop_folder(source, out, config=SMALL)
    before = tree(out)
    assert not (out / ".digests.csv").exists()
    spoil(out / "train/one#000000#000009.mkv")
    crop_folder(source, out, config=SMALL)
    assert tree(out) == before


def test_digests_of_what_is_gone_are_forgotten(source, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "SMALL", 0)
    out = tmp_path / "out"
    crop_folder(source, out, config=SMALL)
    assert "test/two#000000#000005.mkv" in (out / ".digests.csv").read_text()
    (source / "two.mp4").unlink()
    crop_folder(source, out, config=SMALL)
    text = (out / ".digests.csv").read_text()
    assert "two" not in text and "one.mp4" in text
