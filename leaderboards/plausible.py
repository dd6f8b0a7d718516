"""Which values of a metric can be true, and which would be too good to be.

The bounds of a metric hold for any picture. Here is what follows from how the extractors of a
subject work and from the size of the pictures, and what would be better than a method can be.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from datasets.registry import DATASETS
from leaderboards.columns import column
from metrics.result import ClipRow, Result

SIDE = 256
"""Pixels of the frame that keypoint distances are scaled to."""
DIAGONAL = math.hypot(SIDE, SIDE)
FLOOR = "reencoded"
_BEST = "oracle"
_FAR = 0.5
"""A value below this part of the re-encoded truth's is too good."""
_LIMITS: dict[tuple[str, str], tuple[float, str]] = {
    ("akd@clean", ""): (DIAGONAL, "the diagonal of a frame of 256 pixels"),
    ("akd-motion@clean", ""): (3 * DIAGONAL, "three diagonals of a frame of 256 pixels"),
    ("akd@paper", ""): (SIDE, "the side of a frame of 256 pixels, as a mean per coordinate"),
    ("aed@paper", "face"): (4.0, "the squared distance of two embeddings of norm 1"),
    ("dtssd", ""): (2.0, "two changes of colour, each of at most 1"),
}
_NOT_OF_TRUTH = ("aed-source@clean", "akd-motion@clean")
"""Compared with something else, so that the truth itself is not perfect."""
_DETECTED = ("akd", "aed")
_CLOSE = 1e-3
_LARGE: dict[str, float] = {"lpips": 2.0, "flow-epe": 1e3, "fid": 1e4, "fd-efflite0": 1e5}
"""Values beyond which nobody should believe a figure that has no bound."""


def limit(metric: str, subject: str) -> tuple[float, str]:
    """Return the largest possible value and what it is; infinite if there is none.

    Example:
        >>> limit("aed@paper", "face")
        (4.0, 'the squared distance of two embeddings of norm 1')
        >>> limit("aed@paper", "body")[0], limit("l1@clip", "animal")[0]
        (inf, 1.0)
    """
    for key in ((metric, subject), (metric, "")):
        if key in _LIMITS:
            return _LIMITS[key]
    return column(metric).bounds[1], "the largest value that the metric has"


def impossible(result: Result, rows: Sequence[ClipRow]) -> Iterator[str]:
    """Yield what can't be, in the figures and in the values per clip."""
    subject = DATASETS[result.dataset].subject
    for name, figure in result.metrics.items():
        low, (high, what) = column(name).bounds[0], limit(name, subject)
        ends = (n for n in (figure.value, figure.lo, figure.hi) if n is not None)
        if (worst := max(ends, default=low)) > high * (1 + 1e-9):
            yield f"{name} is {worst:g}; it cannot exceed {high:g}, {what}"
        clips = {row.clip_id: v for row in rows if (v := row.values.get(name)) is not None}
        wrong = sorted(
            clip for clip, v in clips.items() if not low - 1e-9 <= v <= high * (1 + 1e-9)
        )
        if wrong:
            more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
            yield f"{name} of {wrong[0]}{more} is {clips[wrong[0]]:g}, outside [{low:g}, {high:g}]"
        large = _LARGE.get(name, math.inf)
        if figure.value is not None and figure.value > large:
            yield f"{name} is {figure.value:g}; no method scores above {large:g}"
    for other, differences in result.paired.items():
        for name, pair in differences.items():
            span = limit(name, subject)[0] - column(name).bounds[0]
            ends = (abs(n) for n in (pair.difference, pair.lo, pair.hi) if n is not None)
            if (worst := max(ends)) > min(span, _LARGE.get(name, math.inf)):
                yield f"paired with {other}: {name} differs by {worst:g}; that cannot be"


def suspicious(result: Result, anchors: Mapping[str, Result]) -> Iterator[str]:
    """Yield what is too good to be a prediction, beside the ``anchors`` of the same board."""
    for name, figure in result.metrics.items():
        known = {
            anchor: row.metrics[name].value
            for anchor, row in anchors.items()
            if name in row.metrics
        }
        best, floor = known.get(_BEST), known.get(FLOOR)
        if figure.value is None or column(name).better is None or name in _NOT_OF_TRUTH:
            continue
        sign = 1 if column(name).better == "lower" else -1
        if best is not None and sign * figure.value < sign * best - 1e-9:
            yield f"{name} is {figure.value:.4g}, better than the truth itself ({best:.4g})"
        elif floor is not None and sign > 0 and figure.value < _FAR * floor:
            yield (
                f"{name} is {figure.value:.4g}, far better than the truth encoded again "
                f"({floor:.4g})"
            )


def other_differences(result: Result, anchors: Mapping[str, Result]) -> Iterator[str]:
    """Yield the paired differences from an anchor that are not those of the two figures.

    Where both are means over the same clips, the mean of differences is the difference of means.
    What is over common detections is left out; the truth of a mini world may differ by a processor.
    """
    for other, differences in result.paired.items():
        anchor = anchors.get(other)
        if anchor is None or anchor.coverage.clips_sha256 != result.coverage.clips_sha256:
            continue
        for name, pair in differences.items():
            one, two = (
                row.metrics[name].value if name in row.metrics else None for row in (result, anchor)
            )
            if name.startswith(_DETECTED) or one is None or two is None:
                continue
            if abs(one - two - pair.difference) > _CLOSE * max(abs(one), abs(two)):
                yield (
                    f"paired with {other}: {name} differs by {pair.difference:.4g}, but by "
                    f"{one - two:.4g} from the board's"
                )
