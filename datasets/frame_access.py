"""Random access to the frames of a clip, whatever form it has, with the last ones kept open.

A clip file and a folder of pictures give single frames without reading the others; a strip is read
whole, and a video is decoded from its beginning to the last frame that is wanted.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

import av
import numpy as np
from PIL import Image

from datasets.clips import ClipError, ClipReader, Frames
from datasets.pictures import (
    PICTURES,
    picture_size,
    pictures_in,
    read_pictures,
    read_strip,
    strip_length,
)
from datasets.readers import is_clip_file, iterate_video

KEPT_OPEN = 16
"""Clips that one thread keeps open; each holds a file and about a megabyte."""


class FrameReader(Protocol):
    """A clip that gives its frames in any order."""

    def __len__(self) -> int:
        """Return the number of frames."""
        ...

    def take(self, indices: Sequence[int]) -> Frames:
        """Return the frames at ``indices`` (0 or more), uint8 ``(T, H, W, 3)`` RGB."""
        ...


class _Folder:
    """A folder of numbered pictures: each by itself."""

    def __init__(self, path: Path) -> None:
        self._pictures = pictures_in(path)
        self._size = picture_size(self._pictures[0])

    def __len__(self) -> int:
        return len(self._pictures)

    def take(self, indices: Sequence[int]) -> Frames:
        return read_pictures([self._pictures[index] for index in indices], size=self._size)


class _Strip:
    """A strip of square frames: read whole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._length = strip_length(path, picture_size(path))

    def __len__(self) -> int:
        return self._length

    def take(self, indices: Sequence[int]) -> Frames:
        return read_strip(self._path)[list(indices)]


class _Video:
    """A video: decoded up to the last frame that is wanted, of which only those are kept."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._length = -1

    def __len__(self) -> int:
        if self._length < 0:
            self._length = sum(1 for _ in iterate_video(self._path))
        return self._length

    def take(self, indices: Sequence[int]) -> Frames:
        wanted, last = set(indices), max(indices)
        found: dict[int, Frames] = {}
        count = 0
        for frame in iterate_video(self._path):
            if count in wanted:
                found[count] = frame
            if count == last:
                return np.stack([found[index] for index in indices])
            count += 1
        raise IndexError(f"{self._path}: frame {last} of {count}")


class _Kept(threading.local):
    """The readers of one thread, the one used last at the end."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self.readers: OrderedDict[tuple[str, int, int], FrameReader] = OrderedDict()

    def of_this_process(self) -> OrderedDict[tuple[str, int, int], FrameReader]:
        if self.process != os.getpid():  # forked: places in files are shared with the parent
            self.process, self.readers = os.getpid(), OrderedDict()
        return self.readers


_kept = _Kept()


def open_frames(path: Path) -> FrameReader:
    """Return a reader of the clip at ``path``: a new one, or one that is open already.

    It belongs to the thread, and must not go to another one or to a forked process. A file that
    was written again is opened again.

    Args:
        path: A clip file, a strip, a folder of numbered pictures, or a video.

    Raises:
        ClipError: There is nothing there, or it cannot be read; the message names it.
    """
    try:
        stat = path.stat()
    except OSError as error:
        raise ClipError(f"{path}: not found") from error
    readers = _kept.of_this_process()
    key = (str(path.absolute()), stat.st_mtime_ns, stat.st_size)
    with _named(path):
        readers[key] = readers.pop(key) if key in readers else _open(path)
    if len(readers) > KEPT_OPEN:
        readers.popitem(last=False)
    return readers[key]


def _open(path: Path) -> FrameReader:
    if path.is_dir():
        return _Folder(path)
    if path.suffix.lower() in PICTURES:
        return _Strip(path)
    if path.suffix == ".mkv":
        with suppress(ClipError):  # whatever is wrong with it, the slower way below says
            reader = ClipReader(path)
            if reader.checked:
                return reader
            reader.close()
    return ClipReader(path) if is_clip_file(path) else _Video(path)


def read_some(path: Path, indices: Sequence[int]) -> Frames:
    """Return frames of the clip at ``path``, uint8 ``(T, H, W, 3)`` RGB, in the order asked for.

    Args:
        path: A clip file, a strip, a folder of numbered pictures, or a video.
        indices: Frame numbers; negative ones count from the end.

    Raises:
        ClipError: It cannot be read; the message names it.
        IndexError: A frame lies outside the clip.
    """
    reader = open_frames(path)
    with _named(path):
        wanted = [_place(path, reader, int(index)) for index in indices]
        return reader.take(wanted) if wanted else reader.take([0])[:0]


def _place(path: Path, reader: FrameReader, index: int) -> int:
    if isinstance(reader, _Video) and index >= 0:
        return index  # its length costs a decoding; `take` finds out
    place = index + len(reader) if index < 0 else index
    if not 0 <= place < len(reader):
        raise IndexError(f"{path}: frame {index} of {len(reader)}")
    return place


def count_frames(path: Path) -> int:
    """Return the number of frames of the clip at ``path``; a video is decoded for it.

    Raises:
        ClipError: It cannot be read; the message names it.
    """
    reader = open_frames(path)
    with _named(path):
        return len(reader)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Turn what libraries raise on damaged files into an error that names the file."""
    try:
        yield
    except (av.error.FFmpegError, StopIteration) as error:
        raise ClipError(f"{path}: cannot be read as a video ({error or 'empty'})") from error
    except Image.DecompressionBombError as error:
        raise ClipError(f"{path}: {error}") from error
