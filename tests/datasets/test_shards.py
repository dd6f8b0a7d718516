"""Shards: what comes back is what was given, byte for byte, and WebDataset reads it."""

import json
import os
import tarfile
import warnings

import pytest

from datasets.files import replacing, sha256
from datasets.manifest import read_manifest, write_manifest
from datasets.registry import UsageError
from datasets.shards import main
from datasets.shards_export import export_split
from datasets.shards_import import import_shards
from datasets.shards_index import ShardError, key_of, read_index
from tests.datasets.shard_folders import FAILED, IDS, clip_folder


@pytest.fixture
def clips(tmp_path):
    clip_folder(tmp_path / "clips")
    return tmp_path / "clips"


@pytest.fixture
def shards(tmp_path):
    return tmp_path / "shards"


def test_the_folder_comes_back_byte_for_byte(clips, shards, tmp_path, tree):
    export_split(clips, "train", shards, shard_bytes=1)
    done = import_shards(shards, tmp_path / "again")
    assert not done.broken and FAILED in done.rows
    assert tree(tmp_path / "again") == tree(clips)


def test_several_splits_and_the_stamp_come_back(tmp_path, shards, tree):
    clips = tmp_path / "clips"
    rows = clip_folder(clips, IDS[:2]) + clip_folder(clips, IDS[2:4], split="test", failed=())
    write_manifest(clips / "manifest.csv", rows)
    stamp = 'id = "x@v1+size=8"\nlist_sha256 = "00"\n\n[parameters]\nsize = "8"\n'
    (clips / "dataset.toml").write_text(stamp)
    assert main(["export", "--clips", str(clips), "--out", str(shards)]) == 0
    for split in ("test", "train"):  # one after the other
        args = ["import", "--shards", str(shards), "--clips", str(tmp_path / "again")]
        assert main([*args, "--split", split, "--split", split]) == 0
    assert tree(tmp_path / "again") == tree(clips)
    assert main(["import", "--shards", str(shards), "--clips", str(tmp_path / "both")]) == 0
    assert tree(tmp_path / "both") == tree(clips)


def test_two_exports_have_the_same_bytes(clips, tmp_path, tree):
    export_split(clips, "train", tmp_path / "a", shard_bytes=9000)
    for path in clips.rglob("*"):
        os.utime(path, (1, 1))
        path.chmod(0o700)
    export_split(clips, "train", tmp_path / "b", shard_bytes=9000)
    assert tree(tmp_path / "a") == tree(tmp_path / "b")


def test_members_have_no_time_and_no_owner(clips, shards):
    export_split(clips, "train", shards)
    with tarfile.open(shards / "train-000000.tar") as tar:
        members = tar.getmembers()
    assert [m.name for m in members] == [
        f"{key_of(clip_id)}.{extension}"
        for clip_id in sorted(IDS)
        for extension in ("json", "mkv", *(["truth.npz"] if IDS.index(clip_id) % 2 == 0 else []))
    ]
    for m in members:
        assert (m.mtime, m.mode, m.uid, m.gid, m.uname, m.gname) == (0, 0o644, 0, 0, "", "")
        assert m.isreg()


def test_a_shard_is_closed_before_it_is_too_large(tmp_path, shards):
    ids = [f"clip{number:02}" for number in range(9)]
    clip_folder(tmp_path / "clips", ids, side=64)
    index = export_split(tmp_path / "clips", "train", shards, shard_bytes=130_000)
    sizes = [path.stat().st_size for path in sorted(shards.glob("train-*.tar"))]
    assert len(sizes) == len(index.shards) > 1
    assert all(size <= 130_000 + tarfile.RECORDSIZE for size in sizes)
    assert [clip.row.clip_id for shard in index.shards for clip in shard.clips] == ids
    assert len(export_split(tmp_path / "clips", "train", tmp_path / "one").shards) == 1


def test_the_index_says_the_digest_of_each_shard(clips, shards):
    index = export_split(clips, "train", shards, shard_bytes=1)
    assert read_index(shards, "train") == index
    content = json.loads((shards / "train.index.json").read_text())
    for shard in content["shards"]:
        assert shard["sha256"] == sha256(shards / shard["name"])
        assert shard["bytes"] == (shards / shard["name"]).stat().st_size


@pytest.mark.slow  # to import it takes seconds
def test_webdataset_reads_them(clips, shards):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wds = pytest.importorskip("webdataset")
        export_split(clips, "train", shards, shard_bytes=9000)
        urls = sorted(str(path) for path in shards.glob("train-*.tar"))
        assert len(urls) > 1
        raw = list(wds.WebDataset(urls, shardshuffle=False))
        rows = [s["json"] for s in wds.WebDataset(urls, shardshuffle=False).decode()]
    assert [sample["__key__"] for sample in raw] == [key_of(clip_id) for clip_id in sorted(IDS)]
    for sample, row in zip(raw, rows, strict=True):
        path = clips / "train" / f"{row['clip_id']}.mkv"
        assert sample["mkv"] == path.read_bytes()
        truth = path.with_name(f"{row['clip_id']}.truth.npz")
        assert sample.get("truth.npz") == (truth.read_bytes() if truth.is_file() else None)
        assert row["got_frames"] == 3 and row["sha256"] == sha256(path)


