"""Frozen splits: what their digest depends on, and what verification finds."""

from dataclasses import replace

import pytest

from datasets import frozen
from datasets.crop import crop_folder
from datasets.crop_video import CropConfig
from datasets.frozen import (
    FrozenSplit,
    SplitError,
    canonical_list,
    read_split,
    split_files,
    split_sha256,
)
from datasets.metadata import write_metadata
from datasets.pair_list import pair_list_file, read_pair_list
from datasets.splits import main, pixels_sha256

PARAMS = """
profile: mini
profiles:
  mini:
    download: {seed: 0}
    crop: {size: 16}
"""


@pytest.fixture
def world(make_source, row, moving, tmp_path, monkeypatch):
    """A cropped data set in a scratch folder, and a scratch folder for frozen lists."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(frozen, "FOLDER", tmp_path / "splits")
    monkeypatch.setattr("datasets.worlds.scenes.plan", lambda dataset, seed: ())
    (tmp_path / "params.yaml").write_text(PARAMS)
    rows = [row(f"v{k}", 0, 4 + k, partition=p) for k, p in enumerate(("train", "val", "test"))]
    rows.append(row("v2", 2, 9, partition="test"))
    videos = {f"v{k}": moving(10, seed=k) for k in range(3)}
    (tmp_path / "work/mini/source").mkdir(parents=True)
    source = make_source(rows, videos, folder="work/mini/source/taichi-hd")
    clips = tmp_path / "work/mini/clips/taichi-hd"
    crop_folder(source, clips, config=CropConfig(size=16))
    return rows, source, clips


NAME = "taichi-hd-mini@v1"


def test_freeze_show_verify(world, tmp_path, capsys):
    assert main(["freeze", NAME]) == 0
    folder = tmp_path / "splits" / "v1"
    assert sorted(path.name for path in folder.iterdir()) == [
        "taichi-hd-mini.csv", "taichi-hd-mini.pairs.csv", "taichi-hd-mini.pixels.csv",
        "taichi-hd-mini.toml",
    ]  # fmt: skip
    split = read_split("taichi-hd", "mini")
    assert split.of("test").counts() == {"clips": 2, "videos": 1, "frames": 13}
    assert main(["verify", NAME]) == 0
    assert f"{NAME}: 4 clips, 0 errors, 0 remarks" in capsys.readouterr().out
    assert main(["show", NAME]) == 0
    output = capsys.readouterr().out
    assert f'id = "{NAME}"' in output and split.sha256 in output
    assert split_sha256("taichi-hd", "mini", "test") in output


def test_freezing_again_gives_the_same_bytes_and_other_content_needs_force(world, tmp_path, tree):
    assert main(["freeze", NAME]) == 0
    before = tree(tmp_path / "splits")
    assert main(["freeze", NAME]) == 0
    assert tree(tmp_path / "splits") == before
    (tmp_path / "params.yaml").write_text(PARAMS.replace("seed: 0", "seed: 1"))
    assert main(["freeze", NAME]) == 2
    assert tree(tmp_path / "splits") == before
    assert main(["freeze", NAME, "--force"]) == 0
    assert tree(tmp_path / "splits") != before


def test_pairs_are_frozen_shown_and_verified(world, tmp_path, row, capsys):
    """With four test videos; a list that is not theirs, or none, is an error."""
    _, source, clips = world
    rows = [row(f"v{k}", 0, 4 + k, partition="test") for k in range(3)]
    write_metadata(source / "metadata.csv", [*rows, row("v2", 5, 9, partition="test")])
    crop_folder(source, clips, config=CropConfig(size=16))
    assert main(["freeze", NAME]) == 0
    listed = read_pair_list("taichi-hd", "mini")
    assert [pair.driving for pair in listed.pairs] == [r.clip_id for r in rows]
    assert listed.sha256 in (tmp_path / "splits/v1/taichi-hd-mini.toml").read_text()
    assert main(["verify", NAME]) == 0 and main(["show", NAME]) == 0
    assert f'[pairs]\ncount = 3\nseed = 0\nsha256 = "{listed.sha256}"' in capsys.readouterr().out

    table, toml = pair_list_file("taichi-hd", "mini"), split_files("taichi-hd", "mini")[1]
    other = replace(listed, pairs=listed.pairs[:2])
    table.write_text(other.text)
    assert main(["verify", NAME]) == 2 and main(["show", NAME]) == 2
    toml.write_text(toml.read_text().replace(listed.describe(), other.describe()))
    capsys.readouterr()
    assert main(["verify", NAME]) == 1
    assert "error: taichi-hd-mini.pairs.csv: are not the pairs of this split" in (
        capsys.readouterr().out
    )
    table.unlink()
    assert main(["show", NAME]) == 0 and main(["verify", NAME]) == 1
    assert "error: taichi-hd-mini.pairs.csv: no pairs are frozen" in capsys.readouterr().out


def test_digest_depends_on_list_and_parameters_and_not_on_order(row):
    rows = (row("a", 0, 5), row("b", 0, 5, partition="test"))
    split = FrozenSplit("x@v1", {"seed": "0", "size": "64"}, rows)
    assert split.sha256 == replace(split, rows=rows[::-1]).sha256
    assert split.sha256 == replace(split, parameters={"size": "64", "seed": "0"}).sha256
    others = [
        replace(split, id="x@v2"),
        replace(split, parameters={"seed": "1", "size": "64"}),
        replace(split, rows=rows[:1]),
        replace(split, rows=(rows[0], replace(rows[1], bbox=(4, 2, 36, 35)))),
        replace(split, rows=(rows[0], replace(rows[1], end=6))),
    ]
    assert len({split.sha256, *(other.sha256 for other in others)}) == 6
    changed = replace(split, rows=(rows[0], replace(rows[1], end=6)))
    assert changed.of("train").sha256 == split.of("train").sha256
    assert changed.of("test").sha256 != split.of("test").sha256


def test_digest_by_hand(row):
    import hashlib

    split = FrozenSplit("x@v1", {"seed": "0"}, (row("a", 0, 5),))
    text = (
        "id=x@v1\nseed=0\n\n"
        "video_id,start,end,bbox,fps,width,height,partition\n"
        "a,0,5,4-2-36-34,25.0,56,40,train\n"
    )
    assert split.sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert canonical_list(split.rows) == text.split("\n\n")[1]


def test_tampering_is_noticed(world, tmp_path):
    main(["freeze", NAME])
    table = tmp_path / "splits/v1/taichi-hd-mini.csv"
    table.write_text(table.read_text().replace("v0,0,4", "v0,0,3"))
    with pytest.raises(SplitError, match=r"has sha256 .* the file says"):
        read_split("taichi-hd", "mini")
    assert main(["verify", NAME]) == 2


def test_verify_finds_missing_failed_extra_and_changed_clips(world, tmp_path, row, capsys):
    rows, source, clips = world
    main(["freeze", NAME])
    (source / "v1.mp4").write_bytes(b"")
    changed = [*rows[1:3], replace(rows[3], partition="test", end=10), row("v0", 1, 4)]
    write_metadata(source / "metadata.csv", changed)
    crop_folder(source, clips, config=CropConfig(size=16))
    capsys.readouterr()
    assert main(["verify", NAME]) == 1
    output = capsys.readouterr().out
    for line in (
        "error: v0#000001#000004: not in the frozen list",
        "error: v0#000000#000004: missing in the manifest",
        "error: v1#000000#000005: unreadable: v1.mp4: the file is empty",
        "error: v2#000002#000009: missing in the manifest",
        "metadata.csv: is not the frozen list",
    ):
        assert line in output


def test_other_settings_are_an_error(world, tmp_path, capsys):
    main(["freeze", NAME])
    (tmp_path / "params.yaml").write_text(PARAMS.replace("size: 16", "size: 8"))
    assert main(["verify", NAME]) == 1
    assert "error: params.yaml" in capsys.readouterr().out


def test_other_pixels_are_a_remark_only(world, tmp_path, capsys):
    main(["freeze", NAME])
    pixels = tmp_path / "splits/v1/taichi-hd-mini.pixels.csv"
    lines = pixels.read_text().splitlines()
    lines[1] = lines[1].split(",")[0] + "," + "0" * 64
    pixels.write_text("\n".join(lines) + "\n")
    assert main(["verify", NAME]) == 0
    output = capsys.readouterr().out
    assert "0 errors, 1 remarks" in output
    assert "remark: v0#000000#000004: pixels differ" in output


def test_pixel_digest_depends_on_pixels_and_shape_only(tmp_path):
    import numpy as np

    from datasets.clips import write_clip

    frames = np.arange(4 * 6 * 8 * 3, dtype=np.uint8).reshape(4, 6, 8, 3)
    write_clip(tmp_path / "a.mkv", frames)
    write_clip(tmp_path / "b.mkv", frames.copy())
    write_clip(tmp_path / "c.mkv", frames.reshape(4, 8, 6, 3))
    digests = [pixels_sha256(tmp_path / f"{name}.mkv") for name in "abc"]
    assert digests[0] == digests[1] != digests[2]


def test_no_frozen_list_is_said_plainly(world, capsys):
    with pytest.raises(SplitError, match=r"taichi-hd@v1 is not frozen: .* no citable id"):
        split_sha256("taichi-hd", "full", "test")
    assert main(["show", "taichi-hd@v1"]) == 2
    assert main(["freeze", "taichi-hd@v1"]) == 2
    assert main(["show", "taichi-hd-mini@v7"]) == 2
    assert "unknown split 'taichi-hd-mini@v7'; known: taichi-hd-mini@v1" in capsys.readouterr().err


@pytest.mark.parametrize("dataset", sorted(__import__("datasets.registry").registry.DATASETS))
def test_committed_lists_are_whole_and_disjoint(dataset):
    """At least 40, 4 and 24 clips, 24 test videos; no video or identity in two splits."""
    if not frozen.split_files(dataset, "mini")[1].is_file():
        pytest.skip("not frozen yet")
    split = read_split(dataset, "mini")
    counts = {p: split.of(p).counts() for p in ("train", "val", "test")}
    assert counts["train"]["clips"] >= 40
    assert counts["val"]["clips"] >= 4
    assert counts["test"]["clips"] >= 24 and counts["test"]["videos"] >= 24
    for key in ("video_id", "person_id"):
        seen = [{getattr(r, key) for r in split.of(p).rows} - {None} for p in counts]
        assert sum(map(len, seen)) == len(set().union(*seen))


def test_clips_that_cannot_be_frozen_are_exit_2(world, capsys):
    _, _, clips = world
    clip = clips / "train" / "v0#000000#000004.mkv"
    clip.write_bytes(b"")
    assert main(["freeze", NAME]) == 2
    assert "v0#000000#000004.mkv" in capsys.readouterr().err
    (clips / "manifest.csv").write_text("a,b\n")
    assert main(["freeze", NAME]) == 2
    assert "expected the columns" in capsys.readouterr().err
