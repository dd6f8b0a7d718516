"""YouTube without its host: the real extractor of yt-dlp, given the answers that the host gives."""

import pytest

from datasets.fetch.errors import AttemptError
from datasets.fetch.folder import describe
from datasets.fetch.formats import FORMATS
from datasets.fetch.ytdlp import Network, ask_host, fetch_video, watch_url
from tests.datasets.video_host import video_host

pytest.importorskip("yt_dlp")
TOKEN = "token"
SPEC = FORMATS["avc1-1080"]
URL = watch_url("-K57q5o3dn4")
SETTINGS = {"spec": SPEC, "network": Network(timeout=5.0), "stopped": lambda: False}


@pytest.fixture
def answer(monkeypatch):
    """A function that sets what the host says of any video: its player response."""

    def say(**response):
        found = (None, {}, {}, False, [response], None)
        monkeypatch.setattr(
            "yt_dlp.extractor.youtube.YoutubeIE._initial_extract", lambda *arguments: found
        )

    return say


def screen(reason, subreason=""):
    parts = {"reason": {"simpleText": reason}, "subreason": {"simpleText": subreason}}
    return {
        "status": "ERROR",
        "reason": reason,
        "errorScreen": {"playerErrorMessageRenderer": parts},
    }


@pytest.mark.parametrize(
    ("reason", "subreason", "kind"),
    [
        ("Video unavailable", "", "not-found"),
        ("Video unavailable", "This video is no longer available because the YouTube account "
         "associated with this video has been terminated.", "removed"),
        ("Video unavailable", "This video has been removed by the uploader", "removed"),
        ("Private video", "Sign in if you've been granted access to this video", "private"),
        ("Join this channel to get access to members-only content like this video, and other "
         "exclusive perks.", "", "members-only"),
        ("Video unavailable", "The uploader has not made this video available in your country",
         "geo-blocked"),
        ("Sign in to confirm your age", "This video may be inappropriate for some users.", "age"),
        ("Sign in to confirm you’re not a bot", "This helps protect our community. Learn more",
         "bot-check"),
        ("This content isn't available, try again later.", "", "rate-limited"),
    ],
)  # fmt: skip
def test_reasons(reason, subreason, kind, answer):
    answer(playabilityStatus=screen(reason, subreason))
    with pytest.raises(AttemptError) as caught:
        ask_host(URL, **SETTINGS)
    assert caught.value.kind == kind
    assert "-K57q5o3dn4" in str(caught.value)
    assert (subreason if kind == "geo-blocked" else reason).split(".")[0] in str(caught.value)


def offer(*streams):
    """Streaming data, with what yt-dlp itself notes in them after it had them from the host."""
    notes = {
        "client": "android_vr", "innertube_context": {"client": {"clientName": "WEB"}},
        "fetch_gvs_po_token": lambda **_: TOKEN, "fetch_subs_po_token": lambda **_: None,
        "player_token_provided": False, "is_premium_subscriber": False, "available_at_timestamp": 0,
    }  # fmt: skip
    notes = {f"__yt_dlp_{name}": value for name, value in notes.items()}
    return notes | {"adaptiveFormats": [part | notes for part in streams]}


def stream(itag, codec, height, url):
    return {
        "itag": itag, "url": url, "mimeType": f'video/mp4; codecs="{codec}"', "height": height,
        "width": height * 16 // 9, "fps": 25, "bitrate": 1000, "contentLength": "1",
        "quality": "hd",
    }  # fmt: skip


def test_the_named_format_is_taken(answer, tmp_path):
    with video_host() as host:
        url = f"{host.url}/h264_a.mp4"
        answer(
            playabilityStatus={"status": "OK"},
            videoDetails={"title": "t", "videoId": "-K57q5o3dn4", "lengthSeconds": "1"},
            streamingData=offer(
                stream(136, "avc1.4d401f", 720, url),
                stream(137, "avc1.640028", 1080, url),
                stream(299, "avc1.64002a", 1080, f"{host.url}/404_sr.mp4?xtags=sr%3D1"),
                stream(264, "avc1.640032", 1440, f"{host.url}/404_1440.mp4"),
                stream(399, "av01.0.08M.08", 1080, f"{host.url}/404_av1.mp4"),
            ),
        )
        assert ask_host(URL, **SETTINGS) == "137"
        assert not host.requests
        got = fetch_video(URL, tmp_path / "v", **SETTINGS)
        row = describe(got, "-K57q5o3dn4", source="youtube", spec=SPEC)
        assert (got.format_id, row["codec"], row["format"]) == ("137", "h264", "avc1-1080")
        assert got.path.read_bytes() == host.data("h264_a")


def test_a_video_without_the_named_format(answer):
    answer(
        playabilityStatus={"status": "OK"},
        videoDetails={"title": "t", "videoId": "-K57q5o3dn4"},
        streamingData=offer(stream(399, "av01.0.08M.08", 1080, "https://h/x")),
    )
    with pytest.raises(AttemptError) as caught:
        ask_host(URL, **SETTINGS)
    assert caught.value.kind == "no-format"


def test_the_words_say_why_formats_are_missing(answer, monkeypatch):
    """YouTube shows some formats only to those who hold a token, which a plugin can get."""
    monkeypatch.setattr(f"{__name__}.TOKEN", None)
    answer(
        playabilityStatus={"status": "OK"},
        videoDetails={"title": "t", "videoId": "-K57q5o3dn4"},
        streamingData=offer(stream(137, "avc1.640028", 1080, "https://h/x")),
    )
    with pytest.raises(AttemptError, match=r"No video formats found.*PO Token") as caught:
        ask_host(URL, **SETTINGS)
    assert caught.value.kind == "no-format"


def test_a_line_that_is_dead():
    network = Network(timeout=0.5, proxy="http://127.0.0.1:9")
    with pytest.raises(AttemptError) as caught:
        ask_host(URL, **SETTINGS | {"network": network})
    assert caught.value.kind == "network"
