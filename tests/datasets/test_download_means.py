"""The download command when the disk is full, or when the means of a run are others than before."""

from datetime import date

import pytest

from datasets.availability import write_report
from datasets.download import main
from datasets.download_config import DownloadConfig
from datasets.fetch.errors import AttemptError
from datasets.fetch.folder import COLUMNS
from datasets.fetch.listing import Listing
from datasets.fetch.local import given_video
from datasets.fetch.sources import Given, getter
from datasets.journal import read_journal
from datasets.metadata import whole_row
from tests.datasets.real_lists import write_lists, write_params
from tests.datasets.video_host import video_host

pytest.importorskip("yt_dlp")


@pytest.fixture(scope="module")
def host():
    with video_host() as found:
        yield found


@pytest.fixture
def command(host, tmp_path, monkeypatch):
    """The arguments that download two videos, one of which is not found."""
    monkeypatch.setattr("yt_dlp.networking._helper.ssl_load_certs", lambda *arguments: None)
    monkeypatch.chdir(tmp_path)
    write_params(tmp_path)
    lists = write_lists(tmp_path, host, train=["404_1"], test=["h264_2"])
    return ["--dataset", "fashion", "--lists", str(lists)]


def source(tmp_path):
    return tmp_path / "work" / "full" / "source" / "fashion"


def test_a_full_disk_is_one_line(command, tmp_path, capsys):
    """The system's own error, from the device that is always full."""
    reports = tmp_path / "work" / "full" / "availability" / "fashion"
    reports.mkdir(parents=True)
    (reports / "attempts.csv").symlink_to("/dev/full")
    assert main(command) == 1
    lines = capsys.readouterr().err.splitlines()
    (line,) = [line for line in lines if "pins.toml" not in line]
    assert "No space left on device" in line and line.endswith("the same command goes on")


def test_what_is_the_same_is_not_written_again(command, tmp_path):
    assert main(command) == 0
    names = ("metadata.csv", "dataset.toml", "download.csv")
    before = [(source(tmp_path) / name).stat() for name in names]
    assert main(command) == 0
    after = [(source(tmp_path) / name).stat() for name in names]
    assert [(s.st_ino, s.st_mtime_ns) for s in after] == [(s.st_ino, s.st_mtime_ns) for s in before]


def test_another_address_of_a_mirror_is_asked_for_what_the_first_has_lost(
    command, host, tmp_path, capsys
):
    def run(path):
        seen = len(host.requests)
        assert main([*command, "--url-template", f"{host.url}/{path}"]) == 0
        return {request.video_id for request in host.requests[seen:]}

    assert run("{video_id}.mp4") == {"404_1", "h264_2"}
    before = (source(tmp_path) / "download.csv").read_bytes()
    capsys.readouterr()
    assert run("{video_id}.mp4") == set()
    assert "1 videos were not asked for again" in capsys.readouterr().err
    assert (source(tmp_path) / "download.csv").read_bytes() == before
    assert host.url.encode() not in before
    assert run("h264_{video_id}.mp4") == {"h264_404_1"}
    rows = read_journal(source(tmp_path) / "download.csv", COLUMNS)
    assert {name: row["source"] for name, row in rows.items()} == {
        "404_1": "mirror", "h264_2": "mirror",
    }  # fmt: skip


def test_a_folder_of_videos_is_read_once(tmp_path):
    """Suffixes in any case, small letters first; a file that comes later is for the next run."""
    for name in ("-a.MP4", "b.MKV", "b.webm", "c.mp4.part", ".d.mp4"):
        (tmp_path / name).touch()
    config, given = DownloadConfig("videos"), Given(videos=tmp_path)
    get = getter(config, given, Listing("x@v1", "", ()), tmp_path / "out", [])
    (tmp_path / "late.mp4").touch()
    assert get("-a", bool).path == tmp_path / "-a.MP4"
    assert get("b", bool).path == tmp_path / "b.webm"
    for name in ("c", "d", ".d", "late", "../b"):
        with pytest.raises(AttemptError, match="holds no"):
            get(name, bool)
    assert given_video("late", tmp_path).path == tmp_path / "late.mp4"


def test_reports_of_two_lists_on_one_day(tmp_path):
    def write(name, *ids):
        listing = Listing("x@unfrozen", "", tuple(whole_row(video_id, "test") for video_id in ids))
        day = date(2026, 2, 3)
        return write_report(listing, tmp_path, tmp_path, today=day, list_name=name)

    paths = [write("v1", "a", "b"), write("v1-lite", "a")]
    assert [path.name for path in paths] == [
        "availability-2026-02-03.csv", "availability-v1-lite-2026-02-03.csv",
    ]  # fmt: skip
    assert [len(path.read_text().splitlines()) for path in paths] == [3, 2]
    assert len(list(tmp_path.glob("*.png"))) == 2
