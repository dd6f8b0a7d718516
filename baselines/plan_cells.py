"""What one training of a plan takes: one data set, one method."""

from __future__ import annotations

from collections.abc import Sequence

from baselines.plan_counts import Counts, Fact
from baselines.planned import Training
from baselines.rate_table import Rate, Wanted, find_rate
from baselines.size_table import Size, Sizes
from baselines.train_plan import plan_for, unit_of
from datasets.pair_manifest import MODES
from datasets.registry import UsageError

Facts = dict[str, Fact]

SHAPES = "counted from shapes"


def cell_facts(training: Training, counts: Counts, rates: Sequence[Rate], *, device: str) -> Facts:
    """Return all that is known of a training, but for its predictions.

    Args:
        training: What is trained.
        counts: Of its data set.
        rates: Of the device.
        device: As it was asked for.
    """
    model, recipe = training.model, training.model.recipe
    unit = unit_of(recipe)
    steps = steps_of(training, counts)
    epochs = Fact(recipe.epochs - recipe.start_epoch) if recipe else None
    return {
        "train_clips": counts.of("train", "clips"),
        "train_videos": counts.of("train", "videos"),
        "units": counts.units(unit),
        "unit": Fact(unit),
        "config": Fact(training.path),
        "size": Fact(training.size),
        "parameters": Fact(model.parameters, SHAPES),
        "trained_parameters": Fact(model.trained_parameters, SHAPES),
        "macs": Fact(model.macs, f"{SHAPES}: of one driving frame, source encoded"),
        "batch": Fact(training.batch),
        "epochs": epochs or Fact(None, "the configuration prescribes no epochs"),
        "steps": steps,
        "precision": Fact(training.config.precision),
        **_time(training, steps, rates, device=device),
        "checkpoint_bytes": Fact(model.checkpoint_bytes, f"{SHAPES}: weights"),
        "states_bytes": _states(training),
    }


def _states(training: Training) -> Fact:
    """Return what a run keeps to go on from."""
    model, config = training.model, training.config
    state = model.state_bytes + (0 if config.ema is None else model.average_bytes)
    how = f"{SHAPES}: weights, moments and averages, the last {config.keep_last} states of a run"
    return Fact(state * config.keep_last, how)


def steps_of(training: Training, counts: Counts) -> Fact:
    """Return the optimisation steps of a training."""
    recipe, given = training.model.recipe, training.config.steps
    if given is not None:
        return Fact(given, "params.yaml")
    count = counts.units(unit_of(recipe))
    if not isinstance(count.value, int):
        return Fact(None, count.why)
    try:
        plan = plan_for(training.config, recipe, count.value)
    except UsageError as error:
        return Fact(None, str(error))
    return Fact(plan.schedule.steps, f"{training.path}; {count.why}")


def _time(training: Training, steps: Fact, rates: Sequence[Rate], *, device: str) -> Facts:
    """Return seconds per step, hours and memory."""
    wanted = Wanted(
        method=training.method,
        config=training.path,
        size=training.size,
        batch=training.batch,
        precision=training.config.precision,
        compiled=training.config.compiled,
    )
    rate = find_rate(rates, wanted)
    if rate is None:
        nothing = Fact(None, _no_rate(training, rates, device=device))
        return {"seconds_per_step": nothing, "device_hours": nothing, "peak_memory_mib": nothing}
    factor = training.batch / rate.batch
    how = f"measured on {rate.device}, {rate.threads} thread(s), {rate.precision}"
    if factor != 1:
        how += f", at a batch of {rate.batch}: linear in the batch"
    seconds = rate.seconds * factor
    hours = Fact(None, steps.why)
    if isinstance(steps.value, int):
        hours = Fact(steps.value * seconds / 3600, f"steps x seconds per step, {how}")
    return {
        "seconds_per_step": Fact(seconds, how),
        "device_hours": hours,
        "peak_memory_mib": _memory(rate, training.batch),
    }


def _memory(rate: Rate, batch: int) -> Fact:
    if rate.peak_memory_mib is None:
        return Fact(None, f"not measured together with the rate on {rate.device}")
    if rate.batch != batch:
        return Fact(
            None, f"measured only at a batch of {rate.batch}, and memory is not linear in it"
        )
    return Fact(rate.peak_memory_mib, f"measured on {rate.device}, {rate.precision}")


def _no_rate(training: Training, rates: Sequence[Rate], *, device: str) -> str:
    if not rates:
        command = f"python -m baselines.rates --profile {training.profile} --device {device}"
        return f"no rate measured on {device}: run {command}"
    config, first = training.config, rates[0]
    compiled = " --compiled" if config.compiled else ""
    return (
        f"no rate of this configuration measured on {first.device} with {config.precision}"
        f"{compiled}: run python -m baselines.rates --profile {training.profile} --dataset DATASET"
        f" --method METHOD --device {first.kind}"
    )


def predictions_bytes(training: Training, counts: Counts, sizes: Sizes) -> Fact:
    """Return what a method's predictions take: reconstruction and both modes of animation.

    A frame is a picture in a lossless clip, and its motion.
    """
    dataset, profile, method = training.dataset, training.profile, training.method
    test = counts.of("test", "frames")
    if not isinstance(test.value, int):
        return test
    size = training.size
    found = {
        "pair_frames": sizes.find("pair_frames", dataset, profile),
        "clip_bytes_per_frame": sizes.find("clip_bytes_per_frame", dataset, profile, size=size),
    } | {
        what: sizes.find(what, dataset, profile, method=method, size=size)
        for what in ("picture_ratio", "motion_bytes_per_pixel")
    }
    for what, one in found.items():
        if one is None:
            return Fact(None, unmeasured(what, dataset, profile))
    pairs, clip, ratio, motion = (one for one in found.values() if one is not None)
    per_frame = clip.value * ratio.value + motion.value * size**2
    frames = test.value + len(MODES) * pairs.value
    how = f"clips: {clip.how}; predictions to clips, and motion: {ratio.how}"
    return Fact(round(frames * per_frame), how)


def unmeasured(what: str, dataset: str, profile: str) -> str:
    """Return why there is no size."""
    command = f"python -m baselines.sizes --profile {profile} --dataset {dataset}"
    return f"{what} of {dataset}, profile {profile}, is not in sizes.csv: {command} measures it"


def scaled(count: Fact, size: Size | None, missing: str) -> Fact:
    """Return ``count`` times a measured size, or why it is unknown."""
    if not isinstance(count.value, int):
        return count
    if size is None:
        return Fact(None, missing)
    return Fact(round(count.value * size.value), size.how)
