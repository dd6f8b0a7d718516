"""Pictures as drivers: one picture, an animated one that av cannot decode, a numbered folder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from fomm.media.decode import FPS
from fomm.media.errors import MediaError, reading
from fomm.media.picture import Picture, open_image, read_picture, upright

_ANIMATED = {"WEBP", "AVIF", "GIF", "PNG"}  # elsewhere "frames" are pages or views
_EXTENSIONS = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".ppm", ".pgm"}


class Still:
    """A picture file as a `Driver`'s source: one frame, or the frames of an animated picture.

    The attributes are those of `fomm.media.decode.Video`.
    """

    has_sound = False

    def __init__(self, path: Path) -> None:
        self._path = path
        self.broken = 0
        with open_image(path) as image:
            self.frames = image.n_frames if image.format in _ANIMATED else 1  # type: ignore[attr-defined]
            self.size = upright(image, path).shape[:2]
            lasts = _lasts(image)
        self.fps = 1 / lasts if self.frames > 1 else FPS

    def __iter__(self) -> Iterator[tuple[Picture, Fraction]]:
        """Yield the pictures with their seconds since the first one; damaged ones are skipped."""
        self.broken = 0
        seconds = Fraction(0)
        with open_image(self._path) as image:
            for index in range(self.frames):
                try:
                    image.seek(index)
                    yield upright(image, self._path), seconds
                except (MediaError, EOFError):
                    self.broken += 1
                seconds += _lasts(image)


class Folder:
    """A folder of numbered pictures as a `Driver`'s source: natural order, 25 per second.

    Other files and hidden ones are passed over. The attributes are those of
    `fomm.media.decode.Video`.

    Raises:
        MediaError: No picture in it can be read, or (when iterating) they differ in size.
    """

    has_sound = False
    fps = FPS

    def __init__(self, path: Path) -> None:
        self._path = path
        self.broken = 0
        with reading(path):
            found = [file for file in path.iterdir() if _is_picture(file)]
        self._files = sorted(found, key=_natural)
        self.frames = len(self._files)
        if not self._files:
            raise MediaError(f"{path}: no pictures in this folder; give a video or numbered PNGs")
        first = next(self._pictures(), None)
        if first is None:
            raise MediaError(f"{path}: none of the {self.frames} pictures in it can be read")
        self.size = first[2].shape[:2]

    def __iter__(self) -> Iterator[tuple[Picture, Fraction]]:
        """Yield the pictures with their seconds since the first one; damaged ones are skipped."""
        self.broken = 0
        start: Fraction | None = None
        for index, file, picture in self._pictures():
            if picture.shape[:2] != self.size:
                sizes = [f"{size[1]}x{size[0]}" for size in (picture.shape, self.size)]
                text = f"{file}: {sizes[0]}, but the first picture is {sizes[1]}"
                raise MediaError(f"{text}; pictures of a driver must be of one size")
            start = index / FPS if start is None else start
            yield picture, index / FPS - start

    def _pictures(self) -> Iterator[tuple[int, Path, Picture]]:
        for index, file in enumerate(self._files):
            try:
                picture = read_picture(file)
            except MediaError:
                self.broken += 1
                continue
            yield index, file, picture


def _lasts(image: object) -> Fraction:
    """Return how long the current frame is shown, in seconds; as browsers do, 0 means 0.1."""
    milliseconds = getattr(image, "info", {}).get("duration", 0) or 100
    return Fraction(milliseconds).limit_denominator(1000) / 1000


def _is_picture(file: Path) -> bool:
    return file.suffix.lower() in _EXTENSIONS and not file.name.startswith(".") and file.is_file()


def _natural(file: Path) -> tuple[list[tuple[int, str]], str]:
    """Return a key that sorts 2.png before 10.png."""
    parts = re.findall(r"[0-9]+|[^0-9]+", file.stem)
    return [(int(part), "") if part[0] in "0123456789" else (-1, part) for part in parts], file.name
