"""The download stage with real lists and the real yt-dlp, against a host that fails."""

import csv
import io
import os
import zipfile
from collections import Counter
from datetime import date

import numpy as np
import pytest
from PIL import Image

from datasets.availability import availability, write_report
from datasets.download import main
from datasets.download_config import DownloadConfig
from datasets.download_real import Run, check_real, download_real
from datasets.fetch.attempts import AVAILABLE, AttemptLog, read_attempts
from datasets.fetch.folder import COLUMNS, STAMP_NS
from datasets.fetch.listing import Listing
from datasets.fetch.sources import Given
from datasets.fetch.ytdlp import Network
from datasets.frozen import list_sha256
from datasets.journal import read_journal
from datasets.lock import alone
from datasets.metadata import read_metadata, whole_row
from datasets.registry import UsageError
from datasets.stamp import read_stamp
from tests.datasets.real_lists import write_lists, write_params
from tests.datasets.video_host import WAYS, video_bytes, video_host

pytest.importorskip("yt_dlp")


@pytest.fixture(scope="module")
def host():
    with video_host() as found:
        yield found


@pytest.fixture
def get(host, tmp_path):
    """A function that runs the stage for ids of the host: a mirror unless said otherwise."""

    def run(train=(), test=(), *, check=False, config=None, given=None, **settings):
        ids = [(name, "train") for name in train] + [(name, "test") for name in test]
        rows = tuple(whole_row(name, partition) for name, partition in ids)
        listing = Listing("fashion@unfrozen", list_sha256(rows), rows)
        url = f"{host.url}/{{video_id}}.mp4"
        values = {"source": "mirror", "url": url, "format": "files", "pause": 0.0, "retries": 1}
        values |= config or {}
        run = Run(
            listing,
            tmp_path / "out",
            tmp_path / "reports",
            DownloadConfig(**values),
            given=given or Given(Network(timeout=5.0)),
            **settings,
        )
        return (check_real if check else download_real)(run, rng=np.random.default_rng(0))

    return run


@pytest.fixture
def asked(host):
    """A function that tells how often each video was asked for since the last call."""
    seen = [len(host.requests)]

    def count():
        new = host.requests[seen[0] :]
        seen[0] = len(host.requests)
        return Counter(request.video_id for request in new)

    return count


@pytest.fixture(autouse=True)
def no_certificates(monkeypatch):
    """yt-dlp reads all certificates for every video, and this host speaks http."""
    monkeypatch.setattr("yt_dlp.networking._helper.ssl_load_certs", lambda *arguments: None)


def journal(folder):
    return read_journal(folder / "download.csv", COLUMNS)


@pytest.mark.slow
def test_two_hundred_videos_from_a_host_that_fails(host, tmp_path, monkeypatch, capsys):
    """Every good one got, every bad one classified, none lost; then nothing is asked for twice."""
    ways = [way for way in WAYS if way != "stall"]
    ids = [f"{'-' * (n % 7 == 0)}{ways[n % len(ways)]}_{n}" for n in range(200)]
    ids[150:152] = ["stall_150", "-stall_151"]  # two, and early: each one costs its timeout
    monkeypatch.chdir(tmp_path)
    write_params(tmp_path)
    lists = write_lists(tmp_path, host, train=ids[:150], test=ids[150:])
    arguments = ["--dataset", "fashion", "--lists", str(lists)]
    assert main(arguments) == 0
    out = tmp_path / "work" / "full" / "source" / "fashion"
    rows = journal(out)
    assert set(rows) == set(ids)
    wanted = {name: WAYS[name.lstrip("-").split("_")[0]] for name in ids}
    assert {name: row["status"] for name, row in rows.items()} == wanted
    for name, kind in wanted.items():
        path = out / f"{name}.mp4"
        assert path.exists() == (kind == "ok")
        assert kind != "ok" or path.read_bytes() == host.data(name)
        assert kind == "ok" or rows[name]["message"]
    counts = Counter(wanted.values())
    listed = ", ".join(f"{counts[kind]} {kind}" for kind in sorted(counts))
    assert f"200 videos: {listed} -> " in capsys.readouterr().out
    parts = [path for path in (out / ".fetch").rglob("*") if path.is_file()]
    assert {wanted[path.parent.name] for path in parts} == {"network"}  # they may yet go on

    files = {path.name: path.read_bytes() for path in out.glob("*.mp4")}
    seen = len(host.requests)
    assert main([*arguments, "--split", "test", "--strict"]) == 1
    again = {request.video_id for request in host.requests[seen:]}
    lasting = ("ok", "removed", "not-found", "geo-blocked", "unsafe")
    assert again == {name for name in ids[150:] if wanted[name] not in lasting}
    assert {path.name: path.read_bytes() for path in out.glob("*.mp4")} == files
    assert {name: row["status"] for name, row in journal(out).items()} == wanted


