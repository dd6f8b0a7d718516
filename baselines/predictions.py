"""The folder that a method leaves behind: one lossless clip per test clip, and its motion."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baselines.anchors import Motion
from baselines.motion_writer import MotionWriter
from datasets.clips import write_clip
from datasets.files import write_new_text

CLIP, MOTION = ".mkv", ".motion.npz"
"""What a prediction is made of: their names after the clip id."""


def write_prediction(
    folder: Path, clip_id: str, frames: NDArray[np.uint8], motion: Motion | None
) -> None:
    """Write ``<clip id>.mkv`` and, where there is a motion, ``<clip id>.motion.npz``.

    The clip is written last: where it exists, the prediction is complete.

    Args:
        folder: The predictions folder.
        clip_id: Name of the test clip.
        frames: uint8 ``(T, H, W, 3)``.
        motion: Backward flow to the source frame and, if the method has it, visibility in it.
    """
    if motion is not None:
        writer = MotionWriter(folder / f"{clip_id}{MOTION}", len(motion.flow))
        writer.write(motion)
        writer.commit()
    write_clip(folder / f"{clip_id}{CLIP}", frames)


def begin_folder(
    folder: Path, method: str, status: str, checkpoint: Mapping[str, Any] | None
) -> None:
    """Empty the folder of predictions and say in ``method.json`` whose they will be.

    See `write_owner` for the arguments.
    """
    for stale in (*folder.glob(f"*{CLIP}"), *folder.glob(f"*{MOTION}")):
        stale.unlink()
    write_owner(folder, method, status, checkpoint)


def write_owner(
    folder: Path, method: str, status: str, checkpoint: Mapping[str, Any] | None
) -> None:
    """Say in ``method.json`` whose predictions a folder holds.

    Args:
        folder: The predictions folder.
        method: Its name.
        status: ``reproduced`` or ``anchor``.
        checkpoint: fingerprint, sha256, seed, parameters, macs and steps; None for an anchor.
    """
    content = {"method": method, "status": status, "checkpoint": checkpoint}
    write_new_text(folder / "method.json", json.dumps(content, indent=1, sort_keys=True) + "\n")
