"""The draw of frames for training: a unit (identity, video), one of its clips, frames of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")


def grouped(clips: Iterable[T], key: Callable[[T], str]) -> list[list[T]]:
    """Return the clips of each key, the keys sorted, the clips in their order.

    Example:
        >>> grouped(["a#2", "b#1", "a#1"], lambda name: name[0])
        [['a#2', 'a#1'], ['b#1']]
    """
    found: dict[str, list[T]] = defaultdict(list)
    for clip in clips:
        found[key(clip)].append(clip)
    return [found[name] for name in sorted(found)]


def draw(
    rng: np.random.Generator, group: Sequence[T], length: Callable[[T], int], *, frames: int = 2
) -> tuple[T, list[int]]:
    """Return a random clip of ``group`` and ``frames`` frame numbers of it in order of time.

    Args:
        rng: Where chance comes from.
        group: Clips; each is as likely as every other.
        length: The number of frames of a clip.
        frames: How many, drawn with replacement.
    """
    clip = group[int(rng.integers(len(group)))]
    return clip, sorted(int(i) for i in rng.integers(length(clip), size=frames))
