"""The trainings that ``params.yaml`` plans: one per data set and method, known without any data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import torch

from baselines import METHODS, method_class
from baselines.method import Method
from baselines.recipe import Recipe
from baselines.train_plan import TrainConfig
from datasets import params
from datasets.registry import DATASETS, PROFILES, UsageError, choose


@dataclass(frozen=True)
class Model:
    """What a configuration makes, told from shapes alone.

    Attributes:
        recipe: The training that it prescribes; None: none.
        parameters: Trainable parameters that inference needs.
        trained_parameters: All that an optimiser changes.
        macs: Multiply-accumulates per driving frame, source encoded.
        checkpoint_bytes: Weights that a checkpoint holds.
        state_bytes: All weights and the moments of all optimisers: what a resume needs.
        average_bytes: Moving average of the weights, where one is kept.
    """

    recipe: Recipe | None
    parameters: int
    trained_parameters: int
    macs: int
    checkpoint_bytes: int
    state_bytes: int
    average_bytes: int


@dataclass(frozen=True)
class Training:
    """One planned training.

    Attributes:
        profile: ``mini`` or ``full``.
        dataset: Name of the data set.
        method: Name of the method.
        config: The section of ``params.yaml``; its ``config`` is one path.
        size: Side of the pictures in pixels.
        model: What is trained.
    """

    profile: str
    dataset: str
    method: str
    config: TrainConfig
    size: int
    model: Model

    @property
    def path(self) -> str:
        """Where the method's configuration lies."""
        return str(self.config.config)

    @property
    def batch(self) -> int:
        """Pairs of a step.

        Raises:
            UsageError: Nobody says.
        """
        recipe = self.model.recipe
        batch = self.config.batch or (recipe.batch if recipe else None)
        if batch is None:
            raise UsageError(f"{self.path}: prescribes no batch; set it in params.yaml")
        return batch

    def in_precision(self, precision: str) -> Training:
        """Return the same training in another precision, see `baselines.precision`."""
        return replace(self, config=replace(self.config, precision=precision))


def trainings(
    values: params.Params, profile: str, *, dataset: str | None = None, method: str | None = None
) -> list[Training]:
    """Return the trainings of a profile, data set by data set.

    Args:
        values: Of ``params.yaml``.
        profile: ``mini`` or ``full``.
        dataset: Only that one.
        method: Only that one.

    Raises:
        UsageError: A name is unknown, or a section or a configuration is wrong.
    """
    choose("profile", profile, PROFILES)
    datasets = [choose("dataset", dataset, DATASETS)] if dataset else list(DATASETS)
    methods = [choose("method", method, METHODS)] if method else list(METHODS)
    size = crop_size(values, profile)
    return [_training(values, (profile, d, m), size) for d in datasets for m in methods]


def _training(values: params.Params, cell: tuple[str, str, str], size: int) -> Training:
    profile, dataset, method = cell
    config = params.section(values, TrainConfig, "profiles", profile, "train", method).of(dataset)
    return Training(profile, dataset, method, config, size, model_of(method, config, size))


def crop_size(values: params.Params, profile: str) -> int:
    """Return the side in pixels of the clips of a profile.

    Raises:
        UsageError: ``params.yaml`` does not say.
    """
    crop = (values["profiles"].get(profile) or {}).get("crop")
    size = crop.get("size") if isinstance(crop, Mapping) else None
    if not isinstance(size, int) or size < 1:
        raise UsageError(f"profiles.{profile}.crop.size: expected a whole number, got {size!r}")
    return size


def model_of(method: str, config: TrainConfig, size: int) -> Model:
    """Return what a configuration makes for pictures of ``size`` pixels; built once."""
    return _model(method, str(config.config), size)


@cache
def _model(method: str, path: str, size: int) -> Model:
    with torch.device("meta"):
        built = method_class(method).from_config(TrainConfig(path).model())
        kept = built.inference_state()
        players = [spec for specs in built.players().values() for spec in specs]
        trained = [(list(spec.parameters), spec.momentum) for spec in players]
        return Model(
            recipe=built.recipe(),
            parameters=built.parameter_count(),
            trained_parameters=sum(p.numel() for parameters, _ in trained for p in parameters),
            macs=built.macs(size),
            checkpoint_bytes=_bytes(list(kept.values())),
            state_bytes=_bytes(list(built.state_dict().values()))
            + sum(
                _bytes(parameters) * (2 if momentum is None else 1)
                for parameters, momentum in trained
            ),
            average_bytes=_bytes([p for name, p in built.named_parameters() if name in kept]),
        )


def _bytes(tensors: Sequence[torch.Tensor]) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def fresh(training: Training) -> Method:
    """Return the method with fresh weights."""
    return method_class(training.method).from_config(training.config.model())
