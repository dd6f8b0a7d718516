"""Turn a planned video into frames and exact truth; or let another identity perform it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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


@dataclass(frozen=True)
class Scene:
    """Where a video plays.

    Attributes:
        background: What stands behind, in every frame of the video.
        backdrop: float64 ``(2, 3)``, takes the background's texels to pixels of the file.
        zoom: float64 ``(2, 3)``, takes canvas pixels to pixels of the file.
        size: Width and height of the file.
    """

    background: Sprite
    backdrop: Double
    zoom: Double
    size: tuple[int, int]


def render_video(
    plan: VideoPlan, *, identity: Identity | None = None
) -> tuple[NDArray[np.uint8], Truth]:
    """Draw a whole source video.

    Args:
        plan: The video.
        identity: Who performs it; by default the video's own identity. With another one this is
            the exact truth of animating that identity with this video, before this video's
            background; `datasets.worlds.animation` draws it before its own.

    Returns:
        Frames, uint8 ``(T, H, W, 3)`` RGB, and their truth in source pixels.
    """
    drawn = list(draw_frames(plan, identity=identity))
    return np.stack([d.picture for d in drawn]), truth_of(drawn)


def draw_frames(plan: VideoPlan, *, identity: Identity | None = None) -> Iterator[Drawn]:
    """Yield the frames of a planned video one by one; see `render_video`."""
    world, scene = world_of(plan.dataset), scene_of(plan)
    performer, motion = identity or identity_of(plan), motion_of(plan)
    for frame in range(plan.frames):
        pose = world.pose(performer, motion, frame)
        yield draw(scene, performer, moved(pose, scene.zoom))


def scene_of(plan: VideoPlan) -> Scene:
    """Return where a planned video plays."""
    canvas, background = world_of(plan.dataset).canvas, background_of(plan)
    zoom = zoom_of(plan)
    return Scene(background, compose(zoom, _centred(background, canvas)), zoom, size_of(plan))


def draw(scene: Scene, performer: Identity, pose: Pose) -> Drawn:
    """Draw one frame.

    Args:
        scene: What stands behind, and the size of the picture.
        performer: Whose parts are drawn.
        pose: Where they lie, in pixels of the file (`moved` by the scene's zoom, or by more).
    """
    sprites = (scene.background, *performer.sprites)
    picture, part_map = render(sprites, pose, scene.backdrop, scene.size)
    visible = keypoint_visibility(pose, part_map)
    affines = np.tile(np.array([[1.0, 0, 0], [0, 1, 0]]), (len(sprites), 1, 1))
    affines[0] = scene.backdrop
    for placement in pose.placements:
        affines[placement.part] = placement.affine
    return Drawn(picture, part_map, pose.keypoints, visible, affines)


def truth_of(drawn: Sequence[Drawn]) -> Truth:
    """Return the truth of drawn frames, in the pixels in which they were drawn."""
    return Truth(
        keypoints=np.stack([d.keypoints for d in drawn]).astype(np.float32),
        visible=np.stack([d.visible for d in drawn]),
        part_map=np.stack([d.part_map for d in drawn]),
        part_affines=np.stack([d.affines for d in drawn]),
    )


def moved(pose: Pose, by: Double) -> Pose:
    """Return a pose with all that it places taken through the affine map ``by``, ``(2, 3)``."""
    placements = tuple(
        Placement(placement.part, compose(by, placement.affine)) for placement in pose.placements
    )
    return replace(pose, placements=placements, keypoints=pose.keypoints @ by[:, :2].T + by[:, 2])


def size_of(plan: VideoPlan) -> tuple[int, int]:
    """Return width and height of the file."""
    width, height = world_of(plan.dataset).canvas
    return round(width * plan.scale), round(height * plan.scale)


def zoom_of(plan: VideoPlan) -> Double:
    """Return the map ``(2, 3)`` of canvas pixels to pixels of the file: of their centres."""
    scale, shift = plan.scale, 0.5 * plan.scale - 0.5
    return np.array([[scale, 0, shift], [0, scale, shift]], np.float64)


def _centred(background: Sprite, canvas: tuple[int, int]) -> Double:
    height, width = background.rgba.shape[:2]
    return np.array([[1, 0, (canvas[0] - width) // 2], [0, 1, (canvas[1] - height) // 2]], float)
