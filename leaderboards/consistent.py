"""Whether a result is what its per-clip values say, as far as they can say it.

* A figure that is a mean over clips, all alike or weighted by their frames, is made again, and so
  is its interval: the result names the samples and the seed of the bootstrap.
* The ``@paper`` figures of keypoints and identity are means over the frames with a detection, of
  which the per-clip file does not say how many there are: such a figure must lie between the
  smallest and the largest value of a clip.
* Distances between sets of frames (FID) have no values per clip: of those nothing can be said.

Differences from copy-source are another file's: `leaderboards.consistent_pairs`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from datasets.registry import UsageError
from leaderboards.columns import Column, column
from leaderboards.recompute import Request, recomputed
from metrics.aggregate import Estimate
from metrics.result import ClipRow, MetricValue, Result, clips_digest

ROUNDING = 1e-9
"""How far, relatively, a recomputed number may lie from that of the result."""
_ENDS = 1e-7  # the same of an interval's ends, of its width or the value, whichever is larger
_MOST_SAMPLES = 10_000
_LARGEST = 1e12  # of a value per clip: no metric comes near, and sums stay finite

Read = tuple[Path, Result, Sequence[ClipRow]]


def check_clips(result: Result, rows: Sequence[ClipRow], *, path: Path) -> None:
    """Raise `UsageError` naming the file unless ``rows`` are the clips that were scored."""
    name = clips_name(path)
    if len(rows) != result.coverage.scored:
        scored = result.coverage.scored
        raise UsageError(
            f"{name}: {len(rows)} clips, but {path.name} says that {scored} were scored"
        )
    if clips_digest(row.clip_id for row in rows) != result.coverage.clips_sha256:
        raise UsageError(f"{name}: these are not the clips that {path.name} says were scored")


def clips_name(path: Path) -> Path:
    """Return where the per-clip values of the result file ``path`` lie."""
    return path.with_suffix(".clips.csv")


def check_values(result: Result, rows: Sequence[ClipRow], *, path: Path) -> None:
    """Raise `UsageError` naming file and metric unless the figures are those of ``rows``.

    Args:
        result: Read from ``path``.
        rows: Its values per clip.
        path: The result file.
    """
    for name, figure in result.metrics.items():
        for said in _problems(column(name), figure, rows, by=clips_name(path).name):
            raise UsageError(f"{path}: {name} {said}; score it again")


def _problems(
    shown: Column, figure: MetricValue, rows: Sequence[ClipRow], *, by: str
) -> Iterator[str]:
    """Yield what is wrong with a figure, given the ``rows`` of the file ``by``."""
    if not rows or shown.id not in rows[0].values:
        if figure.value is not None and shown.mean is not None:
            yield f"is {figure.value}, but {by} has no such column"
        return
    known = [row for row in rows if row.values[shown.id] is not None]
    values = [value for row in known if (value := row.values[shown.id]) is not None]
    low, high = max(shown.bounds[0], -_LARGEST), min(shown.bounds[1], _LARGEST)
    for row, value in zip(known, values, strict=True):
        if not low - ROUNDING <= value <= high + ROUNDING:
            yield f"can be from {low:g} to {high:g}, but is {value} on {row.clip_id} in {by}"
            return
    if figure.value is None:
        if len(known) == len(rows):
            yield f"is None, but {_mean(shown, known, values)} by {by}"
        return
    counts = len(known), len({row.video_id for row in known})
    if (figure.clips, figure.videos) != counts:
        said = f"is over {figure.clips} clips of {figure.videos} videos"
        yield f"{said}, but {counts[0]} of {counts[1]} by {by}"
    elif shown.mean is not None and not _near(figure.value, _mean(shown, known, values)):
        yield f"is {figure.value}, but {_mean(shown, known, values)} by {by}"
    elif not min(values) - ROUNDING <= figure.value <= max(values) + ROUNDING:
        yield f"is {figure.value}, but from {min(values)} to {max(values)} on single clips of {by}"


def _mean(shown: Column, rows: Sequence[ClipRow], values: Sequence[float]) -> float:
    if shown.mean == "clips":
        return math.fsum(values) / len(values)
    weighted = math.fsum(row.frames * value for row, value in zip(rows, values, strict=True))
    return weighted / math.fsum(row.frames for row in rows)


def _near(one: float, other: float) -> bool:
    return abs(one - other) <= ROUNDING * abs(other) + 1e-12


def check_intervals(read: Sequence[Read]) -> None:
    """Raise `UsageError` naming file and metric unless intervals are those of per-clip values."""
    asked = [
        (path, name, figure, Request(rows, name, *how))
        for path, result, rows in read
        if (how := samples_and_seed(result, path)) is not None
        for name, figure in result.metrics.items()
        if figure.value is not None and column(name).mean is not None
    ]
    found = recomputed([request for *_, request in asked])
    for (path, name, figure, request), made in zip(asked, found, strict=True):
        assert made is not None, "values were checked before"
        if not _same_interval(figure, made):
            raise UsageError(
                f"{path}: {name} has the interval {_ends(figure)}, but {_ends(made)} by "
                f"{clips_name(path).name} ({request.replicates} samples, seed {request.seed}); "
                "score it again"
            )


def samples_and_seed(result: Result, path: Path) -> tuple[int, int] | None:
    """Return how the intervals of a result were made; None if one of ours does not say.

    Raises:
        UsageError: A submission does not say, or nobody can make them so.
    """
    protocol = result.protocol
    if missing := sorted({"bootstrap", "bootstrap_seed"} - protocol.keys()):
        if result.status != "submitted":
            return None
        raise UsageError(f"{path}: protocol: does not say {' and '.join(missing)}; score it again")
    samples, seed = protocol["bootstrap"], protocol["bootstrap_seed"]
    if not (1 <= samples <= _MOST_SAMPLES and 0 <= seed < 2**63):
        raise UsageError(
            f"{path}: protocol: {samples} bootstrap samples with seed {seed}; expected up to "
            f"{_MOST_SAMPLES} and a seed of 63 bits"
        )
    return samples, seed


def _same_interval(figure: MetricValue, made: Estimate) -> bool:
    if figure.lo is None or figure.hi is None or made.lo is None or made.hi is None:
        return figure.lo is made.lo is None
    allowed = _ENDS * max(made.hi - made.lo, abs(made.value)) + 1e-12
    return abs(figure.lo - made.lo) <= allowed and abs(figure.hi - made.hi) <= allowed


def _ends(of: MetricValue | Estimate) -> str:
    return "none" if of.lo is None else f"[{of.lo}, {of.hi}]"


def check_agreement(read: Sequence[Read]) -> None:
    """Raise `UsageError` naming the file if two results say different things of one clip.

    Intervals are clustered by the video of a clip and some means weighted by its frames, so these
    are the same for all that scored the same split.
    """
    known: dict[tuple[str, str, str], tuple[str, int, Path]] = {}
    for path, result, rows in read:
        for row in rows:
            of = (result.task, result.split.sha256, row.clip_id)
            video, frames, first = known.setdefault(of, (row.video_id, row.frames, path))
            if (video, frames) != (row.video_id, row.frames):
                raise UsageError(
                    f"{clips_name(path)}: {row.clip_id} has {row.frames} frames of "
                    f"{row.video_id!r}, but {frames} of {video!r} by {clips_name(first).name}"
                )
