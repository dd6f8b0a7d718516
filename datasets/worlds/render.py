"""Turn a planned video into frames and exact truth; or let another identity perform it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from datasets.truth import Truth
from datasets.worlds import world_of
from datasets.worlds.scenes import VideoPlan, background_of, identity_of, motion_of
from datasets.worlds.sprites import (
    Double,
    Placement,
    Pose,
    Sprite,
    compose,
    keypoint_visibility,
    render,
)
from datasets.worlds.world import Identity


@dataclass(frozen=True)
class Drawn:
    """One drawn frame: picture uint8 ``(H, W, 3)`` and its truth."""

    picture: NDArray[np.uint8]
    part_map: NDArray[np.uint8]
    keypoints: Double
    visible: NDArray[np.bool_]
    affines: Double


def render_video(
    plan: VideoPlan, *, identity: Identity | None = None
) -> tuple[NDArray[np.uint8], Truth]:
    """Draw a whole source video.

    Args:
        plan: The video.
        identity: Who performs it; by default the video's own identity. With another one this is
            the exact truth of animating that identity with this video.

    Returns:
        Frames, uint8 ``(T, H, W, 3)`` RGB, and their truth in source pixels.
    """
    drawn = list(draw_frames(plan, identity=identity))
    truth = Truth(
        keypoints=np.stack([d.keypoints for d in drawn]).astype(np.float32),
        visible=np.stack([d.visible for d in drawn]),
        part_map=np.stack([d.part_map for d in drawn]),
        part_affines=np.stack([d.affines for d in drawn]),
    )
    return np.stack([d.picture for d in drawn]), truth


def draw_frames(plan: VideoPlan, *, identity: Identity | None = None) -> Iterator[Drawn]:
    """Yield the frames of a planned video one by one; see `render_video`."""
    world = world_of(plan.dataset)
    performer = identity or identity_of(plan)
    motion, background = motion_of(plan), background_of(plan)
    sprites = (background, *performer.sprites)
    zoom = _zoom(plan.scale)
    backdrop = compose(zoom, _centred(background, world.canvas))
    size = (round(world.canvas[0] * plan.scale), round(world.canvas[1] * plan.scale))
    for frame in range(plan.frames):
        pose = _zoomed(world.pose(performer, motion, frame), zoom)
        picture, part_map = render(sprites, pose, backdrop, size)
        visible = keypoint_visibility(pose, part_map)
        affines = np.tile(np.array([[1.0, 0, 0], [0, 1, 0]]), (len(sprites), 1, 1))
        affines[0] = backdrop
        for placement in pose.placements:
            affines[placement.part] = placement.affine
        yield Drawn(picture, part_map, pose.keypoints, visible, affines)


def _zoom(scale: float) -> Double:
    """Return the map of pixel centres when a picture is enlarged by ``scale``."""
    shift = 0.5 * scale - 0.5
    return np.array([[scale, 0, shift], [0, scale, shift]], np.float64)


def _centred(background: Sprite, canvas: tuple[int, int]) -> Double:
    height, width = background.rgba.shape[:2]
    return np.array([[1, 0, (canvas[0] - width) // 2], [0, 1, (canvas[1] - height) // 2]], float)


def _zoomed(pose: Pose, zoom: Double) -> Pose:
    placements = tuple(
        Placement(placement.part, compose(zoom, placement.affine)) for placement in pose.placements
    )
    keypoints = pose.keypoints @ zoom[:, :2].T + zoom[:, 2]
    return replace(pose, placements=placements, keypoints=keypoints)
