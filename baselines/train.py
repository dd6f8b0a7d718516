"""Stage ``train``: one method on one data set, to one checkpoint file.

    python -m baselines.train --dataset taichi-hd --method fomm

Interrupted training resumes from ``work/<profile>/resume/`` and ends with the same bytes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
import yaml

from baselines import METHODS, checkpoint, method_class
from baselines.augment import Augmentation
from baselines.engine import DivergedError, Engine, Row, Schedule, loss_csv
from baselines.pairs import PairSource, list_clips
from datasets import params
from datasets.files import write_text
from datasets.progress import progress
from datasets.registry import DATASETS, PROFILES, UsageError, choose, get

ROOT = Path(__file__).parents[1]
ENGINE_FILES = tuple(
    f"baselines/{name}.py" for name in ("augment", "engine", "method", "pairs", "train")
)
"""What decides a result besides the method's own files."""


@dataclass(frozen=True)
class TrainConfig:
    """The section ``profiles.<profile>.train.<method>`` of ``params.yaml``.

    Attributes:
        config: YAML file with the method's own configuration.
        steps: Optimisation steps.
        batch: Pairs per step.
        warmup: Steps of linear warm-up.
        final: Learning-rate factor at the end of the cosine decay.
        augmentation: Flips and colour jitter.
        size: Side of the training frames in pixels, for the count of multiply-accumulates.
        threads: CPU threads; part of the fingerprint, since sums depend on it.
        channels_last: Memory format of networks and batches.
        in_memory: Keep all decoded training clips in memory.
        log_every: Steps between rows of the loss curve.
        save_every: Steps between saves of the resume state.
    """

    config: str
    steps: int
    batch: int
    size: int
    warmup: int = 0
    final: float = 0.0
    augmentation: Augmentation = field(default_factory=Augmentation)
    threads: int = 2
    channels_last: bool = True
    in_memory: bool = True
    log_every: int = 20
    save_every: int = 100


@dataclass(frozen=True)
class Run:
    """Where a training reads and writes."""

    clips: Path
    out: Path
    state: Path


def train(name: str, config: TrainConfig, run: Run, *, seed: int) -> list[Row]:
    """Train method ``name``, write its checkpoint and loss curve, and return the curve.

    Raises:
        UsageError: Clips or configuration are missing or wrong.
        DivergedError: A loss is not finite.
    """
    torch.set_num_threads(config.threads)
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.manual_seed(seed)
    cls = method_class(name)
    values = read_yaml(Path(config.config))
    method = cls.from_config(values)
    settings = {"method": name, "seed": seed, "train": asdict(config), "model": values}
    manifest = run.clips / "manifest.csv"
    pairs = PairSource(
        list_clips(run.clips, "train"), config.batch, seed, config.augmentation, config.in_memory
    )
    mark = checkpoint.fingerprint(settings, (*ENGINE_FILES, *cls.files), manifest, ROOT)
    engine = Engine(
        method,
        pairs,
        Schedule(config.steps, config.warmup, config.final),
        seed=seed,
        fingerprint=mark,
        state_path=run.state,
        channels_last=config.channels_last,
        save_every=config.save_every,
        log_every=config.log_every,
    )
    with progress(f"train {run.out.stem}", engine.rows_left) as report:
        rows = engine.run(report=lambda row: report(shown(row)))
    info = checkpoint.CheckpointInfo(
        method=name,
        config=values,
        fingerprint=mark,
        seed=seed,
        steps=config.steps,
        parameters=method.parameter_count(),
        macs=method.macs(config.size),
    )
    write_text(run.out.with_name(f"{run.out.stem}-loss.csv"), loss_csv(rows))
    checkpoint.save(run.out, method.inference_state(), info)
    return rows


def shown(row: Row) -> str:
    """Return a row of the loss curve as one line of text."""
    losses = (f"{name} {value:.3g}" for name, value in row.items() if name not in ("step", "rate"))
    return f"step {row['step']:.0f} {' '.join(losses)}"


def read_yaml(path: Path) -> Mapping[str, Any]:
    """Return the mapping in a YAML file; `UsageError` if there is none."""
    if not path.is_file():
        raise UsageError(f"{path}: no such configuration")
    values = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(values, dict):
        raise UsageError(f"{path}: expected a mapping, got {type(values).__name__}")
    return values


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    cli = argparse.ArgumentParser(
        prog="python -m baselines.train",
        description="Train one method on one data set; settings come from params.yaml.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    cli.add_argument("--dataset", required=True, help=f"one of {', '.join(DATASETS)}")
    cli.add_argument("--method", required=True, help=f"one of {', '.join(METHODS)}")
    cli.add_argument("--profile", help="mini or full; default: the one in params.yaml")
    cli.add_argument("--clips", type=Path, help="default: work/<profile>/clips/<dataset>")
    cli.add_argument("--out", type=Path, help="default: work/<profile>/train/<...>.safetensors")
    cli.add_argument("--params", type=Path, default=Path("params.yaml"), help="settings file")
    cli.add_argument("--seed", type=int, help="default: the one in params.yaml")
    cli.add_argument("--steps", type=int, help="default: the one in params.yaml")
    return cli


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    args = parser().parse_args(argv)
    try:
        settings = params.load(args.params)
        profile = choose("profile", args.profile or str(settings["profile"]), PROFILES)
        get(args.dataset)
        choose("method", args.method, METHODS)
        config = params.section(settings, TrainConfig, "profiles", profile, "train", args.method)
        if args.steps is not None:
            config = replace(config, steps=args.steps)
        work = Path("work") / profile
        out = args.out or work / "train" / f"{args.dataset}-{args.method}.safetensors"
        run = Run(args.clips or work / "clips" / args.dataset, out, _state_path(work, out))
        seed = int(settings["seed"]) if args.seed is None else args.seed
        train(args.method, config, run, seed=seed)
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    except DivergedError as error:
        print(f"{args.dataset}-{args.method}: {error}", file=sys.stderr)
        return 1
    print(f"wrote {out}")
    return 0


def _state_path(work: Path, out: Path) -> Path:
    """Return where the state of an unfinished run is kept: never among a stage's outputs."""
    return work / "resume" / f"{out.stem}.pt"


if __name__ == "__main__":
    sys.exit(main())