def test_test_comes_first_and_alone_if_wanted(get, asked, host, tmp_path):
    get(["h264_1", "h264_2"], ["h264_3", "h264_4"], config={"jobs": 1}, limit=3)
    assert list(dict.fromkeys(asked().elements())) == ["h264_3", "h264_4", "h264_1"]
    get(["h264_1", "h264_2"], ["h264_3"], splits=["test"])
    assert not asked()


def test_the_folder_says_what_it_holds(get, tmp_path):
    get(["h264_1", "ntsc_2", "404_3"])
    out = tmp_path / "out"
    assert [row.video_id for row in read_metadata(out / "metadata.csv")] == [
        "h264_1", "ntsc_2", "404_3",
    ]  # fmt: skip
    stamp = read_stamp(out)
    assert stamp.id == "fashion@unfrozen" and stamp.parameters == {"format": "files"}
    row = journal(out)["ntsc_2"]
    assert (row["codec"], row["width"], row["height"], row["fps"], row["frames"]) == (
        "h264", "64", "48", "29.97", "8",
    )  # fmt: skip
    assert (row["source"], row["format"], row["format_id"]) == ("mirror", "files", "mp4")


def test_a_changed_file_is_found_and_a_touched_one_is_not_fetched(get, asked, host, tmp_path):
    ids = ["h264_1", "h264_2", "h264_3", "h264_4"]
    get(ids)
    files = [tmp_path / "out" / f"{name}.mp4" for name in ids]
    assert {path.stat().st_mtime_ns for path in files} == {STAMP_NS}
    asked()
    files[0].unlink()
    files[1].write_bytes(files[1].read_bytes()[:-1] + b"!")
    os.utime(files[2])
    data = bytearray(files[3].read_bytes())
    data[-1] ^= 1
    files[3].write_bytes(data)
    os.utime(files[3], ns=(STAMP_NS, STAMP_NS))  # the same size and time: only reading tells
    get(ids)
    assert set(asked()) == {"h264_1", "h264_2"}
    assert files[2].stat().st_mtime_ns == STAMP_NS
    get(ids, verify=True)
    assert set(asked()) == {"h264_4"}
    assert [path.read_bytes() for path in files] == [host.data(name) for name in ids]


def test_a_changed_file_that_does_not_come_again_is_gone(get, tmp_path, host):
    get(["hiccup_7", "h264_1"])
    path = tmp_path / "out" / "hiccup_7.mp4"
    path.write_bytes(b"changed")
    host.asked["hiccup_7"] = 0
    get(["hiccup_7", "h264_1"], config={"retries": 0})
    assert journal(tmp_path / "out")["hiccup_7"]["status"] == "network"
    assert not path.exists()


def test_lasting_failures_are_asked_again_only_if_wanted(get, asked):
    ids = ["404_1", "410_2", "451_3"]
    get(ids)
    asked()
    get(ids)
    assert not asked()
    get(ids, retry=["removed"])
    assert set(asked()) == {"410_2"}
    get(ids, retry=["all"])
    assert set(asked()) == set(ids)
    with pytest.raises(UsageError, match=r"unknown class 'dead'; known: removed, .*, all"):
        get(ids, retry=["dead"])


def test_another_source_is_asked_for_what_the_first_has_lost(get, asked, host, tmp_path):
    ids = ["404_1", "h264_2", "h264_3"]
    get(ids)
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "404_1.MKV").write_bytes(b"x")
    (mine / "404_1.webm").write_bytes(video_bytes("vp9"))
    get(ids, config={"source": "videos", "format": ""}, given=Given(videos=mine))
    rows = journal(tmp_path / "out")
    assert {name: row["source"] for name, row in rows.items()} == {
        "404_1": "videos", "h264_2": "mirror", "h264_3": "mirror",
    }  # fmt: skip
    assert read_stamp(tmp_path / "out").parameters == {"format": "mixed"}
    link = tmp_path / "out" / "404_1.webm"
    assert link.is_symlink() and link.read_bytes() == video_bytes("vp9")
    asked()
    result = get(ids)
    assert not asked() and {status for status, _ in result.statuses.values()} == {"ok"}
    (mine / "404_1.webm").write_bytes(video_bytes("h264"))
    get(ids, config={"source": "videos", "format": ""}, given=Given(videos=mine))
    assert journal(tmp_path / "out")["404_1"]["codec"] == "h264"


