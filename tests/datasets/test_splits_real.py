"""The command line over lists of real data: show, verify, diff, cite, freeze."""

import shutil

import pytest

from datasets import pins
from datasets.crop import crop_folder
from datasets.crop_video import CropConfig
from datasets.files import sha256
from datasets.frozen import split_files
from datasets.lists import load_list
from datasets.manifest import MANIFEST, read_manifest
from datasets.metadata import write_metadata
from datasets.splits import main
from datasets.stamp import write_clips_stamp, write_source_stamp
from tests.real_list import freeze_rows, pin_rows, small_rows

NAME = "taichi-hd@v1"
CROP = {"size": "16", "resizer": "area-antialias", "box_policy": "clip", "frames": "as-decoded"}


@pytest.fixture
def store(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    return freeze_rows(monkeypatch, tmp_path, small_rows(), lists=("v1", "v1-lite"))


@pytest.fixture
def cropped(store, make_source, moving, tmp_path):
    """The test videos of the list but one, cropped at 16 pixels, with stamps."""
    listed = load_list("taichi-hd")
    (tmp_path / "work/full/source").mkdir(parents=True)
    videos = {name: moving(16, seed=k) for k, name in enumerate(("e0", "e1"))}
    source = make_source(listed.rows, videos, folder="work/full/source/taichi-hd")
    write_source_stamp(source, id=listed.id, list_sha256=listed.sha256, format="avc1-1080")
    clips = tmp_path / "work/full/clips/taichi-hd"
    crop_folder(source, clips, config=CropConfig(size=16), splits=("test",))
    write_clips_stamp(source, clips, parameters=CROP, rows=listed.rows)
    return source, clips


def test_show_needs_the_description_alone(store, capsys):
    shutil.rmtree(store)
    assert main(["show", NAME]) == 0
    assert capsys.readouterr().out == split_files("taichi-hd", "full")[1].read_text()
    assert main(["show", "taichi-hd@v1-lite"]) == 0
    assert 'id = "taichi-hd@v1-lite"' in capsys.readouterr().out
    assert main(["show", "voxceleb@v1"]) == 2
    assert "voxceleb@v1 is not frozen: voxceleb.toml is missing" in capsys.readouterr().err


def test_verify_of_the_list_alone(store, tmp_path, monkeypatch, capsys):
    assert main(["verify", NAME]) == 0
    assert capsys.readouterr().out == "taichi-hd@v1: 46 clips, 0 errors, 0 remarks\n"
    monkeypatch.delenv("TCHD_LISTS")
    assert main(["verify", NAME]) == 2
    assert "no list with sha256" in capsys.readouterr().err
    assert main(["verify", NAME, "--lists", str(store)]) == 0
    toml = split_files("taichi-hd", "full")[1]
    toml.write_text(toml.read_text().replace("box_square = 38", "box_square = 39"))
    assert main(["verify", NAME, "--lists", str(store)]) == 1
    assert "error: taichi-hd.toml: is not the description" in capsys.readouterr().out


def test_verify_counts_the_clips_that_are_there(cropped, capsys):
    assert main(["verify", NAME]) == 0
    output = capsys.readouterr().out
    assert "46 clips, 0 errors, 2 remarks" in output
    assert "clips/taichi-hd: holds taichi-hd@v1+frames=as-decoded+size=16" in output
    assert "of 46 clips 2 missing-video, 40 not in the manifest, 4 ok" in output


def test_verify_finds_other_metadata_and_clips(cropped, store, capsys):
    source, clips = cropped
    rows = list(load_list("taichi-hd").rows)
    write_metadata(source / "metadata.csv", rows[1:])
    manifest = clips / MANIFEST
    text = manifest.read_text().replace("e0#000000#000006,test,e0,6", "e0#000000#000006,test,e0,7")
    manifest.write_text(text.replace("e1#000000#000006", "e9#000000#000006"))
    assert len(read_manifest(manifest)) == 6
    assert main(["verify", NAME]) == 1
    output = capsys.readouterr().out
    assert "metadata.csv: is not the frozen list" in output
    assert "e9#000000#000006: not in the frozen list" in output
    assert "e0#000000#000006: 7 frames in test, frozen: 6 in test" in output
    assert main(["verify", "taichi-hd@v1-lite"]) == 0
    assert "source/taichi-hd: holds taichi-hd@v1\n" in capsys.readouterr().out


def test_diff_says_what_is_only_in_one_and_what_moved(monkeypatch, tmp_path, row, capsys):
    rows = [
        row("a", 0, 5), row("a", 9, 15), row("b", 0, 5), row("x", 0, 5), row("x", 0, 5),
        row("x", 0, 5, partition="test"), row("t", 0, 5, partition="test"),
    ]  # fmt: skip
    lists = ("v1", "v1-asis", "v1-lite")
    freeze_rows(monkeypatch, tmp_path, rows, "voxceleb", lists)
    assert main(["diff", "voxceleb@v1", "voxceleb@v1"]) == 0
    assert "the same clips and parameters" in capsys.readouterr().out
    assert main(["diff", "voxceleb@v1", "voxceleb@v1-asis"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == [
        "frames: ref-fps -> as-decoded",
        "resizer: area-antialias -> skimage-0.14",
        "only in voxceleb@v1-asis, train: 1 clips: x#000000#000005",
    ]
    assert lines[3].startswith("moved val -> train: ") and len(lines) == 4
    assert main(["diff", "voxceleb@v1"]) == 2
    assert main(["diff", "voxceleb@v1", "voxceleb@v9"]) == 2
    err = capsys.readouterr().err
    assert "diff takes 2 ids, got 1" in err and "known: taichi-hd-mini@v1" in err


def test_cite_is_id_digest_counts_and_bibtex(store, capsys):
    assert main(["cite", NAME]) == 0
    output = capsys.readouterr().out
    listed = load_list("taichi-hd")
    assert output.startswith(f"taichi-hd@v1\nsha256 {listed.split.sha256}\n")
    assert f"test: 6 clips, 3 videos, sha256 {listed.split.of('test').sha256}\n" in output
    assert "@misc{taichi-hd-v1," in output and "@inproceedings{siarohin2019first," in output
    assert output.count("{") == output.count("}")


def test_a_mini_citation_does_not_read_as_one_of_the_real_data(capsys):
    assert main(["cite", "taichi-hd-mini@v1"]) == 0
    output = capsys.readouterr().out
    assert output.startswith("taichi-hd-mini@v1\nsha256 ")
    assert "@misc{taichi-hd-mini-v1," in output and "siarohin" not in output


def test_a_list_without_a_pin_is_not_cited_and_says_what_was_seen(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TCHD_LISTS", str(tmp_path))
    for part in ("train", "test"):
        (tmp_path / f"fashion_{part}.txt").write_text(f"https://vision.example/{part}.mp4\n")
    for action in ("cite", "verify"):
        assert main([action, "fashion@v1"]) == 1
        captured = capsys.readouterr()
        assert captured.out == ""
        assert "fashion_train.txt is not pinned (sha256 seen here: none)" in captured.err
    assert main(["show", "fashion@v1", "--fetch"]) == 0
    captured = capsys.readouterr()
    assert 'sha256 = "unpinned"' in captured.out and captured.err.count("seen for the first") == 2
    assert main(["cite", "fashion@v1"]) == 1
    assert f"sha256 seen here: {sha256(tmp_path / 'fashion_test.txt')}" in capsys.readouterr().err


def test_freeze_keeps_another_list_unless_told(store, monkeypatch, tmp_path, capsys):
    assert main(["freeze", NAME]) == 0
    pin_rows(monkeypatch, tmp_path, small_rows()[2:])
    assert main(["freeze", NAME]) == 2
    assert "taichi-hd.toml: is frozen with other content" in capsys.readouterr().err
    assert main(["freeze", NAME, "--force"]) == 0
    assert load_list("taichi-hd").citable and pins.PINS["taichi-hd"][0].rows == 44
    assert main(["freeze", "fashion@v1"]) == 0
    assert "fashion@v1: not pinned" in capsys.readouterr().out
