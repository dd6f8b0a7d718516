"""What the paper's extractors share: checked frames, full float32, batches of one size."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from datasets.registry import choose
from metrics.extractors import Array
from metrics.extractors.device import inference, version_on

CHUNKS = {"cpu": 1, "cuda": 16}  # frames per batch; a larger batch gains nothing on a CPU

Frame = NDArray[np.uint8]


class PaperExtractor(ABC):
    """An `Extractor` that runs on one device, in full float32 (the scripts are older than TF32).

    Args:
        sha256: Digest of the weights.
        device: ``"cpu"``, ``"cuda"`` or ``"cuda:1"``; numbers differ in the last digits.

    Raises:
        UsageError: Another device.
    """

    name: str
    domain: str
    licence: str

    def __init__(self, sha256: str, *, device: str) -> None:
        choose("device", device.partition(":")[0], CHUNKS)
        self.sha256 = sha256
        self.device = device
        self.version = version_on("1", device)

    @property
    def chunk(self) -> int:
        """Frames per batch on this device, always the same."""
        return CHUNKS[self.device.partition(":")[0]]

    def __call__(self, frames: Frame, /) -> Array:
        """Return one row per frame.

        Raises:
            ValueError: ``frames`` is not uint8 (T, H, W, 3) with T, H, W >= 1.
            ExtractorUnavailable: The weights are not there (at the first call).
            UsageError: The weights are not the right ones (at the first call).
        """
        if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[-1] != 3 or not frames.size:
            raise ValueError(
                f"{self.name}: expected uint8 frames (T, H, W, 3), got {frames.dtype} "
                f"{frames.shape}; convert them to 8-bit RGB"
            )
        with inference(self.device):
            return self._rows(frames)

    @abstractmethod
    def _rows(self, frames: Frame) -> Array:
        """Return one row per frame of checked frames."""
