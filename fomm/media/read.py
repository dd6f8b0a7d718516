"""What people have, as the model wants it: pictures and drivers.

A driver is anything that gives a sequence of pictures with times: a video, an animated picture, a
folder of numbered pictures, or one picture. Its frames come one at a time, and memory does not
grow with its length.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

from fomm.media.decode import UnknownFormatError, Video
from fomm.media.errors import MediaError, reading, reason, require_file
from fomm.media.picture import Picture, open_image, read_picture
from fomm.media.still import Folder, Still

__all__ = ["Driver", "Picture", "first_frame", "read_picture", "read_source"]

_STILL_BRANDS = {b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1"}


class Driver:
    """A driving video: a context manager that can be iterated, several times.

    Each iteration opens the source anew and yields ``(picture, seconds)``: uint8 ``(H, W, 3)``
    RGB, and a Fraction of seconds since the first frame, increasing (the first is 0).
    Accepted are videos of all usual containers (mp4, mov, webm, mkv, avi, gif, apng ...), a single
    picture, an animated webp, and a folder of numbered pictures (natural order, 25 per second).

    Frames are turned upright as the metadata say (all eight turns and flips), grey becomes RGB,
    and what is transparent is laid on white. Time stamps are those of the file; a frame without
    one comes one average frame after the one before. Damaged packets, and frames that the decoder
    marks as damaged, are skipped: the other frames keep their times. Pixels are taken as square,
    and videos without a colour tag as BT.601, as ffmpeg does.

    Raises:
        MediaError: Nothing that can be used: missing, text, sound only, no decodable frame.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        with reading(self.path):
            self._source = _source(self.path)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the frames in pixels, upright."""
        height, width = self._source.size
        return height, width

    @property
    def frames(self) -> int:
        """How many frames are promised, by count or by duration; 0 if nothing says so."""
        return self._source.frames

    @property
    def fps(self) -> Fraction:
        """Average frames per second; 25 where nothing says so."""
        return self._source.fps

    @property
    def has_sound(self) -> bool:
        """Whether there is sound in it."""
        return self._source.has_sound

    @property
    def broken(self) -> int:
        """Packets or frames that were damaged or missing in the last iteration, so far."""
        return self._source.broken

    def __iter__(self) -> Iterator[tuple[Picture, Fraction]]:
        """Yield ``(picture, seconds)`` from the start."""
        return iter(self._source)

    def __enter__(self) -> Self:
        """Return the driver itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing to do: files are open only while frames are read."""


def read_source(path: str | Path) -> Picture:
    """Return a picture, or the first frame of a video, uint8 ``(H, W, 3)``.

    Raises:
        MediaError: It is neither.
    """
    try:
        return read_picture(path)
    except MediaError as error:
        try:
            return first_frame(path)
        except MediaError:
            raise error from None


def first_frame(path: str | Path) -> Picture:
    """Return the first frame of a driver, uint8 ``(H, W, 3)``.

    Raises:
        MediaError: As `Driver`.
    """
    with Driver(path) as driver:
        return next(iter(driver))[0]


def _source(path: Path) -> Video | Still | Folder:
    if path.is_dir():
        return Folder(path)
    require_file(path, what="video")
    if _is_still_box(path):
        return Still(path)
    try:
        return Video(path)
    except UnknownFormatError as error:
        try:
            open_image(path).close()
        except MediaError:
            text = f"{path}: neither a video nor a picture that can be read"
            why = reason(error.__cause__ or error)
            raise MediaError(f"{text} ({why}); give an mp4, webm or gif file") from error
        return Still(path)


def _is_still_box(path: Path) -> bool:
    """Return whether it is AVIF or HEIC: to av these are videos, of tiles or without alpha."""
    with path.open("rb") as file:
        head = file.read(12)
    return head[4:8] == b"ftyp" and head[8:] in _STILL_BRANDS