def test_local_videos_that_are_missing_or_broken(get, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "a.mp4").write_bytes(video_bytes("h264"))
    (mine / "b.mp4").write_bytes(video_bytes("h264")[:-100])
    config = {"source": "videos", "format": ""}
    result = get(["a", "b", "c"], config=config, given=Given(videos=mine))
    assert {name: status for name, (status, _) in result.statuses.items()} == {
        "a": "ok", "b": "truncated", "c": "not-given",
    }  # fmt: skip
    assert (mine / "b.mp4").is_file()
    with pytest.raises(UsageError, match="needs --videos DIR"):
        get(["a"], config=config)


def test_videos_without_a_row_are_not_fetched_again(get, asked, tmp_path):
    get(["h264_1", "h264_2"])
    asked()
    (tmp_path / "out" / "download.csv").unlink()
    (tmp_path / "out" / "h264_2.mp4").write_bytes(b"no video")
    get(["h264_1", "h264_2"])
    assert set(asked()) == {"h264_2"}
    rows = journal(tmp_path / "out")
    assert (rows["h264_1"]["source"], rows["h264_1"]["format"]) == ("found", "given")


def test_a_shorter_list_removes_nothing(get, tmp_path):
    get(["h264_1", "h264_2"])
    result = get(["h264_1"])
    assert set(result.statuses) == {"h264_1"}
    assert (tmp_path / "out" / "h264_2.mp4").is_file() and "h264_2" in journal(tmp_path / "out")


def test_a_refusing_host_stops_the_run_which_goes_on_later(get, asked, host, tmp_path):
    ids = [f"403_{n}" for n in range(9)]
    result = get(ids, config={"stop_after": 3, "jobs": 1, "retries": 0})
    assert result.stopped == "3 videos in a row were refused, the last as forbidden"
    counts = Counter(status for status, _ in result.statuses.values())
    assert counts == {"forbidden": 3, "pending": 6}
    assert set(asked()) == set(ids[:3])


def test_check_asks_and_downloads_nothing(get, asked, tmp_path, tree):
    get(["h264_1"])
    before = tree(tmp_path / "out")
    asked()
    result = get(["h264_1", "h264_2", "404_3", "page_4"], check=True)
    assert {name: status for name, (status, _) in result.statuses.items()} == {
        "h264_1": "ok", "h264_2": "available", "404_3": "not-found", "page_4": "not-a-video",
    }  # fmt: skip
    assert asked() == {"h264_2": 1, "404_3": 1, "page_4": 1}
    assert tree(tmp_path / "out") == before
    assert read_attempts(tmp_path / "reports")["h264_2"].status == "available"


def test_ready_crops_need_the_list_only(get, tmp_path):
    get(["a", "b"], config={"source": "ready", "format": ""})
    assert read_stamp(tmp_path / "out").parameters == {"format": "ready"}
    assert len(read_metadata(tmp_path / "out" / "metadata.csv")) == 2


