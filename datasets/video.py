"""Source videos: what they are, and their frames one by one.

Frames are those that the decoder gives, in their order and each one once: frame i is the i-th
picture, whatever its time stamp. At a constant frame rate these are the frames that ffmpeg gives on
a pipe (compared: equal bytes for H.264 4:2:0). At a variable one ffmpeg would repeat and drop
pictures to keep the time; that is not done here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from threading import local
from typing import Any

import av
import numpy as np
from av.video.reformatter import VideoReformatter

from datasets.clips import Frames, reason
from datasets.gif import gif_cut_short
from datasets.pixels import pixels


class VideoError(ValueError):
    """A source video that cannot be used.

    Attributes:
        kind: The error class, one of `datasets.manifest.ERRORS`.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True)
class VideoInfo:
    """What the container says about its video.

    Attributes:
        fps: Frames per second as ffmpeg prints it, two decimals: 29.97 and not 30000/1001. That
            is the number that the authors' scripts got, and with which their windows were cut.
        width: Width in pixels.
        height: Height in pixels.
        frames: Number of frames that the container promises; 0 if it does not say.
    """

    fps: float
    width: int
    height: int
    frames: int


def probe(path: Path) -> VideoInfo:
    """Return what the container of ``path`` says, without decoding.

    Raises:
        VideoError: ``missing-video``, ``unreadable`` or ``truncated``.
    """
    with opened(path) as container:
        stream = video_stream(path, container)
        return _info(container, stream)


def decode(path: Path) -> Iterator[Any]:
    """Yield the decoded pictures of ``path`` in order, as av's frames; `rgb` converts one.

    Raises:
        VideoError: As `probe`; ``truncated`` also where decoding fails or a packet is damaged.
    """
    with opened(path) as container:
        stream = video_stream(path, container)
        stream.codec_context.thread_count = 1  # videos in parallel, and errors at the same frame
        count = 0
        try:
            for packet in container.demux(stream):
                if packet.is_corrupt and packet.size:
                    raise VideoError("truncated", f"{path.name}: data end within frame {count}")
                for frame in packet.decode():
                    if frame.is_corrupt:
                        raise VideoError("truncated", f"{path.name}: frame {count} is damaged")
                    yield frame
                    count += 1
        except (OSError, ValueError) as error:
            if isinstance(error, VideoError):
                raise
            text = f"{path.name}: cannot be decoded after frame {count} ({reason(error)})"
            raise VideoError("truncated", text) from error


class _Own(local):
    """What one thread keeps from frame to frame: av's own would start threads for each."""

    def __init__(self) -> None:
        self.reformatter: Any = VideoReformatter()


_own = _Own()


def rgb(frame: Any) -> Frames:  # noqa: ANN401 - av is untyped
    """Return a decoded picture as uint8 ``(H, W, 3)`` RGB; what is transparent shows white.

    The array is a view of the picture's memory, which costs a sixth of a copy.
    """
    if any(part.is_alpha for part in frame.format.components):
        return _on_white(frame.to_ndarray(format="rgba"))
    picture = _own.reformatter.reformat(
        frame,
        format="rgb24",
        interpolation="BICUBIC",  # as ffmpeg does
        threads=1,
    )
    return pixels(picture, 3)


def _on_white(picture: Frames) -> Frames:
    """Return uint8 ``(H, W, 4)`` RGBA as ``(H, W, 3)`` in front of white, rounded to nearest."""
    colour, alpha = picture[..., :3].astype(np.uint16), picture[..., 3:].astype(np.uint16)
    return ((colour * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)


def read_video(path: Path) -> Frames:
    """Return all frames of a video, uint8 ``(T, H, W, 3)`` RGB; errors as in `decode`."""
    frames = [rgb(frame) for frame in decode(path)]
    if not frames:
        raise VideoError("no-frames", f"{path.name}: the video has no frames")
    return np.stack(frames)


def opened(path: Path) -> Any:  # noqa: ANN401 - av is untyped
    """Return the container of ``path``, to be closed by the caller; errors as in `probe`."""
    if not path.is_file():
        raise VideoError("missing-video", f"{path.name}: not found")
    if not path.stat().st_size:
        raise VideoError("unreadable", f"{path.name}: the file is empty")
    try:
        cut = _cut_short(path)
    except PermissionError as error:
        raise VideoError("unreadable", f"{path.name}: may not be read") from error
    if cut:
        raise VideoError("truncated", f"{path.name}: {cut}")
    try:
        return av.open(f"file:{path}")
    except (OSError, ValueError) as error:
        raise VideoError("unreadable", f"{path.name}: not a video ({reason(error)})") from error


def _cut_short(path: Path) -> str:
    """Return how an MP4 file or a GIF ends too early, empty if it does not."""
    with path.open("rb") as file:
        head = file.read(12)
    if head[:4] == b"GIF8":
        return gif_cut_short(path.read_bytes())
    return _mp4_cut_short(path) if head[4:8] == b"ftyp" else ""


def _mp4_cut_short(path: Path) -> str:
    """An MP4 file's boxes announce their sizes."""
    size = path.stat().st_size
    at = 0
    with path.open("rb") as file:
        while at < size:
            file.seek(at)
            head = file.read(16)
            length = int.from_bytes(head[:4], "big")
            length = int.from_bytes(head[8:16], "big") if length == 1 else length
            if at + length > size:
                return f"the file ends after {size} of {at + length} bytes"
            if length < 8:
                break
            at += length
    return ""


def video_stream(path: Path, container: Any) -> Any:  # noqa: ANN401 - av is untyped
    """Return the first video of a container that `opened` returned; ``unreadable`` if none."""
    for stream in container.streams.video:
        if stream.codec_context is not None and stream.width and stream.height:
            return stream
    raise VideoError("unreadable", f"{path.name}: there is no video in it")


def _info(container: Any, stream: Any) -> VideoInfo:  # noqa: ANN401 - av is untyped
    rate = stream.average_rate or stream.guessed_rate or Fraction(0)
    frames = stream.frames
    if not frames:  # no count: up to a second before the announced end
        seconds = Fraction(0)
        if stream.duration:
            seconds = stream.duration * stream.time_base
        elif container.duration and not container.streams.audio:  # sound may be longer
            seconds = Fraction(container.duration, 1_000_000)
        frames = max(0, int((seconds - 1) * rate))
    return VideoInfo(printed_fps(rate), int(stream.width), int(stream.height), int(frames))


def shown_frames(path: Path) -> int:
    """Return how many pictures ``path`` has to show: less than it counts where some are cut off.

    An edit list may hide the first pictures of an MP4 file, and an AVI file may count one too many.
    """
    with opened(path) as container:
        packets = container.demux(video_stream(path, container))
        return sum(1 for packet in packets if packet.size and not packet.is_discard)


def printed_fps(rate: Fraction | float) -> float:
    """Return ``rate`` with the two decimals that ffmpeg prints.

    Example:
        >>> printed_fps(Fraction(30000, 1001)), printed_fps(Fraction(25))
        (29.97, 25.0)
    """
    return round(float(rate) * 100) / 100
