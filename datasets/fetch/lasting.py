"""Failures that would come again: which rows of ``download.csv`` a run need not ask for.

The ``source`` of a failure's row says by what means it was asked for, as far as other means might
give another answer: a mirror by a digest of its address (which may hold a person's key), a video
that was too large with the limit of then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from datasets.download_config import DownloadConfig
from datasets.fetch.errors import ERRORS
from datasets.fetch.ytdlp import Network
from datasets.journal import Row

_BY_COOKIES = frozenset({"age", "login", "members-only", "private", "geo-blocked"})
_LIMIT = " max_bytes="


def means(config: DownloadConfig, network: Network, kind: str) -> str:
    """Return the ``source`` of the row of a failure of class ``kind``.

    Example:
        >>> means(DownloadConfig("youtube"), Network(max_bytes=10), "too-large")
        'youtube max_bytes=10'
    """
    return _asked(config) + (f"{_LIMIT}{network.max_bytes}" if kind == "too-large" else "")


def _asked(config: DownloadConfig) -> str:
    if config.source != "mirror":
        return config.source
    return f"mirror:{hashlib.sha256(config.url.encode()).hexdigest()[:12]}"


def is_lasting(
    row: Row, config: DownloadConfig, network: Network, *, retry: Collection[str] = ()
) -> bool:
    """Return whether the failure of ``row`` would come again, as far as can be known.

    Args:
        row: Row of ``download.csv`` whose status is a class of `datasets.fetch.errors.ERRORS`.
        config: Settings of this run.
        network: How this run speaks to hosts.
        retry: Classes that are tried again all the same; ``all``.
    """
    status = row["status"]
    if ERRORS[status].retry != "never" or "all" in retry or status in retry:
        return False
    asked, _, limit = row["source"].partition(_LIMIT)
    if asked != _asked(config):
        return False
    if status == "too-large" and not (limit.isdecimal() and network.max_bytes <= int(limit)):
        return False
    if network.cookies and status in _BY_COOKIES:
        return False
    return not (network.proxy and status == "geo-blocked")
