"""Fitting what a checkpoint file holds to a configuration: the given one, its own, or inferred."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import Tensor

from fomm.config import ConfigError, FOMMConfig
from fomm.formats.adam_state import positional
from fomm.formats.contents import NETWORKS, REQUIRED, CheckpointError, Contents, short, warn
from fomm.formats.layout import (
    blank_model,
    differences,
    misfits,
    most_numbers,
    networks_of,
    sizes_apart,
)
from fomm.infer import infer_config, infer_discriminator
from fomm.model import FOMM

Networks = dict[str, dict[str, Tensor]]
Optimizers = dict[str, dict[str, Any]]


def fitted(
    contents: Contents, path: Path, config: FOMMConfig | None
) -> tuple[FOMMConfig, Networks, Optimizers]:
    """Return the configuration, the networks in registration order, and the optimizers' states.

    A discriminator or an optimizer's state that does not fit is left out with a warning.

    Args:
        contents: What the file holds.
        path: The file, for warnings.
        config: By default that of the file, else what the shapes tell.

    Raises:
        CheckpointError: Detector or generator do not fit, or the file's configuration is wrong.
    """
    trusted = config is not None
    given = config or _stored_config(contents, path)
    config = given or _inferred_config(contents, path)
    model = _model(config, math.inf if trusted else most_numbers(contents.networks))
    if wrong := misfits(contents.networks, model):
        raise CheckpointError(_explained(wrong, contents, given))
    networks = _in_order(contents, model, path)
    return config, networks, _fitting_optimizers(contents, networks, model, path)


def _model(config: FOMMConfig, most: float) -> FOMM:
    """Return a model to compare with: a small file must not make it fill the memory."""
    try:
        return blank_model(config, most=most)
    except (RuntimeError, MemoryError) as error:
        raise CheckpointError("the configuration is of a model that memory cannot hold") from error


def _stored_config(contents: Contents, path: Path) -> FOMMConfig | None:
    """Return the file's configuration; options of a training that are not known are left out."""
    if contents.config is None:
        return None
    if not isinstance(contents.config, Mapping):
        raise CheckpointError(f"its config: expected a mapping, got {short(contents.config)}")
    try:
        return FOMMConfig.from_mapping(contents.config)
    except ConfigError as error:
        training = ("train_params", "dataset_params")
        model = {key: value for key, value in contents.config.items() if key not in training}
        try:
            config = FOMMConfig.from_mapping(model)
        except ConfigError as worse:
            raise CheckpointError(f"its config is wrong: {worse}; pass config=") from worse
        warn(f"{path}: left out its options of training: {error}")
        return config


def _inferred_config(contents: Contents, path: Path) -> FOMMConfig:
    config = infer_config({name: contents.networks[name] for name in REQUIRED})
    if "discriminator" in contents.networks:
        try:
            found = infer_discriminator(contents.networks["discriminator"], config.common_params)
        except CheckpointError as error:
            warn(f"{path}: left the discriminator out: {error}")
        else:
            config = replace(config, discriminator_params=found)
    return config


def _explained(wrong: str, contents: Contents, given: FOMMConfig | None) -> str:
    if given is None:
        return (
            f"incomplete, or of a model built otherwise: {wrong}; expected is what the other "
            "shapes tell, config= (--config) overrides that"
        )
    sizes = sizes_apart(contents.networks, given)
    return (
        f"does not fit the config: {f'{sizes}; ' if sizes else ''}{wrong}; pass another config=, "
        "or none to take what the file tells"
    )


def _in_order(contents: Contents, model: FOMM, path: Path) -> dict[str, dict[str, Tensor]]:
    """Return the networks that fit, their tensors in registration order."""
    ordered = {}
    modules = networks_of(model)
    for name in NETWORKS:
        if (state := contents.networks.get(name)) is None:
            continue
        if name not in modules:
            warn(f"{path}: left the discriminator out: the config has none")
            continue
        expected = modules[name].state_dict()
        if wrong := differences(state, expected):
            warn(f"{path}: left the {name} out, it does not fit the config: {wrong}")
            continue
        ordered[name] = {key: state[key] for key in expected}
    return ordered


def _fitting_optimizers(
    contents: Contents, networks: Mapping[str, object], model: FOMM, path: Path
) -> dict[str, dict[str, Any]]:
    optimizers = {}
    for name, module in networks_of(model).items():
        if name in networks and name in contents.optimizers:
            shapes = [parameter.shape for parameter in module.parameters()]
            try:
                optimizers[name] = positional(contents.optimizers[name], shapes)
            except CheckpointError as error:
                warn(f"{path}: left the optimizer of {name} out: {error}")
    return optimizers
