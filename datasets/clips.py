"""Read clip files: all frames, or any of them without decoding the ones before.

`datasets.clip_writer` says what a clip file is; its names can be imported from here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
import cv2
import numpy as np

from datasets.clip_checks import has_checksums, intact
from datasets.clip_writer import (
    CLIP_FPS,
    ClipError,
    ClipWriter,
    Frames,
    write_clip,
)
from datasets.pixels import pixels

__all__ = [
    "ClipError",
    "ClipReader",
    "ClipWriter",
    "Frames",
    "has_checksums",
    "intact",
    "read_clip",
    "reason",
    "write_clip",
]


class ClipReader:
    """A clip file opened for reading any of its frames.

    ``len(reader)`` is the number of frames, ``reader[i]`` is frame i as uint8 ``(H, W, 3)`` RGB,
    ``reader.take(indices)`` several of them in one array. A frame is reached by seeking, without
    decoding the ones before it.

    Raises:
        ClipError: The file is missing, cut short, damaged, or not an intra-only FFV1 file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.is_file():
            raise ClipError(f"{path}: no such clip file")
        try:
            self._container: Any = _open(path)
        except (OSError, ValueError) as error:  # av's errors are subclasses of these
            raise ClipError(f"{path}: not a clip file ({reason(error)})") from error
        try:
            self._open_stream()
        except BaseException:
            self._container.close()
            raise

    def _open_stream(self) -> None:
        streams = self._container.streams.video
        if not streams or streams[0].codec_context.name != "ffv1":
            codec = streams[0].codec_context.name if streams else "no video"
            raise ClipError(f"{self.path}: not a clip file (FFV1 expected, got {codec})")
        self._stream: Any = streams[0]
        self._stream.codec_context.thread_count = 1
        self._start = self._stream.start_time or 0
        rate = Fraction(self._stream.average_rate or CLIP_FPS)
        self._ticks = 1 / (rate * self._stream.time_base)  # of the file's clock per frame
        length = Fraction(self._container.duration or 0, 1_000_000)
        self.shape = (
            round(length * rate),
            int(self._stream.height),
            int(self._stream.width),
            3,
        )
        if self.shape[0] == 0:
            raise ClipError(f"{self.path}: has no frames, or was not finished when written")

    @property
    def checked(self) -> bool:
        """Whether the first frame has checksums; without them damage cannot be told.

        Raises:
            ClipError: It cannot be reached.
        """
        return has_checksums(bytes(self._packet(0)))

    def __len__(self) -> int:
        """Return the number of frames."""
        return self.shape[0]

    def __getitem__(self, index: int) -> Frames:
        """Return frame ``index`` (negative counts from the end), uint8 ``(H, W, 3)``."""
        frame: Frames = self.take([index])[0]
        return frame

    def take(self, indices: Sequence[int]) -> Frames:
        """Return the frames at ``indices``, uint8 ``(N, H, W, 3)``, in the order asked for.

        A frame that is asked for twice is decoded once.

        Raises:
            ClipError: One of them is damaged, or depends on others.
            IndexError: One lies outside the clip.
        """
        wanted = [self._place(index) for index in indices]
        found = np.empty((len(wanted), *self.shape[1:]), np.uint8)
        first: dict[int, int] = {}  # frame -> where in `found` it lies already
        for at, frame in enumerate(wanted):
            if frame in first:
                found[at] = found[first[frame]]
            else:
                self._decode_into(found[at], self._packet(frame), frame)
                first[frame] = at
        return found

    def _place(self, index: int) -> int:
        place = int(index) + len(self) if index < 0 else int(index)
        if not 0 <= place < len(self):
            raise IndexError(f"{self.path}: frame {index} of {len(self)}")
        return place

    def _packet(self, wanted: int) -> Any:  # noqa: ANN401 - av is untyped
        """Return what frame ``wanted`` is decoded from."""
        target = round(wanted * self._ticks) + self._start
        try:
            self._container.seek(target, stream=self._stream, backward=True)
            for packet in self._container.demux(self._stream):
                if packet.pts is not None and abs(packet.pts - target) <= self._ticks / 2:
                    if not packet.is_keyframe:
                        text = f"{self.path}: frame {wanted} depends on others; write it intra-only"
                        raise ClipError(text)
                    return packet
        except (OSError, ValueError) as error:
            raise _damaged(self.path, wanted, error) from error
        raise ClipError(f"{self.path}: ends before frame {wanted} of {len(self)}")

    def _decode_into(self, place: Frames, packet: Any, index: int) -> None:  # noqa: ANN401
        """Write frame ``index`` to ``place``, uint8 ``(H, W, 3)``."""
        if not intact(bytes(packet)):
            raise ClipError(f"{self.path}: frame {index} is damaged (checksum)")
        try:
            decoded = self._stream.codec_context.decode(packet)
        except (OSError, ValueError) as error:
            raise _damaged(self.path, index, error) from error
        if len(decoded) != 1 or (decoded[0].height, decoded[0].width) != place.shape[:2]:
            raise ClipError(f"{self.path}: frame {index} cannot be decoded")
        _copy_rgb(decoded[0], place)

    def __iter__(self) -> Iterator[Frames]:
        """Yield all frames in order, in one pass."""
        count = 0
        try:
            self._container.seek(self._start, stream=self._stream, backward=True)
            for packet in self._container.demux(self._stream):
                if packet.size:
                    frame = np.empty(self.shape[1:], np.uint8)
                    self._decode_into(frame, packet, count)
                    yield frame
                    count += 1
        except (OSError, ValueError) as error:
            raise _damaged(self.path, count, error) from error
        if count != len(self):
            raise ClipError(f"{self.path}: cut short: {count} of {len(self)} frames")

    def close(self) -> None:
        """Close the file."""
        self._container.close()

    def __enter__(self) -> Self:
        """Return the reader itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self.close()


def _open(path: Path) -> Any:  # noqa: ANN401 - av is untyped
    if path.suffix == ".mkv":
        with suppress(OSError, ValueError):  # what it is instead, guessing says
            return av.open(f"file:{path}", format="matroska")  # without guessing: a third quicker
    return av.open(f"file:{path}")


def read_clip(path: Path, frames: Sequence[int] | None = None) -> Frames:
    """Return the frames of a clip file, uint8 ``(T, H, W, 3)`` RGB.

    Args:
        path: A file written by `write_clip`.
        frames: Indices of the wanted frames, in any order; all frames if None. Frames that are
            not wanted are not decoded. (`datasets.frame_access.read_some` does the same and keeps
            the last files open.)

    Raises:
        ClipError: The file is missing, cut short, damaged or not a clip.
        IndexError: An index lies outside the clip.
    """
    with ClipReader(path) as reader:
        if frames is None:
            return np.stack(list(reader))
        return reader.take(frames)


def _copy_rgb(frame: Any, place: Frames) -> None:  # noqa: ANN401 - av is untyped
    """Write a frame to ``place``, uint8 ``(H, W, 3)``; quickest for ``bgr0``, which ours are."""
    if frame.format.name != "bgr0":
        place[...] = frame.to_ndarray(format="rgb24")
        return
    cv2.cvtColor(pixels(frame, 4), cv2.COLOR_BGRA2RGB, dst=place)  # a tenth of numpy's time


def reason(error: BaseException) -> str:
    """Return the short text of an error of av: without number and without path."""
    return str(getattr(error, "strerror", None) or error)


def _damaged(path: Path, frame: int, error: BaseException) -> ClipError:
    if isinstance(error, ClipError):
        return error
    return ClipError(f"{path}: damaged at frame {frame} ({reason(error)})")
