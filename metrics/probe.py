"""How many frames of which size a prediction has, from its headers alone."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, UnidentifiedImageError

from datasets.clips import ClipError, ClipReader
from datasets.readers import read_frames

_PICTURES = frozenset({".png", ".bmp", ".ppm", ".tif", ".tiff", ".jpg", ".jpeg", ".webp", ".avif"})


def shape_of(path: Path) -> tuple[int, ...]:
    """Return (frames, height, width) of what `datasets.readers.read_frames` would return.

    Videos that are no clip files, and folders of pictures that differ in size, are read whole.

    Raises:
        ClipError: The file cannot be read.
    """
    if path.suffix.lower() == ".mkv":
        try:
            with ClipReader(path) as reader:
                return reader.shape[:3]
        except ClipError:
            return read_frames(path, allow_lossy=True).shape[:3]
    if path.is_file() and path.suffix.lower() in _PICTURES:
        width, height = _size(path)
        return (width // height, height, height) if width % height == 0 else (1, height, width)
    return read_frames(path, allow_lossy=True).shape[:3]


def _size(path: Path) -> tuple[int, int]:
    try:
        with Image.open(path) as picture:
            return picture.size
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise ClipError(f"{path}: cannot be read as a picture ({error})") from error
