"""Download of one file that goes on after a cut connection."""

from __future__ import annotations

import http.client
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from datasets.registry import UsageError

Report = Callable[[int, int | None], None]  # bytes so far, of how many if known

SCHEMES = ("https", "http", "file")
LIMIT = 1 << 30  # bytes; the largest known file has a quarter of that
ATTEMPTS = 5  # in a row without progress
WAIT = 1.0  # seconds after the first failure, doubled after each further one
TIMEOUT = 30.0  # seconds without a byte
BLOCK = 1 << 18
_TRANSIENT = (408, 425, 429, 500, 502, 503, 504)


class DownloadError(RuntimeError):
    """A file cannot be had from a URL; the message names the URL and why."""


class _AgainError(Exception):
    """An attempt failed in a way that may pass."""


def check_url(url: str) -> str:
    """Return ``url``; `UsageError` unless it is one that `download` can read."""
    try:
        parts = urlsplit(url)
        known = parts.scheme in SCHEMES and bool(parts.netloc or parts.scheme == "file")
    except ValueError:
        known = False
    if not known or re.search(r"[\s\x00-\x1f]", url):
        raise UsageError(
            f"{url!r} is no URL of a kind that is fetched; write https://..., http://... or "
            "file:///folder/file"
        )
    return url


def download(
    url: str, part: Path, *, report: Report, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Write what ``url`` gives to ``part``; what is there already is the beginning of it.

    After a cut connection only the rest is asked for, up to `ATTEMPTS` times without progress,
    with longer and longer waits. If the server has another file by then, it begins anew.

    Args:
        url: https, http or file.
        part: Where to; removed if the file is refused, kept if the connection fails.
        report: Called after each block.
        sleep: Waits between attempts.

    Raises:
        UsageError: Another kind of URL.
        DownloadError: It is not there, too large, or the connection keeps failing.
    """
    check_url(url)
    session = _Session(url, part, report)
    furthest, failures = -1, 0
    while True:
        try:
            session.attempt()
        except _AgainError as error:
            size = _size(part)
            failures = 1 if size > furthest else failures + 1
            furthest = max(size, furthest)
            if failures >= ATTEMPTS:
                raise DownloadError(f"{url}: {error} ({failures} times); try later") from error
            sleep(WAIT * 2 ** (failures - 1))
        else:
            return


class _Session:
    """The attempts at one file: remembers which version of it has been begun."""

    def __init__(self, url: str, part: Path, report: Report) -> None:
        self._url = url
        self._part = part
        self._report = report
        self._version: tuple[str | None, int | None] | None = None

    def attempt(self) -> None:
        """Get the rest; `_AgainError` if another attempt may help."""
        have = _size(self._part)
        headers = {"User-Agent": "tai-chi-hd-benchmark", "Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
        try:
            request = urllib.request.Request(self._url, headers=headers)
            with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
                self._receive(response, have)
        except urllib.error.HTTPError as error:
            self._answered(error, have)
        except urllib.error.URLError as error:
            if urlsplit(self._url).scheme == "file":
                raise DownloadError(f"{self._url}: {error.reason}; name another file") from error
            raise _AgainError(str(error.reason)) from error
        except (OSError, http.client.HTTPException) as error:
            raise _AgainError(f"{type(error).__name__}: {error}") from error

    def _receive(self, response: Any, have: int) -> None:  # noqa: ANN401 - urllib has no type
        start = _start(response) if have else 0
        length = response.headers.get("Content-Length")
        total = None if length is None else start + int(length)
        version = response.headers.get("ETag"), total
        if start not in (0, have) or (start and self._version not in (None, version)):
            self._part.unlink()
            raise _AgainError("the file changed meanwhile")
        self._version = version
        self._refuse_above_limit(total or 0)
        with self._part.open("r+b" if start else "wb") as file:
            file.seek(start)
            size = start
            while block := response.read(BLOCK):
                size += len(block)
                self._refuse_above_limit(size)
                file.write(block)
                self._report(size, total)
        if total is not None and size < total:
            raise _AgainError(f"the connection was cut after {size} of {total} bytes")

    def _answered(self, error: urllib.error.HTTPError, have: int) -> None:
        """Judge an answer that is not the file; return if it says that all of it is here."""
        if error.code == 416 and have:
            if error.headers.get("Content-Range") == f"bytes */{have}":
                return
            self._part.unlink()
            raise _AgainError("the file changed meanwhile")
        said = f"HTTP {error.code} {error.reason}"
        if error.code in _TRANSIENT:
            raise _AgainError(said)
        raise DownloadError(f"{self._url}: {said}; use --url for another place") from error

    def _refuse_above_limit(self, size: int) -> None:
        if size > LIMIT:
            self._part.unlink(missing_ok=True)
            raise DownloadError(f"{self._url}: more than {LIMIT >> 20} MiB; that is another file")


def _start(response: Any) -> int:  # noqa: ANN401 - urllib has no type
    """Return the position of the first byte that an answer to a range has."""
    found = re.match(r"bytes (\d+)-", response.headers.get("Content-Range") or "")
    return int(found[1]) if response.status == 206 and found else 0


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
