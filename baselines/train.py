"""Stage ``train``: one method on one data set, to one checkpoint file.

    python -m baselines.train --dataset taichi-hd --method fomm

Interrupted training resumes from the state beside the checkpoint and ends with the same bytes. A
checkpoint that is there already and has the fingerprint of the run is kept, unless ``--force``.
With ``--init`` it starts from the weights of a trained model, with fresh moments and the rates of
its own configuration: that is how the ``-adv`` models are made.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import torch

from baselines import METHODS, checkpoint, method_class
from baselines.engine import DivergedError, Engine, Row, loss_csv
from baselines.method import Method, device_of
from baselines.pairs import PairSource, list_clips
from baselines.train_plan import TrainConfig, make_plan
from baselines.stage import Cell, StageError, run_stage, stage_parser
from datasets import params
from datasets.clips import ClipReader
from datasets.files import sha256, write_text
from datasets.progress import progress
from datasets.registry import UsageError

ROOT = Path(__file__).parents[1]
ENGINE_FILES = tuple(
    f"baselines/{name}.py"
    for name in (
        "augment",
        "engine",
        "method",
        "pairs",
        "train_plan",
        "recipe",
        "schedule",
        "train",
    )
)
"""What decides a result besides the method's own files."""


def train(
    name: str,
    config: TrainConfig,
    clips: Path,
    out: Path,
    *,
    seed: int,
    init: Path | None = None,
    force: bool = False,
) -> list[Row]:
    """Train method ``name``, write its checkpoint and loss curve, and return the curve.

    What is there already from the same run (see `baselines.checkpoint.fingerprint`) is kept.

    Args:
        name: In ``METHODS``.
        config: How to train; its ``config`` is one path.
        clips: Folder of clips, as the crop stage makes it.
        out: The checkpoint; the loss curve and the resume state lie beside it.
        seed: Of everything random.
        init: Checkpoint whose weights training starts from; None: fresh ones.
        force: Train again what is there already.

    Returns:
        The loss curve; empty if nothing had to be trained.

    Raises:
        UsageError: Clips, configuration or ``init`` are missing or wrong.
        DivergedError: A loss is not finite.
    """
    torch.set_num_threads(config.threads)
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.manual_seed(seed)
    cls = method_class(name)
    values = config.model()
    method = cls.from_config(values)
    found = list_clips(clips, "train")
    plan = make_plan(config, method.recipe(), found)
    settings = {"method": name, "seed": seed, "train": asdict(config), "model": values}
    settings |= start(method, init)
    sources = (*ENGINE_FILES, *cls.files)
    mark = checkpoint.fingerprint(settings, sources, clips / "manifest.csv", ROOT)
    device = device_of(config.device)
    size = frame_size(found[0].path)
    try:
        macs = method.macs(size)
    except ValueError as error:
        raise UsageError(f"{config.config}: not for clips of {size}x{size} ({error})") from error
    info = checkpoint.CheckpointInfo(
        method=name,
        config=values,
        fingerprint=mark,
        seed=seed,
        steps=plan.schedule.steps,
        parameters=method.parameter_count(),
        macs=macs,
    )
    if not force and keep(out, info):
        return []
    pairs = PairSource(
        found,
        plan.batch,
        seed,
        plan.augmentation,
        config.in_memory,
        plan.unit,
        method.sources,
    )
    engine = Engine(
        method,
        pairs,
        plan.schedule,
        seed=seed,
        fingerprint=mark,
        state_path=out.with_suffix(".resume.pt"),
        device=device,
        channels_last=config.channels_last,
        save_every=config.save_every,
        log_every=config.log_every,
    )
    with progress(f"train {out.stem}", engine.rows_left) as report:
        rows = engine.run(report=lambda row: report(shown(row)))
    write_text(curve_beside(out), loss_csv(rows))
    checkpoint.save(out, method.cpu().inference_state(), info)
    engine.forget()
    return rows


def frame_size(clip: Path) -> int:
    """Return the side in pixels of the frames of a clip."""
    with ClipReader(clip) as reader:
        return reader.shape[2]


def curve_beside(out: Path) -> Path:
    """Return where the loss curve of the checkpoint ``out`` lies."""
    return out.with_name(f"{out.stem}-loss.csv")


def keep(out: Path, info: checkpoint.CheckpointInfo) -> bool:
    """Return whether ``out`` and its curve are of the run that ``info`` describes.

    What a checkpoint says of its size and cost follows the present code, even if it is kept.
    """
    if not out.is_file() or not curve_beside(out).is_file():
        return False
    try:
        weights, found = checkpoint.load(out)
    except UsageError:
        return False
    if found.fingerprint != info.fingerprint:
        return False
    if found != info:
        checkpoint.save(out, weights, info)
    return True


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


def shown(row: Row) -> str:
    """Return a row of the loss curve as one line of text."""
    losses = (f"{name} {value:.3g}" for name, value in row.items() if name not in ("step", "rate"))
    return f"step {row['step']:.0f} {' '.join(losses)}"


def settings_of(args: argparse.Namespace) -> tuple[Cell, TrainConfig, int]:
    """Return the cell, how to train it, and the seed: ``params.yaml`` and the options over it."""
    values = params.load(args.params)
    cell = Cell(args, profile=str(values["profile"]), methods=METHODS)
    config = params.section(values, TrainConfig, "profiles", cell.profile, "train", cell.method)
    config = config.of(cell.dataset)
    if args.config is not None:
        config = replace(config, config=str(args.config))
    if args.steps is not None:
        config = replace(config, steps=args.steps)
    seed = int(values["seed"]) if args.seed is None else args.seed
    if seed < 0:
        raise UsageError(f"--seed must not be negative, got {seed}")
    return cell, config, seed


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    cli = stage_parser("train", "Train one method on one data set.", METHODS)
    cli.add_argument("--params", type=Path, default=Path("params.yaml"), help="settings file")
    cli.add_argument("--seed", type=int, default=None, help="None: the one in params.yaml")
    cli.add_argument(
        "--steps", type=int, default=None, help="None: those in params.yaml, or the method's own"
    )
    cli.add_argument(
        "--config", type=Path, default=None, help="of the method; None: the one in params.yaml"
    )
    cli.add_argument(
        "--init", type=Path, default=None, help="checkpoint to start from; None: fresh weights"
    )
    cli.add_argument(
        "--force", action="store_true", help="train again, even if the same run is there already"
    )
    args = cli.parse_args(argv)

    def body() -> str:
        cell, config, seed = settings_of(args)
        out = args.out or cell.checkpoint
        try:
            rows = train(
                cell.method, config, cell.clips, out, seed=seed, init=args.init, force=args.force
            )
        except DivergedError as error:
            raise StageError(f"{cell.dataset}-{cell.method}: {error}") from error
        return f"wrote {out}" if rows else f"kept {out}: it is of this very run"

    return run_stage(body)


if __name__ == "__main__":
    sys.exit(main())
