"""The training that a method's own configuration prescribes."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from baselines.augment import Augmentation
from fomm.settings.train import (
    AugmentationConfig,
    DatasetConfig,
    FlipConfig,
    JitterConfig,
    TrainConfig,
)


@dataclass(frozen=True)
class Recipe:
    """How to train; ``params.yaml`` overrides it.

    Attributes:
        batch: Pairs per step.
        epochs: Where the run ends; those before ``start_epoch`` are counted too.
        repeats: How often an epoch goes through the training data.
        milestones: Epochs after which the rates fall to a tenth.
        start_epoch: Above 0 for a run that continues a trained model.
        id_sampling: Whether an epoch goes through identities, not through clips.
        augmentation: Of the training pairs.
    """

    batch: int
    epochs: int
    repeats: int
    milestones: tuple[int, ...]
    start_epoch: int
    id_sampling: bool
    augmentation: Augmentation


def recipe_of(train: TrainConfig, data: DatasetConfig | None) -> Recipe | None:
    """Return what sections of the published nesting prescribe; None if they name no epochs."""
    if train.num_epochs is None or train.batch_size is None:
        return None
    data = data or DatasetConfig()
    return Recipe(
        batch=train.batch_size,
        epochs=train.num_epochs,
        repeats=train.num_repeats,
        milestones=train.epoch_milestones,
        start_epoch=train.start_epoch,
        id_sampling=data.id_sampling,
        augmentation=augmentation_of(data.augmentation_params),
    )


def augmentation_of(params: AugmentationConfig) -> Augmentation:
    """Return the augmentation that a section of the published nesting asks for."""
    flip = asdict(params.flip_param or FlipConfig())
    jitter = asdict(params.jitter_param or JitterConfig())
    resize = params.resize_param.ratio if params.resize_param else (1.0, 1.0)
    return Augmentation(**flip, **jitter, resize=resize)
