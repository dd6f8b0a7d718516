"""Read frames from whatever the field writes: clips, strips, folders of pictures, videos.

What has lost information on its way to the file is refused unless it is allowed, since scores
of lossy predictions are not comparable with those of lossless ones.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image, UnidentifiedImageError

from datasets.clips import ClipError, Frames, has_checksums, read_clip, reason
from datasets.video import VideoError, read_video

_EXACT_PICTURES = frozenset({".png", ".bmp", ".ppm", ".tif", ".tiff"})
_LOSSY_PICTURES = frozenset({".jpg", ".jpeg", ".webp", ".avif"})
_PICTURES = _EXACT_PICTURES | _LOSSY_PICTURES
_EXACT_CODECS = frozenset(
    {"ffv1", "ffvhuff", "huffyuv", "utvideo", "magicyuv", "rawvideo", "png", "apng", "qtrle"}
)
_RGB = re.compile(r"(0?rgb|0?bgr|gbr|argb|abgr|rgba|bgra)")
_X264 = re.compile(rb"x264 - core.{0,4000}? qp=0(?![.\d])", re.DOTALL)


class LossyInputError(ValueError):
    """The input went through a lossy encoding and that was not allowed."""


def read_frames(path: Path, *, allow_lossy: bool = False) -> Frames:
    """Return the frames at ``path``, uint8 ``(T, H, W, 3)`` RGB.

    Args:
        path: A clip file (``.mkv``), a strip image (square frames side by side), a folder of
            numbered pictures, or a video.
        allow_lossy: Accept what `is_lossy` calls lossy.

    Raises:
        ClipError: There is nothing there, or it cannot be read; the message names it.
        LossyInputError: The input is lossy and that is not allowed.
    """
    if not path.exists():
        raise ClipError(f"{path}: not found")
    if not allow_lossy and is_lossy(path):
        raise LossyInputError(
            f"{path}: lossy input; write FFV1 clips or PNG, or pass --allow-lossy"
        )
    if path.is_dir():
        return _read_folder(path)
    if path.suffix.lower() in _PICTURES:
        return _read_strip(path)
    if _codec(path)[0] == "ffv1" and has_checksums(_first_packet(path)):
        return read_clip(path)
    try:
        return read_video(path)
    except VideoError as error:
        raise ClipError(f"{path}: {error}") from error


def is_lossy(path: Path) -> bool:
    """Return whether the frames at ``path`` may differ from those that were written.

    Lossless are: PNG, BMP, PPM and TIFF pictures; RGB video of a lossless codec; RGB H.264 with
    ``qp=0``. Everything else counts as lossy: JPEG, WebP, GIF (256 colours), any YUV video.

    Raises:
        ClipError: The file cannot be opened.
    """
    if path.is_dir():
        return any(picture.suffix.lower() in _LOSSY_PICTURES for picture in _pictures(path))
    if path.suffix.lower() in _PICTURES:
        return path.suffix.lower() in _LOSSY_PICTURES
    codec, pix_fmt = _codec(path)
    if not _RGB.match(pix_fmt):
        return True
    if codec == "h264":
        return not _X264.search(_first_packet(path))
    return codec not in _EXACT_CODECS


def _codec(path: Path) -> tuple[str, str]:
    with _open(path) as container:
        context = container.streams.video[0].codec_context
        return str(context.name), str(context.pix_fmt)


def _first_packet(path: Path) -> bytes:
    """Return the first packet: x264 writes its settings into it."""
    with _open(path) as container:
        return bytes(next(container.demux(container.streams.video[0])))


def _open(path: Path) -> Any:  # noqa: ANN401 - av is untyped
    try:
        container = av.open(f"file:{path}")
    except (OSError, ValueError) as error:
        raise ClipError(f"{path}: cannot be opened ({reason(error)})") from error
    if not container.streams.video or not container.streams.video[0].codec_context:
        container.close()
        raise ClipError(f"{path}: there is no video in it")
    return container


def _number(picture: Path) -> int:
    found = re.search(r"(\d+)$", picture.stem)
    if not found:
        raise ClipError(f"{picture}: a picture in a clip folder needs a number at its name's end")
    return int(found[1])


def _pictures(folder: Path) -> list[Path]:
    names = [p for p in folder.iterdir() if p.suffix.lower() in _PICTURES and p.name[0] != "."]
    if not names:
        raise ClipError(f"{folder}: no pictures in this folder")
    return sorted(names, key=lambda picture: (_number(picture), picture.name))


def _read_folder(folder: Path) -> Frames:
    pictures = _pictures(folder)
    numbers = [_number(picture) for picture in pictures]
    if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        gap = next(
            a for a, b in zip(numbers, [*numbers[1:], numbers[-1]], strict=True) if b != a + 1
        )
        raise ClipError(f"{folder}: pictures are not numbered one by one: look after {gap}")
    frames = [_read_picture(picture) for picture in pictures]
    for picture, frame in zip(pictures, frames, strict=True):
        if frame.shape != frames[0].shape:
            raise ClipError(
                f"{picture}: is {frame.shape[1]}x{frame.shape[0]}, "
                f"the first picture is {frames[0].shape[1]}x{frames[0].shape[0]}"
            )
    return np.stack(frames)


def _read_strip(path: Path) -> Frames:
    strip = _read_picture(path)
    height, width = strip.shape[:2]
    if width % height:
        raise ClipError(
            f"{path}: {width}x{height} is no strip: its width must be a multiple of its height"
        )
    frames = strip.reshape(height, width // height, height, 3)  # (H, T, W, 3)
    return np.ascontiguousarray(frames.transpose(1, 0, 2, 3))


def _read_picture(path: Path) -> Frames:
    try:
        with Image.open(path) as picture:
            if picture.mode not in {"RGB", "RGBA", "L", "P", "1", "LA"}:
                raise ClipError(f"{path}: 8-bit RGB or grey expected, got mode {picture.mode}")
            return np.asarray(picture.convert("RGB"))
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise ClipError(f"{path}: cannot be read as a picture ({error})") from error
