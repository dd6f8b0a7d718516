"""The named format, decided by yt-dlp's real selection over tables like a host's."""

import pytest

from datasets.fetch.formats import FORMATS
from datasets.registry import UsageError

yt_dlp = pytest.importorskip("yt_dlp")


def entry(format_id, height, vcodec, *, acodec="none", protocol="https", fps=25, br=1000):
    width = height * 16 // 9
    return {
        "format_id": format_id, "height": height, "width": width, "vcodec": vcodec, "fps": fps,
        "acodec": acodec, "protocol": protocol, "tbr": br, "ext": "mp4" if "avc" in vcodec else
        "webm", "url": f"https://host.example/{format_id}",
    }  # fmt: skip


TABLE = [
    entry("18", 360, "avc1.42001E", acodec="mp4a.40.2"),
    entry("22", 720, "avc1.64001F", acodec="mp4a.40.2"),
    entry("135", 480, "avc1.4d401e"),
    entry("136", 720, "avc1.4d401f"),
    entry("137", 1080, "avc1.640028"),
    entry("299", 1080, "avc1.64002a", fps=50),
    entry("264", 1440, "avc1.640032"),
    entry("248", 1080, "vp9", br=9000),
    entry("399", 1080, "av01.0.08M.08"),
    entry("270", 1080, "avc1.640028", protocol="m3u8_native", br=9000),
    entry("140", 0, "none", acodec="mp4a.40.2") | {"width": None, "height": None},
]


def chosen(table, name="avc1-1080"):
    spec = FORMATS[name]
    options = {
        "format": spec.selector, "format_sort": list(spec.sort), "quiet": True,
        "no_warnings": True, "simulate": True,
    }  # fmt: skip
    info = {"id": "x", "title": "x", "formats": table, "extractor": "t", "extractor_key": "T"}
    with yt_dlp.YoutubeDL(options, auto_init=False) as downloader:
        try:
            return downloader.process_ie_result(info, download=False)["format_id"]
        except yt_dlp.utils.ExtractorError as error:
            return str(error)


def without(*ids):
    return [row for row in TABLE if row["format_id"] not in ids]


@pytest.mark.parametrize("flip", [1, -1])
def test_order_of_preference(flip):
    """Sharpest H.264 of at most 1080 lines: alone, with sound, in pieces; nothing else."""
    assert chosen(TABLE[::flip]) == "299"
    assert chosen(without("299")[::flip]) == "137"
    assert chosen(without("299", "137")[::flip]) == "136"
    alone = ("299", "137", "136", "135")
    assert chosen(without(*alone)[::flip]) == "22"
    assert chosen(without(*alone, "18", "22")[::flip]) == "270"
    assert "Requested format is not available" in chosen(without(*alone, "18", "22", "270")[::flip])


def test_pictures_enlarged_by_a_network_and_damaged_ones_are_not_taken():
    table = [entry("135", 480, "avc1"), entry("137-sr", 1080, "avc1")]
    assert chosen(table) == "135"
    assert chosen(
        [entry("136", 720, "avc1"), entry("137", 1080, "avc1") | {"preference": -10}]
    ) == ("136")


def test_a_portrait_video_counts_by_its_lines():
    table = [entry("a", 1920, "avc1") | {"width": 1080}, entry("b", 1280, "avc1") | {"width": 720}]
    assert "not available" in chosen(table)
    assert chosen([*table, entry("c", 854, "avc1") | {"width": 480}]) == "c"


def test_what_came_is_held_against_the_name():
    spec = FORMATS["avc1-1080"]
    assert spec.refuses("h264", 1080) == ""
    assert spec.refuses("vp9", 720) == "vp9 with 720 lines is not avc1-1080"
    assert spec.refuses("h264", 1440) == "h264 with 1440 lines is not avc1-1080"
    assert FORMATS["files"].refuses("vp9", 4000) == ""


def test_formats_of_sources():
    from datasets.download_config import DownloadConfig

    def name(source, **settings):
        url = "https://h.example/{video_id}.mp4"
        return DownloadConfig(source=source, url=url, **settings).chosen_format.name

    assert name("youtube") == "avc1-1080"
    assert name("mirror") == name("mirror", format="files") == "files"
    with pytest.raises(UsageError, match="source mirror has the format 'files', not 'avc1-1080'"):
        name("mirror", format="avc1-1080")
    assert [name(s) for s in ("files", "archive", "videos", "ready")] == [
        "files", "archive", "given", "ready",
    ]  # fmt: skip
    with pytest.raises(UsageError, match="unknown format of source youtube 'given'"):
        name("youtube", format="given")
    with pytest.raises(UsageError, match="source videos has the format 'given', not 'files'"):
        name("videos", format="files")
