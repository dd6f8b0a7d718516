"""How the networks of the mini extractors are trained: two loops, deterministic by seed and steps.

Keypoints: cross-entropy of the heat map with a small Gaussian, absolute error of its mean, binary
cross-entropy of the visibility. Identity: each batch holds two pictures of each of many identities
(other motions, other backgrounds, other damage), few backgrounds shared by all, and a picture must
pick its twin out of the batch (InfoNCE); crops are cut by the detector that was trained before.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from metrics.extractors import mini_augment as augment
from metrics.extractors.mini_data import Pool, halves
from metrics.extractors.mini_detect import Detector, as_input, cut, keypoints
from metrics.extractors.mini_nets import CELLS, SIDE, IdentityNet, KeypointNet, locate

Frames = NDArray[np.uint8]
Float = NDArray[np.float32]
Bool = NDArray[np.bool_]
Report = Callable[[str, int, float], None]

BATCH = 32
PEOPLE = 48
HIDDEN_WEIGHT = 0.2
SEEN_WEIGHT = 5.0
TEMPERATURE = 0.1


def keypoint_batch(pool: Pool, rng: np.random.Generator) -> tuple[Frames, Float, Bool]:
    """Return damaged pictures (B, 64, 64, 3) with keypoints (B, K, 2) and visibility (B, K)."""
    subjects = rng.integers(len(pool.subjects), size=BATCH)
    clean = pool.composed(subjects, rng.integers(len(pool.backgrounds), size=BATCH))
    points, visible = pool.keypoints[subjects].copy(), pool.visible[subjects].copy()
    pictures = []
    for row, picture in enumerate(clean):
        if rng.random() < 0.8:
            bend = float(rng.uniform(0, 1.5))
            picture, points[row] = augment.warped(picture, points[row], rng, bend=bend)
        if rng.random() < 0.3:
            patch = pool.backgrounds[rng.integers(len(pool.backgrounds))]
            picture, visible[row] = augment.covered(
                picture, points[row], visible[row], rng, patch=patch
            )
        pictures.append(augment.degraded(augment.recoloured(picture, rng, amount=0.12), rng))
    stacked = np.stack(pictures)
    if rng.random() < 0.1:
        stacked = augment.compressed(stacked, rng)
    return stacked, points, visible & _inside(points)


def _inside(points: Float) -> Bool:
    return np.asarray(((points >= -0.5) & (points < SIDE - 0.5)).all(-1))


def keypoint_loss(heat: Tensor, seen: Tensor, points: Tensor, visible: Tensor) -> Tensor:
    """Return the scalar loss of one batch.

    Args:
        heat: (B, K, 32, 32) logits.
        seen: (B, K, 32, 32) logits.
        points: float32 (B, K, 2), pixels of the 64x64 picture.
        visible: float32 (B, K), 1 where visible.
    """
    positions, scores = locate(heat, seen)
    centres = torch.arange(CELLS) * (SIDE / CELLS) + 0.5
    spread = -((points[..., None] - centres) ** 2) / (2 * 2.0**2)  # (B, K, 2, 32)
    target = (spread[:, :, 1, :, None] + spread[:, :, 0, None, :]).flatten(2).softmax(-1)
    entropy = -(target * heat.flatten(2).log_softmax(-1)).sum(-1)
    distance = F.smooth_l1_loss(positions, points, beta=0.5, reduction="none").sum(-1)
    inside = ((points >= -0.5) & (points < SIDE - 0.5)).all(-1)
    weight = (visible + HIDDEN_WEIGHT * (1 - visible)) * inside
    located = ((0.5 * entropy + 0.5 * distance.clamp(max=20)) * weight).sum() / weight.sum()
    return located + SEEN_WEIGHT * F.binary_cross_entropy_with_logits(scores, visible)


def train_keypoints(
    pool: Pool, *, steps: int, rng: np.random.Generator, report: Report
) -> KeypointNet:
    """Return a keypoint network trained on ``pool`` (normalisation not folded)."""
    net = KeypointNet(pool.keypoints.shape[1], norm=True)

    def loss() -> Tensor:
        pictures, points, visible = keypoint_batch(pool, rng)
        heat, seen = net(as_input(pictures))
        truth = torch.from_numpy(visible).float()
        return keypoint_loss(heat, seen, torch.from_numpy(points), truth)

    _descend(net, loss, steps=steps, rate=4e-3, report=report)
    return net


def _descend(
    net: nn.Module, loss: Callable[[], Tensor], *, steps: int, rate: float, report: Report
) -> None:
    """Minimise ``loss`` with AdamW: 5 % warm-up, then a cosine to zero."""
    net.train().to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=1e-3)
    for step in range(steps):
        warm = min((step + 1) / (0.05 * steps), 1.0)
        for group in optimizer.param_groups:
            group["lr"] = rate * warm * 0.5 * (1 + np.cos(np.pi * step / steps))
        value = loss()
        optimizer.zero_grad()
        value.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimizer.step()
        report(type(net).__name__, step, float(value.detach()))


def identity_batch(pool: Pool, detector: Detector, rng: np.random.Generator) -> Frames:
    """Return crops (2, P, 48, 48, 3): two pictures of each of P identities."""
    rows = _twins(pool, rng)
    behind = rng.choice(len(pool.backgrounds), 6, replace=False)[rng.integers(6, size=rows.shape)]
    clean = pool.composed(rows.ravel(), behind.ravel())
    pictures = []
    for picture, row in zip(clean, rows.ravel(), strict=True):
        if rng.random() < 0.5:
            picture, _ = augment.warped(picture, pool.keypoints[row], rng, bend=rng.uniform(0, 1.5))
        pictures.append(augment.degraded(augment.recoloured(picture, rng, amount=0.03), rng))
    stacked = np.stack(pictures)
    if rng.random() < 0.1:
        stacked = augment.compressed(stacked, rng)
    crops = cut(stacked, keypoints(detector, stacked), margin=detector.margin)
    return crops.reshape(*rows.shape, *crops.shape[1:])


def _twins(pool: Pool, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return rows (2, P) of the pool: one column per identity, its first and second motion."""
    both = np.stack(halves(pool)).reshape(2, int(pool.identity[-1]) + 1, -1)
    people, frames = both.shape[1:]
    chosen = rng.choice(people, min(PEOPLE, people), replace=False)
    picked = rng.integers(frames, size=(2, len(chosen)))
    return np.stack([both[motion, chosen, picked[motion]] for motion in (0, 1)])


def identity_loss(first: Tensor, second: Tensor) -> Tensor:
    """Return the symmetric InfoNCE of unit vectors (P, 64); row p of both is the same person."""
    similar = first @ second.T / TEMPERATURE
    own = torch.arange(len(first))
    return (F.cross_entropy(similar, own) + F.cross_entropy(similar.T, own)) / 2


def train_identity(
    pool: Pool, detector: Detector, *, steps: int, rng: np.random.Generator, report: Report
) -> IdentityNet:
    """Return an identity network trained on crops that ``detector`` finds in ``pool``."""
    net = IdentityNet(norm=True)

    def loss() -> Tensor:
        crops = identity_batch(pool, detector, rng)
        rows = net(as_input(crops.reshape(-1, *crops.shape[2:])))
        return identity_loss(*rows.chunk(2))

    _descend(net, loss, steps=steps, rate=4e-3, report=report)
    return net
