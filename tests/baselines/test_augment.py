from __future__ import annotations

import numpy as np
import torch

from baselines.augment import Augmentation, augment

COLOURS = Augmentation(False, False, 0.2, 0.2, 0.2, 0.2)
NONE = Augmentation(False, False, 0, 0, 0, 0)


def pairs(count: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(0).random((count, 2, 3, 6, 6), np.float32))


def test_none_changes_nothing() -> None:
    frames = pairs(4)
    assert torch.equal(augment(frames, NONE, np.random.default_rng(0)), frames)


def test_half_are_swapped_a_quarter_mirrored() -> None:
    frames = pairs(4000)
    flips = Augmentation(True, True, 0, 0, 0, 0)
    out = augment(frames, flips, np.random.default_rng(0))
    kinds = {
        "swapped": (out == frames.flip(1)),
        "mirrored": (out == frames.flip(-1)),
        "same": (out == frames),
    }
    shares = {kind: hit.flatten(1).all(1).float().mean().item() for kind, hit in kinds.items()}
    assert abs(shares["swapped"] - 0.5) < 0.03
    assert abs(shares["mirrored"] - 0.25) < 0.03
    assert abs(sum(shares.values()) - 1) < 1e-6


def test_colours_change_alike_in_both_frames() -> None:
    frames = pairs(8)
    frames[:, 1] = frames[:, 0]
    out = augment(frames, COLOURS, np.random.default_rng(0))
    assert torch.equal(out[:, 0], out[:, 1])
    assert not torch.allclose(out, frames)
    assert out.min() >= 0 and out.max() <= 1


def test_hue_leaves_grey_alone() -> None:
    grey = torch.full((4, 2, 3, 2, 2), 0.4)
    out = augment(grey, Augmentation(False, False, 0, 0, 0, 0.5), np.random.default_rng(0))
    assert torch.allclose(out, grey, atol=1e-6)
