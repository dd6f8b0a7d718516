"""Read frames from whatever the field writes: clips, strips, folders of pictures, videos.

Pictures and GIFs that can be looked through are laid on white.
What has lost information on its way to the file is refused unless it is allowed, since scores
of lossy predictions are not comparable with those of lossless ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

from datasets.clips import ClipError, Frames, has_checksums, read_clip, reason
from datasets.pictures import (
    LOSSY_PICTURES,
    PICTURES,
    on_white,
    picture_size,
    pictures_in,
    read_pictures,
    read_strip,
)
from datasets.video import VideoError, decode, rgb

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
        pictures = pictures_in(path)
        return read_pictures(pictures, size=picture_size(pictures[0]))
    if path.suffix.lower() in PICTURES:
        return read_strip(path)
    if is_clip_file(path):
        return read_clip(path)
    frames = list(iterate_video(path))
    if not frames:
        raise ClipError(f"{path}: the video has no frames")
    return np.stack(frames)


def iterate_video(path: Path) -> Iterator[Frames]:
    """Yield the frames of a video in order, uint8 ``(H, W, 3)`` RGB, see-through ones on white.

    Raises:
        ClipError: It cannot be opened, or is damaged.
    """
    try:
        for frame in decode(path):
            yield _on_white(frame) if _has_alpha(frame) else rgb(frame)
    except VideoError as error:
        raise ClipError(f"{path}: {error}") from error


def _has_alpha(frame: Any) -> bool:  # noqa: ANN401 - av is untyped
    return frame.format.name == "pal8" or any(part.is_alpha for part in frame.format.components)


def _on_white(frame: Any) -> Frames:  # noqa: ANN401 - av is untyped
    return on_white(Image.fromarray(frame.to_ndarray(format="rgba")))


def is_lossy(path: Path) -> bool:
    """Return whether the frames at ``path`` may differ from those that were written.

    Lossless are: PNG, BMP, PPM and TIFF pictures; RGB video of a lossless codec; RGB H.264 with
    ``qp=0``. Everything else counts as lossy: JPEG, WebP, GIF (256 colours), any YUV video.

    Raises:
        ClipError: The file cannot be opened.
    """
    if path.is_dir():
        return any(picture.suffix.lower() in LOSSY_PICTURES for picture in pictures_in(path))
    if path.suffix.lower() in PICTURES:
        return path.suffix.lower() in LOSSY_PICTURES
    codec, pix_fmt = _codec(path)
    if not _RGB.match(pix_fmt):
        return True
    if codec == "h264":
        return not _X264.search(_first_packet(path))
    return codec not in _EXACT_CODECS


def is_clip_file(path: Path) -> bool:
    """Return whether ``path`` is FFV1 with checksums: what `datasets.clips.read_clip` reads.

    Raises:
        ClipError: The file cannot be opened.
    """
    return _codec(path)[0] == "ffv1" and has_checksums(_first_packet(path))


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
