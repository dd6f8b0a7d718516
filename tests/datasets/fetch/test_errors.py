"""Error classes: the words that yt-dlp really gives, and what is done about each class."""

import re
from pathlib import Path

import pytest

from datasets.fetch.errors import ERRORS, classify

COOKIES = (
    " Use --cookies-from-browser or --cookies for the authentication. See  https://github.com/"
    "yt-dlp/yt-dlp/wiki/FAQ#how-do-i-pass-cookies-to-yt-dlp  for how to manually pass cookies."
)
# As yt-dlp 2026 prints them; [youtube] and the id in front are its own.
SAID = [
    ("Video unavailable. This video has been removed by the uploader", "removed"),
    ("This video has been removed for violating YouTube's Terms of Service", "removed"),
    ("Video unavailable. This video has been removed for violating YouTube's policy on nudity or "
     "sexual content", "removed"),
    ("This video is no longer available because the YouTube account associated with this video "
     "has been terminated.", "removed"),
    ("Video unavailable. This video is no longer available because the uploader has closed their "
     "YouTube account.", "removed"),
    ("Video unavailable. This video is no longer available due to a copyright claim by UMG",
     "removed"),
    ("This video contains content from WMG, who has blocked it on copyright grounds", "removed"),
    ("Video unavailable. This video isn't available anymore", "removed"),
    ("Private video. Sign in if you've been granted access to this video." + COOKIES, "private"),
    ("This video is private. If the owner of this video has granted you access, please sign in.",
     "private"),
    ("Join this channel to get access to members-only content like this video, and other "
     "exclusive perks.", "members-only"),
    ("This video is available to this channel's members on level: Sifu (or any higher level). "
     "Join this channel to get access to members-only content", "members-only"),
    ("This video is only available to Music Premium members", "members-only"),
    ("This video requires payment to watch", "members-only"),
    ("The uploader has not made this video available in your country\nThis video is available in "
     "Austria, Germany.", "geo-blocked"),
    ("Video unavailable. This video contains content from SME, who has blocked it in your country "
     "on copyright grounds", "geo-blocked"),
    ("This video is not available from your location due to geo restriction", "geo-blocked"),
    ("Sign in to confirm your age. This video may be inappropriate for some users." + COOKIES,
     "age"),
    ("Sign in to confirm you’re not a bot." + COOKIES, "bot-check"),
    ("Sign in to confirm you're not a bot. This helps protect our community.", "bot-check"),
    ("Video unavailable. YouTube is requiring a captcha challenge before playback", "bot-check"),
    ("All player responses are invalid. Your IP is likely being blocked by Youtube", "bot-check"),
    ("Video unavailable. This content isn't available, try again later. The current session has "
     "been rate-limited by YouTube for up to an hour.", "rate-limited"),
    ("Unable to download API page: HTTP Error 429: Too Many Requests", "rate-limited"),
    ("Login details are needed to download this content." + COOKIES, "login"),
    ("Please sign in." + COOKIES, "login"),
    ("Premieres in 5 hours", "live"),
    ("This live event will begin in 3 days.", "live"),
    ("This live stream recording is not available.", "live"),
    ("This video is DRM protected", "drm"),
    ("Requested format is not available. Use --list-formats for a list of available formats",
     "no-format"),
    ("Only images are available for download. use --list-formats to see them", "no-format"),
    ("Video unavailable", "not-found"),
    ("Video unavailable. This video is unavailable", "not-found"),
    ("Video unavailable. This video is not available", "not-found"),
    ("Unable to download API page: [Errno -3] Temporary failure in name resolution", "network"),
    ("Unable to download webpage: The read operation timed out", "network"),
    ("[download] Got error: 1024 bytes read, 99 more expected. Giving up after 0 retries",
     "network"),
    ("Unable to download webpage: [SSL: UNEXPECTED_EOF_WHILE_READING] EOF occurred", "network"),
    ("Unable to connect to proxy", "network"),
    ("unable to write data: [Errno 28] No space left on device", "disk-full"),
    ("unable to open for writing: [Errno 122] Disk quota exceeded", "disk-full"),
    ("File is larger than max-filesize (99 bytes > 9 bytes). Aborting.", "too-large"),
    ("Unsupported URL: https://mirror.example/login", "not-a-video"),
    ("The sky is green", "unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "expected"), SAID, ids=range(len(SAID)))
def test_words(words, expected):
    assert classify(f"[youtube] -K57q5o3dn4: {words}") == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [(403, "forbidden"), (404, "not-found"), (410, "removed"), (429, "rate-limited"),
     (451, "geo-blocked"), (401, "login"), (408, "network"), (416, "network"),
     (500, "network"), (503, "network"),
     (418, "not-found")],
)  # fmt: skip
def test_status_decides_where_the_words_only_repeat_it(status, expected):
    assert classify(f"Unable to download webpage: HTTP Error {status}: xyz", status) == expected


def test_a_bot_check_says_so_in_any_status():
    assert classify("HTTP Error 403: Forbidden. Sign in to confirm you’re not a bot", 403) == (
        "bot-check"
    )


def test_every_class_can_come_out():
    """No rule is hidden behind an earlier one."""
    found = {classify(words) for words, _ in SAID} | {"forbidden"}
    ours = {"unsafe", "truncated", "not-given"}  # said by this package, not by yt-dlp
    assert found | ours == set(ERRORS)


def test_what_is_tried_again():
    now = {name for name, kind in ERRORS.items() if kind.retry == "now"}
    assert now == {"bot-check", "rate-limited", "forbidden", "network", "unknown"}
    assert {name for name, kind in ERRORS.items() if kind.stops} == now - {"unknown"}
    never = {name for name, kind in ERRORS.items() if kind.retry == "never"}
    assert {"removed", "private", "members-only", "geo-blocked"} <= never


def test_reasons_that_ytdlp_itself_spells_out():
    """Its own source still has the words that the rules look for."""
    yt_dlp = pytest.importorskip("yt_dlp")
    folder = Path(yt_dlp.__file__).parent
    youtube = (folder / "extractor/youtube/_video.py").read_text(encoding="utf-8")
    screen = (folder / "YoutubeDL.py").read_text(encoding="utf-8")
    for text, words in [
        (youtube, "The uploader has not made this video available in your country"),
        (youtube, "has been rate-limited by YouTube"),
        (youtube, "requiring a captcha challenge"),
        (youtube, "Your IP is likely being blocked"),
        (youtube, "Private video"),
        (screen, "Requested format is not available"),
    ]:
        assert re.search(re.escape(words), text), words
        assert classify(words) != "unknown"
