"""Seeded weights and images of the golden vectors, and where the vectors lie."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from fomm import FOMM, FOMMConfig
from tests.vectors import GOLDEN, find, one_thread, rng  # noqa: F401 - one is a fixture
from tests.walking import clip  # noqa: F401 - a fixture


@pytest.fixture
def golden() -> Callable[[str], dict[str, np.ndarray]]:
    return lambda name: dict(np.load(find(name, "fomm")))


@pytest.fixture
def published_keys() -> Callable[[str], dict[str, dict[str, list[int]]]]:
    return lambda config: json.loads(find(f"fomm_{config}.json", "fomm", "spec/keys").read_text())


@pytest.fixture(scope="session")
def configs() -> dict[str, dict[str, object]]:
    return json.loads((GOLDEN / "fomm" / "configs.json").read_text())


def seeded_value(key: str, old: Tensor, recipe: str) -> np.ndarray:
    z = rng(zlib.crc32(key.encode())).standard_normal(tuple(old.shape))
    last = key.rsplit(".", 1)[-1]
    if last in ("weight_u", "weight_v"):
        return z / np.linalg.norm(z)
    if old.dim() > 1:
        gain = {"B": 1.4, "C": 0.1 if key == "jacobian.weight" else 1.0}[recipe]
        return gain / np.sqrt(np.prod(old.shape[1:])) * z
    if last == "running_mean":
        return 0.05 * z
    if last == "running_var":
        return 1 + 0.1 * np.abs(z)
    if last == "bias":
        return 0.02 * z + (np.tile([1, 0, 0, 1], len(z) // 4) if key == "jacobian.bias" else 0)
    return 1 + 0.1 * z


@pytest.fixture
def seed_weights() -> Callable[[nn.Module, str], None]:
    def fill(module: nn.Module, recipe: str = "B") -> None:
        for key, old in module.state_dict().items():
            if old.is_floating_point() and not key.endswith("down.weight"):
                old.copy_(torch.from_numpy(seeded_value(key, old, recipe)))

    return fill


@pytest.fixture
def image() -> Callable[..., Tensor]:
    def draw(seed: int, size: int, kind: str = "blocks") -> Tensor:
        if kind == "noise":
            return torch.from_numpy(rng(seed).random((2, 3, size, size))).float()
        small = rng(seed).random((2, 3, 8, 8))
        if kind == "blocks":
            return torch.from_numpy(small.repeat(size // 8, 2).repeat(size // 8, 3)).float()
        at = np.linspace(0, 7, size)
        low = np.minimum(at.astype(int), 6)
        weights = np.zeros((size, 8))
        weights[np.arange(size), low] = 1 - (at - low)
        weights[np.arange(size), low + 1] += at - low
        return torch.from_numpy(weights @ small @ weights.T).float()

    return draw


@pytest.fixture(scope="module")
def model() -> FOMM:
    torch.manual_seed(0)
    model = FOMM.from_config(FOMMConfig.load("mini")).eval()
    for name, value in model.named_buffers():
        if name.endswith("running_var"):
            value.copy_(1 + 0.1 * torch.randn_like(value).abs())
    return model
