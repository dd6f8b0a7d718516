"""Training pictures of the mini extractors: subjects cut out of freshly drawn worlds.

Subjects are kept as 64x64 cut-outs with transparency, so that any of them can be laid over any
background: the background can then tell nothing about who is in front of it.

The identities, motions and backgrounds appear in no split: all generators here start with the
words ``[0xE57, role, ...]`` with a role below 16, those of the splits with ``[seed, crc32 of the
data set's name, ...]``, whose second word is larger than 2**20 for every world.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.worlds.scenes import choose_box, opaque_extent
from datasets.worlds.sprites import Pose, Sprite, keypoint_visibility, render
from datasets.worlds.world import Identity, Motion, World
from metrics.extractors.mini_nets import SIDE

Frames = NDArray[np.uint8]
Box = tuple[int, int, int, int]

NAMESPACE = 0xE57
TRAIN, CALIBRATE, HELD_OUT = 1, 2, 3
_IDENTITY, _MOTION, _BACKGROUND, _BOX = 1, 2, 3, 4
_LENGTH = 48


@dataclass(frozen=True, eq=False)
class Pool:
    """N subjects with K keypoints and B backgrounds, all at 64x64.

    Subjects are sorted by identity, then by motion (two each, equally many frames), then by frame.

    Attributes:
        subjects: uint8 (N, 64, 64, 4), colours premultiplied by alpha.
        keypoints: float32 (N, K, 2), pixels.
        visible: bool (N, K): inside the picture and nothing in front of it.
        identity: int64 (N,), numbered from 0.
        backgrounds: uint8 (B, 64, 64, 3).
    """

    subjects: Frames
    keypoints: NDArray[np.float32]
    visible: NDArray[np.bool_]
    identity: NDArray[np.int64]
    backgrounds: Frames

    def composed(self, subjects: NDArray[np.int64], backgrounds: NDArray[np.int64]) -> Frames:
        """Return uint8 (n, 64, 64, 3): those subjects over those backgrounds."""
        rgba = self.subjects[subjects].astype(np.uint16)
        behind = self.backgrounds[backgrounds] * (255 - rgba[..., 3:]) + np.uint16(128)
        behind += behind >> 8
        return np.minimum(rgba[..., :3] + (behind >> 8), 255).astype(np.uint8)


def halves(pool: Pool) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows of ``pool`` that show first motions, and in the same order the second."""
    frames = int((pool.identity == 0).sum()) // 2
    rows = np.arange(len(pool.subjects)).reshape(-1, 2, frames)
    return rows[:, 0].ravel(), rows[:, 1].ravel()


def generator(role: int, seed: int, *numbers: int) -> np.random.Generator:
    """Return a generator of the extractors' own namespace; ``role`` is `TRAIN` etc."""
    return np.random.default_rng([NAMESPACE, role, seed, *numbers])


def draw_pool(
    world: World, role: int, *, identities: int, frames: int, backgrounds: int, seed: int = 0
) -> Pool:
    """Draw subjects and backgrounds that no split and no other role contains.

    Args:
        world: What is drawn.
        role: `TRAIN`, `CALIBRATE` or `HELD_OUT`.
        identities: How many different ones; each performs two motions.
        frames: Frames of each motion.
        backgrounds: How many; each gives two pictures.
        seed: Another seed, another pool.
    """
    rows, boxes = [], []
    for number in range(identities):
        identity = world.identity(generator(role, seed, _IDENTITY, number))
        for turn in (0, 1):
            rng = generator(role, seed, _MOTION, number, turn)
            motion = world.motion(rng, _LENGTH, float(rng.choice([25.0, 30.0])))
            box = clip_box(world, identity, motion, generator(role, seed, _BOX, number, turn))
            chosen = np.sort(rng.choice(_LENGTH, frames, replace=False))
            rows += [(*row, number) for row in _drawn(world, identity, motion, box, chosen)]
            boxes.append(box)
    columns = list(zip(*rows, strict=True))
    return Pool(
        subjects=np.stack(columns[0]),
        keypoints=np.stack(columns[1]).astype(np.float32),
        visible=np.stack(columns[2]),
        identity=np.array(columns[3], np.int64),
        backgrounds=_backgrounds(world, role, boxes, backgrounds, seed),
    )


def clip_box(world: World, identity: Identity, motion: Motion, rng: np.random.Generator) -> Box:
    """Return a box around the whole performance, by the rule of the splits' own boxes."""
    extents = [opaque_extent(sprite) for sprite in identity.sprites]
    corners = np.concatenate(
        [
            extents[placement.part - 1] @ placement.affine[:, :2].T + placement.affine[:, 2]
            for frame in range(0, motion.frames, 6)
            for placement in world.pose(identity, motion, frame).placements
            if not world.framed_parts or placement.part in world.framed_parts
        ]
    )
    return choose_box(world, corners.min(0), corners.max(0), rng)


def _drawn(
    world: World, identity: Identity, motion: Motion, box: Box, frames: NDArray[np.int64]
) -> Iterator[tuple[Frames, NDArray[np.float64], NDArray[np.bool_]]]:
    """Yield cut-out, keypoints in its pixels, and their visibility, for each of ``frames``."""
    left, top, right, bottom = box
    for frame in frames:
        pose = world.pose(identity, motion, int(frame))
        rgba, part_map = cut_out(identity, pose, world.canvas)
        scale = SIDE / np.array([right - left, bottom - top], np.float64)
        keypoints = (pose.keypoints + 0.5 - (left, top)) * scale - 0.5
        inside = ((keypoints >= -0.5) & (keypoints < SIDE - 0.5)).all(1)
        yield cropped(rgba, box), keypoints, keypoint_visibility(pose, part_map) & inside


def cut_out(
    identity: Identity, pose: Pose, canvas: tuple[int, int]
) -> tuple[Frames, NDArray[np.uint8]]:
    """Return the subject alone, uint8 (H, W, 4) premultiplied, and the part map (H, W)."""
    still = np.array([[1.0, 0, 0], [0, 1, 0]])
    pictures = []
    for grey in (0.0, 1.0):
        backdrop = Sprite("background", np.full((canvas[1], canvas[0], 4), grey, np.float32))
        picture, part_map = render((backdrop, *identity.sprites), pose, still, canvas)
        pictures.append(picture)
    black, white = pictures
    through = white.astype(np.int16) - black
    alpha = 255 - np.clip(through.max(2, keepdims=True), 0, 255)
    return np.concatenate([black, alpha.astype(np.uint8)], 2), part_map


def cropped(picture: Frames, box: Box) -> Frames:
    """Return the ``box`` (left, top, right, bottom) of ``picture`` as 64x64, area-averaged."""
    left, top, right, bottom = box
    inside = picture[top:bottom, left:right]
    return np.asarray(cv2.resize(inside, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def _backgrounds(world: World, role: int, boxes: list[Box], count: int, seed: int) -> Frames:
    """Return two 64x64 pictures of each background, cut by boxes of clips."""
    pictures = []
    for number in range(count):
        rng = generator(role, seed, _BACKGROUND, number)
        rgba = world.background(rng).rgba
        top, left = (rgba.shape[0] - world.canvas[1]) // 2, (rgba.shape[1] - world.canvas[0]) // 2
        view = rgba[top : top + world.canvas[1], left : left + world.canvas[0], :3]
        picture = np.rint(view * 255).astype(np.uint8)
        chosen = rng.integers(len(boxes), size=2)
        pictures += [cropped(picture, boxes[int(index)]) for index in chosen]
    return np.stack(pictures)
