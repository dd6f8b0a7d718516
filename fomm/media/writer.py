"""The life of one output file: hidden while it grows, named at the end, playable if abandoned."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from pathlib import Path
from types import FrameType, TracebackType
from typing import Protocol, Self

from fomm.media.errors import AV_ERRORS, MediaError, reason
from fomm.media.fit import check_picture
from fomm.media.picture import Picture


@contextmanager
def deferred() -> Iterator[None]:
    """Hold SIGINT and SIGTERM back until the block ends; then the former handler gets them.

    So nothing in the block is done half. Other threads than the main one get no signals.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []

    def hold(number: int, frame: FrameType | None) -> None:
        came.append(number)

    try:
        with ExitStack() as stack:
            for number in (signal.SIGINT, signal.SIGTERM):
                former = signal.getsignal(number)
                if former is not None:  # one that Python did not set cannot be put back
                    stack.callback(signal.signal, number, former)
                    signal.signal(number, hold)
            yield
    finally:
        for received in dict.fromkeys(came):
            signal.raise_signal(received)


def part_name(path: Path) -> Path:
    """Return the hidden file that grows beside the target ``path``."""
    return path.with_name(f".{path.stem}.part{path.suffix}")


def partial_name(path: Path) -> Path:
    """Return where unfinished work for the target ``path`` is kept."""
    return path.with_name(f"{path.stem}.partial{path.suffix}")


class Sink(Protocol):
    """Encodes frames into one file."""

    def write(self, frame: Picture, seconds: Fraction) -> None:
        """Append a frame."""

    def close(self) -> None:
        """Finish the file."""


class Writer:
    """Writes one video file, frame after frame; made by `open_writer`.

    A context manager: at the end of the block the file gets its name, and an error in the block
    abandons it (Ctrl-C too, which waits for the frame being written). Until then the file is
    hidden, as ``.NAME.part.EXT`` beside the target; a killed process leaves it, and the next writer
    to the same target replaces it.

    Attributes:
        count: Frames written so far.
        saved: The finished file: the target, ``NAME.partial.EXT``, or None.
    """

    def __init__(
        self, path: Path, open_sink: Callable[[Path, tuple[int, int], Fraction], Sink]
    ) -> None:
        self.count = 0
        self.saved: Path | None = None
        self._path = path
        self._part = part_name(path)
        self._open_sink = open_sink
        self._sink: Sink | None = None
        self._closed = False
        self._size = (0, 0)
        self._start = self._last = Fraction(0)
        _make_room(path, self._part)

    def write(self, frame: Picture, seconds: Fraction) -> None:
        """Append ``frame``, uint8 ``(H, W, 3)`` RGB.

        Args:
            frame: Of the same size as the frames before.
            seconds: When it is shown, on the clock of the driver; later than the frame before.
                The file, and the sound in it, begin with the first frame written.

        Raises:
            MediaError: A frame of another kind or size, a time that does not increase, or a file
                that cannot be written (disk full).
        """
        self._check(frame, seconds)
        with deferred():
            try:
                if self._sink is None:
                    self._start, self._size = seconds, (frame.shape[0], frame.shape[1])
                    self._sink = self._open_sink(self._part, self._size, seconds)
                self._sink.write(frame, seconds - self._start)
            except MediaError as error:
                raise MediaError(f"{self._path}: {error}") from error
            except AV_ERRORS as error:
                raise self._unwritable(error) from error
            self._last = seconds
            self.count += 1

    def close(self) -> None:
        """Finish the file and give it its name; nothing to do if closed or abandoned already.

        Raises:
            MediaError: No frame was written, or the file cannot be finished. Nothing is left then.
        """
        if self._closed:
            return
        if self._sink is None:
            self._remove()
            raise MediaError(f"{self._path}: not written, since there is no frame")
        try:
            with deferred():
                self._finish(self._path)
        except AV_ERRORS as error:
            raise self._unwritable(error) from error

    def abandon(self) -> Path | None:
        """Finish what there is as ``NAME.partial.EXT``, playable, and return its path.

        Without a frame, or if the file cannot be finished, nothing is left and None comes back.
        After `close` or `abandon` it does nothing and returns `saved`.
        """
        with deferred():
            if not self._closed:
                try:
                    if self.count:
                        self._finish(partial_name(self._path))
                except AV_ERRORS:  # said already by what led here, or of no use
                    pass
                finally:
                    self._remove()
        return self.saved

    def __enter__(self) -> Self:
        """Return the writer itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close, or abandon after an error."""
        if kind is None:
            self.close()
        else:
            self.abandon()

    def _finish(self, target: Path) -> None:
        assert self._sink is not None
        try:
            self._sink.close()
            self._part.replace(target)
            self.saved = target
        finally:
            self._remove()

    def _remove(self) -> None:
        self._closed = True
        self._part.unlink(missing_ok=True)

    def _check(self, frame: Picture, seconds: Fraction) -> None:
        if self._closed:
            raise MediaError(f"{self._path}: closed already; open a new writer")
        check_picture(frame)
        if self._sink is None:
            return
        if frame.shape[:2] != self._size:
            sizes = [f"{width}x{height}" for height, width in (frame.shape[:2], self._size)]
            text = f"{self._path}: frame {self.count} is {sizes[0]}"
            raise MediaError(f"{text}, the frames before it are {sizes[1]}")
        if seconds <= self._last:
            text = f"{self._path}: frame {self.count} is for second {float(seconds)}"
            raise MediaError(f"{text}, not after the one before it ({float(self._last)})")

    def _unwritable(self, error: BaseException) -> MediaError:
        text = f"{self._path}: cannot be written ({reason(error)})"
        return MediaError(f"{text}; choose another place, size or kind of file")


def _make_room(path: Path, part: Path) -> None:
    """Make an empty ``part``, with its folder, to be sure that it can be written."""
    if path.is_dir():
        raise MediaError(f"{path}: is a folder; give the name of a file")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        part.touch()
    except OSError as error:
        text = f"{path}: cannot be written ({reason(error)})"
        raise MediaError(f"{text}; choose another place") from error
