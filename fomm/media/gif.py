"""Animated GIF, frame by frame: each frame has its own 256 colours."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from fomm.media.picture import Picture
from fomm.media.sound import BITEXACT

_TICK = Fraction(1, 100)  # seconds; GIF has no finer one
_SHORTEST = 2  # ticks; browsers show anything shorter for a tenth of a second
# The palette of one frame at a time, so nothing is held; an ordered pattern does not flicker.
_PALETTE = "stats_mode=single:reserve_transparent=0"
_DITHER = "new=1:dither=bayer:bayer_scale=4"


class GifSink:
    """Encodes frames of one size into a GIF that repeats for ever.

    Times are rounded to 10 ms, the finest that GIF has. Frames less than 20 ms after the one
    before are left out: browsers slow such files down. So at most 50 frames per second remain.

    Args:
        path: Where to write.
        fps: Average rate; the last frame lasts ``1 / fps``.
        size: Height and width of the frames in pixels.
    """

    def __init__(self, path: Path, *, fps: Fraction, size: tuple[int, int]) -> None:
        lasts = max(_SHORTEST, round(1 / fps / _TICK))
        self._tick = -_SHORTEST
        self._container: Any = av.open(
            f"file:{path}",
            "w",
            format="gif",
            container_options={"fflags": "+bitexact", "final_delay": str(lasts)},
        )
        try:
            self._stream: Any = self._container.add_stream("gif", rate=100)
            self._stream.height, self._stream.width = size
            self._stream.pix_fmt = "pal8"
            context = self._stream.codec_context
            context.time_base, context.thread_count = _TICK, 1
            context.flags |= BITEXACT
            self._graph = _palette_graph(size)
        except BaseException:
            self._container.close()
            raise

    def write(self, frame: Picture, seconds: Fraction) -> None:
        """Append ``frame``, uint8 ``(H, W, 3)``, shown from ``seconds`` on."""
        tick = round(seconds / _TICK)
        if tick - self._tick < _SHORTEST:
            return
        self._tick = tick
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")
        picture.pts, picture.time_base = tick, _TICK
        self._graph.push(picture)
        self._drain()

    def close(self) -> None:
        """Finish the file."""
        try:
            self._graph.push(None)
            self._drain()
            self._container.mux(self._stream.encode())
        finally:
            self._container.close()

    def _drain(self) -> None:
        while True:
            try:
                picture = self._graph.pull()
            except (BlockingIOError, EOFError):  # wants more; has no more
                return
            self._container.mux(self._stream.encode(picture))


def _palette_graph(size: tuple[int, int]) -> Any:  # noqa: ANN401 - av is untyped
    graph: Any = av.filter.Graph()
    height, width = size
    source = graph.add_buffer(
        width=width, height=height, format=av.VideoFormat("rgb24"), time_base=_TICK
    )
    split, sink = graph.add("split"), graph.add("buffersink")
    palette, use = graph.add("palettegen", _PALETTE), graph.add("paletteuse", _DITHER)
    source.link_to(split)
    split.link_to(use, 0, 0)
    split.link_to(palette, 1, 0)
    palette.link_to(use, 0, 1)
    use.link_to(sink)
    graph.configure()
    return graph
