"""Exact truth of animation: identity B, seen in B's clip, performs the motion of A's clip.

Two modes, as the field has them:

* ``absolute``: B takes A's pose and stands, in B's crop frame, where A stands in A's crop frame.
* ``relative``: what A's motion has changed since A's first frame is added to what B's motion has in
  B's first frame, curve by curve. A constant of a video, like where on the canvas it plays, cancels
  out. A curve that has bounds (`datasets.worlds.world.Motion`) is held to them.

In both modes B stands before B's own background, which does not move. B is as large as B is on its
canvas, seen through A's crop (absolute) or through its own (relative); neither mode holds B inside
the frame. Which way an animal faces is part of its pose: an absolute pair of `mgif` may turn B
around, and then the flow to the source picture mirrors; a relative pair never does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from datasets.crop_rules import Cut
from datasets.metadata import Box
from datasets.pair_manifest import MODES
from datasets.registry import choose
from datasets.worlds import world_of
from datasets.worlds.render import Drawn, draw, moved, scene_of, zoom_of
from datasets.worlds.scenes import VideoPlan, identity_of, motion_of
from datasets.worlds.sprites import Double, compose
from datasets.worlds.world import Motion


@dataclass(frozen=True)
class Take:
    """A clip as its world knows it.

    Attributes:
        video: The source video.
        cut: Its frames, and its box in pixels of the video's file.
    """

    video: VideoPlan
    cut: Cut


def animate(source: Take, driving: Take, *, mode: str) -> Iterator[Drawn]:
    """Yield the source picture, then the source's identity in each frame of the driving clip.

    Animating a clip by itself yields, after its first frame, the very frames of the clip.

    Args:
        source: Who is animated, and in front of what: the first frame of this clip.
        driving: Whose motion it is; a clip of the same world.
        mode: One of `datasets.pair_manifest.MODES`.

    Yields:
        T + 1 frames for a driving clip of T, in pixels of the source's video file.

    Raises:
        UsageError: Unknown mode.
        ValueError: The clips are of different worlds.
    """
    choose("mode", mode, MODES)
    dataset = source.video.dataset
    if driving.video.dataset != dataset:
        raise ValueError(f"a clip of {driving.video.dataset} cannot drive one of {dataset}")
    world, scene, performer = world_of(dataset), scene_of(source.video), identity_of(source.video)
    own, theirs = motion_of(source.video), window(motion_of(driving.video), driving.cut)
    yield draw(scene, performer, moved(world.pose(performer, own, source.cut.first), scene.zoom))
    motion, view = theirs, scene.zoom
    if mode == "relative":
        motion = relative(window(own, source.cut), theirs)
    else:
        view = compose(box_to_box(driving.cut.box, source.cut.box), zoom_of(driving.video))
    for frame in range(motion.frames):
        yield draw(scene, performer, moved(world.pose(performer, motion, frame), view))


def window(motion: Motion, cut: Cut) -> Motion:
    """Return the part of a video's motion that a clip shows."""
    frames = slice(cut.first, cut.stop)
    return replace(motion, curves={name: curve[frames] for name, curve in motion.curves.items()})


def relative(source: Motion, driving: Motion) -> Motion:
    """Return the source's first frame plus what the driving motion has changed since its own.

    For every curve ``source[0] + (driving[t] - driving[0])``, held to the curve's bounds. Where the
    driving curve has its first value, the source's is taken as it is, and the sum is built so that
    a motion relative to itself is itself, to the last bit.
    """
    curves = {}
    for name, curve in driving.curves.items():
        first = source.curves[name][0]
        added = np.where(curve == curve[0], first, curve + (first - curve[0]))
        low, high = source.bounds.get(name, (-np.inf, np.inf))
        curves[name] = np.clip(added, low, high)
    return replace(source, curves=curves)


def box_to_box(first: Box, second: Box) -> Double:
    """Return the map ``(2, 3)`` of what is seen at a place of one box to that place of another.

    Places are the same that crops of both boxes, resized to one size, show at the same pixel. A box
    and itself give exactly the identity.

    Args:
        first: left, top, right, bottom in pixels of the file that is mapped from.
        second: The same in pixels of the file that is mapped to.

    Example:
        >>> box_to_box((0, 0, 10, 10), (5, 5, 25, 15))
        array([[2. , 0. , 5.5],
               [0. , 1. , 5. ]])
    """
    before, after = np.array(first, np.float64), np.array(second, np.float64)
    ratio = (after[2:] - after[:2]) / (before[2:] - before[:2])
    shift = (0.5 - before[:2]) * ratio + (after[:2] - 0.5)
    return np.column_stack([np.diag(ratio), shift])
