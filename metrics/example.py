"""Worked examples: cases so small that the value of a metric can be computed by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Example:
    """A few numbers, the value of a metric on them, and how it comes about.

    Attributes:
        text: How ``value`` is computed by hand.
        truth: One item per clip, as `metrics.metric.Metric.score` takes them: nested lists of
            numbers stand for an array (whole numbers: grey levels, uint8), a tuple of such for
            a tuple of arrays.
        prediction: Likewise.
        value: The value of the metric.
    """

    text: str
    truth: tuple[Any, ...]
    prediction: tuple[Any, ...]
    value: float

    @property
    def clips(self) -> tuple[list[Any], list[Any]]:
        """Truth and prediction as arrays, for `metrics.metric.Metric.score`.

        Example:
            >>> truth, _ = Example("", ([[1, 2]],), ([[1.0, 2.0]],), 0.0).clips
            >>> truth[0].dtype, truth[0].shape
            (dtype('uint8'), (1, 2))
        """
        return [_arrays(clip) for clip in self.truth], [_arrays(clip) for clip in self.prediction]


def _arrays(nested: Any) -> Any:  # noqa: ANN401 - an array, or a tuple of arrays
    if isinstance(nested, tuple):
        return tuple(_arrays(part) for part in nested)
    array = np.asarray(nested)
    return array.astype(np.uint8) if array.dtype.kind == "i" else array
