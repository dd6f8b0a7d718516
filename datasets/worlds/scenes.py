"""Which source videos and clips a mini world has: the plan that the frozen mini splits list.

Everything follows from one seed. Identities, motions and backgrounds are numbered across the whole
world, so splits share no identity and no video by construction.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from datasets.metadata import MetadataRow
from datasets.worlds import world_of
from datasets.worlds.sprites import Pose, Sprite
from datasets.worlds.world import Identity, Motion, World

FEWEST_FRAMES, MOST_FRAMES = 24, 48
_IDENTITY, _MOTION, _BACKGROUND, _VIDEO = 1, 2, 3, 4
_PREFIX = {"taichi-hd": "taichi", "voxceleb": "vox", "fashion": "fashion", "mgif": "mgif"}


@dataclass(frozen=True)
class SplitPlan:
    """How many videos and identities a split has; each ``every``-th video holds two clips."""

    split: str
    videos: int
    identities: int
    every: int


SPLITS = (
    SplitPlan("train", videos=44, identities=33, every=5),
    SplitPlan("val", videos=4, identities=4, every=4),
    SplitPlan("test", videos=24, identities=18, every=6),
)


@dataclass(frozen=True)
class VideoPlan:
    """One source video, before anything is drawn.

    Attributes:
        dataset: The data set whose world it shows.
        video_id: 11 characters, like the ids of the real lists.
        seed: The seed of the whole world.
        identity: Number of the identity; no two splits share one.
        motion: Number of the motion; the background has the same number.
        frames: Length of the video.
        fps: Frame rate of the file.
        scale: Size of the file over the size in the metadata, which is the canvas.
        rows: Its clips, as the metadata file lists them.
    """

    dataset: str
    video_id: str
    seed: int
    identity: int
    motion: int
    frames: int
    fps: Fraction
    scale: float
    rows: tuple[MetadataRow, ...] = ()


def generator(plan: VideoPlan, kind: int, number: int) -> np.random.Generator:
    """Return the random generator of motion, background or clips ``number`` of the plan's world."""
    return np.random.default_rng([plan.seed, zlib.crc32(plan.dataset.encode()), kind, number])


def identity_of(plan: VideoPlan) -> Identity:
    """Return who is seen in the video."""
    return _identity(plan.dataset, plan.seed, plan.identity)


@lru_cache(maxsize=128)
def _identity(dataset: str, seed: int, number: int) -> Identity:
    rng = np.random.default_rng([seed, zlib.crc32(dataset.encode()), _IDENTITY, number])
    return world_of(dataset).identity(rng)


def motion_of(plan: VideoPlan) -> Motion:
    """Return what happens in the video."""
    rng = generator(plan, _MOTION, plan.motion)
    return world_of(plan.dataset).motion(rng, plan.frames, float(plan.fps))


def background_of(plan: VideoPlan) -> Sprite:
    """Return where the video plays."""
    return world_of(plan.dataset).background(generator(plan, _BACKGROUND, plan.motion))


@cache
def plan(dataset: str, seed: int) -> tuple[VideoPlan, ...]:
    """Return all source videos of a mini world, in order of their ids.

    Args:
        dataset: A name in the registry.
        seed: The seed of the world; the frozen splits use 0.
    """
    videos: list[VideoPlan] = []
    identities = 0
    for split in SPLITS:
        for number in range(split.videos):
            identity = identities + number % split.identities
            double = number % split.every == 0
            videos.append(_plan_video(dataset, seed, len(videos), identity, split.split, double))
        identities += split.identities
    return tuple(videos)


def _plan_video(
    dataset: str, seed: int, number: int, identity: int, split: str, double: bool
) -> VideoPlan:
    """Choose length, frame rate, clips and boxes of video ``number``."""
    prefix = _PREFIX[dataset]
    video = VideoPlan(
        dataset=dataset,
        video_id=f"{prefix}-{number:0{10 - len(prefix)}}",
        seed=seed,
        identity=identity,
        motion=number,
        frames=0,
        fps=Fraction(25),
        scale=1.0,
    )
    rng = generator(video, _VIDEO, number)
    fps = Fraction([25, 30][int(rng.integers(2))])
    # VoxCeleb is annotated at 25 frames per second and at one size, whatever the file has.
    ref_fps = Fraction(25) if dataset == "voxceleb" else fps
    scale = 1.25 if dataset == "voxceleb" and rng.random() < 0.3 else 1.0
    windows = _windows(rng, most=int(MOST_FRAMES * ref_fps / fps), clips=2 if double else 1)
    last = windows[-1][1] + int(rng.integers(2, 6))
    video = replace(video, frames=int(last * fps / ref_fps), fps=fps, scale=scale)
    return replace(video, rows=_rows(video, split, ref_fps, windows, rng))


