"""Stage ``train``: one method on one data set, to one checkpoint file.

    python -m baselines.train --dataset taichi-hd --method fomm
    accelerate launch --num_processes 4 -m baselines.train --dataset taichi-hd --method fomm

The number of processes must divide the batch. Interrupted training resumes from the states in
``<checkpoint>.run/`` and, on a CPU, ends with the same bytes (on CUDA not all algorithms are
deterministic: the backward pass of ``grid_sample`` is not); one that was asked to stop (SIGTERM)
saves its state first and exits with status 75. A state of
another run is refused, and what differs is said. A checkpoint that is there already and has the
fingerprint of the run is kept, unless ``--force``. With ``--init`` it starts from the weights of a
trained model, with fresh moments and the rates of its own configuration: that is how the ``-adv``
models are made.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from baselines import METHODS
from baselines.engine import DivergedError
from baselines.run import Run
from baselines.stage import Cell, StageError, run_stage, stage_parser
from baselines.train_plan import TrainConfig
from baselines.training import train
from datasets import params
from datasets.registry import UsageError


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
        "--restart",
        action="store_true",
        help="throw the state of an unfinished run away, instead of going on with it",
    )
    cli.add_argument(
        "--force", action="store_true", help="train again, even if the same run is there already"
    )
    args = cli.parse_args(argv)

    def body() -> str:
        cell, config, seed = settings_of(args)
        out = args.out or cell.checkpoint
        run = Run(cell.method, config, cell.clips, out, seed, args.init, args.force, args.restart)
        try:
            rows = train(run)
        except DivergedError as error:
            raise StageError(f"{cell.dataset}-{cell.method}: {error}") from error
        return f"wrote {out}" if rows else f"kept {out}: it is of this very run"

    return run_stage(body)


if __name__ == "__main__":
    sys.exit(main())
