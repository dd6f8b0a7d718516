"""One file from the network: http and https only, with limits, checked, never half there."""

from __future__ import annotations

import hashlib
import http.client
import json
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit

from datasets.files import replacing

_CHUNK = 2**20
_SCHEMES = ("http", "https")
_LOOKUP = "/v1/disk/public/resources/download"  # answers JSON with the address of the file
_FATAL = frozenset({400, 401, 403, 404, 405, 410, 451})


class WrongFileError(OSError):
    """What was sent is not the file that was wanted: its size or its digest differs."""


def fetch_file(
    url: str,
    path: Path,
    *,
    sha256: str | None,
    size: int | None,
    limit: int,
    timeout: float = 30.0,
    tries: int = 3,
    pause: float = 1.0,
) -> None:
    """Write what ``url`` gives to ``path``, atomically.

    Args:
        url: http or https; redirections to anything else are refused.
        path: Where the file goes; nothing is left there if it cannot be had whole.
        sha256: Its digest; None if unknown.
        size: Its size in bytes; None if unknown.
        limit: Most bytes that are accepted if ``size`` is unknown.
        timeout: Seconds of silence after which a try is given up.
        tries: How often a failure that may pass is tried.
        pause: Seconds before the second try; twice as long before each further one.

    Raises:
        OSError: It cannot be had; `WrongFileError` if something else was sent.
    """
    most = limit if size is None else size
    for left in reversed(range(tries)):
        try:
            with replacing(path) as part:
                digest, count = _save(_resolve(url, timeout), part, most, timeout)
                if size not in (None, count):
                    raise WrongFileError(f"{count} bytes, expected {size}")
                if sha256 not in (None, digest):
                    raise WrongFileError(f"sha256 {digest}, expected {sha256}")
            return
        except WrongFileError:
            raise
        except (OSError, http.client.HTTPException) as error:
            if not left or (isinstance(error, HTTPError) and error.code in _FATAL):
                raise OSError(str(error) or type(error).__name__) from error
        time.sleep(pause)
        pause *= 2


def _resolve(url: str, timeout: float) -> str:
    """Return the address of the file, which a public link of the disk service tells as JSON."""
    if urlsplit(url).path != _LOOKUP:
        return url
    answer = b"".join(_chunks(url, 2**16, timeout))
    try:
        found = json.loads(answer)["href"]
    except (ValueError, KeyError, TypeError) as error:
        raise WrongFileError(f"expected JSON with an 'href', got {answer[:60]!r}") from error
    return str(found)


def _save(url: str, part: Path, most: int, timeout: float) -> tuple[str, int]:
    digest, count = hashlib.sha256(), 0
    with part.open("wb") as file:
        for chunk in _chunks(url, most, timeout):
            file.write(chunk)
            digest.update(chunk)
            count += len(chunk)
    return digest.hexdigest(), count


def _chunks(url: str, most: int, timeout: float) -> Iterator[bytes]:
    if urlsplit(url).scheme not in _SCHEMES:
        raise WrongFileError(f"{url[:80]}: only http and https are fetched")
    request = urllib.request.Request(url, headers={"User-Agent": "tai-chi-hd-benchmark"})
    count = 0
    with _opener().open(request, timeout=timeout) as answer:
        while chunk := answer.read(_CHUNK):
            count += len(chunk)
            if count > most:
                raise WrongFileError(f"more than {most} bytes")
            yield chunk
        announced = answer.headers.get("Content-Length")
    if announced is not None and announced.isdigit() and int(announced) != count:
        raise ConnectionError(f"cut off after {count} of {announced} bytes")


def _opener() -> urllib.request.OpenerDirector:
    """Return an opener that knows http and https, redirections and proxies, and nothing else."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener
