"""``fan4-face68``: the face landmarks behind the published AKD."""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from metrics.extractors import Array, in_chunks
from metrics.extractors.paper.running import Frame, PaperExtractor

if TYPE_CHECKING:
    from torch import nn

LANDMARKS = 68
SMALLEST = 32  # five poolings
MEAN = (104.0, 117.0, 123.0)  # blue, green, red
NEEDED_DETECTOR = "s3fd_convert.pth (later s3fd-619a316812.pth), the face detector"
NEEDED_NETWORK = "2DFAN-4.pth.tar (later 2DFAN4-11f355bf06.pth.tar), the landmarks"


class Fan4Face68(PaperExtractor):
    """An `Extractor` of face landmarks: float64 (T, 68, 2), whole pixels of the frame.

    A row is NaN where no face scores over 0.5; of several faces the one that scores best is taken.
    Source: pose-evaluation at 1bc4cae with face-alignment 3750f83, ``flip_input`` off. ``sha256``
    stands for both files: see `both`.

    Args:
        detector: `s3fd_convert.pth`.
        detector_sha256: Its digest, checked when the network is loaded (at the first call).
        network: `2DFAN-4.pth.tar`.
        network_sha256: Its digest, likewise.
        device: See `PaperExtractor`.
    """

    name = "fan4-face68"
    domain = "faces"
    licence = "code: BSD-3-Clause; weights: published without a licence of their own (as recalled)"

    def __init__(
        self,
        *,
        detector: Path,
        detector_sha256: str,
        network: Path,
        network_sha256: str,
        device: str = "cpu",
    ) -> None:
        super().__init__(both(detector_sha256, network_sha256), device=device)
        self._files = (detector, detector_sha256), (network, network_sha256)

    def _rows(self, frames: Frame) -> Array:
        if min(frames.shape[1:3]) < SMALLEST:
            raise ValueError(
                f"{self.name}: frames of {frames.shape[1]}x{frames.shape[2]} are too small for the "
                f"face detector; enlarge them to at least {SMALLEST}x{SMALLEST}"
            )
        return in_chunks(self._landmarks, frames, chunk=self.chunk)

    def _landmarks(self, frames: Array) -> Array:
        import torch

        from metrics.extractors.paper.face_crop import CROP, crop, landmarks, place

        rows = np.full((len(frames), LANDMARKS, 2), np.nan)
        found = {t: place(box[0]) for t, box in enumerate(self._faces(frames)) if len(box)}
        if not found:
            return rows
        crops = np.zeros((len(frames), CROP, CROP, 3), np.float32)
        for t, face in found.items():
            crops[t] = crop(frames[t], face)
        batch = torch.from_numpy(crops / np.float32(255)).permute(0, 3, 1, 2).contiguous()
        heats = self._network(batch.to(self.device))[-1].cpu().numpy()  # (B, 68, 64, 64)
        for t, face in found.items():
            rows[t] = landmarks(heats[t], face)
        return rows

    def _faces(self, frames: Array) -> list[Array]:
        """Return the boxes of the faces of each frame, best first, float32 (N, 5)."""
        import torch

        from metrics.extractors.paper.face_boxes import candidates, faces

        pictures = frames[..., ::-1] - np.array(MEAN, np.float32)
        batch = torch.from_numpy(pictures.astype(np.float32)).permute(0, 3, 1, 2).contiguous()
        outputs = self._detector(batch.to(self.device))
        scores = [maps.softmax(1)[:, 1].cpu().numpy() for maps in outputs[::2]]
        offsets = [maps.cpu().numpy() for maps in outputs[1::2]]
        return [
            faces(candidates([(s[t], o[t]) for s, o in zip(scores, offsets, strict=True)]))
            for t in range(len(frames))
        ]

    @cached_property
    def _detector(self) -> nn.Module:
        from metrics.extractors.paper.s3fd_net import S3fdNet
        from metrics.extractors.paper.state import load

        path, sha256 = self._files[0]
        return load(S3fdNet, path, sha256=sha256, needed=NEEDED_DETECTOR).to(self.device)

    @cached_property
    def _network(self) -> nn.Module:
        from metrics.extractors.paper.fan_net import FanNet
        from metrics.extractors.paper.state import load

        path, sha256 = self._files[1]
        return load(FanNet, path, sha256=sha256, needed=NEEDED_NETWORK).to(self.device)


def both(detector_sha256: str, network_sha256: str) -> str:
    """Return the sha256 of the two digests, each followed by a line feed, detector first."""
    return hashlib.sha256(f"{detector_sha256}\n{network_sha256}\n".encode()).hexdigest()
