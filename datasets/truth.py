"""Exact ground truth of a rendered clip, and the flow and occlusion that follow from it.

Pixel centres lie at whole numbers: pixel (x, y) covers [x - 0.5, x + 0.5) x [y - 0.5, y + 0.5).
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from datasets.files import replacing

_KEYS = ("keypoints", "visible", "part_map", "part_affines")
_BROKEN = (
    OSError, KeyError, ValueError, TypeError, EOFError, MemoryError, OverflowError, RuntimeError,
    BadZipFile, zlib.error,
)  # fmt: skip
_SINGULAR = 1e-9  # below this determinant a part is seen edge-on and has no inverse


@dataclass(frozen=True, eq=False)
class Truth:
    """What is known about T frames with K keypoints and P parts; part 0 is the background.

    Attributes:
        keypoints: float32 ``(T, K, 2)``, x and y in pixels; NaN where there is none.
        visible: bool ``(T, K)``: the keypoint is in the frame and nothing lies in front of it.
        part_map: uint8 ``(T, H, W)``: the index of the topmost part at each pixel.
        part_affines: float64 ``(T, P, 2, 3)``: takes part coordinates (u, v, 1) to pixels (x, y).
    """

    keypoints: npt.NDArray[np.float32]
    visible: npt.NDArray[np.bool_]
    part_map: npt.NDArray[np.uint8]
    part_affines: npt.NDArray[np.float64]

    def __post_init__(self) -> None:
        """Check dtypes and that the shapes fit together."""
        for name, dtype, ndim in (
            ("keypoints", np.float32, 3),
            ("visible", np.bool_, 2),
            ("part_map", np.uint8, 3),
            ("part_affines", np.float64, 4),
        ):
            array = getattr(self, name)
            if array.dtype != dtype or array.ndim != ndim or len(array) != len(self.keypoints):
                raise ValueError(
                    f"truth: {name} must be {np.dtype(dtype)} with {ndim} axes and "
                    f"{len(self.keypoints)} frames, got {array.dtype} {array.shape}"
                )
        if self.visible.shape != self.keypoints.shape[:2] or self.keypoints.shape[2] != 2:
            raise ValueError(
                f"truth: keypoints {self.keypoints.shape} and visible {self.visible.shape} differ"
            )
        if self.part_affines.shape[2:] != (2, 3):
            raise ValueError(
                f"truth: part_affines must be (T, P, 2, 3), got {self.part_affines.shape}"
            )
        if self.part_map.size and self.part_map.max() >= self.part_affines.shape[1]:
            raise ValueError(
                f"truth: part_map names part {self.part_map.max()}, "
                f"part_affines has {self.part_affines.shape[1]}"
            )

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.keypoints)

    def window(self, first: int, stop: int) -> Self:
        """Return the truth of frames ``first`` to ``stop - 1``."""
        return type(self)(*(getattr(self, name)[first:stop] for name in _KEYS))


def truth_beside(video: Path) -> Path:
    """Return the name of the ground truth beside a source video or a clip file."""
    return video.with_name(f"{video.name.removesuffix(video.suffix)}.truth.npz")


def load_truth(path: Path) -> Truth:
    """Read a ``.truth.npz`` file.

    Raises:
        ValueError: The file is no such archive or its arrays do not fit; the message names it.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            return Truth(*(archive[name] for name in _KEYS))
    except FileNotFoundError:
        raise
    except _BROKEN as error:
        raise ValueError(f"{path}: not a truth file: {error}") from error


def save_truth(path: Path, truth: Truth) -> None:
    """Write a ``.truth.npz`` file with the four arrays, atomically and with the same bytes."""
    with replacing(path) as part, part.open("wb") as file:
        np.savez_compressed(file, **{name: getattr(truth, name) for name in _KEYS})


