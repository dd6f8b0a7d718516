"""What a checkpoint file holds, before a configuration is known, and the checks on it."""

from __future__ import annotations

import reprlib
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import Parameter

NETWORKS = ("generator", "discriminator", "kp_detector")
"""In the order of the original's files."""

REQUIRED = ("generator", "kp_detector")

_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxother = 100


class CheckpointError(ValueError):
    """A file is no checkpoint of FOMM, is damaged, or does not fit the configuration."""


class Contents(NamedTuple):
    """A checkpoint file as it is.

    Attributes:
        form: Who wrote it, in words.
        networks: Per network its state dict, checked by `network_states`.
        optimizers: Per network the state dict of its Adam, not checked.
        epoch: Index of the last finished epoch, None if the file names none.
        config: The configuration in the file, None if there is none.
        align_corners: As the file says, None if it does not.
    """

    form: str
    networks: dict[str, dict[str, Tensor]]
    optimizers: dict[str, Any]
    epoch: int | None = None
    config: Mapping[str, Any] | None = None
    align_corners: bool | None = None


def short(value: object) -> str:
    """Return ``value`` for a message: on one short line, whatever a file holds."""
    return " ".join(_REPR.repr(value).split())


def named(names: list[str], *, show: int = 3) -> str:
    """Return the first few of ``names`` for a message."""
    more = f" and {len(names) - show} more" if len(names) > show else ""
    return ", ".join(short(name) for name in names[:show]) + more


def network_states(
    values: Mapping[Any, object], *, path: Path, form: str
) -> dict[str, dict[str, Tensor]]:
    """Return the networks of a mapping that holds them by name, checked.

    A ``module.`` in front of all keys (DataParallel) is removed, floating numbers become float32;
    a warning says where float64 lost precision by that.

    Args:
        values: State dicts under "generator", "kp_detector", "discriminator".
        path: The file, for warnings; it holds no more bytes of weights than it has itself.
        form: Who wrote it, for messages.

    Raises:
        CheckpointError: A network is missing, is no state dict, or holds NaN or infinities.
    """
    if other := other_method(values):
        raise CheckpointError(f"a checkpoint of {other}, not of FOMM")
    if missing := [name for name in REQUIRED if name not in values]:
        raise CheckpointError(
            f"{form}, but not a checkpoint of FOMM: it has no {' and no '.join(missing)}, but "
            f"{named([str(key) for key in values]) or 'nothing at all'}"
        )
    states = {name: _tensors(values[name], name) for name in NETWORKS if name in values}
    file_size = path.stat().st_size
    held = sum(t.numel() * t.element_size() for state in states.values() for t in state.values())
    if held > 2 * file_size:  # twice: somebody may have compressed it
        raise CheckpointError(f"damaged: says to hold {held:,} bytes of weights in {file_size:,}")
    cleaned = {name: _cleaned(state, name) for name, state in states.items()}
    rounded = [
        f"{name}.{key}"
        for name, state in states.items()
        for key, value in state.items()
        if value.dtype == torch.float64 and not torch.equal(cleaned[name][key].double(), value)
    ]
    if rounded:
        warn(f"{path}: rounded tensors of float64 to float32: {named(rounded)}")
    return cleaned


def _tensors(values: object, network: str) -> dict[str, Tensor]:
    if not isinstance(values, Mapping):
        raise CheckpointError(f"{network}: expected a state dict, got {short(values)}")
    for key, value in values.items():
        if not isinstance(key, str):
            raise CheckpointError(f"{network}: expected names of tensors, got {short(key)}")
        if not is_plain_tensor(value):
            raise CheckpointError(f"{network}: {short(key)}: expected a tensor, got {short(value)}")
    prefix = "module." if values and all(key.startswith("module.") for key in values) else ""
    return {key.removeprefix(prefix): value.detach() for key, value in values.items()}


def is_plain_tensor(value: object) -> bool:
    """Return whether ``value`` is a tensor as networks have them, with its numbers in memory."""
    return (
        type(value) in (Tensor, Parameter)
        and isinstance(value, Tensor)
        and value.layout == torch.strided
        and value.device.type == "cpu"
        and not value.is_quantized
    )


def _cleaned(state: dict[str, Tensor], network: str) -> dict[str, Tensor]:
    cleaned = {}
    for key, value in state.items():
        if not value.numel() or value.is_complex():
            what = f"{tuple(value.shape)} {value.dtype}"
            raise CheckpointError(f"{network}: {short(key)}: expected weights, got {what}")
        if value.is_floating_point():
            value = value.to(torch.float32).contiguous()
            lowest, highest = torch.aminmax(value)  # NaN if one value is; one pass, no copy
            if not (lowest.isfinite() and highest.isfinite()):
                raise CheckpointError(
                    f"{network}: {short(key)} holds NaN or infinite values: the training diverged "
                    "or the file is damaged; take an earlier checkpoint"
                )
        cleaned[key] = value
    return cleaned


def epoch_of(value: object) -> int | None:
    """Return what a file holds as its epoch, checked.

    Raises:
        CheckpointError: It is there, but no index.
    """
    if value is None or (type(value) is int and value >= 0):
        return value
    raise CheckpointError(f"epoch: expected a whole number from 0 on, got {short(value)}")


def other_method(values: Mapping[Any, object]) -> str | None:
    """Return the name of the method whose checkpoints look like ``values``, None if none known."""
    flat = values.get("state_dict", values)
    keys = flat if isinstance(flat, Mapping) else values
    if any(str(key).startswith(("pix2pixUnwrapped", "pix2pixSampler")) for key in keys):
        return "X2Face"
    for key, method in _SIGNS.items():
        if key in values:
            return method
    for name in REQUIRED:
        state = values.get(name)
        for value in state.values() if isinstance(state, Mapping) else ():
            if isinstance(value, Tensor) and value.dim() == 5:
                return "Monkey-Net (or of another method with three-dimensional convolutions)"
    return None


_SIGNS = {
    "region_predictor": "MRAA",
    "inpainting_network": "TPSMM",
    "he_estimator": "face-vid2vid",
    "gen": "LIA",
    "state_dict": "X2Face or another method that keeps its weights under 'state_dict'",
}


def warn(text: str) -> None:
    """Warn of something in a file that was left out."""
    warnings.warn(text, UserWarning, stacklevel=2)
