"""What the mini extractors do to 64x64 frames: detect keypoints, cut out the subject, embed it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from metrics.extractors import in_chunks
from metrics.extractors.mini_nets import CROP_SIDE, SIDE, IdentityNet, KeypointNet, locate

Frames = NDArray[np.uint8]
Double = NDArray[np.float64]

CHUNK = 32


@dataclass(frozen=True)
class Detector:
    """The keypoint network and how its scores are read.

    Attributes:
        net: Folded, in evaluation mode.
        names: Of the K keypoints.
        threshold: A keypoint with a lower visibility logit is missing.
        fewest: With fewer detected keypoints there is no subject, hence no identity.
        margin: Around the box of the keypoints in the identity's crop, as a share of its side.
    """

    net: KeypointNet
    names: tuple[str, ...]
    threshold: float
    fewest: int
    margin: float


@dataclass(frozen=True)
class Networks:
    """The two networks of a data set, ready to run; ``identity`` is folded, as is the detector."""

    detector: Detector
    identity: IdentityNet


def resized(frames: Frames) -> Frames:
    """Return ``frames`` (T, H, W, 3) as (T, 64, 64, 3): area average to shrink, else bilinear."""
    height, width = frames.shape[1:3]
    if (height, width) == (SIDE, SIDE):
        return frames
    how = cv2.INTER_AREA if max(height, width) > SIDE else cv2.INTER_LINEAR
    return np.stack([cv2.resize(frame, (SIDE, SIDE), interpolation=how) for frame in frames])


def as_input(frames: Frames) -> torch.Tensor:
    """Return uint8 (B, H, W, 3) as float32 (B, 3, H, W) in [-0.5, 0.5], channels last."""
    return torch.from_numpy(np.ascontiguousarray(frames)).permute(0, 3, 1, 2).float() / 255 - 0.5


def scored(net: KeypointNet, frames: Frames) -> Double:
    """Return float64 (T, K, 3): x, y in pixels of the 64x64 ``frames`` and the visibility logit."""

    def network(batch: Frames) -> Double:
        with torch.inference_mode():
            positions, seen = locate(*net(as_input(batch)))
        return np.asarray(torch.cat([positions, seen[..., None]], -1), np.float64)

    return in_chunks(network, frames, chunk=CHUNK)


def keypoints(detector: Detector, frames: Frames) -> Double:
    """Return float64 (T, K, 2) in pixels of the 64x64 ``frames``, NaN where missing."""
    found = scored(detector.net, frames)
    return np.where(found[..., 2:] >= detector.threshold, found[..., :2], np.nan)


def identities(networks: Networks, frames: Frames) -> Double:
    """Return float64 (T, 64) unit vectors of the 64x64 ``frames``, NaN without a subject."""
    points = keypoints(networks.detector, frames)
    crops = cut(frames, points, margin=networks.detector.margin)

    def network(batch: Frames) -> Double:
        with torch.inference_mode():
            return np.asarray(networks.identity(as_input(batch)), np.float64)

    rows = in_chunks(network, crops, chunk=CHUNK)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    detected = np.isfinite(points[..., 0]).sum(1) >= networks.detector.fewest
    return np.where(detected[:, None], rows, np.nan)


def cut(frames: Frames, points: Double, *, margin: float) -> Frames:
    """Return the squares around the detected keypoints, uint8 (T, 48, 48, 3), bilinear.

    Args:
        frames: uint8 (T, 64, 64, 3).
        points: float64 (T, K, 2) in their pixels, NaN where missing; where all are missing, the
            whole frame is taken.
        margin: Added on each side, as a share of the longer side of the keypoints' box.
    """
    affines = [_crop_affine(row[np.isfinite(row[:, 0])], margin) for row in points]
    size, border = (CROP_SIDE, CROP_SIDE), cv2.BORDER_REPLICATE
    return np.stack(
        [
            cv2.warpAffine(frame, affine, size, borderMode=border)
            for frame, affine in zip(frames, affines, strict=True)
        ]
    )


def _crop_affine(found: Double, margin: float) -> Double:
    """Return the map float64 (2, 3) from pixels of the frame to pixels of the crop."""
    if len(found) == 0:
        found = np.array([[0.0, 0.0], [SIDE - 1.0, SIDE - 1.0]])
    low, high = found.min(0), found.max(0)
    scale = CROP_SIDE / (max(float((high - low).max()), 8.0) * (1 + 2 * margin))
    shift = (CROP_SIDE - 1) / 2 - scale * (low + high) / 2
    return np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
