"""Checkpoints as safetensors: ours, and those of the benchmark that this package belongs to.

Ours hold tensors ``<network>.<key>`` and ``optimizer_<network>.<position>.<name>``, and one entry
of metadata, ``fomm``, with JSON: config, align_corners, epoch, the optimizers' settings, format.
The same checkpoint gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from fomm.formats.adam_state import put_together, taken_apart
from fomm.formats.contents import (
    NETWORKS,
    CheckpointError,
    Contents,
    epoch_of,
    named,
    network_states,
    short,
    warn,
)

FORMAT = 1


def read_tensors(path: Path) -> Contents:
    """Read a safetensors file: ours, the benchmark's, or one of the networks alone.

    Raises:
        CheckpointError: It is damaged, newer than this program, or of another method.
    """
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except (SafetensorError, ValueError, RuntimeError) as error:
        raise CheckpointError(
            f"damaged or cut short ({error}); get the file again and compare its size"
        ) from error
    if "benchmark" in metadata:
        return _benchmark(tensors, _json(metadata, "benchmark"), path)
    form = "safetensors of fomm" if "fomm" in metadata else "safetensors without a configuration"
    return _ours(tensors, _json(metadata, "fomm"), form, path)


def _ours(tensors: dict[str, Tensor], about: dict[str, Any], form: str, path: Path) -> Contents:
    if about.get("format", FORMAT) != FORMAT:
        raise CheckpointError(
            f"its format is {short(about['format'])}, this program reads {FORMAT}: update it"
        )
    groups = about.get("optimizers") or {}
    if not isinstance(groups, dict):
        raise CheckpointError(f"metadata 'optimizers': got {short(groups)}")
    parts = _by_first_name(tensors)
    known = {*NETWORKS, *(f"optimizer_{name}" for name in groups)}
    networks = network_states(parts, path=path, form=form)
    if unknown := [name for name in parts if name not in known]:
        warn(f"{path}: left out what is no part of a checkpoint of FOMM: {named(unknown)}")
    return Contents(
        form,
        networks,
        {name: put_together(name, tensors, groups[name]) for name in NETWORKS if name in groups},
        epoch=epoch_of(about.get("epoch")),
        config=about.get("config"),
        align_corners=about.get("align_corners"),
    )


def _benchmark(tensors: dict[str, Tensor], about: dict[str, Any], path: Path) -> Contents:
    form = "checkpoint of the benchmark"
    if about.get("method") != "fomm":
        raise CheckpointError(f"a {form} of method {short(about.get('method'))}, not of FOMM")
    config = about.get("config")
    if not isinstance(config, dict):
        raise CheckpointError(f"metadata 'benchmark': config: expected a dict, got {short(config)}")
    config = dict(config)
    align_corners = config.pop("align_corners", None)
    own = {key.removeprefix("fomm."): value for key, value in tensors.items()}
    networks = network_states(_by_first_name(own), path=path, form=form)
    return Contents(form, networks, {}, config=config, align_corners=align_corners)


def _by_first_name(tensors: Mapping[str, Tensor]) -> dict[str, dict[str, Tensor]]:
    parts: dict[str, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        name, _, rest = key.partition(".")
        parts.setdefault(name, {})[rest] = value
    return parts


def _json(metadata: Mapping[str, str], key: str) -> dict[str, Any]:
    try:
        about = json.loads(metadata.get(key, "{}"))
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"metadata {key!r} is no JSON: {error}") from error
    if not isinstance(about, dict):
        raise CheckpointError(f"metadata {key!r}: expected a JSON object, got {short(about)}")
    return about


def write_tensors(
    path: Path,
    networks: Mapping[str, Mapping[str, Tensor]],
    optimizers: Mapping[str, Any],
    about: Mapping[str, Any],
) -> None:
    """Write our layout.

    Args:
        path: Where to.
        networks: State dicts.
        optimizers: State dicts of Adam.
        about: ``config`` (as a mapping), ``align_corners`` and ``epoch``.

    Raises:
        CheckpointError: It could not be written.
    """
    tensors = {
        f"{name}.{key}": value for name, state in networks.items() for key, value in state.items()
    }
    settings = {}
    for name in NETWORKS:
        if name in optimizers:
            taken, settings[name] = taken_apart(name, optimizers[name])
            tensors |= taken
    text = json.dumps({**about, "optimizers": settings, "format": FORMAT})
    # One metadata key: safetensors does not keep the order of several.
    try:
        save_file(_apart(tensors), path, metadata={"fomm": text})
    except SafetensorError as error:
        raise CheckpointError(f"could not be written ({error}); is the disk full?") from error


def _apart(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors on the CPU, in memory of their own, as safetensors wants them."""
    seen: set[int] = set()
    apart = {}
    for key, value in tensors.items():
        tensor = value.detach().cpu().contiguous()
        address = tensor.untyped_storage().data_ptr()
        apart[key] = tensor.clone() if address in seen else tensor
        seen.add(address)
    return apart
