"""Which values a configuration may hold, as types: ``num_kp: Positive``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any


@dataclass(frozen=True)
class Range:
    """What a value must be.

    Attributes:
        text: In words, after "must be".
        holds: Whether a value of the right type is that; false for NaN.
    """

    text: str
    holds: Callable[[Any], bool]


FEATURES = ("efficientnet-lite0", "vgg19")
"""Networks of the perceptual loss, see `fomm.features`."""


def _divides_one(value: float) -> bool:
    return 0 < value <= 1 and (1 / value).is_integer()


Positive = Annotated[int, Range("at least 1", lambda n: n >= 1)]
Count = Annotated[int, Range("at least 0", lambda n: n >= 0)]
Depth = Annotated[int, Range("from 1 to 16", lambda n: 1 <= n <= 16)]
Downs = Annotated[int, Range("from 0 to 16", lambda n: 0 <= n <= 16)]
Repeats = Annotated[int, Range("from 0 to 256", lambda n: 0 <= n <= 256)]
Side = Annotated[int, Range("from 1 to 16384", lambda n: 1 <= n <= 16384)]
AboveZero = Annotated[float, Range("a finite number above 0", lambda x: 0 < x < float("inf"))]
FromZero = Annotated[float, Range("a finite number from 0 on", lambda x: 0 <= x < float("inf"))]
Turn = Annotated[float, Range("from 0 to 0.5 (of the colour circle)", lambda x: 0 <= x <= 0.5)]
Scale = Annotated[float, Range("1, 1/2, 1/3, 1/4 ... of the size", _divides_one)]
FeatureName = Annotated[str, Range(" or ".join(FEATURES), lambda name: name in FEATURES)]
