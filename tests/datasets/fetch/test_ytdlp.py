"""The real yt-dlp against the failing host: each way to fail has its class; what comes is whole."""

import pytest

from datasets.fetch.errors import AttemptError, Interrupted
from datasets.fetch.folder import describe
from datasets.fetch.formats import FORMATS
from datasets.fetch.ytdlp import (
    Network,
    _options,
    ask_host,
    check_url,
    fetch_video,
    watch_url,
)
from datasets.registry import UsageError
from tests.datasets.video_host import WAYS, video_host

pytest.importorskip("yt_dlp")
FILES = FORMATS["files"]


@pytest.fixture(scope="module")
def host():
    with video_host() as found:
        yield found


def get(host, video_id, folder, *, spec=FILES, stopped=lambda: False, **network):
    timeout = 0.3 if video_id.startswith("stall") else 5.0
    network = Network(**{"timeout": timeout} | network)
    url = f"{host.url}/{video_id}.mp4"
    got = fetch_video(url, folder / video_id, spec=spec, network=network, stopped=stopped)
    return got, describe(got, video_id, source="files", spec=spec)


@pytest.mark.parametrize("way", [way for way, kind in WAYS.items() if kind == "ok"])
def test_what_comes(way, host, tmp_path):
    for attempt in range(3):
        try:
            got, row = get(host, f"{way}_a", tmp_path)
            break
        except AttemptError as error:
            assert way in ("busy", "hiccup", "cut") and attempt == 0, error
    assert got.path.read_bytes() == host.data(f"{way}_a")
    assert row["status"] == "ok" and row["bytes"] == str(len(host.data(f"{way}_a")))


@pytest.mark.parametrize(("way", "kind"), [pair for pair in WAYS.items() if pair[1] != "ok"])
def test_what_fails(way, kind, host, tmp_path):
    for _ in range(2):  # the second time too, whatever the first one left
        with pytest.raises(AttemptError) as caught:
            get(host, f"{way}_a", tmp_path)
        assert caught.value.kind == kind
        words = str(caught.value)
        assert words and "\n" not in words and "please report" not in words
        assert "mp4.mp4" not in words  # our name of it says nothing to a reader


def test_a_cut_connection_goes_on_by_range(host, tmp_path):
    with pytest.raises(AttemptError):
        get(host, "cut_b", tmp_path)
    part = (tmp_path / "cut_b" / "mp4.mp4.part").stat().st_size
    assert part
    get(host, "cut_b", tmp_path)
    assert host.requests[-1].start == part and host.requests[-1].status == 206


def test_a_file_that_is_whole_already_is_not_asked_for(host, tmp_path):
    get(host, "h264_c", tmp_path)
    before = len(host.requests)
    got, _ = get(host, "h264_c", tmp_path)
    assert got.format_id == "mp4" and len(host.requests) == before


@pytest.mark.parametrize("more", [b"", b"of a longer file that the host had before"])
def test_killed_before_a_whole_part_had_its_name(more, host, tmp_path):
    folder = tmp_path / "h264_i"
    folder.mkdir()
    (folder / "mp4.mp4.part").write_bytes(host.data("h264_i") + more * 10)
    with pytest.raises(AttemptError, match="416") as caught:
        get(host, "h264_i", tmp_path)
    assert caught.value.kind == "network"
    got, _ = get(host, "h264_i", tmp_path)
    assert got.path.read_bytes() == host.data("h264_i")


def test_a_part_is_kept_if_it_may_go_on_and_else_removed(host, tmp_path):
    for way in ("reset", "page"):
        folder = tmp_path / f"{way}_j"
        folder.mkdir()
        (folder / "mp4.mp4.part").write_bytes(host.data("h264_j")[:10])
    with pytest.raises(AttemptError):
        get(host, "page_j", tmp_path)
    with pytest.raises(AttemptError):
        get(host, "reset_j", tmp_path)
    assert not (tmp_path / "page_j").exists() and (tmp_path / "reset_j").exists()


def test_a_wait_that_the_host_asks_for(host, tmp_path, monkeypatch):
    monkeypatch.setattr(host, "retry_after", "17")
    with pytest.raises(AttemptError) as caught:
        get(host, "429_b", tmp_path)
    assert caught.value.wait == 17


def test_only_asking_downloads_nothing(host, tmp_path):
    network = Network(timeout=5.0)
    settings = {"spec": FILES, "network": network, "stopped": lambda: False}
    assert ask_host(f"{host.url}/h264_d.mp4", **settings) == "mp4"
    assert [r.video_id for r in host.requests].count("h264_d") == 1
    for way in ("404", "page", "file"):
        with pytest.raises(AttemptError) as caught:
            ask_host(f"{host.url}/{way}_d.mp4", **settings)
        assert caught.value.kind == WAYS[way]
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_too_large(host, tmp_path):
    with pytest.raises(AttemptError, match="larger than max-filesize") as caught:
        get(host, "h264_e", tmp_path, max_bytes=100)
    assert caught.value.kind == "too-large"


def test_a_file_of_another_format(host, tmp_path):
    with pytest.raises(AttemptError, match="vp9 with 32 lines is not avc1-1080") as caught:
        get(host, "vp9_e", tmp_path, spec=FORMATS["avc1-1080"])
    assert caught.value.kind == "no-format"
    assert not (tmp_path / "vp9_e").exists()


def test_the_end_of_the_run(host, tmp_path):
    with pytest.raises(Interrupted):
        get(host, "h264_f", tmp_path, stopped=lambda: True)


def test_a_page_does_not_lead_to_another_host(host, tmp_path, monkeypatch):
    page = (
        b'<!DOCTYPE html><html><body><video src="/h264_g.mp4"></video>'
        b'<iframe src="https://www.youtube.com/embed/aaaaaaaaaaa"></iframe></body></html>'
    )
    monkeypatch.setattr("tests.datasets.video_host.PAGE", page)
    with pytest.raises(AttemptError) as caught:
        get(host, "page_g", tmp_path)
    assert caught.value.kind == "not-a-video"
    assert "h264_g" not in {request.video_id for request in host.requests}


def test_cookies_are_read_and_never_written(host, tmp_path):
    text = "# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\tname\tsecret\n"
    get(host, "h264_h", tmp_path, cookies=text)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["mp4.mp4"]


def test_ids_of_youtube():
    assert watch_url("-K57q5o3dn4") == "https://www.youtube.com/watch?v=-K57q5o3dn4"
    for name in ("short", "-K57q5o3dn4&list=x", "../../../../", "--exec=xyzab"):
        with pytest.raises(AttemptError) as caught:
            watch_url(name)
        assert caught.value.kind == "not-found"


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://h/x", "http://", "x.mp4", "-o /tmp"])
def test_only_http(url):
    with pytest.raises(UsageError, match="only http:// and https://"):
        check_url(url)


def test_nothing_is_run_and_nothing_is_left_out(tmp_path):
    """Options without which a download would be other than it says."""
    options = _options(tmp_path / "50%", FORMATS["avc1-1080"], Network(), of_youtube=True)
    assert options["skip_unavailable_fragments"] is False
    assert options["fixup"] == "never" and options["noplaylist"]
    assert not options["enable_file_urls"] and not options["allow_unplayable_formats"]
    assert options["outtmpl"]["default"].startswith(f"{tmp_path}/50%%/")
    assert not {"postprocessors", "exec", "external_downloader"} & set(options)
