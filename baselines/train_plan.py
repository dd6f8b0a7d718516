"""What a run does: ``params.yaml`` over what the method's own configuration prescribes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeVar

from baselines.augment import Augmentation
from baselines.pairs import TrainingClip, Unit, units
from baselines.precision import PRECISIONS
from baselines.recipe import Recipe
from baselines.schedule import Milestones, Schedule
from datasets.registry import DATASETS, UsageError, choose
from fomm.settings.file import read_config
from fomm.settings.mapping import ConfigError

T = TypeVar("T")

_POSITIVE = (
    "steps",
    "batch",
    "threads",
    "log_every",
    "save_every",
    "accumulate",
    "prefetch",
    "keep_last",
)
_INDECISIVE = (
    "in_memory",
    "save_every",
    "workers",
    "prefetch",
    "keep_last",
    "watch_every",
    "tensorboard",
)
"""Settings that change nothing in the checkpoint or its loss curve."""


@dataclass(frozen=True)
class TrainConfig:
    """The section ``profiles.<profile>.train.<method>`` of ``params.yaml``.

    Steps, batch and augmentation may be left out where the method's configuration has a
    `baselines.recipe.Recipe`.

    Attributes:
        config: YAML file with the method's own configuration; or one per data set.
        steps: Optimisation steps.
        batch: Pairs per step.
        warmup: Steps of linear warm-up. This or ``final`` asks for a warm-up and a cosine, in
            place of the recipe's milestones.
        final: Learning-rate factor at the end of the cosine decay.
        augmentation: Flips, resizing and colour jitter.
        threads: CPU threads; part of the fingerprint, since sums depend on it.
        channels_last: Memory format of networks and batches.
        in_memory: Keep all decoded training clips in memory.
        log_every: Steps between rows of the loss curve.
        save_every: Steps between saves of the resume state.
        device: ``cpu``, ``cuda``, or ``auto``: cuda where there is one.
        precision: See `baselines.precision`.
        accumulate: Parts that the pairs of a process are split into, for batches that do not fit;
            batch norms see one part at a time.
        compiled: Let torch compile the networks that the method names.
        ema: Decay of the moving average of the weights that is kept in place of the last ones.
        workers: Processes that read pairs ahead, beside each training process.
        prefetch: Batches that each worker keeps ready.
        keep_last: States of an unfinished run that are kept.
        watch_every: Steps between validations and pictures; 0: none.
        tensorboard: Write events for TensorBoard, too.
    """

    config: str | dict[str, str]
    steps: int | None = None
    batch: int | None = None
    warmup: int | None = None
    final: float | None = None
    augmentation: Augmentation | None = None
    threads: int = 2
    channels_last: bool = True
    in_memory: bool = True
    log_every: int = 20
    save_every: int = 100
    device: str = "cpu"
    precision: str = "float32"
    accumulate: int = 1
    compiled: bool = False
    ema: float | None = None
    workers: int = 0
    prefetch: int = 2
    keep_last: int = 2
    watch_every: int = 0
    tensorboard: bool = False

    def __post_init__(self) -> None:
        for name in _POSITIVE:
            value = getattr(self, name)
            if value is not None and value < 1:
                raise UsageError(f"train: {name} must be at least 1, got {value}")
        if not 0 <= (self.final or 0) <= 1 or (self.warmup or 0) < 0:
            raise UsageError("train: final must lie in [0, 1] and warmup must not be negative")
        if self.workers < 0 or self.watch_every < 0:
            raise UsageError("train: workers and watch_every must not be negative")
        if not 0 <= (self.ema or 0) < 1:
            raise UsageError(f"train: ema must lie in [0, 1), got {self.ema}")
        choose("train.precision", self.precision, PRECISIONS)
        if isinstance(self.config, dict):
            for name, path in self.config.items():
                choose("dataset in train.config", name, DATASETS)
                if not isinstance(path, str):
                    raise UsageError(f"train.config.{name}: expected a path, got {path!r}")

    def decisive(self) -> dict[str, Any]:
        """Return the settings that change the checkpoint or its loss curve, JSON-able."""
        return {k: v for k, v in asdict(self).items() if k not in _INDECISIVE}

    def of(self, dataset: str) -> TrainConfig:
        """Return the settings for one data set: ``config`` is one path.

        Raises:
            UsageError: There is none for this data set.
        """
        if isinstance(self.config, str):
            return self
        if dataset not in self.config:
            known = ", ".join(self.config) or "none"
            raise UsageError(f"train.config: no configuration for {dataset!r}; there are: {known}")
        return replace(self, config=self.config[dataset])

    def model(self) -> dict[str, Any]:
        """Return the method's configuration, with all that it inherits.

        Raises:
            UsageError: It cannot be read, or depends on the data set and none was chosen.
        """
        if not isinstance(self.config, str):
            raise UsageError("train.config: one path per data set: choose with TrainConfig.of")
        try:
            return read_config(self.config)
        except ConfigError as error:
            raise UsageError(f"train.config: {error}") from error


@dataclass(frozen=True)
class Plan:
    """One run.

    Attributes:
        batch: Pairs per step.
        augmentation: Of the pairs.
        unit: What is as likely as every other in the draw of pairs.
        schedule: Length and learning-rate factors.
    """

    batch: int
    augmentation: Augmentation
    unit: Unit
    schedule: Schedule | Milestones


def make_plan(config: TrainConfig, recipe: Recipe | None, clips: Sequence[TrainingClip]) -> Plan:
    """Return what to do with ``clips``; see `plan_for`."""
    return plan_for(config, recipe, len(units(clips, unit_of(recipe))))


def unit_of(recipe: Recipe | None) -> Unit:
    """Return what is as likely as every other; without a recipe that is a video."""
    if recipe is None:
        return "video"
    return "identity" if recipe.id_sampling else "clip"


def plan_for(config: TrainConfig, recipe: Recipe | None, count: int) -> Plan:
    """Return what to do with ``count`` units of `unit_of`; ``config`` wins over ``recipe``.

    An epoch of a recipe has ``units x repeats / batch`` steps, rounded down, the units being the
    identities with ``id_sampling``, else the clips.

    Raises:
        UsageError: Neither says how many steps or pairs, or how to augment; or an epoch has no
            step.
    """
    unit = unit_of(recipe)
    if recipe is None:
        steps, batch = _needed("steps", config.steps), _needed("batch", config.batch)
        augmentation = _needed("augmentation", config.augmentation)
        return Plan(batch, augmentation, unit, _cosine(config, steps))
    batch = config.batch or recipe.batch
    epoch_steps = count * recipe.repeats // batch
    if epoch_steps == 0:
        raise UsageError(
            f"train: an epoch of {count} x {recipe.repeats} pairs does not fill a batch of"
            f" {batch}; set a smaller batch in params.yaml"
        )
    steps = config.steps or (recipe.epochs - recipe.start_epoch) * epoch_steps
    schedule: Schedule | Milestones = _cosine(config, steps)
    if config.warmup is None and config.final is None:
        schedule = Milestones(steps, epoch_steps, recipe.milestones, recipe.start_epoch)
    augmentation = config.augmentation or recipe.augmentation
    return Plan(batch, augmentation, unit, schedule)


def _cosine(config: TrainConfig, steps: int) -> Schedule:
    return Schedule(steps, config.warmup or 0, config.final or 0.0)


def _needed(name: str, value: T | None) -> T:
    if value is None:
        raise UsageError(
            f"train: {name} is missing: set it in params.yaml, since the method's configuration"
            " prescribes no training"
        )
    return value
