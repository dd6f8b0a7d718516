"""One attempt to get one video with yt-dlp, used as a library: YouTube, or a file at an address.

Only the extractors that are asked for are loaded, and no other address is followed: yt-dlp's
generic extractor, which reads pages, may not leave the page for a player that it finds there. There
is no shell, no configuration file, no post-processing, and no address but ``http`` and ``https``.
"""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datasets.fetch.errors import ERRORS, AttemptError, Interrupted, classify
from datasets.fetch.formats import FORMATS, Format
from datasets.fetch.ytdlp_words import Words, attempt_error
from datasets.registry import UsageError

_WATCH = "https://www.youtube.com/watch?v="
_YOUTUBE_ID = re.compile(r"[A-Za-z0-9_-]{11}")
_UNFINISHED = re.compile(r"\.(part|ytdl|temp)\b")
_LIVE = ("is_live", "is_upcoming", "post_live")


@dataclass(frozen=True)
class Network:
    """How hosts are spoken to; nothing of it decides about pixels.

    Attributes:
        timeout: Seconds without an answer after which an attempt ends.
        rate_limit: Most bytes per second for one video; 0 for no limit.
        max_bytes: Largest file that is taken.
        proxy: Address of a proxy; empty for what the environment says.
        cookies: Text of a cookies file in Netscape's format; empty for none.
    """

    timeout: float = 30.0
    rate_limit: int = 0
    max_bytes: int = 20_000_000_000
    proxy: str = ""
    cookies: str = ""


@dataclass(frozen=True)
class Got:
    """A file that came.

    Attributes:
        path: Where it lies; its suffix is the container's.
        format_id: The host's own name of what was taken, e.g. ``137``.
        ours: Whether the file is ours to move and to remove.
    """

    path: Path
    format_id: str
    ours: bool = True


def watch_url(video_id: str) -> str:
    """Return the address of a YouTube video; an id that begins with ``-`` is no option there.

    Raises:
        AttemptError: It is no id of YouTube: ``not-found``.

    Example:
        >>> watch_url("-K57q5o3dn4")
        'https://www.youtube.com/watch?v=-K57q5o3dn4'
    """
    if not _YOUTUBE_ID.fullmatch(video_id):
        text = f"{video_id!r} is no YouTube id: 11 letters, digits, '-' or '_'"
        raise AttemptError("not-found", text)
    return f"{_WATCH}{video_id}"


def check_url(url: str) -> str:
    """Return ``url`` if it is an address of http or https; raise `UsageError` otherwise."""
    if not re.match(r"https?://[^/\s]", url):
        raise UsageError(f"{url!r}: only http:// and https:// addresses are fetched")
    return url


