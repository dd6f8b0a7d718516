"""A clip for tests of animation, of frames that a mini model takes."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture(scope="session")
def clip() -> np.ndarray:
    """A bright square that walks over a textured wall."""
    rng = np.random.default_rng(0)
    wall = np.kron(rng.integers(0, 128, (8, 8, 3)), np.ones((8, 8, 1))).astype(np.uint8)
    frames = np.stack([wall] * 6)
    for t, frame in enumerate(frames):
        frame[20 + 2 * t : 36 + 2 * t, 10 + 5 * t : 26 + 5 * t] = 255
    return frames
