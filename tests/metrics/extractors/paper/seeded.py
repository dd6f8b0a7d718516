"""Weights, inputs and comparisons as those who made the golden figures drew them."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache

import numpy as np
import torch
from torch import Tensor, nn

from tests.vectors import find, rng

PACKAGE = "extractors"
SINGLE, DOUBLE = 1e-4, 1e-9  # tolerances in standard deviations of a tensor

_VECTORS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "weight": lambda n: 1 + 0.1 * n,
    "bias": lambda n: 0.02 * n,
    "running_mean": lambda n: 0.05 * n,
    "running_var": lambda n: 1 + 0.1 * np.abs(n),
}


def state_like(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Each entry drawn from a generator seeded with its own key."""
    drawn = {}
    for key, old in state.items():
        if not old.is_floating_point():
            drawn[key] = torch.zeros_like(old, device="cpu")
            continue
        normal = rng(zlib.crc32(key.encode())).standard_normal(tuple(old.shape))
        if old.ndim > 1:
            values = normal * np.sqrt(2 / np.prod(old.shape[1:]))
        else:
            values = _VECTORS[key.rpartition(".")[2]](normal)
        drawn[key] = torch.from_numpy(values.astype(np.float32))
    return drawn


@cache
def state_of(make: Callable[[], nn.Module]) -> dict[str, Tensor]:
    """The seeded state of a network, drawn once."""
    with torch.device("meta"):
        return state_like(make().state_dict())


def network(make: Callable[[], nn.Module], *, double: bool = False) -> nn.Module:
    """The network with seeded weights, in eval mode."""
    with torch.device("meta"):
        net = make()
    net.load_state_dict({k: v.clone() for k, v in state_of(make).items()}, assign=True)
    net.eval().requires_grad_(requires_grad=False)
    return net.double() if double else net


def picture(*shape: int, double: bool = False) -> Tensor:
    x = torch.from_numpy(rng(123).random(shape).astype(np.float32))
    return x.double() if double else x


@contextmanager
def taps(net: nn.Module, names: Mapping[str, str]) -> Iterator[dict[str, Tensor]]:
    """Collect the outputs of submodules (name of the tap -> name of the module)."""
    outputs: dict[str, Tensor] = {}

    def keep(name: str) -> Callable[..., None]:
        return lambda _module, _inputs, output: outputs.__setitem__(name, output.clone())

    hooks = [net.get_submodule(m).register_forward_hook(keep(n)) for n, m in names.items()]
    yield outputs
    for hook in hooks:
        hook.remove()


def archive(name: str) -> dict[str, np.ndarray]:
    with np.load(find(name, PACKAGE)) as stored:
        return dict(stored)


def check(
    golden: Mapping[str, np.ndarray], outputs: Mapping[str, Tensor], tolerance: float
) -> None:
    """Compare float32 outputs with ``values`` and ``stats``, float64 ones with ``values64``."""
    compared = 0
    for name, tensor in outputs.items():
        double = tensor.dtype == torch.float64
        if double and f"{name}/values64" not in golden:
            continue
        array = tensor.double().numpy()
        assert array.shape == tuple(golden[f"{name}/shape"]), name
        mean, std = golden[f"{name}/stats"][:2]
        sampled = array.ravel()[rng(7).integers(0, array.size, 2000)]
        expected = golden[f"{name}/values64" if double else f"{name}/values"]
        error = np.abs(sampled - expected).max() / std
        if not double:
            error = max(error, abs(array.mean() - mean) / std, abs(array.std() - std) / std)
        assert error <= tolerance, f"{name}: {error:.2g} standard deviations off"
        compared += 1
    assert compared
