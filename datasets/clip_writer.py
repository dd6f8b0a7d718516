"""Write clip files: lossless, every frame readable on its own, the same bytes at each writing.

A clip is FFV1 (version 3, intra only) in Matroska, pixel format ``bgr0``, 25 frames per second
whatever the source had: a clip is a sequence of frames, its time lives in the manifest.
"""

from __future__ import annotations

from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
import cv2
import numpy as np
import numpy.typing as npt

from datasets.files import replacing
from datasets.pixels import pixels

Frames = npt.NDArray[np.uint8]

CLIP_FPS = 25
_SMALL = 16  # below this side a frame cannot be divided into slices
_BITEXACT = 1 << 23  # AV_CODEC_FLAG_BITEXACT: no encoder version in the stream
# Golomb-Rice coding: a third faster to read than the range coder, 1-7 % larger.
_ENCODER = {"level": "3", "g": "1", "slicecrc": "1", "coder": "0", "context": "0"}


class ClipError(ValueError):
    """A file that is not a readable clip; the message names the file and what is wrong with it."""


class ClipWriter:
    """Writes one clip file, frame after frame.

    A context manager: the file gets its name when the block ends without an error, and nothing is
    left of it otherwise. `commit` and `discard` do the same by hand. One frame is held at a time,
    so memory does not grow with the length of the clip.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stream: Any = None
        self._stack = ExitStack()
        part = self._stack.enter_context(replacing(path))
        options = {"fflags": "+bitexact"}
        self._container: Any = self._stack.enter_context(
            av.open(f"file:{part}", "w", format="matroska", container_options=options)
        )
        self.count = 0

    def write(self, frame: Frames) -> None:
        """Append ``frame``: uint8 ``(H, W, 3)`` RGB, of the same size as the frames before."""
        if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] != 3 or 0 in frame.shape:
            raise ClipError(
                f"{self._path}: a frame must be uint8 (H, W, 3), got {frame.dtype} {frame.shape}"
            )
        if self._stream is None:
            self._stream = _add_stream(self._container, frame)
        height, width = frame.shape[:2]
        if (self._stream.height, self._stream.width) != (height, width):
            raise ClipError(
                f"{self._path}: frame {self.count} is {width}x{height}, the frames before it are "
                f"{self._stream.width}x{self._stream.height}"
            )
        picture = _picture(frame)
        picture.pts = self.count
        picture.time_base = Fraction(1, CLIP_FPS)
        self._container.mux(self._stream.encode(picture))
        self.count += 1

    def commit(self) -> None:
        """Finish the file and give it its name; a clip without a frame is a `ClipError`."""
        if self._stream is None:
            self.discard()
            raise ClipError(f"{self._path}: a clip needs at least one frame")
        try:
            self._container.mux(self._stream.encode())
        except BaseException:
            self.discard()
            raise
        self._stack.close()

    def discard(self) -> None:
        """Leave nothing of the file; an earlier one of the same name stays."""
        error = ClipError(f"{self._path}: discarded")
        self._stack.__exit__(ClipError, error, None)

    def __enter__(self) -> Self:
        """Return the writer itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Commit, or discard after an error."""
        if kind is None:
            self.commit()
        else:
            self.discard()


def _picture(frame: Frames) -> Any:  # noqa: ANN401 - av is untyped
    """Return uint8 ``(H, W, 3)`` RGB as av's frame; its reformatter would start threads."""
    height, width = frame.shape[:2]
    picture = av.VideoFrame(width, height, "bgr0")
    cv2.cvtColor(np.ascontiguousarray(frame), cv2.COLOR_RGB2BGRA, dst=pixels(picture, 4))
    return picture


def _add_stream(container: Any, frame: Frames) -> Any:  # noqa: ANN401 - av is untyped
    height, width = frame.shape[:2]
    whole = min(height, width) < _SMALL and height <= 288 and width <= 352  # FFmpeg's limits
    options = _ENCODER | ({"slices": "1"} if whole else {})
    stream = container.add_stream("ffv1", rate=CLIP_FPS, options=options)
    stream.height, stream.width = height, width
    stream.pix_fmt = "bgr0"
    stream.codec_context.time_base = Fraction(1, CLIP_FPS)
    stream.codec_context.thread_count = 1
    stream.codec_context.flags |= _BITEXACT
    return stream


def write_clip(path: Path, frames: Frames) -> None:
    """Write ``frames``, uint8 ``(T, H, W, 3)`` RGB, as a clip file, atomically.

    The same frames give the same bytes each time.

    Raises:
        ClipError: The array has another dtype or shape, or no frame.
    """
    if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[3] != 3 or 0 in frames.shape:
        raise ClipError(
            f"{path}: frames must be uint8 (T, H, W, 3), got {frames.dtype} {frames.shape}"
        )
    with ClipWriter(path) as writer:
        for frame in frames:
            writer.write(frame)
