"""What can go wrong with one video: the error classes, and the class of a downloader's words.

The words are those of yt-dlp (which repeats the host's own) and of the system, as seen in
yt-dlp's YouTube extractor and HTTP downloader. The first rule that matches decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from datasets.catalogue import FetchError

Retry = Literal["now", "later", "never"]


@dataclass(frozen=True)
class ErrorClass:
    """What an error class means, and what is done about it.

    Attributes:
        meaning: In words.
        retry: ``now``: again in the same run, after a pause; ``later``: in the next run;
            ``never``: not unless it is asked for.
        stops: Whether a row of such failures means that the host or the line refuses everything.
    """

    meaning: str
    retry: Retry
    stops: bool = False


ERRORS: dict[str, ErrorClass] = {
    "removed": ErrorClass("taken down by its owner or the host", "never"),
    "private": ErrorClass("made private by its owner", "never"),
    "members-only": ErrorClass("for paying members only", "never"),
    "geo-blocked": ErrorClass("not shown in this country", "never"),
    "age": ErrorClass("the host wants an account of an adult; give --cookies", "never"),
    "login": ErrorClass("the host wants an account; give --cookies", "never"),
    "drm": ErrorClass("encrypted by its host", "never"),
    "not-found": ErrorClass("the host has no such video and does not say why", "never"),
    "unsafe": ErrorClass("the host led to an address that is not http or https", "never"),
    "too-large": ErrorClass("larger than max_bytes allows", "never"),
    "live": ErrorClass("live, or not yet shown", "later"),
    "no-format": ErrorClass("there, but not in the format that the data set asks for", "later"),
    "not-a-video": ErrorClass("what came is no video: a page, nothing, or sound alone", "later"),
    "truncated": ErrorClass("the file ends before the end that it announces", "later"),
    "not-given": ErrorClass("the folder or archive holds no such video", "later"),
    "bot-check": ErrorClass("the host wants to see a person; wait, or give --cookies", "now", True),
    "rate-limited": ErrorClass("too many requests; wait, or lower rate_limit", "now", True),
    "forbidden": ErrorClass("HTTP 403: refused without a reason", "now", True),
    "network": ErrorClass("the line or the host failed", "now", True),
    "disk-full": ErrorClass("no space left for the file", "later"),
    "unknown": ErrorClass("none of the known reasons; see the words", "now"),
}

_STATUS = {
    401: "login",
    403: "forbidden",
    404: "not-found",
    407: "network",
    408: "network",
    410: "removed",
    416: "network",
    425: "network",
    429: "rate-limited",
    451: "geo-blocked",
}

_RULES: tuple[tuple[str, str], ...] = (
    ("disk-full", r"no space left on device|disk quota exceeded|\[errno (28|122)\]"),
    (
        "bot-check",
        r"confirm you.{1,3}re not a bot|captcha|ip is likely being blocked|unusual traffic",
    ),
    ("rate-limited", r"rate-limited|too many requests|try again later"),
    ("age", r"confirm your age|age-restricted|inappropriate for some users"),
    (
        "members-only",
        r"join this channel|members.only|available to this channel.s members|music premium"
        r"|requires payment|must be purchased|purchase this",
    ),
    ("private", r"private video|video is private|granted access to this video"),
    (
        "geo-blocked",
        r"not (made this video )?available in your (country|region|location)|in your country"
        r"|geo.?restrict|from your location",
    ),
    ("live", r"live event will begin|premieres? (in|will)|live stream recording|is live|offline"),
    (
        "removed",
        r"account associated with this video|account has been (closed|terminated|suspended)"
        r"|has been removed|been removed by|no longer available|isn.t available anymore|copyright"
        r"|terms of service|community guidelines|deleted|blocked it",
    ),
    ("drm", r"\bdrm\b"),
    ("no-format", r"requested format is not available|only images are available|no video formats"),
    ("not-a-video", r"unsupported url|did not get any data blocks|not a valid url"),
    ("login", r"sign in|login details|log ?in|registered users|--cookies"),
    ("unsafe", r"no connection adapters|unsupported url scheme|unsafe|redirect.* is not allowed"),
    ("too-large", r"larger than max-filesize"),
    (
        "not-found",
        r"video unavailable|(is not|isn.t) available|does not exist|is unavailable",
    ),
    (
        "network",
        r"timed? ?out|connection|remote end closed|name resolution|name or service not known"
        r"|getaddrinfo|nodename|network is unreachable|no route to host|bytes read|ssl|eof occurred"
        r"|downloaded \d+ bytes, expected|transporterror|incompleteread|proxy|giving up after",
    ),
)
_COMPILED = tuple((name, re.compile(rule, re.IGNORECASE)) for name, rule in _RULES)


class AttemptError(FetchError):
    """One attempt that did not give the video.

    Attributes:
        kind: A name of `ERRORS`.
        wait: Seconds for which the host asked to be left alone; None if it did not.
    """

    def __init__(self, kind: str, message: str, *, wait: float | None = None) -> None:
        super().__init__(kind, message)
        self.wait = wait


class Interrupted(Exception):  # noqa: N818 - nothing went wrong
    """An attempt that was ended because the whole run ends; it says nothing about its video."""


def classify(words: str, status: int | None = None) -> str:
    """Return the error class of a downloader's words and, where there is one, the HTTP status.

    Example:
        >>> classify("[youtube] xyz: Private video. Sign in if you've been granted access")
        'private'
        >>> classify("Unable to download webpage: HTTP Error 503: Service Unavailable", 503)
        'network'
    """
    for name, rule in _COMPILED[:3]:  # a full disk, a bot check and a limit say so in any status
        if rule.search(words):
            return name
    if status is not None and status >= 400:
        return _STATUS.get(status, "network" if status >= 500 else "not-found")
    return next((name for name, rule in _COMPILED if rule.search(words)), "unknown")