def _windows(rng: np.random.Generator, *, most: int, clips: int) -> list[tuple[int, int]]:
    """Return start (included) and end (excluded) of each clip, at the metadata's frame rate."""
    windows, start = [], int(rng.integers(1, 6))
    for _ in range(clips):
        end = start + int(rng.integers(FEWEST_FRAMES, most + 1))
        windows.append((start, end))
        start = end + int(rng.integers(2, 8))
    return windows


def _rows(
    video: VideoPlan,
    split: str,
    ref_fps: Fraction,
    windows: list[tuple[int, int]],
    rng: np.random.Generator,
) -> tuple[MetadataRow, ...]:
    world = world_of(video.dataset)
    identity, motion = identity_of(video), motion_of(video)
    extents = [opaque_extent(sprite) for sprite in identity.sprites]
    ratio = float(video.fps / ref_fps)
    rows = []
    for start, end in windows:
        frames = range(int(start * ratio), min(int(end * ratio) + 1, video.frames))
        poses = (world.pose(identity, motion, frame) for frame in frames)
        bounds = np.array([_bounds(pose, extents, world.framed_parts) for pose in poses])
        left_top, right_bottom = bounds[:, :2].min(0), bounds[:, 2:].max(0)
        rows.append(
            MetadataRow(
                video_id=video.video_id,
                start=start,
                end=end,
                bbox=choose_box(world, left_top, right_bottom, rng),
                fps=float(ref_fps),
                width=world.canvas[0],
                height=world.canvas[1],
                partition=split,
                person_id=f"id{video.identity:05}" if video.dataset == "voxceleb" else None,
            )
        )
    return tuple(rows)


def opaque_extent(sprite: Sprite) -> NDArray[np.float64]:
    """Return the corners ``(4, 2)`` of the box, in texels, that holds the sprite's opaque part."""
    rows, columns = np.nonzero(sprite.rgba[..., 3] > 0.5)
    if len(rows) == 0:
        return np.zeros((0, 2))
    left, right, top, bottom = columns.min(), columns.max(), rows.min(), rows.max()
    return np.array([[left, top], [right, top], [left, bottom], [right, bottom]], np.float64)


def _bounds(
    pose: Pose, extents: list[NDArray[np.float64]], framed: tuple[int, ...]
) -> tuple[float, float, float, float]:
    """Return left, top, right, bottom of the ``framed`` parts (all if empty), in canvas pixels."""
    corners = np.concatenate(
        [
            extents[placement.part - 1] @ placement.affine[:, :2].T + placement.affine[:, 2]
            for placement in pose.placements
            if not framed or placement.part in framed
        ]
    )
    low, high = corners.min(0), corners.max(0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def choose_box(
    world: World,
    left_top: NDArray[np.float64],
    right_bottom: NDArray[np.float64],
    rng: np.random.Generator,
) -> tuple[int, int, int, int]:
    """Return a box (left, top, right, bottom) around a subject, as a tracker would have made it.

    A margin, a jitter off the centre, the world's aspect, and always inside the canvas.

    Args:
        world: Its canvas and aspect are used.
        left_top: float64 ``(2,)``, the subject's corner in canvas pixels.
        right_bottom: float64 ``(2,)``, the opposite corner.
        rng: For margin and jitter.
    """
    canvas = np.array(world.canvas, np.float64)
    low, high = np.maximum(left_top, 0), np.minimum(right_bottom, canvas)
    extent = (high - low) * (1 + rng.uniform(0.06, 0.16))
    height = max(extent[1], extent[0] / world.aspect)
    aspect = world.aspect if world.aspect == 1 else world.aspect * rng.uniform(0.9, 1.12)
    height = min(height, canvas[1], canvas[0] / aspect)
    side = np.floor([height * aspect, height])
    centre = (low + high) / 2 + rng.uniform(-0.05, 0.05, 2) * side
    corner = np.clip(np.rint(centre - side / 2), 0, canvas - side)
    left, top = (int(value) for value in corner)
    return left, top, left + int(side[0]), top + int(side[1])