def flow_between(
    truth: Truth, target: int, source: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Return the backward flow from frame ``target`` to frame ``source``, and what is visible.

    What is seen at pixel x of the target lies at x + flow(x) in the source: with p the part at x,
    ``flow(x) = A_source[p] inv(A_target[p]) x - x``.

    Args:
        truth: The ground truth of the clip.
        target: Index of the frame whose pixels are asked for.
        source: Index of the frame in which they are looked up.

    Returns:
        flow, float32 ``(H, W, 2)``: x and y in pixels; NaN where the part has no inverse.
        visible, bool ``(H, W)``: the source position, rounded to a pixel, lies in the frame and
        shows the same part.
    """
    part_map = truth.part_map[target]
    height, width = part_map.shape
    ys, xs = np.mgrid[:height, :width].astype(np.float64)
    steps = _steps(truth.part_affines[target], truth.part_affines[source])
    step = steps[part_map]  # (H, W, 2, 3)
    found = step[..., 0] * xs[..., None] + step[..., 1] * ys[..., None] + step[..., 2]
    flow = found - np.stack([xs, ys], axis=-1)
    return flow.astype(np.float32), _visible(found, part_map, truth.part_map[source])


def flow_to_first(truth: Truth) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Return `flow_between` of each frame and frame 0: ``(T, H, W, 2)`` and ``(T, H, W)``."""
    pairs = [flow_between(truth, target, 0) for target in range(len(truth))]
    return np.stack([flow for flow, _ in pairs]), np.stack([visible for _, visible in pairs])


def _steps(
    target: npt.NDArray[np.float64], source: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return affines (P, 2, 3) from target pixels to source pixels, NaN where there is none."""
    linear = target[..., :2]
    regular = (np.abs(np.linalg.det(linear)) > _SINGULAR)[:, None, None]
    turned = source[..., :2] @ np.linalg.inv(np.where(regular, linear, np.eye(2)))
    steps = np.concatenate([turned, source[..., 2:] - turned @ target[..., 2:]], axis=-1)
    return np.where(regular, steps, np.nan)


def _visible(
    found: npt.NDArray[np.float64],
    target_map: npt.NDArray[np.uint8],
    source_map: npt.NDArray[np.uint8],
) -> npt.NDArray[np.bool_]:
    """Whether the positions ``found`` (H, W, 2) round to a pixel that shows the same part."""
    height, width = target_map.shape
    x, y = np.floor(found[..., 0] + 0.5), np.floor(found[..., 1] + 0.5)
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    row, column = np.where(inside, y, 0).astype(np.int64), np.where(inside, x, 0).astype(np.int64)
    return np.asarray(inside & (source_map[row, column] == target_map))


def crop_truth(truth: Truth, box: tuple[int, int, int, int], size: int) -> Truth:
    """Return ``truth`` in the pixels of a crop.

    Per axis ``x_crop = (x + 0.5 - left) * size / (right - left) - 0.5``. The part map is sampled
    at the nearest source pixel of each crop pixel's centre; a keypoint stays visible if it lies
    in the crop.

    Args:
        truth: The ground truth in source pixels.
        box: left, top, right, bottom in source pixels, inside the frame.
        size: Side of the square crop in pixels.
    """
    left, top, right, bottom = box
    height, width = truth.part_map.shape[1:]
    if not (0 <= left < right <= width and 0 <= top < bottom <= height):
        raise ValueError(f"crop_truth: box {box} is not inside the frame of {width}x{height}")
    scale = np.array([size / (right - left), size / (bottom - top)])
    shift = (0.5 - np.array([left, top])) * scale - 0.5
    keypoints = truth.keypoints * scale + shift
    inside = ((keypoints >= -0.5) & (keypoints < size - 0.5)).all(axis=-1)
    affines = truth.part_affines * scale[:, None]
    affines[..., 2] += shift
    centres = np.arange(size) + 0.5
    xs = np.floor(centres / scale[0] + left).astype(np.int64).clip(left, right - 1)
    ys = np.floor(centres / scale[1] + top).astype(np.int64).clip(top, bottom - 1)
    return Truth(
        keypoints=keypoints.astype(np.float32),
        visible=truth.visible & inside,
        part_map=np.ascontiguousarray(truth.part_map[:, ys[:, None], xs]),
        part_affines=affines,
    )
