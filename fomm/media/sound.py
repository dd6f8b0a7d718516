"""The driver's sound beside the written pictures: copied where possible, cut to their time."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

from av.audio.resampler import AudioResampler

from fomm.media.decode import Video, open_input
from fomm.media.errors import AV_ERRORS, MediaError, reason

BITEXACT = 1 << 23
"""AV_CODEC_FLAG_BITEXACT: no encoder version in the stream."""

_BITS_PER_SECOND = 128_000
_LOWEST_MP3 = 16_000  # samples per second; below, MP4 has no place for it


class Sound:
    """Sound on its way into an open container, in step with the pictures.

    Time 0 is that of the first picture written. `until` is called as pictures are written, so
    neither side runs far ahead of the other and little is held. Sound that turns out to be damaged
    on the way ends there, with a warning.

    Args:
        path: The file that the sound comes from, for the warning.
        container: The open file that it goes to.
        packets: Seconds and packets of a stream in ``container``.
    """

    def __init__(self, path: Path, container: Any, packets: Iterator[tuple[Fraction, Any]]) -> None:  # noqa: ANN401
        self._path = path
        self._container = container
        self._packets = packets
        self._next = self._following()

    def until(self, seconds: Fraction) -> None:
        """Write the packets that begin before ``seconds``."""
        while self._next is not None and self._next[0] < seconds:
            self._container.mux(self._next[1])
            self._next = self._following()

    def _following(self) -> tuple[Fraction, Any] | None:
        try:
            return next(self._packets, None)
        except AV_ERRORS as error:
            _warn(f"{self._path}: its sound is damaged ({reason(error)}) and ends early")
            return None


def open_sound(
    path: Path,
    container: Any,  # noqa: ANN401 - av is untyped
    *,
    copied: frozenset[str],
    encoder: str,
    start: Fraction,
) -> Sound | None:
    """Add a stream with the sound of ``path`` to ``container``.

    Args:
        path: A video or sound file. Its time 0 is its first picture, or its first sound where it
            has no pictures.
        container: Open for writing, no packet written yet.
        copied: Codecs that the container takes as they are.
        encoder: av's name of the encoder for all others: 128 kbit/s, one or two channels.
        start: Where the pictures begin, in seconds after time 0. Sound before it is left out.

    Returns:
        None where there is no sound, and, with a warning, where it cannot be read.
    """
    try:
        found = _opened(path)
        if found is None:
            return None
        source, stream = found
        packets = _packets(source, stream, start + _first_time(path, stream))
        if _can_copy(stream, copied):
            feed = _copies(_begun(packets), stream, container)
        else:
            feed = _encoded(_begun(_frames(packets, stream)), encoder, container)
    except AV_ERRORS as error:
        _warn(f"{path}: its sound cannot be read ({reason(error)}); the video is without it")
        return None
    return Sound(path, container, feed)


def _opened(path: Path) -> tuple[Any, Any] | None:
    source = open_input(path)  # held and closed by the generator that reads it
    for stream in source.streams.audio:
        return source, stream
    source.close()
    return None


def _can_copy(stream: Any, copied: frozenset[str]) -> bool:  # noqa: ANN401
    if stream.codec_context is None:
        raise MediaError("its codec is not known")
    name = stream.codec_context.codec.canonical_name
    return name in copied and (name != "mp3" or stream.codec_context.sample_rate >= _LOWEST_MP3)


def _first_time(path: Path, stream: Any) -> Fraction:  # noqa: ANN401
    try:
        return Video(path).start
    except MediaError:  # no pictures
        return Fraction((stream.start_time or 0) * stream.time_base)


def _packets(source: Any, stream: Any, start: Fraction) -> Iterator[Any]:  # noqa: ANN401
    """Yield the packets from ``start`` on and the one that leads up to it; ``start`` becomes 0."""
    shift = round(start / stream.time_base)
    with source:
        for packet in source.demux(stream):
            time = packet.dts if packet.pts is None else packet.pts
            if not packet.size or packet.is_corrupt or time is None:
                continue
            if time + (packet.duration or 0) >= shift:
                packet.pts = time - shift
                packet.dts = time - shift
                yield packet


def _frames(packets: Iterator[Any], stream: Any) -> Iterator[Any]:  # noqa: ANN401
    decoder = stream.codec_context
    decoder.thread_count = 1
    for packet in chain(packets, [None]):
        try:
            frames = decoder.decode(packet)
        except AV_ERRORS:  # a click; the encoder's clock fills the gap with silence
            continue
        yield from frames


def _begun(items: Iterator[Any]) -> Iterator[Any]:
    """Return ``items`` after a look at the first, so that what cannot be read is found now."""
    first = next(items, None)
    if first is None:
        raise MediaError("nothing in it can be decoded")
    return chain([first], items)


def _copies(
    packets: Iterator[Any],
    stream: Any,  # noqa: ANN401
    container: Any,  # noqa: ANN401
) -> Iterator[tuple[Fraction, Any]]:
    target = container.add_stream_from_template(stream)

    def feed() -> Iterator[tuple[Fraction, Any]]:
        last = None
        for packet in packets:
            if last is None or packet.dts > last:  # a clock that jumps back cannot be written
                last = packet.dts
                packet.stream = target
                yield packet.pts * packet.time_base, packet

    return feed()


def _encoded(
    frames: Iterator[Any],
    encoder: str,
    container: Any,  # noqa: ANN401
) -> Iterator[tuple[Fraction, Any]]:
    first = next(frames)
    rate = 44_100 if encoder == "aac" and first.sample_rate == 44_100 else 48_000
    layout = "mono" if first.layout.nb_channels == 1 else "stereo"
    target = container.add_stream(encoder, rate=rate, layout=layout)
    target.codec_context.bit_rate = _BITS_PER_SECOND
    target.codec_context.flags |= BITEXACT
    # On the clock of the pictures: silence before the sound and in its gaps, nothing before 0.
    timed = AudioResampler(target.format, layout, rate, options={"async": "1", "first_pts": "0"})

    def feed() -> Iterator[tuple[Fraction, Any]]:
        for frame in chain([first], frames, [None]):
            for piece in timed.resample(frame):
                for packet in target.encode(piece):
                    yield packet.pts * packet.time_base, packet
        for packet in target.encode():
            yield packet.pts * packet.time_base, packet

    return feed()


def _warn(text: str) -> None:
    warnings.warn(text, stacklevel=2)
