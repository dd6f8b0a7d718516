"""What is recorded of a video and what is on disk belong together, whatever killed a run."""

import shutil

import pytest

from datasets.fetch.errors import AttemptError
from datasets.fetch.folder import (
    COLUMNS,
    adopt,
    describe,
    is_there,
    keep,
    lost,
    parts_folder,
    settle,
    tidy,
)
from datasets.fetch.formats import FORMATS
from datasets.fetch.names import remove_source, source_file
from datasets.fetch.ytdlp import Got
from datasets.journal import Journal
from tests.datasets.video_host import video_bytes

FILES = FORMATS["files"]


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "download.csv", COLUMNS)


def came(tmp_path, video_id="-a", data=None, suffix=".mp4"):
    """What a downloader leaves, and its row."""
    folder = parts_folder(tmp_path, video_id, source="mirror", spec=FILES)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"137{suffix}"
    path.write_bytes(video_bytes("h264") if data is None else data)
    return Got(path, "137"), describe(Got(path, "137"), video_id, source="mirror", spec=FILES)


def test_kept(tmp_path, journal):
    got, row = came(tmp_path)
    keep(tmp_path, row, got, journal)
    assert is_there(tmp_path, journal.get("-a"))
    assert (tmp_path / "-a.mp4").read_bytes() == video_bytes("h264")
    tidy(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"-a.mp4", "download.csv"}


def test_killed_between_the_row_and_the_name(tmp_path, journal):
    _, row = came(tmp_path)
    journal.add(row)  # and the power goes off
    again = Journal(tmp_path / "download.csv", COLUMNS)
    assert not is_there(tmp_path, again.get("-a"))
    settle(tmp_path, again)
    assert is_there(tmp_path, again.get("-a"))


@pytest.mark.parametrize("change", [lambda data: data[:-1], lambda data: data[:-1] + b"!"])
def test_only_the_recorded_file_gets_the_name(change, tmp_path, journal):
    got, row = came(tmp_path)
    journal.add(row)
    got.path.write_bytes(change(video_bytes("h264")))
    settle(tmp_path, journal)
    assert not (tmp_path / "-a.mp4").exists()


def test_unfinished_and_unknown_files_are_left_where_they_are(tmp_path, journal):
    got, _ = came(tmp_path)
    journal.add(lost("b", AttemptError("network", "x"), source="mirror", spec=FILES))
    for name in ("b", "c"):
        shutil.copytree(got.path.parent, got.path.parents[1] / name)
    settle(tmp_path, journal)
    assert not list(tmp_path.glob("*.mp4"))
    assert len(list(tmp_path.glob(".fetch/*/*/137.mp4"))) == 3


def test_a_video_that_comes_in_another_container_takes_the_place(tmp_path, journal):
    got, row = came(tmp_path, suffix=".MKV")
    keep(tmp_path, row, got, journal)
    assert source_file(tmp_path, "-a").name == "-a.mkv"
    got, row = came(tmp_path, suffix=".unknown_video")
    keep(tmp_path, row, got, journal)
    assert [path.name for path in tmp_path.glob("-a.*")] == ["-a.mp4"]


def test_what_is_refused_leaves_nothing(tmp_path):
    with pytest.raises(AttemptError, match=r"^-a.mp4: the file ends after") as caught:
        came(tmp_path, data=video_bytes("h264")[:-9])
    assert caught.value.kind == "truncated"
    assert not parts_folder(tmp_path, "-a", source="mirror", spec=FILES).exists()


def test_links_follow_their_targets(tmp_path, journal):
    mine = tmp_path / "mine.webm"
    mine.write_bytes(video_bytes("vp9"))
    out = tmp_path / "out"
    out.mkdir()
    got = Got(mine, "given", ours=False)
    row = describe(got, "a", source="videos", spec=FORMATS["given"])
    before = mine.stat().st_mtime_ns
    keep(out, row, got, journal)
    assert is_there(out, row) and is_there(out, row, verify=True)
    assert mine.stat().st_mtime_ns == before
    mine.write_bytes(bytes(mine.stat().st_size))
    assert not is_there(out, row)
    remove_source(out, "a")
    assert mine.is_file() and not list(out.iterdir())


def test_a_broken_file_without_a_row_is_not_recorded(tmp_path, journal):
    (tmp_path / "a.mp4").write_bytes(video_bytes("h264"))
    (tmp_path / "b.mp4").write_bytes(b"broken")
    assert adopt(tmp_path, "a", journal) and not adopt(tmp_path, "b", journal)
    assert not adopt(tmp_path, "c", journal)
    assert set(journal.rows) == {"a"} and is_there(tmp_path, journal.get("a"))
    assert (tmp_path / "b.mp4").is_file()


@pytest.mark.parametrize("video_id", ["../a", "a/b", ".hidden", ""])
def test_ids_stay_in_the_folder(video_id, tmp_path):
    with pytest.raises(ValueError, match="cannot be part of a file name"):
        source_file(tmp_path, video_id)
    remove_source(tmp_path, video_id)  # an id of an old download.csv: only forgotten
