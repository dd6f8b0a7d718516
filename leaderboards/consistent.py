"""Whether a result is what its per-clip values say, as far as they can say it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from datasets.registry import UsageError
from leaderboards.columns import RANKED_BY
from metrics.result import ClipRow, Result, clips_digest

ROUNDING = 1e-9
"""How far, relatively, a recomputed number may lie from that of the result."""


def check_clips(result: Result, rows: Sequence[ClipRow], *, path: Path) -> None:
    """Raise `UsageError` naming the file unless ``rows`` are the clips that were scored."""
    name = path.with_suffix(".clips.csv")
    if len(rows) != result.coverage.scored:
        scored = result.coverage.scored
        raise UsageError(
            f"{name}: {len(rows)} clips, but {path.name} says that {scored} were scored"
        )
    if clips_digest(row.clip_id for row in rows) != result.coverage.clips_sha256:
        raise UsageError(f"{name}: these are not the clips that {path.name} says were scored")


def check_values(result: Result, rows: Sequence[ClipRow], *, path: Path) -> None:
    """Raise `UsageError` unless every figure that is a mean of ``rows`` is their mean."""
    figure = result.metrics.get(RANKED_BY)
    if figure is None or not any(RANKED_BY in row.values for row in rows):
        return
    known = [value for row in rows if (value := row.values[RANKED_BY]) is not None]
    mean = math.fsum(known) / len(known) if known else None
    if mean is None or figure.value is None:
        wrong = mean is not figure.value
    else:
        wrong = abs(mean - figure.value) > ROUNDING
    if wrong:
        raise UsageError(
            f"{path}: {RANKED_BY} is {figure.value}, but {mean} by {path.stem}.clips.csv; "
            "score it again"
        )


def check_intervals(loaded: Sequence[tuple[Path, Result, Sequence[ClipRow]]]) -> None:
    """Raise `UsageError` unless the intervals are those of the per-clip values."""
