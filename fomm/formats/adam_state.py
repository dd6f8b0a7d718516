"""States of Adam: checked and made positional, and taken apart into tensors and settings.

`torch.optim.Adam.state_dict` names parameters by position, torch 1.0 by address in memory (in order
of position): both become positions here, which `load_state_dict` of any version takes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from fomm.formats.contents import CheckpointError, is_plain_tensor, short

Settings = list[dict[str, Any]]
"""``param_groups`` of a state dict."""

_ORDER = ("step", "exp_avg", "exp_avg_sq", "max_exp_avg_sq")  # as Adam makes them
_SETTING = (bool, int, float, str, type(None))


def positional(state: object, shapes: Sequence[torch.Size]) -> dict[str, Any]:
    """Return the state dict of Adam with parameters named by position.

    Args:
        state: ``{"state": ..., "param_groups": ...}`` as any version of torch writes it.
        shapes: Of the parameters, in registration order.

    Raises:
        CheckpointError: It is no such thing, or belongs to parameters of other shapes.
    """
    if not isinstance(state, Mapping) or not {"state", "param_groups"} <= set(state):
        raise CheckpointError(f"expected the state of an optimizer, got {short(state)}")
    groups, states = state["param_groups"], state["state"]
    if not isinstance(groups, list) or not isinstance(states, Mapping):
        raise CheckpointError("its 'param_groups' must be a list and its 'state' a dict")
    settings: Settings = []
    names: list[Any] = []
    for group in groups:
        if not isinstance(group, Mapping) or not isinstance(group.get("params"), list):
            raise CheckpointError(f"a group of parameters has no list of them: {short(group)}")
        at = range(len(names), len(names) + len(group["params"]))
        names += group["params"]
        if other := [name for name in group["params"] if type(name) is not int]:
            raise CheckpointError(f"expected numbers of parameters, got {short(other[0])}")
        settings.append({k: _setting(k, v) for k, v in group.items()} | {"params": list(at)})
    if len(set(names)) != len(names):
        raise CheckpointError("a parameter is named twice")
    if len(names) != len(shapes):
        raise CheckpointError(f"it is for {len(names)} parameters, there are {len(shapes)}")
    position = {name: at for at, name in enumerate(names)}
    if unknown := [name for name in states if name not in position]:
        raise CheckpointError(f"its state names parameters of no group: {short(unknown)}")
    entries = {position[name]: entry for name, entry in states.items()}
    return {
        "state": {at: _entry(entries[at], at, shapes[at]) for at in sorted(entries)},
        "param_groups": settings,
    }


def _setting(name: object, value: object) -> object:
    if not isinstance(name, str):
        raise CheckpointError(f"expected names of settings, got {short(name)}")
    if isinstance(value, Tensor) and is_plain_tensor(value) and value.numel() == 1:
        value = value.item()
    if name == "betas" and isinstance(value, list | tuple):
        return tuple(_setting("one of betas", item) for item in value)
    if name == "params":  # checked, and replaced
        return value
    if name == "param_names" and isinstance(value, list):
        return [_setting("one of param_names", item) for item in value]
    if not isinstance(value, str if name == "one of param_names" else _SETTING):
        raise CheckpointError(f"setting {short(name)}: got {short(value)}")
    return value


def _entry(entry: object, at: int, shape: torch.Size) -> dict[str, Any]:
    if not isinstance(entry, Mapping):
        raise CheckpointError(f"parameter {at}: expected a dict, got {short(entry)}")
    for name, value in entry.items():
        if not isinstance(name, str) or not _is_number(value):
            raise CheckpointError(f"parameter {at}: {short(name)}: got {short(value)}")
        if isinstance(value, Tensor) and value.shape not in (shape, torch.Size([])):
            sizes = f"{tuple(value.shape)} for {tuple(shape)}"
            raise CheckpointError(f"parameter {at}: {short(name)} has another shape, {sizes}")
    return {name: entry[name] for name in sorted(entry, key=_rank)}


def _is_number(value: object) -> bool:
    """Return whether it is one or a tensor of some, and can be written in both formats."""
    if isinstance(value, Tensor):
        plain = is_plain_tensor(value) and not value.is_complex()
        return plain and value.dtype != torch.bool
    return isinstance(value, float) or (isinstance(value, int) and abs(value) < 1 << 63)


def _rank(name: str) -> tuple[int, str]:
    return (_ORDER.index(name) if name in _ORDER else len(_ORDER), name)


def taken_apart(network: str, state: Mapping[str, Any]) -> tuple[dict[str, Tensor], Settings]:
    """Return the tensors ``optimizer_<network>.<position>.<name>`` and the settings.

    Numbers become tensors without dimensions: whole ones int64, others float64.
    """
    tensors = {
        f"optimizer_{network}.{at}.{name}": _tensor(value)
        for at, entry in state["state"].items()
        for name, value in entry.items()
    }
    return tensors, state["param_groups"]


def _tensor(value: Tensor | float) -> Tensor:
    if isinstance(value, Tensor):
        return value
    return torch.tensor(value, dtype=torch.int64 if isinstance(value, int) else torch.float64)


def put_together(network: str, tensors: Mapping[str, Tensor], settings: Settings) -> dict[str, Any]:
    """Undo `taken_apart`; tensors of other networks are passed over."""
    states: dict[int, dict[str, Tensor | float]] = {}
    for key, value in tensors.items():
        owner, at, name = (*key.split(".", 2), "", "")[:3]
        if owner == f"optimizer_{network}" and at.isdecimal() and len(at) < 10:
            states.setdefault(int(at), {})[name] = _number_or_tensor(value)
    return {"state": states, "param_groups": settings}


def _number_or_tensor(value: Tensor) -> Tensor | float:
    plain = value.dim() == 0 and value.dtype in (torch.int64, torch.float64)
    return value.item() if plain else value
