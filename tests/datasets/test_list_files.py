"""Lists of URLs and archives of GIFs become rows; what is odd is named."""

import io
import tarfile
import zipfile

import pytest

from datasets.list_files import read_archive, read_url_list, rows_of_members
from datasets.metadata import MetadataError, whole_row

SITE = "https://vision.example/datasets/fashion"


def lines(tmp_path, *urls):
    path = tmp_path / "fashion_train.txt"
    path.write_text("\n".join(urls) + "\n")
    return path


def test_a_list_of_urls(tmp_path):
    urls = [
        f"{SITE}/train/91-3003CN5S.mp4",
        "",
        f"  {SITE}/train/A1%20b.mp4?x=/y#z",
        f"{SITE}/-c.mp4",
    ]
    rows, found = read_url_list(lines(tmp_path, *urls), "train")
    assert rows == [whole_row(name, "train") for name in ("91-3003CN5S", "A1 b", "-c")]
    assert found == {"91-3003CN5S": urls[0], "A1 b": urls[2].strip(), "-c": urls[3]}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (f"{SITE}/a.mp4", "line 2: 'a' is there twice"),
        ("/local/b.mp4", "line 2: .* is no http"),
        ("file:///b.mp4", "line 2: .* is no http"),
        (f"{SITE}/", "line 2: .*cannot be part of a file name"),
        (f"{SITE}/%2E%2E", "line 2: .*cannot be part of a file name"),
        (f"{SITE}/a%23b.mp4", "line 2: .*must not hold '#'"),
        (f"{SITE}/{'b' * 200}.mp4", "line 2: .*longer than 196 bytes"),
    ],
)
def test_odd_lines_are_named(tmp_path, line, message):
    with pytest.raises(MetadataError, match=message):
        read_url_list(lines(tmp_path, f"{SITE}/a.mp4", line), "train")


def test_a_name_never_leaves_its_folder(tmp_path):
    path = lines(tmp_path, f"{SITE}/..%2F..%2Fb.mp4")
    assert list(read_url_list(path, "train")[1]) == ["b"]


def test_no_list(tmp_path):
    with pytest.raises(MetadataError, match="lists no video"):
        read_url_list(lines(tmp_path, ""), "train")
    (tmp_path / "x").write_bytes(bytes(range(256)))
    with pytest.raises(MetadataError, match="is no text"):
        read_url_list(tmp_path / "x", "train")


MEMBERS = [
    "mgif/", "mgif/readme.txt", "mgif/train/", "mgif/train/0002.gif", "mgif/test/0001.GIF",
    "mgif/train/._0002.gif", "__MACOSX/mgif/train/0009.gif", "mgif/mapping.gif",
]  # fmt: skip


def test_members_of_an_archive():
    rows, members = rows_of_members(MEMBERS)
    assert rows == [whole_row("0001", "test"), whole_row("0002", "train")]
    assert members == {"0001": "mgif/test/0001.GIF", "0002": "mgif/train/0002.gif"}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("../train/a.gif", "leaves the archive"),
        ("/mgif/train/a.gif", "leaves the archive"),
        ("a\\b/train/a.gif", "leaves the archive"),
        ("mgif/test/0002.gif", "'mgif/train/0002.gif' has the same name"),
        ("mgif/test/a#b.gif", "must not hold '#'"),
    ],
)
def test_odd_members_are_named(name, message):
    with pytest.raises(MetadataError, match=message):
        rows_of_members([*MEMBERS, name])


def test_zip_and_tar_are_read_and_nothing_else(tmp_path):
    with zipfile.ZipFile(tmp_path / "a", "w") as packed:
        for name in MEMBERS:
            packed.writestr(name, b"")
    with tarfile.open(tmp_path / "b", "w:gz") as archive:
        for name in MEMBERS:
            member = tarfile.TarInfo(name)
            member.type = tarfile.DIRTYPE if name.endswith("/") else tarfile.REGTYPE
            archive.addfile(member, io.BytesIO())
    assert read_archive(tmp_path / "a") == read_archive(tmp_path / "b") == rows_of_members(MEMBERS)
    (tmp_path / "c").write_bytes(b"Rar!" * 99)
    with pytest.raises(MetadataError, match=r"c: is no zip or tar archive"):
        read_archive(tmp_path / "c")
    with zipfile.ZipFile(tmp_path / "d", "w") as packed:
        packed.writestr("train/a.png", b"")
    with pytest.raises(MetadataError, match=r"d: no member is a GIF in a folder train or test"):
        read_archive(tmp_path / "d")
