"""The frame policy ``ref-fps``: for each frame of the reference rate the nearest source picture.

Frame k of the reference is shown at ``k / ref_fps`` seconds after the first picture of the source.
The clip takes the picture that is nearest in time, of two equally near ones the earlier; so it has
exactly ``end - start`` frames, repeats some of a slower source and leaves out some of a faster one.
Where the source ends before the clip does, the clip is too short, as it is when decoded frames are
counted; a last picture lasts as long as the others.

When a picture is shown:

* constant rate: picture i at ``i / fps``, with the rate of the container as ffmpeg prints it, two
  decimals. A source of the printed reference rate gives exactly the frames from ``start`` to
  ``end - 1``, which are those of the authors' counting.
* variable rate: at its time stamp. A source counts as variable if a stamp lies more than a quarter
  of a period from where a constant rate would have it. Without stamps it counts as constant.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from pathlib import Path

import numpy as np

from datasets.clips import reason
from datasets.video import VideoError, opened, video_stream

_OFF_BEAT = 0.25  # periods


@dataclass(frozen=True)
class Clock:
    """When the pictures of a video are shown.

    Attributes:
        stamps: Times of the pictures, ascending, the first one 0, in units of ``base``.
        base: The unit in seconds.
        period: Time from a picture to the next at the container's rate, in seconds.
        variable: Whether ``stamps`` are the time stamps of the file and not those of a rate.
        first: The time stamp of the first picture, in units of ``base``.
    """

    stamps: tuple[int, ...]
    base: Fraction
    period: Fraction
    variable: bool
    first: int = 0


def constant_clock(fps: float, count: int) -> Clock:
    """Return the clock of ``count`` pictures at ``fps`` frames per second, taken as a decimal."""
    period = 1 / Fraction(str(fps))
    return Clock(tuple(range(count)), period, period, variable=False)


def read_clock(path: Path, *, fps: float) -> Clock:
    """Return the clock of a video; its packets are read and nothing is decoded.

    Args:
        path: The video.
        fps: The rate that `datasets.video.probe` gives.

    Raises:
        VideoError: As `datasets.video.probe`; ``no-frames`` if the container tells no rate.
    """
    if not fps > 0:
        raise VideoError("no-frames", f"{path.name}: the container tells no frame rate")
    stamps: list[int | None] = []
    with opened(path) as container:
        stream = video_stream(path, container)
        rate, base = Fraction(stream.average_rate or stream.guessed_rate), stream.time_base
        try:
            for packet in container.demux(stream):
                if packet.size and not packet.is_discard:
                    stamps.append(packet.pts)
        except (OSError, ValueError) as error:
            if not stamps:
                text = f"{path.name}: cannot be read ({reason(error)})"
                raise VideoError("truncated", text) from error
    known = sorted(stamp for stamp in stamps if stamp is not None)
    if len(known) < len(stamps) or not base or _is_constant(known, rate * Fraction(base)):
        return constant_clock(fps, len(stamps))
    first = known[0]
    shown = tuple(stamp - first for stamp in known)
    return Clock(shown, Fraction(base), 1 / rate, variable=True, first=first)


def _is_constant(stamps: list[int], rate: Fraction) -> bool:
    """Return whether ascending ``stamps`` follow ``rate``, in pictures per unit of the stamps."""
    places = (np.array(stamps, dtype=np.float64) - (stamps or [0])[0]) * float(rate)
    return bool((np.abs(places - np.arange(len(stamps))) <= _OFF_BEAT).all())


def nearest_frames(start: int, end: int, *, ref_fps: float, clock: Clock) -> tuple[int, ...]:
    """Return the source picture of each frame from ``start`` to ``end - 1`` at ``ref_fps``.

    Args:
        start: First frame at the reference rate.
        end: First frame not included.
        ref_fps: Reference rate in frames per second, taken as a decimal.
        clock: Times of the pictures.

    Returns:
        Indices of pictures, ascending. An index that the source does not have, the number of
        pictures or more, stands for a frame after its end.

    Example:
        >>> nearest_frames(0, 6, ref_fps=30, clock=constant_clock(15, 9))
        (0, 0, 1, 1, 2, 2)
    """
    step = 1 / (Fraction(str(ref_fps)) * clock.base)  # of a reference frame, in units of the stamps
    count = len(clock.stamps)
    middles = [a + b for a, b in zip(clock.stamps, clock.stamps[1:], strict=False)]  # twice them
    over = clock.stamps[-1] + clock.period / clock.base if count else Fraction(0)
    limit = over * step.denominator
    found = []
    for k in range(start, end):
        place = k * step.numerator  # times the denominator, so that all is in whole numbers
        if place >= limit:
            late = (Fraction(place, step.denominator) - over) * clock.base / clock.period
            found.append(count + floor(late))
        else:
            found.append(bisect_left(middles, -(-2 * place // step.denominator)))
    return tuple(found)
