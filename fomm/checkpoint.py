"""Checkpoints: the original's ``.pth.tar`` and ours (safetensors), read by content, not by name.

A released file holds weights, the optimizers' states and an epoch, but neither its configuration
nor the convention of its warps (`fomm.sampling`). The sizes are told by the shapes (`fomm.infer`),
the convention is the one that released weights need unless the file or the caller says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor

from fomm.config import FOMMConfig
from fomm.formats.contents import CheckpointError, Contents
from fomm.formats.file import DAMAGED, naming, read_contents
from fomm.formats.fitting import fitted
from fomm.formats.layout import blank_model, networks_of
from fomm.formats.pickle import write_pickle
from fomm.formats.tensors import write_tensors
from fomm.model import FOMM

__all__ = ["Checkpoint", "CheckpointError", "load_model", "read_checkpoint", "write_checkpoint"]

SUFFIXES = (".safetensors", ".pth.tar", ".pth", ".tar")

Config = FOMMConfig | Mapping[str, Any] | str | Path


@dataclass(frozen=True)
class Checkpoint:
    """Weights with what is needed to use them.

    Attributes:
        config: Sizes and options of the networks.
        align_corners: Convention of the warps that the weights were trained with.
        networks: State dicts of "generator", "kp_detector" and maybe "discriminator": float32,
            on the CPU, in registration order.
        optimizers: State dicts of Adam by network, with positional parameters; may be empty.
        epoch: Index of the last finished epoch, None if not known.
    """

    config: FOMMConfig
    align_corners: bool
    networks: dict[str, dict[str, Tensor]]
    optimizers: dict[str, dict[str, Any]] = field(default_factory=dict)
    epoch: int | None = None


def read_checkpoint(
    path: str | PathLike[str], *, config: Config | None = None, align_corners: bool | None = None
) -> Checkpoint:
    """Read a checkpoint of the original, of this package or of its benchmark.

    A discriminator or an optimizer's state that does not fit is left out with a warning.

    Args:
        path: Any name: the content tells the format. Nothing in the file is executed.
        config: A configuration, a mapping with its nesting, or a name or path for
            `FOMMConfig.load`. By default that of the file, else what the shapes tell.
        align_corners: By default what the file says, else True, which released weights need.

    Raises:
        CheckpointError: There is no such file, it is damaged, holds code, belongs to another
            method, or its detector and generator do not fit the configuration.
        ConfigError: ``config`` is none.
    """
    path = Path(path)
    if config is not None:
        config = as_config(config)
    return checkpoint_of(read_contents(path), path, config=config, align_corners=align_corners)


def as_config(config: Config) -> FOMMConfig:
    """Return a configuration given as such, as a mapping, or by name or path."""
    if isinstance(config, FOMMConfig):
        return config
    if isinstance(config, Mapping):
        return FOMMConfig.from_mapping(config)
    return FOMMConfig.load(config)


def checkpoint_of(
    contents: Contents, path: Path, *, config: FOMMConfig | None, align_corners: bool | None
) -> Checkpoint:
    """Fit what the file at ``path`` holds to a configuration; see `read_checkpoint`."""
    with naming(path, DAMAGED):
        if align_corners is None:
            align_corners = contents.align_corners
        if not isinstance(align_corners, bool | None):
            raise CheckpointError(f"align_corners: expected true or false, got {align_corners!r}")
        config, networks, optimizers = fitted(contents, path, config)
        aligned = align_corners is not False
        return Checkpoint(config, aligned, networks, optimizers, contents.epoch)


def load_model(
    path: str | PathLike[str],
    *,
    config: Config | None = None,
    align_corners: bool | None = None,
    device: str | torch.device = "cpu",
) -> FOMM:
    """Return the model of a checkpoint; see `fomm.FOMM.load`."""
    checkpoint = read_checkpoint(path, config=config, align_corners=align_corners)
    config = checkpoint.config
    if "discriminator" not in checkpoint.networks:
        config = replace(config, discriminator_params=None)
    model = blank_model(config, align_corners=checkpoint.align_corners)
    for name, network in networks_of(model).items():
        network.load_state_dict(checkpoint.networks[name])
    return model.to(device).eval()


def write_checkpoint(path: str | PathLike[str], checkpoint: Checkpoint) -> None:
    """Write a checkpoint; the same one gives the same bytes, and a reader never sees half a file.

    A file that is replaced leaves its permissions to the new one.

    Args:
        path: ``.safetensors``: ours, with configuration and align_corners inside. ``.pth.tar``,
            ``.pth`` or ``.tar``: the original's layout, which has no place for those two.
        checkpoint: What to write.

    Raises:
        CheckpointError: The name ends in something else, or the file cannot be written.
    """
    path = Path(path)
    with naming(path):
        check_name(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        # A new folder of our own: nobody else can put a link where the file will be.
        with TemporaryDirectory(
            prefix=".", suffix=".part", dir=path.parent, ignore_cleanup_errors=True
        ) as folder:
            part = Path(folder) / "part"
            part.touch(exist_ok=False)
            mode = (path if path.exists() else part).stat().st_mode & 0o777
            _write(part, checkpoint, ours=path.name.endswith(SUFFIXES[0]))
            part.chmod(mode)  # safetensors forbids others everything
            part.replace(path)


def check_name(path: Path) -> None:
    """Raise `CheckpointError` if the ending of a name tells no format to write."""
    if not path.name.endswith(SUFFIXES):
        raise CheckpointError(f"the name of a checkpoint to write ends in {' or '.join(SUFFIXES)}")
    if path.is_dir():
        raise CheckpointError("a folder; give the name of a file to write")


def _write(part: Path, checkpoint: Checkpoint, *, ours: bool) -> None:
    if not ours:
        with part.open("wb") as file:
            write_pickle(file, checkpoint.networks, checkpoint.optimizers, checkpoint.epoch)
        return
    about = {
        "config": checkpoint.config.to_mapping(),
        "align_corners": checkpoint.align_corners,
        "epoch": checkpoint.epoch,
    }
    write_tensors(part, checkpoint.networks, checkpoint.optimizers, about)
