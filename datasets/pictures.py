"""Clips made of pictures: strips (frames side by side) and folders of numbered pictures.

A picture that can be looked through is laid on white.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from datasets.clips import ClipError, Frames

EXACT_PICTURES = frozenset({".png", ".bmp", ".ppm", ".tif", ".tiff"})
LOSSY_PICTURES = frozenset({".jpg", ".jpeg", ".webp", ".avif"})
PICTURES = EXACT_PICTURES | LOSSY_PICTURES
_BROKEN = (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError)
_MODES = frozenset({"RGB", "RGBA", "L", "P", "1", "LA"})


def pictures_in(folder: Path) -> list[Path]:
    """Return the pictures of a clip folder in the order of their numbers, which have no gap.

    Raises:
        ClipError: There are none, or they are not numbered one by one.
    """
    names = [p for p in folder.iterdir() if p.suffix.lower() in PICTURES and p.name[0] != "."]
    if not names:
        raise ClipError(f"{folder}: no pictures in this folder")
    pictures = sorted(names, key=lambda picture: (_number(picture), picture.name))
    numbers = [_number(picture) for picture in pictures]
    for before, after in pairwise(numbers):
        if after != before + 1:
            text = f"pictures are not numbered one by one: look after {before}"
            raise ClipError(f"{folder}: {text}")
    return pictures


def _number(picture: Path) -> int:
    found = re.search(r"(\d+)$", picture.stem)
    if not found:
        raise ClipError(f"{picture}: a picture in a clip folder needs a number at its name's end")
    return int(found[1])


def read_pictures(pictures: Sequence[Path], *, size: tuple[int, int]) -> Frames:
    """Return pictures of one clip, uint8 ``(T, H, W, 3)`` RGB.

    Args:
        pictures: Their files.
        size: Width and height of the clip's first picture.

    Raises:
        ClipError: One cannot be read, or is of another size.
    """
    frames = np.empty((len(pictures), size[1], size[0], 3), np.uint8)
    for place, picture in enumerate(pictures):
        frame = read_picture(picture)
        if frame.shape != frames.shape[1:]:
            raise ClipError(
                f"{picture}: is {frame.shape[1]}x{frame.shape[0]}, "
                f"the first picture is {size[0]}x{size[1]}"
            )
        frames[place] = frame
    return frames


def read_strip(path: Path) -> Frames:
    """Return the square frames that stand side by side in a picture, uint8 ``(T, H, H, 3)``.

    Raises:
        ClipError: It cannot be read, or its width is no multiple of its height.
    """
    strip = read_picture(path)
    height, width = strip.shape[:2]
    count = strip_length(path, (width, height))
    frames = strip.reshape(height, count, height, 3)  # (H, T, H, 3)
    return np.ascontiguousarray(frames.transpose(1, 0, 2, 3))


def strip_length(path: Path, size: tuple[int, int]) -> int:
    """Return the number of square frames in a picture of ``size`` (width, height).

    Raises:
        ClipError: The width is no multiple of the height.
    """
    width, height = size
    if width % height:
        raise ClipError(
            f"{path}: {width}x{height} is no strip: its width must be a multiple of its height"
        )
    return width // height


def picture_size(path: Path) -> tuple[int, int]:
    """Return width and height of a picture, from its header.

    Raises:
        ClipError: It cannot be read.
    """
    try:
        with Image.open(path) as picture:
            return picture.size
    except _BROKEN as error:
        raise ClipError(f"{path}: cannot be read as a picture ({error})") from error


def read_picture(path: Path) -> Frames:
    """Return a picture of 8 bits per channel as uint8 ``(H, W, 3)`` RGB.

    Raises:
        ClipError: It cannot be read, or has more bits.
    """
    try:
        with Image.open(path) as picture:
            if picture.mode not in _MODES:
                raise ClipError(f"{path}: 8-bit RGB or grey expected, got mode {picture.mode}")
            return on_white(picture)
    except _BROKEN as error:
        raise ClipError(f"{path}: cannot be read as a picture ({error})") from error


def on_white(picture: Image.Image) -> Frames:
    """Return a picture, laid on white if it can be looked through, as uint8 ``(H, W, 3)`` RGB."""
    if picture.mode in {"RGBA", "LA"} or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    return np.asarray(picture.convert("RGB"))
