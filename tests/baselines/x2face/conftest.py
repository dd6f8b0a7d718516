"""Seeded weights and frames of the golden vectors, where the vectors lie, and a small model."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from baselines.x2face import X2Face
from tests.vectors import GOLDEN, find, one_thread, rng  # noqa: F401 - one is a fixture


@pytest.fixture
def golden() -> Callable[[str], dict[str, np.ndarray]]:
    return lambda name: dict(np.load(find(name, "x2face")))


@pytest.fixture
def golden_training() -> dict[str, Any]:
    return json.loads(find("train_x2face64_he_up1_gs1.json", "x2face").read_text())


@pytest.fixture
def published_keys() -> dict[str, list[dict[str, Any]]]:
    return json.loads(find("x2face.json", "x2face", "spec/keys").read_text())


def seeded_value(key: str, shape: tuple[int, ...]) -> np.ndarray:
    n = rng(zlib.crc32(key.encode())).standard_normal(shape)
    last = key.rsplit(".", 1)[-1]
    if last == "weight":
        return 1 + 0.1 * n if len(shape) == 1 else n * np.sqrt(2 / np.prod(shape[1:]))
    return {"running_mean": 0.05 * n, "running_var": 1 + 0.1 * abs(n), "bias": 0.02 * n}[last]


@lru_cache(maxsize=2)
def weights(layout: str) -> dict[str, Tensor]:
    """The golden weights of a layout, given as JSON: the same for all settings of the corners."""
    with torch.device("meta"):
        state = X2Face(**json.loads(layout)).state_dict()
    return {
        key: torch.from_numpy(seeded_value(key, tuple(old.shape))).float()
        if old.is_floating_point()
        else torch.zeros(old.shape, dtype=old.dtype)
        for key, old in state.items()
    }


@pytest.fixture
def seeded() -> Callable[..., X2Face]:
    """Build a model with the golden weights, in evaluation mode; its own are never drawn."""

    def make(*, align_corners: tuple[bool, bool] = (True, True), **layout: object) -> X2Face:
        with torch.device("meta"):
            model = X2Face(**layout, align_corners=align_corners)
        model = model.to_empty(device="cpu")
        model.load_state_dict(weights(json.dumps(layout, sort_keys=True)))
        return model.eval()

    return make


@pytest.fixture
def small(seeded: Callable[..., X2Face]) -> Callable[..., X2Face]:
    """A model for 32 pixels that takes milliseconds."""

    least = {"embedding_levels": 5, "driving_levels": 5, "base": 4, "inner_channels": 6}
    return lambda **options: seeded(**(least | options))


@pytest.fixture
def image() -> Callable[..., Tensor]:
    def draw(seed: int, side: int, batch: int = 1) -> Tensor:
        values = rng(seed).uniform(0, 1, (batch, 3, side, side))
        return torch.from_numpy(values.astype(np.float32))

    return draw
