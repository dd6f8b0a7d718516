"""What a file that was just got is: a whole video, or what is wrong with it.

A file is whole if its boxes reach as far as they say (MP4, Matroska, GIF), its container can be
read to the end, which is where it announces it, and its first picture can be decoded. Pictures in
the middle are decoded by the crop stage, which says what is wrong with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av

from datasets.clips import reason
from datasets.fetch.ends import cut_short
from datasets.fetch.errors import AttemptError
from datasets.video import VideoError, probe

_PAGE = (b"<!doctype html", b"<html", b"<?xml", b"<head", b"<body", b"{")
_SECONDS = 1.0  # how much earlier than a stream announces its last picture may end
_SILENT = 0.1  # the same for a container without sound, which announces the end of the picture


@dataclass(frozen=True)
class Probed:
    """What is known about a whole video.

    Attributes:
        codec: ffmpeg's name of the codec, e.g. ``h264``.
        width: Width in pixels.
        height: Height in pixels.
        fps: Frames per second as ffmpeg prints it.
        frames: Number of pictures in the container.
        duration: Seconds from the first to the end of the last picture; 0 if unknown.
    """

    codec: str
    width: int
    height: int
    fps: float
    frames: int
    duration: float


def probe_file(path: Path) -> Probed:
    """Return what ``path`` holds.

    Raises:
        AttemptError: ``not-a-video`` or ``truncated``.
    """
    _refuse_page(path)
    cut = cut_short(path)
    if cut:
        raise AttemptError("truncated", f"{path.name}: {cut}")
    try:
        info = probe(path)
        with av.open(f"file:{path}") as container:
            stream = next(s for s in container.streams.video if s.width and s.height)
            first = next(container.decode(stream), None)
            if first is None:
                raise AttemptError("truncated", f"{path.name}: no picture can be decoded")
            codec = str(stream.codec_context.name)
            frames, duration = _read_to_end(path, container, stream)
    except VideoError as error:
        kind = "truncated" if error.kind == "truncated" else "not-a-video"
        raise AttemptError(kind, str(error)) from error
    except (OSError, ValueError) as error:
        text = f"{path.name}: the first picture cannot be decoded ({reason(error)})"
        raise AttemptError("truncated", text) from error
    return Probed(codec, info.width, info.height, info.fps, frames, duration)


def _refuse_page(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(512).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not head:
        raise AttemptError("not-a-video", f"{path.name}: the file is empty")
    if head.startswith(_PAGE):
        raise AttemptError("not-a-video", f"{path.name}: is a page, not a video")


def _read_to_end(path: Path, container: Any, stream: Any) -> tuple[int, float]:  # noqa: ANN401
    """Return the number of pictures and the seconds up to the end of the last one."""
    container.seek(0, any_frame=True)
    count, last = 0, 0
    for packet in container.demux(stream):
        if packet.is_corrupt and packet.size:
            raise AttemptError("truncated", f"{path.name}: data end within picture {count}")
        if packet.size:
            count += 1
            if packet.pts is not None:
                last = max(last, packet.pts + (packet.duration or 0))
    end = float((last - (stream.start_time or 0)) * stream.time_base)
    promised = stream.frames
    if promised and count < promised:
        raise AttemptError("truncated", f"{path.name}: {count} of {promised} pictures")
    announced, tolerance = _announced(container, stream)
    if end < announced - tolerance:
        raise AttemptError("truncated", f"{path.name}: ends at {end:.1f} s of {announced:.1f} s")
    return count, round(end, 3)


def _announced(container: Any, stream: Any) -> tuple[float, float]:  # noqa: ANN401
    """Return the seconds at which the picture ought to end, 0 if unknown, and a tolerance."""
    if stream.duration:
        return float(stream.duration * stream.time_base), _SECONDS
    if container.duration and not container.streams.audio:  # sound may go on after the picture
        return container.duration / 1_000_000, _SILENT
    return 0.0, 0.0
