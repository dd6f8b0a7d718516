"""What moves a picture like a driver: all that `fomm.animation` wants of a method.

`fomm.animator.Animator` is a `Mover`. Frames are squares of its size.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from fomm.media.picture import Picture
from fomm.relative import spread

S = TypeVar("S")

Points = NDArray[np.float32]
"""Keypoints: float32 ``(K, 2)``, (x, y) in [-1, 1]."""


@dataclass(frozen=True)
class Moved:
    """One animated frame.

    Attributes:
        driving: The driving frame, uint8 ``(S, S, 3)``.
        prediction: uint8 ``(S, S, 3)``, rounded to nearest.
        kp_driving: Keypoints found in the driving frame; None if the method has none.
        kp_used: Keypoints that the prediction was made for; None if the method has none.
    """

    driving: Picture
    prediction: Picture
    kp_driving: Points | None = None
    kp_used: Points | None = None


class Mover(Protocol[S]):
    """A trained method made ready for animation; S is what it makes of a source picture."""

    @property
    def size(self) -> int:
        """Side in pixels of the squares that it takes and makes."""

    def encode(self, picture: Picture) -> S:
        """Prepare a source picture, uint8 ``(S, S, 3)``, for any number of driving frames."""

    def pose(self, source: S) -> Points | None:
        """Return the keypoints of an encoded source; None: the method has no keypoints."""

    def frames(
        self,
        source: S,
        driving: Iterable[Picture],
        *,
        relative: bool = True,
        adapt_scale: bool = False,
        initial: Picture | None = None,
    ) -> Iterator[Moved]:
        """Animate ``source`` by ``driving``, frame by frame as they come.

        Args:
            source: What `encode` returned.
            driving: Frames, uint8 ``(S, S, 3)``; read as needed and not kept.
            relative: Whether the source moves by what the driver did since ``initial``, from its
                own pose; otherwise it takes the driver's.
            adapt_scale: Whether relative motion is scaled by the sizes of source and driver. Asked
                for only where there are keypoints, as `nearest_pose` is.
            initial: The driver's frame whose pose is that of the source; by default the first.

        Yields:
            As many frames as ``driving`` has.
        """

    def nearest_pose(self, source: S, driving: Iterable[Picture]) -> tuple[int, Picture]:
        """Return the driving frame whose pose is nearest to the source's, and its index.

        Raises:
            ValueError: ``driving`` has no frame.
        """


def chunks(frames: Iterable[Picture], size: int) -> Iterator[list[Picture]]:
    """Yield ``frames`` in lists of ``size``, the last one perhaps shorter; none is kept."""
    rest = iter(frames)
    while chunk := list(itertools.islice(rest, size)):
        yield chunk


def nearest_pose(
    wanted: Tensor,
    driving: Iterable[list[Picture]],
    *,
    keypoints: Callable[[list[Picture]], Tensor],
) -> tuple[int, Picture]:
    """Return the frame whose keypoints are nearest to ``wanted``, and its index.

    Keypoints are centred and scaled to unit spread (`fomm.relative.spread`); they are compared by
    the sum of squared distances. The first of equals wins.

    Args:
        wanted: (1, K, 2).
        driving: The frames, in lists.
        keypoints: Finds those of a list, (B, K, 2).

    Raises:
        ValueError: There is no frame.
    """
    wanted = spread(wanted)
    best: tuple[float, int, Picture] | None = None
    done = 0
    for chunk in driving:
        distances = (spread(keypoints(chunk)) - wanted).square().sum(dim=(1, 2)).tolist()
        for index, (distance, frame) in enumerate(zip(distances, chunk, strict=True), done):
            if best is None or distance < best[0]:
                best = (distance, index, frame)
        done += len(chunk)
    if best is None:
        raise ValueError("no driving frame to compare with")
    return best[1:]
