"""What yt-dlp says when something goes wrong, as an `AttemptError` with a class.

The reason is in three places: in what yt-dlp raises, in what is behind that (the HTTP status and
``Retry-After``), and in what it writes on its screen.
"""

from __future__ import annotations

import re
from typing import Any

from datasets.fetch.errors import AttemptError, classify

_LONGEST = 500


class Words:
    """The logger of one attempt: it keeps what yt-dlp says of errors.

    Attributes:
        text: The last error, on one line.
        warnings: What it warned of, in order.
    """

    def __init__(self) -> None:
        self.text = ""
        self.warnings: list[str] = []

    def debug(self, message: str) -> None:
        """Keep the notes that are errors in all but name."""
        if "filesize" in message:
            self.text = plain(message)

    def warning(self, message: str) -> None:
        """Keep a warning: where formats are missing it says why."""
        self.warnings.append(plain(message))

    def error(self, message: str) -> None:
        """Keep an error."""
        self.text = plain(message)


def attempt_error(error: BaseException, words: Words) -> AttemptError:
    """Return what ``error``, raised by yt-dlp, means."""
    text = plain(str(error)) or words.text
    status, wait = None, None
    for cause in _causes(error):
        if isinstance(getattr(cause, "status", None), int):
            status = cause.status
            wait = _seconds(cause.response.headers.get("Retry-After"))
            break
        if isinstance(cause, OSError) and cause.errno:
            text = f"{text} [Errno {cause.errno}]" if "[Errno" not in text else text
    kind = classify(text, status)
    if kind == "no-format" and words.warnings:
        text = f"{text} ({words.warnings[-1]})"[:_LONGEST]
    return AttemptError(kind, text, wait=wait)


def _causes(error: BaseException) -> list[Any]:
    """Return the exceptions behind ``error``, which yt-dlp keeps in three places."""
    found: list[Any] = []
    todo: list[Any] = [error]
    while todo:
        cause = todo.pop(0)
        if isinstance(cause, BaseException) and cause not in found:
            found.append(cause)
            behind = (getattr(cause, "exc_info", None) or (None, None))[1]
            todo += [behind, getattr(cause, "cause", None), cause.__cause__, cause.__context__]
    return found


def _seconds(text: str | None) -> float | None:
    """Return the seconds of a Retry-After header; None for a date or for none."""
    return float(text) if text and text.strip().isdecimal() else None


def plain(text: str) -> str:
    """Return a downloader's words on one line, without colours and the call for bug reports."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", text).replace("ERROR: ", "")
    text = re.sub(r" object at 0x[0-9a-f]+", "", text)
    text = re.sub(r"; please report this issue on .*", "", text, flags=re.DOTALL)
    return " ".join(text.split())[:_LONGEST]