def fetch_video(
    url: str, folder: Path, *, spec: Format, network: Network, stopped: Callable[[], bool]
) -> Got:
    """Get the video at ``url`` into ``folder``; it goes on with what is there.

    Args:
        url: A watch page of YouTube, or the address of a file.
        folder: A folder of this video alone.
        spec: Which of YouTube's files is taken; an address has one. The caller checks what came.
        network: How the host is spoken to.
        stopped: Asked again and again; once true, the attempt ends.

    Raises:
        AttemptError: With the class and the words of what went wrong.
        Interrupted: ``stopped`` said so.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(folder.iterdir()):
        if not _UNFINISHED.search(path.name):  # yt-dlp names a file so when it is whole
            return Got(path, path.stem)
    try:
        info = _run(url, folder, spec=spec, network=network, stopped=stopped)
    except AttemptError as error:
        if not _can_go_on(error):
            shutil.rmtree(folder, ignore_errors=True)  # it would be in the way of the next attempt
        raise
    return Got(Path(_files(info)[0]), str(info.get("format_id") or ""))


def ask_host(url: str, *, spec: Format, network: Network, stopped: Callable[[], bool]) -> str:
    """Return the host's name of the format that `fetch_video` would take; nothing is downloaded.

    Raises:
        AttemptError: With the class and the words of what is wrong.
    """
    return str(_run(url, None, spec=spec, network=network, stopped=stopped).get("format_id") or "")


def _run(
    url: str, folder: Path | None, *, spec: Format, network: Network, stopped: Callable[[], bool]
) -> Mapping[str, Any]:
    try:
        import yt_dlp
        from yt_dlp.extractor.generic import GenericIE
        from yt_dlp.extractor.youtube import YoutubeIE
    except ImportError as error:
        text = f"yt-dlp is missing ({error}): pip install -e '.[full]'"
        raise UsageError(text) from error

    words = Words()
    wrong: list[AttemptError] = []

    def judge(info: Mapping[str, Any], *, incomplete: bool) -> str | None:
        del incomplete
        problem = _problem(info)
        if problem:
            wrong.append(problem)
        return str(problem) if problem else None

    options = _options(folder, spec, network, of_youtube=_of_youtube(url))
    options |= {"logger": words, "match_filter": judge}

    def stop(_: object) -> None:
        if stopped():
            raise yt_dlp.utils.DownloadCancelled

    options["progress_hooks"] = [stop]
    try:
        with yt_dlp.YoutubeDL(options, auto_init=False) as downloader:
            extractor = YoutubeIE if _of_youtube(url) else GenericIE
            downloader.add_info_extractor(extractor())
            info = downloader.extract_info(url, download=folder is not None)
    except (yt_dlp.utils.YoutubeDLError, OSError) as error:
        if stopped():
            raise Interrupted from error
        raise attempt_error(error, words) from error
    if wrong:
        raise wrong[0]
    if not info or "entries" in info:
        raise AttemptError("not-a-video", f"{url}: a page without a video of its own")
    if folder is not None and not _files(info):
        raise AttemptError(classify(words.text), words.text or "yt-dlp gave no file and no reason")
    return dict(info)


def _can_go_on(error: AttemptError) -> bool:
    """Return whether the next attempt has a use for what this one has left.

    Status 416 means that there is nothing behind it: it is whole but has not got its name, or the
    host has another file now. yt-dlp (2026.10.26) then asks in the same way again, and fails.
    """
    if "HTTP Error 416" in str(error):
        return False
    return error.kind == "disk-full" or ERRORS[error.kind].retry == "now"


def _files(info: Mapping[str, Any]) -> list[str]:
    """Return the files that yt-dlp has finished."""
    done = info.get("requested_downloads") or ()
    return [entry["filepath"] for entry in done if "filepath" in entry]


def _of_youtube(url: str) -> bool:
    return url.startswith(_WATCH)


def _options(
    folder: Path | None, spec: Format, network: Network, *, of_youtube: bool
) -> dict[str, Any]:
    where = str(folder or "").replace("%", "%%")
    return {
        "allow_unplayable_formats": False,
        "cachedir": False,
        "color": "no_color",
        "concurrent_fragment_downloads": 1,
        "cookiefile": io.StringIO(network.cookies) if network.cookies else None,  # never written
        "enable_file_urls": False,
        "extractor_retries": 1,
        "file_access_retries": 0,
        "fixup": "never",
        "format": spec.selector if of_youtube else FORMATS["files"].selector,
        "format_sort": list(spec.sort),
        "fragment_retries": 2,
        "max_filesize": network.max_bytes,
        "noplaylist": True,
        "noprogress": True,
        "outtmpl": {"default": f"{where}/%(format_id)s.%(ext)s"},
        "playlist_items": "1",
        "proxy": network.proxy or None,
        "quiet": True,
        "ratelimit": network.rate_limit or None,
        "retries": 0,  # the queue tries again, and goes on with what is there
        "skip_unavailable_fragments": False,
        "socket_timeout": network.timeout,
        "updatetime": False,
    }


def _problem(info: Mapping[str, Any]) -> AttemptError | None:
    if info.get("live_status") in _LIVE:
        return AttemptError("live", f"live status: {info['live_status']}")
    if info.get("extractor") == "generic" and not info.get("direct"):
        return AttemptError("not-a-video", "a page, not a video")
    return None


def _stop_if(stopped: Callable[[], bool]) -> None:
    if stopped():
        raise KeyboardInterrupt
