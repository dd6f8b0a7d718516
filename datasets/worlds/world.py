"""What a mini world is: identities, motions and scenes that combine freely.

An *identity* is a look and a body; a *motion* is a performance, the same for every body; a *scene*
is a background. Any identity can perform any motion, which is the exact truth of animation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from datasets.worlds.sprites import Pose, Sprite


@dataclass(frozen=True)
class Identity:
    """Who moves.

    Attributes:
        sprites: The parts 1, 2, ... of the world in the order of `World.part_names`.
        body: Named proportions (bone lengths, radii, ...) in canvas pixels.
    """

    sprites: tuple[Sprite, ...]
    body: dict[str, float] = field(default_factory=dict)


Bounds = tuple[float | tuple[float, ...], float | tuple[float, ...]]
"""Lowest and highest value of a curve; one for all of its columns, or one for each."""


@dataclass(frozen=True)
class Motion:
    """How it moves, independent of who.

    Attributes:
        curves: By name, each float64 ``(T,)`` or ``(T, n)``.
        bounds: What a curve cannot leave, by name; a curve that is not here has no bounds. Motion
            that is added to another pose (`datasets.worlds.animation`) is held to them.
    """

    curves: dict[str, NDArray[np.float64]]
    bounds: Mapping[str, Bounds] = field(default_factory=dict)

    @property
    def frames(self) -> int:
        """Number of frames T."""
        return len(next(iter(self.curves.values())))


class World(Protocol):
    """One procedural world; implementations are stateless.

    Attributes:
        dataset: The data set it stands for.
        canvas: Width and height of its source videos.
        part_names: Index 0 is ``"background"``.
        keypoint_names: In the order of `Pose.keypoints`.
        aspect: Width over height of its clips' boxes before jitter (1 is square).
        framed_parts: The parts that a clip's box is drawn around; empty means all.
    """

    dataset: str
    canvas: tuple[int, int]
    part_names: tuple[str, ...]
    keypoint_names: tuple[str, ...]
    aspect: float
    framed_parts: tuple[int, ...]

    def identity(self, rng: np.random.Generator) -> Identity:
        """Draw who moves."""

    def motion(self, rng: np.random.Generator, frames: int, fps: float) -> Motion:
        """Draw how it moves for ``frames`` frames at ``fps`` frames per second."""

    def background(self, rng: np.random.Generator) -> Sprite:
        """Draw where it happens: an opaque sprite at least 16 pixels larger than the canvas."""

    def pose(self, identity: Identity, motion: Motion, frame: int) -> Pose:
        """Return the pose of ``identity`` in frame ``frame`` of ``motion``."""
