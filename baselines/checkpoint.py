"""Checkpoints: one safetensors file with its configuration and fingerprint inside.

The fingerprint is the sha256 of everything that determines the weights (`baselines.identity`):
configuration, seed, the method's source files and the data. A checkpoint with another one belongs
to another run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from datasets.files import replacing
from datasets.registry import UsageError

_KEY = "benchmark"


@dataclass(frozen=True)
class CheckpointInfo:
    """What a checkpoint says about itself.

    Attributes:
        method: Name in ``METHODS``.
        config: The method's configuration.
        fingerprint: See the module's text.
        seed: Of the run.
        steps: Optimisation steps done.
        parameters: Trainable parameters.
        macs: Multiply-accumulates per driving frame, source encoded.
    """

    method: str
    config: Mapping[str, Any]
    fingerprint: str
    seed: int
    steps: int
    parameters: int
    macs: int


def save(path: Path, weights: Mapping[str, Tensor], info: CheckpointInfo) -> None:
    """Write a checkpoint atomically; the same content gives the same bytes."""
    tensors = {key: weights[key].detach().cpu().contiguous() for key in sorted(weights)}
    # One metadata key: safetensors does not keep the order of several.
    metadata = {_KEY: json.dumps(vars(info), sort_keys=True)}
    with replacing(path) as part:
        save_file(tensors, part, metadata=metadata)


def load(path: Path) -> tuple[dict[str, Tensor], CheckpointInfo]:
    """Read a checkpoint written by `save`.

    Raises:
        UsageError: The file is missing, broken, or not a checkpoint of this benchmark.
    """
    if not path.is_file():
        raise UsageError(f"{path}: no such checkpoint; run the train stage first")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            weights = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        info = CheckpointInfo(**json.loads(metadata[_KEY]))
        if not isinstance(info.config, dict):
            raise TypeError("its configuration is no mapping")
    except (SafetensorError, KeyError, TypeError, ValueError, OSError) as error:
        raise UsageError(f"{path}: not a checkpoint of this benchmark ({error})") from error
    return weights, info
