"""How many frames of which size a prediction has, from its headers alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from datasets import readers
from datasets.clips import ClipError, ClipReader
from metrics.array_files import read_array

_SPLIT = "write a clip file or numbered pictures instead of one large picture"
_PICTURES = frozenset({".png", ".bmp", ".ppm", ".tif", ".tiff", ".jpg", ".jpeg", ".webp", ".avif"})


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Turn what libraries raise on damaged files into an error that names the file."""
    try:
        yield
    except Image.DecompressionBombError as error:
        raise ClipError(f"{path}: {error}; {_SPLIT}") from error
    except (av.error.FFmpegError, StopIteration) as error:
        raise ClipError(f"{path}: cannot be read as a video ({error or 'empty'})") from error


def _check_opaque(path: Path) -> None:
    """Raise `ClipError` if a picture at ``path`` can be looked through: what was meant, then?"""
    pictures = sorted(path.iterdir()) if path.is_dir() else [path]
    for picture in pictures:
        if picture.suffix.lower() not in _PICTURES:
            continue
        try:
            with Image.open(picture) as image:
                alpha = image.mode in ("RGBA", "LA") and image.getchannel("A").getextrema()
        except (UnidentifiedImageError, OSError, SyntaxError):
            continue  # the reader says what is wrong
        if alpha and alpha != (255, 255):
            raise ClipError(
                f"{picture}: has transparent pixels; write RGB without an alpha channel"
            )


def is_array(path: Path) -> bool:
    """Whether ``path`` is read as arrays of numpy."""
    return path.suffix.lower() == ".npz" and path.is_file()


def is_lossy(path: Path) -> bool:
    """Return whether a prediction may differ from what was predicted, beyond rounding.

    Raises:
        ClipError: It cannot be opened.
    """
    with _named(path):
        return not is_array(path) and readers.is_lossy(path)


def read_prediction(path: Path) -> NDArray[np.uint8]:
    """Return the frames of a prediction, uint8 (T, H, W, 3); lossy files too.

    Raises:
        ClipError: It cannot be read.
    """
    if is_array(path):
        return read_array(path)
    with _named(path):
        _check_opaque(path)
        return readers.read_frames(path, allow_lossy=True)


def shape_of(path: Path) -> tuple[int, ...]:
    """Return (frames, height, width) of what `datasets.readers.read_frames` would return.

    Videos that are no clip files, folders of pictures and arrays are read whole.

    Raises:
        ClipError: The file cannot be read.
    """
    if is_array(path):
        return read_array(path).shape[:3]
    if path.suffix.lower() == ".mkv":
        try:
            with ClipReader(path) as reader:
                return reader.shape[:3]
        except ClipError:
            return read_prediction(path).shape[:3]
    if path.is_file() and path.suffix.lower() in _PICTURES:
        width, height = _size(path)
        return (width // height, height, height) if width % height == 0 else (1, height, width)
    return read_prediction(path).shape[:3]


def _size(path: Path) -> tuple[int, int]:
    try:
        with Image.open(path) as picture:
            return picture.size
    except Image.DecompressionBombError as error:
        raise ClipError(f"{path}: {error}; {_SPLIT}") from error
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise ClipError(f"{path}: cannot be read as a picture ({error})") from error