def test_a_killed_export_goes_on(clips, shards, tmp_path, tree, monkeypatch):
    export_split(clips, "train", tmp_path / "whole", shard_bytes=1)
    export_split(clips, "train", shards, shard_bytes=1)
    (shards / "train.index.json").unlink()
    (shards / "train-000003.tar").unlink()
    (shards / ".train-000003.tar.part").write_bytes(b"half")
    (shards / "train-000001.tar").write_bytes(b"another one")
    written = []

    def noting(path):
        written.append(path.name)
        return replacing(path)

    monkeypatch.setattr("datasets.shards_tar.replacing", noting)
    export_split(clips, "train", shards, shard_bytes=1)
    assert written == ["train-000001.tar", "train-000003.tar"]
    assert tree(shards) == tree(tmp_path / "whole")


def test_the_index_is_gone_while_shards_change(clips, shards, monkeypatch):
    export_split(clips, "train", shards, shard_bytes=1)
    (shards / "train-000002.tar").write_bytes(b"another one")

    def full(path, members):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("datasets.shards_export.write_tar", full)
    with pytest.raises(OSError, match="No space"):
        export_split(clips, "train", shards, shard_bytes=1)
    assert not (shards / "train.index.json").exists()


def test_a_killed_import_goes_on(clips, shards, tmp_path, tree, monkeypatch):
    export_split(clips, "train", shards, shard_bytes=1)
    again = tmp_path / "again"
    import_shards(shards, again)
    first, second = sorted((again / "train").glob("*.mkv"))[:2]
    first.unlink()
    second.write_bytes(b"\0" * second.stat().st_size)
    (again / "train" / ".x.mkv.part").write_bytes(b"half")
    (again / "manifest.csv").unlink()
    written = []

    def noting(path):
        written.append(path)
        return replacing(path)

    monkeypatch.setattr("datasets.shards_tar.replacing", noting)
    import_shards(shards, again)
    assert sorted(written) == [first, second]
    assert tree(again) == tree(clips)


def test_shards_of_clips_that_are_there_are_not_needed(clips, shards, tmp_path):
    export_split(clips, "train", shards, shard_bytes=1)
    for path in shards.glob("*.tar"):
        path.unlink()
    assert not import_shards(shards, clips).broken
    assert len(import_shards(shards, tmp_path / "empty").broken) >= len(IDS)


@pytest.mark.parametrize("change", ["damaged", "missing"])
def test_clips_that_are_not_the_manifests_are_not_exported(clips, shards, change):
    path = clips / "train" / f"{IDS[0]}.mkv"
    if change == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-1] + b"\xff")
    with pytest.raises(ShardError, match=r"ann#v1.*run crop"):
        export_split(clips, "train", shards)
    assert not list(shards.glob("*"))


def test_a_split_of_failed_clips_alone_comes_back(tmp_path, shards, tree):
    clip_folder(tmp_path / "clips", [])
    (tmp_path / "clips" / "train").mkdir()
    assert export_split(tmp_path / "clips", "train", shards).shards == ()
    import_shards(shards, tmp_path / "again")
    assert read_manifest(tmp_path / "again" / "manifest.csv") == [FAILED]


def test_wrong_usage(clips, shards, tmp_path, capsys):
    export = ["export", "--clips", str(clips), "--out", str(shards)]
    assert main([*export, "--split", "test"]) == 2
    assert "has no row of the split 'test'" in capsys.readouterr().err
    assert main([*export, "--shard-mb", "0"]) == 2
    assert "1 byte or more" in capsys.readouterr().err
    assert main(["export", "--clips", str(tmp_path), "--out", str(shards)]) == 2
    assert "run the crop stage" in capsys.readouterr().err
    bring = ["import", "--shards", str(shards), "--clips", str(tmp_path / "x")]
    assert main(bring) == 2
    assert "holds no index of shards" in capsys.readouterr().err
    assert main([*bring, "--split", "val"]) == 2
    assert "val.index.json: no such index" in capsys.readouterr().err


def test_fewer_shards_do_not_lie_beside_those_of_another_export(clips, shards):
    export_split(clips, "train", shards, shard_bytes=1)
    with pytest.raises(UsageError, match=r"holds train-000001\.tar.*of another export, 4 in all"):
        export_split(clips, "train", shards)


def test_clips_of_another_folder_are_not_replaced(clips, shards, tmp_path):
    export_split(clips, "train", shards)
    clip_folder(tmp_path / "other", ["mine"])
    with pytest.raises(UsageError, match="has mine in train, which the shards do not hold"):
        import_shards(shards, tmp_path / "other")
    clip_folder(tmp_path / "stamped", [], failed=())
    (tmp_path / "stamped" / "dataset.toml").write_text("x")
    with pytest.raises(UsageError, match="of another list"):
        import_shards(shards, tmp_path / "stamped")
