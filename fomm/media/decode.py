"""Videos through av, frame by frame: upright, RGB, on white, damage skipped and counted."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.stream import Disposition
from av.video.reformatter import VideoReformatter

from fomm.media.errors import AV_ERRORS, MediaError, reason
from fomm.media.picture import Picture, on_white
from fomm.media.turn import display_matrix, turned

FPS = Fraction(25)
"""Frames per second of what does not say."""

# The demuxers that may be chosen: av would also "play" text files, and follow playlists elsewhere.
_FORMATS = (
    "mov,matroska,avi,gif,apng,mpegts,mpeg,mpegvideo,flv,asf,ogg,nut,ivf,obu,h264,hevc,m4v,dv,"
    "yuv4mpegpipe,wav,mp3,aac,flac"
)
# av's own VP8 and VP9 decoders drop the alpha channel; libvpx's keep it.
_ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
_FASTEST = 1000  # frames per second; an average at or above is a clock, not a rate
_GIVE_UP = 100  # read errors in a row


class UnknownFormatError(MediaError):
    """A file that is no video at all; it may still be a picture."""


def open_input(path: Path) -> Any:  # noqa: ANN401 - av is untyped
    """Return ``path`` opened with av; only local media files, no playlists, no text.

    Raises:
        UnknownFormatError: It is none.
    """
    options = {"format_whitelist": _FORMATS, "protocol_whitelist": "file"}
    try:
        return av.open(f"file:{path}", container_options=options, metadata_errors="ignore")
    except AV_ERRORS as error:
        text = f"{path}: not a video that can be read ({reason(error)}); give an mp4 or webm file"
        raise UnknownFormatError(text) from error


class Video:
    """A video file: a `Driver`'s source that av decodes.

    Attributes:
        size: Height and width in pixels, upright.
        frames: How many the container promises (from its duration if it has no count), 0 if
            it does not say.
        fps: Average frames per second.
        has_sound: Whether there is sound in it.
        start: Time of the first picture on the container's clock, in seconds.
        broken: Packets and frames that could not be used in the last iteration, and frames that
            were promised but are missing at the end. What Matroska passes over in silence after
            damage on the way is not known.

    Raises:
        MediaError: Not a video, no video in it, or no frame that can be decoded.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.broken = 0
        with open_input(path) as container:
            stream = _video_stream(path, container)
            rate = stream.average_rate or stream.guessed_rate
            self.fps = Fraction(rate) if rate and rate < _FASTEST else FPS
            self.frames = _promised_frames(container, stream, self.fps)
            self.has_sound = bool(container.streams.audio)
            first = next(self._decoded(container, stream), None)
            if first is None:
                raise MediaError(f"{path}: the video has no frame that can be decoded")
            self._shape = first.height, first.width
            self._turn = display_matrix(first)
            self.start = _time(first, stream) or Fraction(0)
            self.size = turned(np.empty((*self._shape, 0), np.uint8), self._turn).shape[:2]

    def __iter__(self) -> Iterator[tuple[Picture, Fraction]]:
        """Yield uint8 ``(H, W, 3)`` RGB pictures with their seconds since the first one."""
        self.broken = 0
        last = Fraction(-1)
        reformatter = VideoReformatter()
        with open_input(self._path) as container:
            stream = _video_stream(self._path, container)
            for frame in self._decoded(container, stream):
                time = _time(frame, stream)
                seconds = Fraction(-1) if time is None else time - self.start
                if seconds <= last or seconds < 0:  # no time stamp, or a clock that jumped back
                    seconds = last + 1 / self.fps if last >= 0 else Fraction(0)
                last = seconds
                yield self._picture(frame, reformatter), seconds

    def _decoded(self, container: Any, stream: Any) -> Iterator[Any]:  # noqa: ANN401
        decoder = _decoder(stream)
        decoder.thread_count = 1  # memory and order of errors do not depend on the machine
        seen = Fraction(0)
        for packet in self._packets(container, stream):
            if packet.pts is not None:
                lasts = (packet.duration or 0) * packet.time_base or 1 / self.fps
                seen = max(seen, packet.pts * packet.time_base + lasts)
            if packet.is_corrupt:
                self.broken += 1
            else:
                yield from self._frames(decoder, packet)
        yield from self._frames(decoder, None)
        self.broken += max(0, int((_promised_end(stream) - seen) * self.fps + Fraction(1, 10)))

    def _packets(self, container: Any, stream: Any) -> Iterator[Any]:  # noqa: ANN401
        failures = 0
        while failures < _GIVE_UP:
            try:
                for packet in container.demux(stream):
                    failures = 0
                    if packet.size:  # none: a frame left out on purpose, or the end
                        yield packet
                return
            except AV_ERRORS:
                failures += 1
                self.broken += 1

    def _frames(self, decoder: Any, packet: Any) -> Iterator[Any]:  # noqa: ANN401
        try:
            frames = decoder.decode(packet)
        except AV_ERRORS:
            self.broken += 1
            return
        for frame in frames:
            if frame.is_corrupt:
                self.broken += 1
            else:
                yield frame

    def _picture(self, frame: Any, reformatter: Any) -> Picture:  # noqa: ANN401
        height, width = self._shape  # of the first: a stream may change its size on the way
        see_through = any(part.is_alpha for part in frame.format.components)
        form = "rgba" if see_through or frame.format.name == "pal8" else "rgb24"
        try:
            frame = reformatter.reformat(frame, width, height, form, threads=1)
        except AV_ERRORS as error:
            text = f"{self._path}: pixels of kind {frame.format.name} are not known"
            raise MediaError(f"{text} ({reason(error)}); convert the video") from error
        picture: Picture = frame.to_ndarray()
        picture = on_white(picture) if form == "rgba" else picture
        return np.ascontiguousarray(turned(picture, self._turn))


def _video_stream(path: Path, container: Any) -> Any:  # noqa: ANN401
    what = "only sound" if container.streams.audio else "no video"
    for stream in container.streams.video:
        if stream.disposition & Disposition.attached_pic:
            what = "only a cover picture"
        elif stream.codec_context is not None:
            return stream
    raise MediaError(f"{path}: there is {what} in it; give a video with pictures")


def _decoder(stream: Any) -> Any:  # noqa: ANN401
    name = _ALPHA_DECODERS.get(stream.codec_context.name, "")
    if name in av.codecs_available and stream.metadata.get("alpha_mode") == "1":
        return av.CodecContext.create(name, "r")
    return stream.codec_context


def _time(frame: Any, stream: Any) -> Fraction | None:  # noqa: ANN401
    ticks = frame.dts if frame.pts is None else frame.pts
    return None if ticks is None else Fraction(ticks * stream.time_base)


def _promised_frames(container: Any, stream: Any, fps: Fraction) -> int:  # noqa: ANN401
    length = _promised_end(stream) - (stream.start_time or 0) * stream.time_base
    if length <= 0:
        length = Fraction(container.duration or 0, av.time_base)
    return int(stream.frames or round(length * fps))


def _promised_end(stream: Any) -> Fraction:  # noqa: ANN401
    """Return when the stream should end on its clock, in seconds; 0 if nothing says so."""
    if stream.duration:
        return Fraction(((stream.start_time or 0) + stream.duration) * stream.time_base)
    try:  # Matroska's tag
        hours, minutes, seconds = stream.metadata["DURATION"].split(":")
        return int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)
    except (KeyError, ValueError):
        return Fraction(0)