def test_a_report_of_what_can_be_had(get, tmp_path):
    ids = ["h264_1", "404_2", "hiccup_3"]
    get(ids, ["h264_4"])
    rows = [whole_row(name, "train") for name in ids] + [whole_row("h264_4", "test")]
    listing = Listing("fashion@v1", "0" * 64, (*rows, whole_row("new", "train")))
    found = availability(listing, tmp_path / "out", tmp_path / "reports")
    assert [(row.video_id, row.status, row.attempts) for row in found] == [
        ("h264_4", "ok", 1), ("h264_1", "ok", 1), ("404_2", "not-found", 1), ("hiccup_3", "ok", 2),
        ("new", "pending", 0),
    ]  # fmt: skip
    assert "HTTP Error 404" in found[2].message and found[4].asked == ""
    (tmp_path / "out" / "h264_1.mp4").unlink()
    day = date(2026, 2, 3)
    out, reports = tmp_path / "out", tmp_path / "reports"
    path = write_report(listing, out, reports, today=day)
    assert path.name == "availability-2026-02-03.csv"
    with path.open(newline="") as file:
        read = list(csv.DictReader(file))
    assert {row["date"] for row in read} == {"2026-02-03"}
    assert read[1]["status"] == "missing"
    picture = path.with_suffix(".png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    before = path.read_bytes()
    write_report(listing, out, reports, today=day)
    assert (path.read_bytes(), path.with_suffix(".png").read_bytes()) == (before, picture)


def test_command_line_of_a_mirror(host, tmp_path, monkeypatch, capsys):
    """The whole command with the list of addresses, and a mirror in the place of the addresses."""
    monkeypatch.chdir(tmp_path)
    write_params(tmp_path)
    lists = write_lists(tmp_path, host, train=["404_1"], test=["h264_2"])
    command = ["--dataset", "fashion", "--lists", str(lists)]
    assert main([*command, "--check"]) == 0
    assert "2 videos: 1 available, 1 not-found" in capsys.readouterr().out
    assert not (tmp_path / "work" / "full" / "source").exists()
    url = f"{host.url}/h264_{{video_id}}.mp4"
    assert main([*command, "--url-template", url]) == 0
    assert "2 videos: 2 ok" in capsys.readouterr().out
    reports = tmp_path / "work" / "full" / "availability" / "fashion"
    names = {path.name.split("-")[0] for path in reports.iterdir()}
    assert names == {"attempts.csv", "availability"}


def test_gifs_of_an_archive(tmp_path, monkeypatch, capsys):
    """MGif: the archive is the list; its GIFs become source videos under their own suffix."""
    rng = np.random.default_rng(0)
    files = {}
    for name in ("train/cat", "train/dog", "test/-ant"):
        pictures = [Image.fromarray(rng.integers(0, 256, (20, 30, 3), np.uint8)) for _ in range(5)]
        data = io.BytesIO()
        pictures[0].save(data, "GIF", save_all=True, append_images=pictures[1:], duration=100)
        files[f"mgif/{name}.gif"] = data.getvalue()
    files |= {
        "mgif/test/fake.gif": b"<html>",
        "mgif/train/half.gif": files["mgif/train/cat.gif"][:-9],
    }
    lists = tmp_path / "lists"
    lists.mkdir()
    with zipfile.ZipFile(lists / "mgif-processed.archive", "w") as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    monkeypatch.chdir(tmp_path)
    command = ["--dataset", "mgif", "--profile", "full", "--lists", str(lists)]
    assert main(command) == 0
    assert "5 videos: 1 not-a-video, 3 ok, 1 truncated" in capsys.readouterr().out
    out = tmp_path / "work" / "full" / "source" / "mgif"
    assert {path.name for path in out.glob("*.gif")} == {"cat.gif", "dog.gif", "-ant.gif"}
    assert (out / "-ant.gif").read_bytes() == files["mgif/test/-ant.gif"]
    row = journal(out)["cat"]
    assert (row["frames"], row["fps"], row["width"], row["format"]) == (
        "5",
        "10.0",
        "30",
        "archive",
    )
    assert read_stamp(out).parameters == {"format": "archive"}
    before = {path.name: path.stat().st_mtime_ns for path in out.glob("*.gif")}
    assert main(command) == 0
    assert {path.name: path.stat().st_mtime_ns for path in out.glob("*.gif")} == before
    assert not (out / ".fetch").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--url-template", "file:///etc/{video_id}"], "only http:// and https://"),
        (["--url-template", "http://h/x.mp4"], "a mirror needs a url with {video_id} in it"),
        (["--videos", "nowhere"], "nowhere: is not a folder"),
        (["--cookies", "nowhere"], "nowhere: is no cookies file"),
        (["--source", "archive"], "its videos are in no archive"),
        (["--source", "ready", "--check"], "'ready' has no videos that can be asked for"),
        (["--list", "v9"], "unknown list of fashion 'v9'"),
        (["--retry", "dead"], "unknown class 'dead'"),
        (["--limit", "-1"], "limit must not be negative, got -1"),
        (["--source", "youtube", "--format", "files", "--jobs", "0"], "jobs must be positive"),
    ],
)
def test_wrong_usage(arguments, message, host, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_params(tmp_path)
    lists = write_lists(tmp_path, host, train=["h264_1"], test=["h264_2"])
    assert main(["--dataset", "fashion", "--lists", str(lists), *arguments]) == 2
    assert message in capsys.readouterr().err


def test_lasting_failures_are_named_and_tried_when_a_check_has_found_them(
    host, tmp_path, monkeypatch, capsys, asked
):
    monkeypatch.chdir(tmp_path)
    write_params(tmp_path)
    lists = write_lists(tmp_path, host, train=["404_1"], test=["h264_2"])
    command = ["--dataset", "fashion", "--lists", str(lists)]
    assert main(command) == 0
    assert asked()["404_1"]
    assert "not asked for again" not in capsys.readouterr().err
    assert main(command) == 0
    assert not asked()
    assert "1 videos were not asked for again, having failed for good" in capsys.readouterr().err
    AttemptLog(tmp_path / "work" / "full" / "availability" / "fashion").add(
        "404_1", [(AVAILABLE, "")]
    )
    assert main(command) == 0
    assert asked()["404_1"]


def test_two_downloads_never_work_in_one_folder(host, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_params(tmp_path)
    lists = write_lists(tmp_path, host, train=["404_1"], test=["h264_2"])
    with alone(tmp_path / "work" / "full" / "source" / "fashion", "download"):
        assert main(["--dataset", "fashion", "--lists", str(lists)]) == 2
    assert "another run of download works in this folder" in capsys.readouterr().err
