"""Released checkpoints: files of the original code."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from baselines.monkey_net.config import MonkeyNetConfig
from baselines.monkey_net.model import MonkeyNet
from datasets.registry import UsageError


def load_released(
    path: Path, config: MonkeyNetConfig | Mapping[str, Any], *, align_corners: bool = True
) -> MonkeyNet:
    """Read a ``.pth.tar`` of the original; only tensors are unpickled, nothing in it is run.

    The discriminator is optional: only training needs it.

    Args:
        path: The file, zip or legacy format, of a CPU or a GPU.
        config: Of the networks in it; the file does not say.
        align_corners: Convention of all warps; True for released weights.

    Returns:
        The model in evaluation mode, on the CPU.

    Raises:
        UsageError: The file is missing, no checkpoint, or not one of these networks.
    """
    model = MonkeyNet.from_config(config, align_corners=align_corners)
    networks = _read(path)
    for name, network in model.named_children():
        if name in networks:
            _fill(network, networks[name], where=f"{path}: its {name}")
        elif name != "discriminator":
            raise UsageError(f"{path}: no {name} in it, so it is no checkpoint of Monkey-Net")
    return model.eval()


def _read(path: Path) -> Mapping[str, Any]:
    if not path.is_file():
        raise UsageError(f"{path}: no such checkpoint")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, EOFError, OSError, ValueError, KeyError, pickle.UnpicklingError) as error:
        raise UsageError(
            f"{path}: is no checkpoint: torch reads no tensors from it ({type(error).__name__})"
        ) from error
    if not isinstance(content, dict):
        raise UsageError(f"{path}: holds a {type(content).__name__}, not a mapping of networks")
    return content


def _fill(network: nn.Module, weights: object, *, where: str) -> None:
    if not isinstance(weights, Mapping):
        raise UsageError(f"{where} is a {type(weights).__name__}, not a mapping of tensors")
    own = network.state_dict()
    missing, extra = [k for k in own if k not in weights], [k for k in weights if k not in own]
    if missing or extra:
        raise UsageError(
            f"{where} is not that of this configuration: {len(missing)} of {len(own)} tensors are"
            f" missing (first: {missing[:1]}), {len(extra)} are unknown (first: {extra[:1]})"
        )
    for key, value in own.items():
        shape = getattr(weights[key], "shape", None)
        if shape != value.shape:
            raise UsageError(
                f"{where} is not that of this configuration: {key} has shape"
                f" {None if shape is None else tuple(shape)}, not {tuple(value.shape)}"
            )
    network.load_state_dict(dict(weights))
