"""GIF files out of an archive: those that are wanted, and nothing of it outside their folder."""

import io
import tarfile
import zipfile

import pytest

from datasets.fetch import archive as module
from datasets.fetch.archive import ArchiveError, unpack

GIF = b"GIF89a" + b"\x01\x00\x01\x00\x00\x00\x00" + b"x" * 50 + b";"


def make_zip(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in members.items():
            packed.writestr(name, data)
    return path


def make_tar(path, members):
    with tarfile.open(path, "w:gz") as packed:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            packed.addfile(info, io.BytesIO(data))
    return path


@pytest.fixture(params=[make_zip, make_tar])
def make(request, tmp_path):
    return lambda members: request.param(tmp_path / "archive", members)


def test_what_is_wanted_and_no_more(make, tmp_path):
    archive = make({"m/train/a.gif": GIF, "m/train/b.gif": GIF + b"b", "m/readme.txt": b"x"})
    wanted = {"m/train/b.gif": tmp_path / "out" / "b.gif", "m/train/z.gif": tmp_path / "out/z.gif"}
    assert unpack(archive, wanted) == {"m/train/b.gif"}
    assert (tmp_path / "out" / "b.gif").read_bytes() == GIF + b"b"
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["b.gif"]


def test_a_file_that_is_there_is_left_alone(make, tmp_path):
    archive = make({"train/a.gif": GIF})
    (tmp_path / "a.gif").write_bytes(b"mine")
    assert unpack(archive, {"train/a.gif": tmp_path / "a.gif"}) == {"train/a.gif"}
    assert (tmp_path / "a.gif").read_bytes() == b"mine"


def test_names_of_the_archive_never_reach_the_disk(make, tmp_path):
    names = ["../evil.gif", "/evil.gif", "train/../../evil.gif", "train\\..\\evil.gif"]
    archive = make(dict.fromkeys(names, GIF))
    wanted = {name: tmp_path / "out" / f"{number}.gif" for number, name in enumerate(names)}
    unpack(archive, wanted)
    assert not list(tmp_path.rglob("evil*"))
    assert {path.parent for path in tmp_path.rglob("*.gif")} == {tmp_path / "out"}


def test_what_is_no_gif_is_not_taken(make, tmp_path):
    archive = make({"train/a.gif": b"MZ this is no picture", "train/b.gif": b""})
    wanted = {f"train/{name}.gif": tmp_path / f"{name}.gif" for name in "ab"}
    assert unpack(archive, wanted) == set()
    assert not list(tmp_path.glob("*.gif"))


def test_more_than_is_allowed_is_refused(make, tmp_path, monkeypatch):
    archive = make({"train/a.gif": GIF + bytes(100_000)})
    with pytest.raises(ArchiveError, match=r"train/a.gif: the archive unpacks to more than"):
        unpack(archive, {"train/a.gif": tmp_path / "a.gif"}, most_bytes=50_000)
    assert not (tmp_path / "a.gif").exists()
    monkeypatch.setattr(module, "MOST_FILES", 2)
    with pytest.raises(ArchiveError, match="holds more than 2 files"):
        unpack(make({f"train/{n}.gif": GIF for n in range(5)}), {})


def test_links_are_passed_over(tmp_path):
    secret = tmp_path / "secret.gif"
    secret.write_bytes(GIF)
    with tarfile.open(tmp_path / "archive", "w") as packed:
        for kind, name in ((tarfile.SYMTYPE, "train/a.gif"), (tarfile.LNKTYPE, "train/b.gif")):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, str(secret)
            packed.addfile(info)
    with zipfile.ZipFile(tmp_path / "archive.zip", "w") as packed:
        info = zipfile.ZipInfo("train/a.gif")
        info.external_attr = 0o120777 << 16
        packed.writestr(info, str(secret))
    wanted = {f"train/{name}.gif": tmp_path / "out" / f"{name}.gif" for name in "ab"}
    assert unpack(tmp_path / "archive", wanted) == set()
    assert unpack(tmp_path / "archive.zip", wanted) == set()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("data", [b"", b"no archive", b"PK\x03\x04" + bytes(40)])
def test_what_is_no_archive(data, tmp_path):
    (tmp_path / "archive").write_bytes(data)
    with pytest.raises(ArchiveError, match="archive: is no archive that can be read"):
        unpack(tmp_path / "archive", {"train/a.gif": tmp_path / "a.gif"})


def test_a_damaged_member(tmp_path):
    archive = make_zip(tmp_path / "archive", {"train/a.gif": GIF * 50})
    data = bytearray(archive.read_bytes())
    data[60:70] = bytes(10)
    archive.write_bytes(data)
    with pytest.raises(ArchiveError, match="is no archive that can be read"):
        unpack(archive, {"train/a.gif": tmp_path / "a.gif"})
    assert not (tmp_path / "a.gif").exists()
