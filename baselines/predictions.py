"""The folder that a method leaves behind: one lossless clip per test clip, and its motion."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baselines.anchors import Motion
from datasets.clips import write_clip
from datasets.files import replacing, write_text


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
        with replacing(folder / f"{clip_id}.motion.npz") as part, part.open("wb") as file:
            parts: dict[str, Any] = {"flow": motion.flow, "occlusion": motion.occlusion}
            kept = {name: array for name, array in parts.items() if array is not None}
            np.savez_compressed(file, **kept)
    write_clip(folder / f"{clip_id}.mkv", frames)


def begin_folder(
    folder: Path, method: str, status: str, checkpoint: Mapping[str, Any] | None
) -> None:
    """Empty the folder of predictions and say in ``method.json`` whose they will be.

    Args:
        folder: The predictions folder.
        method: Its name.
        status: ``reproduced`` or ``anchor``.
        checkpoint: fingerprint, sha256, seed, parameters, macs and steps; None for an anchor.
    """
    for stale in (*folder.glob("*.mkv"), *folder.glob("*.motion.npz")):
        stale.unlink()
    content = {"method": method, "status": status, "checkpoint": checkpoint}
    write_text(folder / "method.json", json.dumps(content, indent=1, sort_keys=True) + "\n")
