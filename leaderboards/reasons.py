"""Why a result has no value, in the words of tables and pages; the result keeps it in full.

Evaluation writes reasons for whoever runs it, with what to type. A reader of a board wants to know
what was not done. What is not recognised is shown as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from metrics.result import MetricValue

WEIGHTS = "not measured, since the weights of its network were not on the machine"
# As `metrics.extractors.weight_files` says it; a test ties the two.
_ABSENT = re.compile(r"weights \S+ \([^)]*\) not found; .*", re.DOTALL)


def plain(reason: str) -> str:
    """Return ``reason`` without commands, paths and the full stop.

    Example:
        >>> plain("weights a.pth (sha256 12ab...) not found; run 'python -m x'")
        'not measured, since the weights of its network were not on the machine'
        >>> plain("does not apply to this task (reconstruction).")
        'does not apply to this task (reconstruction)'
    """
    return WEIGHTS if _ABSENT.fullmatch(reason) else reason.rstrip(".")


def whys(figures: Iterable[MetricValue]) -> str:
    """Return why ``figures`` have no value, each reason once."""
    return "; ".join(sorted({plain(figure.reason or "no reason given") for figure in figures}))
