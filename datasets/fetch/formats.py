"""How the videos of a data set were had: a named choice that is part of the data set's id.

Codec and height change pixels, so what yt-dlp takes of the many files that a host offers is fixed
here under a name. A changed choice is a new name.

``avc1-1080`` takes H.264 (``avc1``), at most 1080 lines, the sharpest that there is, and of equal
ones the higher frame rate. It looks, in this order, for

1. a file with the picture alone, over plain HTTP;
2. a file with picture and sound, over plain HTTP;
3. the same in pieces (DASH, then HLS), put together without being encoded again.

It never takes VP9 or AV1 instead: such a video counts as ``no-format``. Nor does it take what
YouTube has enlarged by a network (yt-dlp ends the names of these formats in ``-sr``).
"""

from __future__ import annotations

from dataclasses import dataclass

from datasets.registry import UsageError, choose

_AVC = "[vcodec^=avc1][height<=?1080][format_id!$=-sr]"
_PLAIN = "[protocol~='^https?$']"
_DASH = "[protocol=http_dash_segments]"
_HLS = "[protocol=m3u8_native]"


@dataclass(frozen=True)
class Format:
    """How videos are chosen.

    Attributes:
        name: What the data set's id says.
        selector: yt-dlp's format selector.
        sort: yt-dlp's fields of preference among what the selector admits.
        codec: The codec that the file must have, in ffmpeg's word; empty for any.
        lines: The most rows that the picture may have; 0 for any.
    """

    name: str
    selector: str
    sort: tuple[str, ...] = ("res", "fps", "br", "size", "id")
    codec: str = ""
    lines: int = 0

    def refuses(self, codec: str, height: int) -> str:
        """Return why a file is not of this format, empty if it is.

        Args:
            codec: ffmpeg's name of the codec.
            height: Rows of the picture.
        """
        wrong = (self.codec and codec != self.codec) or (self.lines and height > self.lines)
        return f"{codec} with {height} lines is not {self.name}" if wrong else ""


_AVC1 = "/".join(
    (
        f"bestvideo{_AVC}{_PLAIN}",
        f"best{_AVC}{_PLAIN}",
        f"bestvideo*{_AVC}{_DASH}",
        f"bestvideo*{_AVC}{_HLS}",
    )
)

FORMATS: dict[str, Format] = {
    spec.name: spec
    for spec in (
        Format("avc1-1080", _AVC1, codec="h264", lines=1080),
        Format("files", "bestvideo*/best"),  # the host's own files, whatever they are
        Format("archive", ""),  # files of an archive
        Format("given", ""),  # files of a local folder
        Format("ready", ""),  # clips that somebody else has cropped
    )
}
FETCHED = ("avc1-1080", "files")


def get_format(name: str) -> Format:
    """Return the format called ``name``; `UsageError` lists the known ones otherwise."""
    return FORMATS[choose("format", name, FORMATS)]


def fetched_format(name: str) -> Format:
    """Return a format that a host can be asked for.

    Raises:
        UsageError: The name is unknown, or stands for files that are not fetched one by one.
    """
    if name not in FETCHED:
        known = ", ".join(FETCHED)
        raise UsageError(f"format {name!r} cannot be asked of a host; known: {known}")
    return FORMATS[name]
