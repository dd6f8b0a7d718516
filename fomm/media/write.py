"""Write a video of any usual kind, so that an interruption leaves what there is playable."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av

from fomm.media.encode import VideoSink
from fomm.media.errors import MediaError
from fomm.media.gif import GifSink
from fomm.media.recipes import RECIPES
from fomm.media.strip import StripSink
from fomm.media.writer import Sink, Writer

__all__ = ["EXTENSIONS", "Writer", "open_writer"]

EXTENSIONS = (*RECIPES, ".gif", ".png")
"""What `open_writer` writes."""


def open_writer(path: str | Path, *, fps: Fraction, sound: Path | None = None) -> Writer:
    """Open a video for writing; the extension says which kind.

    ==========  =======================================================================
    ``.mp4``    H.264, 4:2:0, CRF 18, plays while it loads; sound AAC (AAC and MP3 copied)
    ``.webm``   VP9, 4:2:0, CRF 24; sound Opus (Opus and Vorbis copied)
    ``.mkv``    FFV1, lossless RGB; sound copied, else AAC
    ``.gif``    256 colours per frame, at most 50 frames per second, times to 10 ms; no sound
    ``.png``    a strip: frames side by side, held in memory until the end; no sound
    ==========  =======================================================================

    Times are kept, even or not: to 0.1 ms in mp4, 1 ms in webm and mkv. mp4 and webm repeat the
    last row or column of an odd frame. The same frames give the same bytes. Missing folders are
    made. Nothing but an empty hidden file is written before the first frame.

    Args:
        path: The target; replaced when the writer closes, not before.
        fps: Average frames per second; the last frame is shown for ``1 / fps``.
        sound: A file whose sound goes along, usually the driver; frame times count from its first
            picture. Cut to the pictures' end. If it cannot be read there is a warning and no sound.

    Raises:
        MediaError: Unknown extension, a place that cannot be written, ``sound`` and ``path`` are
            the same file, or this build of av has no such encoder.
    """
    path = Path(path)
    kind = path.suffix.lower()
    if kind not in EXTENSIONS:
        known = ", ".join(EXTENSIONS)
        raise MediaError(f"{path}: unknown kind of video {kind!r}; name it as one of {known}")
    if fps <= 0:
        raise MediaError(f"{path}: frames per second must be above 0, got {fps}")
    if sound is not None and path.exists() and Path(sound).exists() and path.samefile(sound):
        raise MediaError(f"{path}: is the driver itself; choose another name for the result")
    codec = RECIPES[kind].codec if kind in RECIPES else kind[1:]
    if codec not in av.codecs_available:
        raise MediaError(f"{path}: this installation of av has no {codec}; pip install av")
    fps = Fraction(fps)

    def open_sink(part: Path, size: tuple[int, int], start: Fraction) -> Sink:
        if kind == ".png":
            return StripSink(part, size=size)
        if kind == ".gif":
            return GifSink(part, fps=fps, size=size)
        return VideoSink(part, RECIPES[kind], fps=fps, size=size, sound=sound, start=start)

    return Writer(path, open_sink)
