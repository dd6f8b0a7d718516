"""Still pictures as arrays: upright, RGB, on white."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from fomm.media.errors import MediaError, reason, require_file

Picture = npt.NDArray[np.uint8]
"""A picture: uint8 ``(H, W, 3)``, RGB."""


def read_picture(path: str | Path) -> Picture:
    """Return a picture of any kind that Pillow reads, uint8 ``(H, W, 3)`` RGB.

    It is turned upright as its EXIF orientation says; grey becomes RGB, 16 bits become 8, what is
    transparent is laid on white, and an animated picture gives its first frame.

    Raises:
        MediaError: The file is missing, a folder, not a picture, damaged, or far too large.
    """
    path = Path(path)
    require_file(path, what="picture")
    with open_image(path) as image:
        return upright(image, path)


def open_image(path: Path) -> Image.Image:
    """Open a picture with Pillow, reading its head only.

    Raises:
        MediaError: Pillow does not know it, or it has more pixels than Pillow takes.
    """
    try:
        return Image.open(path)
    except UnidentifiedImageError as error:
        text = f"{path}: not a picture that can be read; give a PNG or JPEG file"
        raise MediaError(text) from error
    except Exception as error:  # damaged heads raise anything, SyntaxError and struct.error too
        raise MediaError(f"{path}: cannot be read as a picture ({reason(error)})") from error


def upright(image: Image.Image, path: Path) -> Picture:
    """Return the current frame of ``image`` as `read_picture` does; ``path`` is for the message.

    Raises:
        MediaError: The data are damaged or cut short.
    """
    try:
        image.load()
        return _rgb(ImageOps.exif_transpose(image))
    except Exception as error:
        text = f"{path}: the picture is damaged ({reason(error)}); get or save it again"
        raise MediaError(text) from error


def _rgb(image: Image.Image) -> Picture:
    if image.mode.startswith("I"):  # 16 bits; Pillow's own conversion would clip them
        grey = np.clip(np.asarray(image).astype(np.int64), 0, 65535)
        levels = ((grey * 255 + 32767) // 65535).astype(np.uint8)
        return np.repeat(levels[..., None], 3, axis=2)
    if image.has_transparency_data:
        return on_white(np.asarray(image.convert("RGBA")))
    return np.array(image.convert("RGB"))


def on_white(rgba: Picture) -> Picture:
    """Return uint8 RGBA ``(H, W, 4)``, not premultiplied, laid on white: uint8 ``(H, W, 3)``."""
    alpha = rgba[..., 3:].astype(np.uint16)
    mixed = rgba[..., :3] * alpha + 255 * (255 - alpha)  # at most 255 * 255: fits
    return ((mixed + 127) // 255).astype(np.uint8)
