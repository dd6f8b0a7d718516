"""Read clip files: all frames, or any of them without decoding the ones before.

`datasets.clip_writer` says what a clip file is; its names can be imported from here.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
import cv2
import numpy as np

from datasets.clip_writer import (
    CLIP_FPS,
    ClipError,
    ClipWriter,
    Frames,
    write_clip,
)

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

_FOOTER = 8  # bytes after each slice: size (3), status (1), checksum (4)
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class ClipReader:
    """A clip file opened for reading any of its frames.

    ``len(reader)`` is the number of frames, ``reader[i]`` is frame i as uint8 ``(H, W, 3)`` RGB;
    a frame is reached by seeking, without decoding the ones before it.

    Raises:
        ClipError: The file is missing, cut short, damaged, or not an intra-only FFV1 file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.is_file():
            raise ClipError(f"{path}: no such clip file")
        try:
            self._container: Any = av.open(f"file:{path}")
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
        self._rate = Fraction(self._stream.average_rate or CLIP_FPS)
        length = Fraction(self._container.duration or 0, 1_000_000)
        self.shape = (
            round(length * self._rate),
            int(self._stream.height),
            int(self._stream.width),
            3,
        )
        if self.shape[0] == 0:
            raise ClipError(f"{self.path}: has no frames, or was not finished when written")

    def __len__(self) -> int:
        """Return the number of frames."""
        return self.shape[0]

    def __getitem__(self, index: int) -> Frames:
        """Return frame ``index`` (negative counts from the end), uint8 ``(H, W, 3)``."""
        wanted = int(index) + len(self) if index < 0 else int(index)
        if not 0 <= wanted < len(self):
            raise IndexError(f"{self.path}: frame {index} of {len(self)}")
        base = self._stream.time_base
        target = round(Fraction(wanted) / self._rate / base) + (self._stream.start_time or 0)
        half = Fraction(1, 2) / self._rate / base
        try:
            self._container.seek(target, stream=self._stream, backward=True)
            for packet in self._container.demux(self._stream):
                if packet.pts is not None and abs(packet.pts - target) <= half:
                    if not packet.is_keyframe:
                        text = f"{self.path}: frame {wanted} depends on others; write it intra-only"
                        raise ClipError(text)
                    return self._decode_one(packet, wanted)
        except (OSError, ValueError) as error:
            raise _damaged(self.path, wanted, error) from error
        raise ClipError(f"{self.path}: ends before frame {wanted} of {len(self)}")

    def _decode_one(self, packet: Any, index: int) -> Frames:  # noqa: ANN401 - av is untyped
        if not intact(bytes(packet)):
            raise ClipError(f"{self.path}: frame {index} is damaged (checksum)")
        decoded = self._stream.codec_context.decode(packet)
        if len(decoded) != 1:
            raise ClipError(f"{self.path}: frame {index} cannot be decoded")
        return _rgb(decoded[0])

    def __iter__(self) -> Iterator[Frames]:
        """Yield all frames in order, in one pass."""
        count = 0
        try:
            self._container.seek(self._stream.start_time or 0, stream=self._stream, backward=True)
            for packet in self._container.demux(self._stream):
                if packet.size:
                    yield self._decode_one(packet, count)
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


def read_clip(path: Path, frames: Sequence[int] | None = None) -> Frames:
    """Return the frames of a clip file, uint8 ``(T, H, W, 3)`` RGB.

    Args:
        path: A file written by `write_clip`.
        frames: Indices of the wanted frames, in any order; all frames if None. Frames that are
            not wanted are not decoded.

    Raises:
        ClipError: The file is missing, cut short, damaged or not a clip.
        IndexError: An index lies outside the clip.
    """
    with ClipReader(path) as reader:
        if frames is None:
            return np.stack(list(reader))
        if not len(frames):
            return np.empty((0, *reader.shape[1:]), np.uint8)
        return np.stack([reader[index] for index in frames])


def _rgb(frame: Any) -> Frames:  # noqa: ANN401 - av is untyped
    """Return uint8 ``(H, W, 3)`` of a ``bgr0`` frame; much faster than a format conversion."""
    if frame.format.name != "bgr0":
        array: Frames = frame.to_ndarray(format="rgb24")
        return array
    rows = np.frombuffer(frame.planes[0], np.uint8).reshape(frame.height, -1)
    pixels = rows[:, : 4 * frame.width].reshape(frame.height, frame.width, 4)
    converted: Frames = cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGB)  # a tenth of numpy's time
    return converted


def reason(error: BaseException) -> str:
    """Return the short text of an error of av: without number and without path."""
    return str(getattr(error, "strerror", None) or error)


def _damaged(path: Path, frame: int, error: BaseException) -> ClipError:
    if isinstance(error, ClipError):
        return error
    return ClipError(f"{path}: damaged at frame {frame} ({reason(error)})")


def intact(packet: bytes) -> bool:
    """Return whether every slice of an FFV1 packet agrees with its checksum.

    FFmpeg's decoder fills a damaged slice from the frame before it and says nothing.
    The checksum is CRC-32 with the bits in the other order than zlib's (RFC 9043, 4.9).
    """
    slices = _slices(packet)
    return bool(slices) and all(
        zlib.crc32(packet[first:stop].translate(_MIRRORED), 0xFFFFFFFF) == 0xFFFFFFFF
        for first, stop in slices
    )


def has_checksums(packet: bytes) -> bool:
    """Return whether an FFV1 packet is divided into slices with checksums."""
    return bool(_slices(packet))


def _slices(packet: bytes) -> list[tuple[int, int]]:
    """Return the byte ranges of the slices, footers included; empty if they do not fit."""
    found = []
    stop = len(packet)
    while stop:
        footer = packet[max(0, stop - _FOOTER) : stop]
        first = stop - _FOOTER - int.from_bytes(footer[:3], "big")
        if first < 0:
            return []
        found.append((first, stop))
        stop = first
    return found
