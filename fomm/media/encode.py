"""Videos through av: H.264 in MP4, VP9 in WebM, FFV1 in Matroska, with the driver's sound."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from fomm.media.picture import Picture
from fomm.media.recipes import Recipe
from fomm.media.sound import BITEXACT, Sound, open_sound

_FINEST = 10_000  # ticks per second, at least
_BT709 = 1  # the same number for matrix, primaries and transfer
_LIMITED = 1
_SLICES_FROM = 16  # below this side FFV1 cannot divide a frame into slices


class VideoSink:
    """Encodes frames of one size into a file, as they come, on one thread.

    4:2:0 formats (mp4, webm) hold even sizes only: an odd frame gets its last row or column once
    more. Colours are BT.709, limited range, and say so. The last frame lasts ``1 / fps``, and the
    sound ends with it.

    Args:
        path: Where to write.
        recipe: One of `fomm.media.recipes.RECIPES`.
        fps: Average rate; its ticks are used, so a constant rate comes out exactly.
        size: Height and width of the frames in pixels.
        sound: A file whose sound goes along, or None.
        start: Where in ``sound`` the frames begin, in seconds since its first picture.
    """

    def __init__(
        self,
        path: Path,
        recipe: Recipe,
        *,
        fps: Fraction,
        size: tuple[int, int],
        sound: Path | None,
        start: Fraction,
    ) -> None:
        self._fps = fps
        self._base = _time_base(fps)
        self._tick = -1
        self._end = Fraction(0)
        self._held: Any = None
        self._first_dts = 0
        self._reformatter = VideoReformatter()
        self._container: Any = av.open(
            f"file:{path}",
            "w",
            format=recipe.container,
            container_options={"fflags": "+bitexact"} | recipe.muxing,
        )
        self._sound: Sound | None = None
        try:
            self._stream = _add_stream(self._container, recipe, fps=fps, size=size)
            self._stream.codec_context.time_base = self._base
            if sound is not None:
                self._sound = open_sound(
                    sound, self._container, copied=recipe.sound, encoder=recipe.voice, start=start
                )
        except BaseException:
            self._container.close()
            raise

    def write(self, frame: Picture, seconds: Fraction) -> None:
        """Append ``frame``, uint8 ``(H, W, 3)``, shown from ``seconds`` on."""
        picture = av.VideoFrame.from_ndarray(self._even(frame), format="rgb24")
        picture = self._converted(picture)
        self._tick = max(self._tick + 1, round(seconds / self._base))
        picture.pts, picture.time_base = self._tick, self._base
        picture.duration = round(1 / self._fps / self._base)
        self._mux(self._stream.encode(picture))
        self._end = seconds + 1 / self._fps
        if self._sound is not None:
            self._sound.until(seconds)

    def close(self) -> None:
        """Finish the file."""
        try:
            self._mux(self._stream.encode())
            self._mux_last()
            if self._sound is not None:
                self._sound.until(self._end)
        finally:
            self._container.close()

    def _mux(self, packets: list[Any]) -> None:
        for packet in packets:
            if self._held is None:
                self._first_dts = packet.dts
            held, self._held = self._held, packet  # first, so that none is written twice
            if held is not None:
                self._container.mux(held)

    def _mux_last(self) -> None:
        """Write the last packet, lasting so long that the file's length is that of the pictures.

        MP4 adds up the steps between decoding times; with uneven times and reordered frames these
        do not end where the last picture does.
        """
        length = round(self._end / self._base)
        self._held.duration = max(1, length - (self._held.dts - self._first_dts))
        self._container.mux(self._held)

    def _converted(self, picture: Any) -> Any:  # noqa: ANN401 - av is untyped
        pixels = self._stream.pix_fmt
        if pixels == "bgr0":
            return self._reformatter.reformat(picture, format=pixels, threads=1)
        return self._reformatter.reformat(
            picture,
            format=pixels,
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            threads=1,
        )

    def _even(self, frame: Picture) -> Picture:
        below = self._stream.height - frame.shape[0]
        right = self._stream.width - frame.shape[1]
        if below or right:
            return np.pad(frame, ((0, below), (0, right), (0, 0)), mode="edge")
        return np.ascontiguousarray(frame)


def _time_base(fps: Fraction) -> Fraction:
    """Return a tick of at most 0.1 ms of which a frame's duration is a whole multiple."""
    if fps.numerator > 1_000_000:  # an average of uneven times: nothing to hit exactly
        return Fraction(1, 90_000)
    return Fraction(1, fps.numerator * -(-_FINEST // fps.numerator))


def _add_stream(container: Any, recipe: Recipe, *, fps: Fraction, size: tuple[int, int]) -> Any:  # noqa: ANN401
    options = dict(recipe.options)
    if recipe.codec == "ffv1" and min(size) < _SLICES_FROM:
        options["slices"] = "1"
    stream = container.add_stream(
        recipe.codec, rate=fps.limit_denominator(100_000), options=options
    )
    odd = (side % 2 if recipe.pixels == "yuv420p" else 0 for side in size)
    stream.height, stream.width = (side + more for side, more in zip(size, odd, strict=True))
    stream.pix_fmt = recipe.pixels
    context = stream.codec_context
    context.thread_count = 1
    context.flags |= BITEXACT
    if recipe.pixels == "yuv420p":
        context.color_range = _LIMITED
        context.colorspace = context.color_primaries = context.color_trc = _BT709
    return stream
