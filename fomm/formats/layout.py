"""Which tensors a configuration has, and how those of a file differ from them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from fomm.config import FOMMConfig
from fomm.formats.contents import REQUIRED, CheckpointError, named
from fomm.infer import infer_config
from fomm.model import FOMM

# Decide nothing about shapes, or are not told by them (a cap that is never reached).
_UNSEEN = {"temperature", "kp_variance", "pad", "size", "max_features"}

_RANDOM = (
    Tensor.uniform_,
    Tensor.normal_,
    nn.init.uniform_,
    nn.init.normal_,
    nn.init.kaiming_uniform_,
)


_FACTORIES = (torch.empty, torch.zeros, torch.ones)
_LEAST = 20_000  # numbers that a tensor counts for at least: modules cost time too
_SPARE = 1 << 26  # for what a file may lack, such as a discriminator


class _NoRandomStart(TorchFunctionMode):
    """Building a model leaves out the random start values, most of its cost, and draws nothing.

    Args:
        most: Numbers that its tensors may have.
    """

    def __init__(self, most: float) -> None:
        super().__init__()
        self.left = most

    def __torch_function__(
        self,
        func: Any,  # noqa: ANN401
        types: Any,  # noqa: ANN401
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401
        kwargs = kwargs or {}
        if func in _RANDOM:
            return args[0] if args else kwargs["tensor"]
        if func in _FACTORIES:
            self.left -= max(_LEAST, math.prod(torch.Size(_sizes(args))))
            if self.left < 0:
                raise CheckpointError(
                    "damaged: its sizes are of a far larger model than its weights"
                )
        return func(*args, **kwargs)


def _sizes(args: tuple[Any, ...]) -> tuple[int, ...]:
    """Return the shape that ``torch.empty(*args)`` makes."""
    return tuple(args[0]) if args and not isinstance(args[0], int) else args


def blank_model(config: FOMMConfig, *, align_corners: bool = True, most: float = math.inf) -> FOMM:
    """Return a model to load weights into; until then it holds whatever was in memory.

    Args:
        config: Its sizes.
        align_corners: Convention of its warps.
        most: Numbers that its tensors may have, see `most_numbers`.

    Raises:
        CheckpointError: It would have more than ``most``; they are not allocated.
    """
    channels = config.common_params.num_channels
    for part in (config.kp_detector_params, config.generator_params.dense_motion_params):
        if part is not None and channels * (4 / part.scale_factor) ** 2 > most:  # taps
            raise CheckpointError(f"no model has a scale_factor of {part.scale_factor:g}")
    with _NoRandomStart(most):
        return FOMM(config, align_corners=align_corners)


def most_numbers(networks: Mapping[str, Mapping[str, Tensor]]) -> int:
    """Return how many numbers a model can have that these weights may be of, amply."""
    held = [value.numel() for state in networks.values() for value in state.values()]
    return _SPARE + 4 * sum(max(number, _LEAST) for number in held)


def networks_of(model: FOMM) -> dict[str, nn.Module]:
    """Return the networks that a model has, in the order of the original's files."""
    networks = {
        "generator": model.generator,
        "discriminator": model.discriminator,
        "kp_detector": model.kp_detector,
    }
    return {name: network for name, network in networks.items() if network is not None}


def differences(state: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> str:
    """Return in words how a file's state dict differs from the expected one; "" if it does not."""
    other = [
        f"{key} {tuple(state[key].shape)} in the file, {tuple(value.shape)} expected"
        for key, value in expected.items()
        if key in state and state[key].shape != value.shape
    ]
    kind = [
        key
        for key, value in expected.items()
        if key in state and state[key].is_floating_point() != value.is_floating_point()
    ]
    found = {
        "missing": [key for key in expected if key not in state],
        "unknown": [key for key in state if key not in expected],
        "of another shape": other,
        "of another type": kind,
    }
    parts = [f"{len(keys)} {what} ({named(keys)})" for what, keys in found.items() if keys]
    return f"of {len(expected)} tensors " + ", ".join(parts) if parts else ""


def misfits(networks: Mapping[str, Mapping[str, Tensor]], model: FOMM) -> str:
    """Return in words how detector and generator of a file differ from those of a model."""
    modules = networks_of(model)
    found = {name: differences(networks[name], modules[name].state_dict()) for name in REQUIRED}
    return "; ".join(f"{name}: {text}" for name, text in found.items() if text)


def sizes_apart(networks: Mapping[str, Mapping[str, Tensor]], config: FOMMConfig) -> str:
    """Return in which sizes a file differs from ``config``: "K = 10 in the file, 15 in ..."."""
    try:
        found = infer_config({name: networks[name] for name in REQUIRED})
    except CheckpointError:
        return ""
    given = dict(leaves(config.to_mapping()))
    return "; ".join(
        f"{'K' if name[-1] == 'num_kp' else '.'.join(name)} = {value} in the file, "
        f"{given.get(name)} in the config"
        for name, value in leaves(found.to_mapping())
        if name[0] in ("common_params", "kp_detector_params", "generator_params")
        and name[-1] not in _UNSEEN
        and value != given.get(name)
    )


def leaves(
    values: Mapping[str, Any], parents: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the path and the value of everything in nested mappings that is no mapping."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from leaves(value, (*parents, key))
        else:
            yield (*parents, key), value
