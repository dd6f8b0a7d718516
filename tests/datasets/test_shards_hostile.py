"""Shards and indexes from outside: nothing is written but what the index names and its digest."""

import io
import shutil
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.files import sha256
from datasets.manifest import read_manifest
from datasets.registry import UsageError
from datasets.shards import main
from datasets.shards_export import export_split
from datasets.shards_import import BROKEN, import_shards
from datasets.shards_index import read_index
from datasets.shards_tar import Member, read_tar, write_tar
from tests.datasets.shard_folders import clip_folder, edit_index

IDS = ("a#000000#000003", "b#000000#000003", "c#000000#000003")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A folder with ``clips`` and their ``shards``, a clip each."""
    folder = tmp_path_factory.mktemp("whole")
    clip_folder(folder / "clips", IDS)
    export_split(folder / "clips", "train", folder / "shards", shard_bytes=1)
    return folder


@pytest.fixture
def shards(whole, tmp_path):
    return shutil.copytree(whole / "shards", tmp_path / "in" / "shards")


def files_below(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def only_what_was_exported(clips, whole):
    """Every clip that the manifest has is that of the exported folder, no file is another one."""
    rows = read_manifest(clips / "manifest.csv")
    assert [row.clip_id for row in rows] == [*IDS, "gone#000000#000009"]
    for row in rows:
        path = clips / "train" / f"{row.clip_id}.mkv"
        assert row.ok == path.is_file() == (row.sha256 != "")
    for name in files_below(clips) - {"manifest.csv"}:
        assert (clips / name).read_bytes() == (whole / "clips" / name).read_bytes()
    return rows


def believed(shards, name="train-000001.tar"):
    """Let the index say what the file is: the one who made it made the index too."""
    file = shards / name

    def change(content):
        (entry,) = [shard for shard in content["shards"] if shard["name"] == name]
        entry |= {"bytes": file.stat().st_size, "sha256": sha256(file)}

    edit_index(shards / "train.index.json", change)


def member(name, kind=tarfile.REGTYPE, content=b"gotcha", **more):
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, len(content)
    for key, value in more.items():
        setattr(info, key, value)
    return info, content


def hostile(kind, outside):
    """What an attacker might put into a shard in the place of a clip."""
    name = "b#000000#000003.mkv"
    return {
        "absolute": [member(f"{outside}/x")],
        "parent": [member("../../x"), member(f"../../../{outside.name}/x")],
        "symlink": [member(name, tarfile.SYMTYPE, linkname=str(outside / "x")), member(name)],
        "folder link": [member("d", tarfile.SYMTYPE, linkname=str(outside)), member("d/x")],
        "hard link": [member(name, tarfile.LNKTYPE, linkname="/etc/hostname")],
        "device": [member(name, tarfile.CHRTYPE, devmajor=1, devminor=5)],
        "fifo": [member(name, tarfile.FIFOTYPE)],
        "folder": [member("b#000000#000003.mkv/", tarfile.DIRTYPE)],
        "foreign": [member("foreign.mkv"), member("train.index.json"), member("manifest.csv")],
        "own name": [member(name), member("b#000000#000003.json")],
        "nothing": [],
    }[kind]


KINDS = (
    "absolute", "parent", "symlink", "folder link", "hard link", "device", "fifo", "folder",
    "foreign", "own name", "nothing",
)  # fmt: skip


@pytest.mark.parametrize("format", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("kind", KINDS)
def test_members_that_leave_the_folder_or_are_no_files(tmp_path, shards, whole, kind, format):
    outside = tmp_path / "outside"
    outside.mkdir()
    with tarfile.open(shards / "train-000001.tar", "w", format=format) as tar:
        for info, content in hostile(kind, outside):
            tar.addfile(info, io.BytesIO(content))
    believed(shards)
    before = files_below(tmp_path)
    args = ["import", "--shards", str(shards), "--clips", str(tmp_path / "in" / "clips")]
    assert main(args) == 0
    assert main([*args, "--strict"]) == 1
    clips = tmp_path / "in" / "clips"
    rows = only_what_was_exported(clips, whole)
    assert [row.status for row in rows] == ["ok", BROKEN, "ok", "truncated"]
    assert rows[1].message.startswith("train-000001.tar: ")
    new = files_below(tmp_path) - before
    assert new <= {f"in/clips/{name}" for name in files_below(whole / "clips")}


def test_members_beside_the_right_ones_are_told_and_not_written(tmp_path, shards, whole):
    """The shard holds all that it must, and one file more."""
    path = shards / "train-000001.tar"
    with tarfile.open(path, "a") as tar:
        info, content = member("../../x")
        tar.addfile(info, io.BytesIO(content))
    believed(shards)
    done = import_shards(shards, tmp_path / "in" / "clips")
    assert [line.split(": ")[1] for line in done.broken] == [
        "does not end where it should",
    ]
    assert not (tmp_path / "x").exists() and not (tmp_path / "in" / "x").exists()
    assert all(row.status in ("ok", "truncated") for row in done.rows)
    only_what_was_exported(tmp_path / "in" / "clips", whole)


@pytest.mark.parametrize(
    "size",
    [b"\xff" * 12, b"\x80" + b"\xff" * 11, b"00000000000\0", b"77777777777\0", b"nonsense\0\0\0\0"],
)
def test_sizes_that_lie(tmp_path, shards, whole, size):
    """Negative (for which tarfile loops for ever), huge, zero, none."""
    path = shards / "train-000001.tar"
    data = bytearray(path.read_bytes())
    data[124:136] = size
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])
    path.write_bytes(data)
    believed(shards)
    done = import_shards(shards, tmp_path / "clips")
    assert any("b#000000#000003.json: its header" in line for line in done.broken)
    only_what_was_exported(tmp_path / "clips", whole)


@pytest.mark.parametrize("how", ["gone", "empty", "folder", "gzip", "other digest", "swapped"])
def test_shards_that_are_none(tmp_path, shards, whole, how):
    path = shards / "train-000001.tar"
    data = path.read_bytes()
    path.unlink()
    if how == "empty":
        path.touch()
    elif how == "folder":
        path.mkdir()
    elif how == "gzip":
        with tarfile.open(path, "w:gz") as tar:
            tar.addfile(member("x")[0], io.BytesIO(member("x")[1]))
    elif how == "swapped":
        shutil.copy(shards / "train-000002.tar", path)
    elif how == "other digest":
        path.write_bytes(data)
        edit_index(shards / "train.index.json", lambda c: c["shards"][1].update(sha256="0" * 64))
    done = import_shards(shards, tmp_path / "clips")
    assert done.broken and all("train-000001.tar" in line for line in done.broken)
    rows = only_what_was_exported(tmp_path / "clips", whole)
    assert rows[1].ok == (how == "other digest") and rows[0].ok and rows[2].ok
    path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)
    shutil.copy(whole / "shards" / path.name, path)
    shutil.copy(whole / "shards" / "train.index.json", shards)
    assert not import_shards(shards, tmp_path / "clips").broken
    assert all(row.ok for row in only_what_was_exported(tmp_path / "clips", whole)[:3])


@pytest.fixture(scope="module")
def together(whole):
    """The shards of the same clips, all in one."""
    export_split(whole / "clips", "train", whole / "together")
    return whole / "together"


def test_a_clip_whose_truth_is_lost_goes_too(whole, together, tmp_path):
    shards = shutil.copytree(together, tmp_path / "shards")
    path = shards / "train-000000.tar"
    content = path.read_bytes()
    for at in range(0, len(content), 520):
        path.write_bytes(content[:at])
        shutil.rmtree(tmp_path / "clips", ignore_errors=True)
        assert import_shards(shards, tmp_path / "clips").broken
        only_what_was_exported(tmp_path / "clips", whole)


@settings(max_examples=20, deadline=None)
@given(data=st.data(), cut=st.booleans())
def test_any_damage_is_told_and_costs_what_it_hits(whole, together, tmp_path_factory, data, cut):
    shards = shutil.copytree(together, tmp_path_factory.mktemp("damaged") / "shards")
    path = shards / "train-000000.tar"
    content = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    if cut:
        del content[at:]
    else:
        content[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    done = import_shards(shards, shards.parent / "clips")
    assert done.broken
    rows = only_what_was_exported(shards.parent / "clips", whole)
    if not cut:
        assert sum(row.status == BROKEN for row in rows) <= 1


def set_row(**values):
    return lambda content: content["shards"][0]["clips"][0]["row"].update(values)


def set_clip(**values):
    return lambda content: content["shards"][0]["clips"][0]["clip"].update(values)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (set_row(clip_id="../../x"), "cannot be part of a file name"),
        (set_row(clip_id="/tmp/x"), "cannot be part of a file name"),
        (set_row(clip_id=".hidden"), "cannot be part of a file name"),
        (set_row(clip_id="a\0b"), "cannot be part of a file name"),
        (set_row(clip_id=["a"]), "expected text or a number"),
        (set_row(clip_id=IDS[1]), "has a clip twice"),
        (set_row(clip_id="\ud800"), "is no index of shards"),
        (set_row(message="\ud800"), "is no index of shards"),
        (set_row(split="test"), "rows of another split than train"),
        (set_row(split="../x"), "unknown split"),
        (set_row(status="truncated"), "the clip is not that of its row"),
        (set_row(got_frames=True), "expected text or a number"),
        (set_row(got_frames="x"), "invalid literal"),
        (set_row(more="x"), "wrong number of columns"),
        (set_row(sha256="0" * 64), "the clip is not that of its row"),
        (set_clip(sha256="../x"), "sha256 '../x'"),
        (set_clip(bytes=-1), "-1 bytes"),
        (set_clip(bytes=1 << 80), "bytes with sha256"),
        (set_clip(bytes=1.5), "1.5 bytes"),
        (set_clip(bytes=True), "True bytes"),
        (lambda content: content.update(split="test"), "is the index of 'test'"),
        (lambda content: content.update(format="tar"), "expected the format"),
        (lambda content: content.update(stamp='id = "'), "cannot be read"),
        (lambda content: content.update(shards=3), "is no index of shards"),
        (lambda content: content["failed"][0].update(status="ok"), "that no shard holds"),
        (lambda content: content["shards"][0].pop("clips"), "is no index of shards"),
    ],
)  # fmt: skip
def test_an_index_that_lies(tmp_path, shards, change, message):
    edit_index(shards / "train.index.json", change)
    with pytest.raises(UsageError, match=message) as error:
        import_shards(shards, tmp_path / "clips")
    assert "train.index.json" in str(error.value)
    assert not (tmp_path / "clips").exists()


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"[]", b"3", b"[" * 100_000, b'{"format": 1}']
)
def test_an_index_that_is_none(tmp_path, shards, content):
    (shards / "train.index.json").write_bytes(content)
    with pytest.raises(UsageError, match=r"train\.index\.json: "):
        read_index(shards, "train")


def test_names_of_shards_in_the_index_are_not_obeyed(tmp_path, shards, whole):
    edit_index(
        shards / "train.index.json", lambda c: c["shards"][1].update(name="../../../etc/passwd")
    )
    assert not import_shards(shards, tmp_path / "clips").broken
    only_what_was_exported(tmp_path / "clips", whole)


def test_the_bytes_of_a_tar_file_are_those_of_every_python(tmp_path):
    """An import knows them beforehand, so they must not depend on the version of tarfile."""
    contents = [("short.json", b"{}\n"), ("l\N{SNOWMAN}ng" * 50 + ".mkv", bytes(range(256)) * 3)]
    pairs = []
    for name, content in contents:
        (tmp_path / "content").write_bytes(content)
        pairs.append((Member(name, len(content), sha256(tmp_path / "content")), content))
    write_tar(tmp_path / "a.tar", pairs)
    reading = read_tar(tmp_path / "a.tar", [one for one, _ in pairs])
    assert not reading.broken
    assert reading.sha256 == sha256(tmp_path / "a.tar") == GOLDEN
    with tarfile.open(tmp_path / "a.tar") as tar:
        assert [(m.name, tar.extractfile(m).read()) for m in tar] == contents


GOLDEN = "d3babb7c56084bf3a05bd017a7d3800080694ff7a0e8917291ca1fd6e42b0c56"
