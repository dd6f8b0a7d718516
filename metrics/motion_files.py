"""Motion files ``<clip id>.motion.npz``: what a method says about flow and occlusion."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from metrics.array_files import DAMAGED, header_of
from metrics.metric import Array

KEYS = {"flow": "fiu", "occlusion": "fiub"}
"""Name -> kinds of numpy dtypes that are numbers of this sort; only the flow must be there."""


class MotionError(ValueError):
    """A motion file that cannot be used; the message says what is wrong with it."""


def motion_path(folder: Path, clip_id: str) -> Path | None:
    """Return the motion file of a clip, None if there is none."""
    path = folder / f"{clip_id}.motion.npz"
    return path if path.is_file() else None


def check_motion(path: Path, shape: tuple[int, int, int]) -> None:
    """Read the headers of a motion file only.

    Args:
        path: An npz file with flow (T, H, W, 2), backward, target -> source, in pixels, and, if
            the method predicts it, occlusion (T, H, W), 1 = visible in the source.
        shape: (T, H, W) of the clip.

    Raises:
        MotionError: A key is missing or unknown, a shape does not fit, the values are no real
            numbers, or it cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = sorted(archive.namelist())
            shown = ", ".join(name.removesuffix(".npy") for name in names)
            if names not in (["flow.npy"], ["flow.npy", "occlusion.npy"]):
                raise MotionError(f"has {shown}, wants flow, and perhaps occlusion (npy arrays)")
            headers = {name: _header(archive, name) for name in shown.split(", ")}
    except MotionError:
        raise
    except DAMAGED as error:
        raise MotionError(f"cannot be read ({error})") from error
    for name, (found, dtype) in headers.items():
        wanted = (*shape, 2) if name == "flow" else shape
        if found != wanted:
            raise MotionError(f"{name} is {found}, the clip wants {wanted}")
        if dtype.kind not in KEYS[name]:
            raise MotionError(f"{name} is {dtype}; write float16")


def load_motion(path: Path, shape: tuple[int, int, int]) -> tuple[Array, Array | None]:
    """Return flow float (T, H, W, 2) and visibility float in [0, 1] (T, H, W), if it is there.

    Raises:
        MotionError: As `check_motion`, or the content is damaged or out of range.
    """
    check_motion(path, shape)
    try:
        with np.load(path, allow_pickle=False) as archive:
            flow = archive["flow"]
            occlusion = archive["occlusion"] if "occlusion" in archive.files else None
    except DAMAGED as error:
        raise MotionError(f"cannot be read ({error})") from error
    if not np.isfinite(flow).all():
        raise MotionError("the predicted flow has NaN or infinite values")
    if occlusion is None:
        return flow, None
    if occlusion.dtype == np.uint8:
        occlusion = occlusion / np.float32(255)
    if not ((occlusion >= 0) & (occlusion <= 1)).all():
        raise MotionError("occlusion has values that are NaN or outside [0, 1]")
    return flow, occlusion


def _header(archive: zipfile.ZipFile, name: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    try:
        return header_of(archive, name)
    except ValueError as error:
        raise MotionError(f"{name} is no array ({error})") from error
