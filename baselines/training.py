"""One training run from clips to a checkpoint file: what is kept, continued, refused, written."""

from __future__ import annotations

import sys
from pathlib import Path

import torch

from baselines import checkpoint, interrupts, method_class
from baselines.engine import Engine, Row, loss_csv
from baselines.identity import Identity, differences, fingerprint, identity_of
from baselines.loader import Loader
from baselines.method import Method, device_of
from baselines.pairs import PairSource, TrainingClip, list_clips
from baselines.processes import Processes
from baselines.resume import States
from baselines.run import Run, keep
from baselines.train_plan import Plan, TrainConfig, make_plan
from baselines.trainer import Trainer
from baselines.watched import shown_by, watched
from datasets.clips import ClipReader
from datasets.files import remove, sha256, write_text
from datasets.registry import UsageError

ROOT = Path(__file__).parents[1]
ENGINE_FILES = (
    "datasets/frame_draw.py",
    *(
        f"baselines/{name}.py"
        for name in (
            "augment",
            "average",
            "engine",
            "loader",
            "method",
            "pairs",
            "precision",
            "processes",
            "recipe",
            "schedule",
            "sync_norm",
            "train_plan",
            "trainer",
            "training",
        )
    ),
)
"""What decides a result besides the method's own files."""


def train(run: Run) -> list[Row]:
    """Train, write the checkpoint and the loss curve, and return the curve.

    What is there already from the same run is kept, and an unfinished one of the same identity is
    continued; see `baselines.identity`.

    Returns:
        The loss curve; empty if nothing had to be trained.

    Raises:
        UsageError: Clips, configuration or ``init`` are missing or wrong, or an unfinished run in
            the same place is another.
        DivergedError: A loss is not finite.
        StoppedError: A signal asked to stop; the same call goes on.
    """
    with interrupts.leaving():
        ready = _prepare(run)
    if ready is None:
        return []
    engine, info = ready
    processes = engine.trainer.processes
    with interrupts.catching() as came:
        with (
            watched(run, info, engine),
            shown_by(processes, f"train {run.out.stem}", engine.rows_left) as report,
        ):
            rows = engine.run(report=report, came=came)
        if processes.main:  # a signal that comes now waits until all is written
            write_text(run.curve, loss_csv(rows))
            with engine.trainer.averaged():
                checkpoint.save(run.out, engine.trainer.method.inference_state(), info)
            engine.states.forget()
        processes.wait()
    return rows


def _prepare(run: Run) -> tuple[Engine, checkpoint.CheckpointInfo] | None:
    """Return what will train and what its checkpoint will say; None if it is there already."""
    config = run.config
    processes = Processes(device_of(config.device))
    torch.set_num_threads(config.threads)  # after accelerate, which has a choice of its own
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.manual_seed(run.seed)
    values = config.model()
    method = method_class(run.name).from_config(values)
    found = list_clips(run.clips, "train")
    plan = make_plan(config, method.recipe(), found)
    settings = {"method": run.name, "seed": run.seed, "train": config.decisive(), "model": values}
    settings |= start(method, run.init)
    if processes.count > 1 and not method.synchronised:
        settings["processes"] = processes.count  # each batch norm sees the share of its own
    files = (*ENGINE_FILES, *method.files)
    identity = identity_of(settings, files, run.clips / "manifest.csv", ROOT)
    agree(processes, identity)
    info = checkpoint.CheckpointInfo(
        method=run.name,
        config=values,
        fingerprint=fingerprint(identity),
        seed=run.seed,
        steps=plan.schedule.steps,
        parameters=method.parameter_count(),
        macs=products(method, frame_size(found[0].path), config),
    )
    if processes.any(processes.main and not run.force and keep(run, info)):
        return None
    states = States(run.folder, identity, config.keep_last)
    if run.restart and processes.main:
        remove(run.folder)
    processes.wait()
    engine = engine_of(run, trainer_of(method, config, processes), plan, found, states)
    begins = processes.gather(engine.begin)
    if len(set(begins)) > 1:
        where = f"{run.folder}: processes found states of the steps {begins}"
        raise UsageError(f"{where}; all must see the same folder")
    return engine, info


def agree(processes: Processes, identity: Identity) -> None:
    """Make sure that all processes are about to train the same: each read clips and code itself.

    Raises:
        UsageError: One of them is not; the message says which, and what differs.
    """
    first, *others = processes.gather(identity)
    for index, other in enumerate(others, 1):
        if changed := differences(first, other):
            raise UsageError(
                f"process {index} would train something else than process 0; what differs"
                " (before: process 0):\n  " + "\n  ".join(changed)
            )


def trainer_of(method: Method, config: TrainConfig, processes: Processes) -> Trainer:
    """Return the trainer that the settings ask for."""
    return Trainer(
        method,
        precision=config.precision,
        accumulate=config.accumulate,
        compiled=config.compiled,
        ema=config.ema,
        channels_last=config.channels_last,
        processes=processes,
    )


def engine_of(
    run: Run, trainer: Trainer, plan: Plan, clips: list[TrainingClip], states: States
) -> Engine:
    """Return the engine, with the state of an unfinished run, if there is one."""
    config, processes = run.config, trainer.processes
    pairs = PairSource(
        clips,
        plan.batch,
        run.seed,
        plan.augmentation,
        config.in_memory,
        plan.unit,
        trainer.method.sources,
        processes.share(plan.batch),
    )
    loader = Loader(
        pairs,
        processes.device,
        workers=config.workers,
        prefetch=config.prefetch,
        channels_last=config.channels_last,
    )
    return Engine(
        trainer,
        loader,
        plan.schedule,
        run.seed,
        states,
        save_every=config.save_every,
        log_every=config.log_every,
    )


def products(method: Method, size: int, config: TrainConfig) -> int:
    """Return the multiply-accumulates per frame of ``size`` pixels.

    Raises:
        UsageError: The model is not for frames of this size.
    """
    try:
        return method.macs(size)
    except ValueError as error:
        raise UsageError(f"{config.config}: not for clips of {size}x{size} ({error})") from error


def frame_size(clip: Path) -> int:
    """Return the side in pixels of the frames of a clip."""
    with ClipReader(clip) as reader:
        return reader.shape[2]


def start(method: Method, init: Path | None) -> dict[str, str]:
    """Give ``method`` the weights of ``init``, if any, and say on stderr what starts fresh.

    Returns:
        What of it belongs to the fingerprint: the checkpoint's sha256.

    Raises:
        UsageError: The checkpoint is missing, broken or does not fit; or there is none and the
            recipe is one for continuing a trained model.
    """
    if init is None:
        recipe = method.recipe()
        if recipe is not None and recipe.start_epoch > 0:
            raise UsageError(
                f"the configuration continues a model trained for {recipe.start_epoch} epochs:"
                " give its checkpoint with --init, or set train_params.start_epoch to 0"
            )
        return {}
    if not init.is_file():
        raise UsageError(f"--init {init}: no such checkpoint")
    for note in method.start_from(init):
        print(f"{init.name}: {note}", file=sys.stderr)
    return {"init": sha256(init)}
