"""Seeded weights and videos of the golden vectors, and where the vectors lie."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from baselines.monkey_net import MonkeyNet
from tests.vectors import GOLDEN, find, one_thread, rng  # noqa: F401 - one is a fixture

NETWORKS = ("generator", "discriminator", "kp_detector")


@pytest.fixture
def golden() -> Callable[[str], dict[str, np.ndarray]]:
    return lambda name: dict(np.load(find(name, "monkeynet")))


@pytest.fixture
def published_keys() -> Callable[[str], dict[str, dict[str, list[int]]]]:
    return lambda name: json.loads(
        find(f"monkeynet_{name}.json", "monkeynet", "spec/keys").read_text()
    )


@pytest.fixture(scope="session")
def configs() -> dict[str, dict[str, Any]]:
    return json.loads((GOLDEN / "monkeynet" / "tiny_configs.json").read_text())


def seeded_value(key: str, shape: tuple[int, ...]) -> np.ndarray:
    n = rng(zlib.crc32(key.encode())).standard_normal(shape)
    last = key.rsplit(".", 1)[-1]
    if last == "running_mean":
        return 0.05 * n
    if last == "running_var":
        return 1 + 0.1 * np.abs(n)
    if last == "bias":
        return 0.02 * n
    return 0.05 * n if len(shape) > 1 else 1 + 0.1 * n


def seed_weights(network: nn.Module) -> None:
    """Fill a network through its published keys and 5-D shapes."""
    state = network.state_dict()
    for key, old in state.items():
        if old.is_floating_point():
            state[key] = torch.from_numpy(seeded_value(key, tuple(old.shape))).float()
    network.load_state_dict(state)


@pytest.fixture
def seeded(configs) -> Callable[..., MonkeyNet]:
    """Build the network of a golden configuration with the golden weights."""

    def build(name: str, *, align_corners: bool = True) -> MonkeyNet:
        model = MonkeyNet.from_config(configs[name], align_corners=align_corners)
        for network in NETWORKS:
            seed_weights(getattr(model, network))
        return model

    return build


@pytest.fixture
def source() -> Tensor:
    return torch.from_numpy(rng(123).random((2, 3, 1, 64, 64))).float()


@pytest.fixture
def driving() -> Tensor:
    return torch.from_numpy(rng(456).random((2, 3, 2, 64, 64))).float()


@pytest.fixture
def spread_keypoints(configs) -> Callable[[str], tuple[dict[str, Tensor], dict[str, Tensor]]]:
    """Keypoints far apart: of the source (frame 0) and of two driving frames."""

    def draw(name: str) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        common = configs[name]["common_params"]
        k, kind, r = common["num_kp"], common["kp_variance"], rng(321)
        keypoints = {"mean": r.uniform(-0.9, 0.9, (2, 3, k, 2))}
        a = r.standard_normal((2, 3, k, 2, 2))
        if kind == "matrix":
            keypoints["var"] = 0.02 * a @ a.swapaxes(-1, -2) + 0.01 * np.eye(2)
        elif kind == "single":
            keypoints["var"] = 0.01 + 0.02 * np.abs(a[..., :1, :1])
        tensors = {key: torch.from_numpy(value).float() for key, value in keypoints.items()}
        first = {key: value[:, :1] for key, value in tensors.items()}
        return first, {key: value[:, 1:] for key, value in tensors.items()}

    return draw


@pytest.fixture
def compare() -> Callable[..., None]:
    """Compare a tensor with a golden entry, whole or sampled."""

    def check(expected: dict[str, np.ndarray], name: str, found: Tensor, *, atol: float) -> None:
        value = found.detach().numpy()
        if name in expected:
            np.testing.assert_allclose(value, expected[name], rtol=0, atol=atol, err_msg=name)
            return
        assert value.shape == tuple(expected[f"{name}__shape"]), name
        samples = value.ravel()[rng(7).integers(0, value.size, 2000)]
        wanted = expected[f"{name}__samples"]
        np.testing.assert_allclose(samples, wanted, rtol=0, atol=atol, err_msg=name)
        moments = [value.astype(np.float64).mean(), value.astype(np.float64).std()]
        wanted = expected[f"{name}__meanstd"]
        np.testing.assert_allclose(moments, wanted, rtol=0, atol=atol, err_msg=name)

    return check
