"""Stage ``train``: one method on one data set, to one checkpoint file.

    python -m baselines.train --dataset taichi-hd --method fomm

Interrupted training resumes from the state beside the checkpoint and ends with the same bytes.
"""

from __future__ import annotations

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
from baselines.method import device_of
from baselines.pairs import PairSource, list_clips
from baselines.stage import Cell, StageError, run_stage, stage_parser
from datasets import params
from datasets.files import write_text
from datasets.progress import progress
from datasets.registry import UsageError

ROOT = Path(__file__).parents[1]
ENGINE_FILES = tuple(
    f"baselines/{name}.py" for name in ("augment", "engine", "method", "pairs", "train")
)
"""What decides a result besides the method's own files."""
_POSITIVE = ("steps", "batch", "threads", "log_every", "save_every")


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
        threads: CPU threads; part of the fingerprint, since sums depend on it.
        channels_last: Memory format of networks and batches.
        in_memory: Keep all decoded training clips in memory.
        log_every: Steps between rows of the loss curve.
        save_every: Steps between saves of the resume state.
        device: ``cpu``, ``cuda``, or ``auto``: cuda where there is one.
    """

    config: str
    steps: int
    batch: int
    warmup: int = 0
    final: float = 0.0
    augmentation: Augmentation = field(default_factory=Augmentation)
    threads: int = 2
    channels_last: bool = True
    in_memory: bool = True
    log_every: int = 20
    save_every: int = 100
    device: str = "cpu"

    def __post_init__(self) -> None:
        for name in _POSITIVE:
            if getattr(self, name) < 1:
                raise UsageError(f"train: {name} must be at least 1, got {getattr(self, name)}")
        if not (0 <= self.final <= 1 and self.warmup >= 0):
            raise UsageError("train: final must lie in [0, 1] and warmup must not be negative")


def train(name: str, config: TrainConfig, clips: Path, out: Path, *, seed: int) -> list[Row]:
    """Train method ``name``, write its checkpoint and loss curve, and return the curve.

    Args:
        name: In ``METHODS``.
        config: How to train.
        clips: Folder of clips, as the crop stage makes it.
        out: The checkpoint; the loss curve and the resume state lie beside it.
        seed: Of everything random.

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
    found = list_clips(clips, "train")
    pairs = PairSource(found, config.batch, seed, config.augmentation, config.in_memory)
    manifest, sources = clips / "manifest.csv", (*ENGINE_FILES, *cls.files)
    mark = checkpoint.fingerprint(settings, sources, manifest, ROOT)
    engine = Engine(
        method,
        pairs,
        Schedule(config.steps, config.warmup, config.final),
        seed=seed,
        fingerprint=mark,
        state_path=out.with_suffix(".resume.pt"),
        device=device_of(config.device),
        channels_last=config.channels_last,
        save_every=config.save_every,
        log_every=config.log_every,
    )
    with progress(f"train {out.stem}", engine.rows_left) as report:
        rows = engine.run(report=lambda row: report(shown(row)))
    info = checkpoint.CheckpointInfo(
        method=name,
        config=values,
        fingerprint=mark,
        seed=seed,
        steps=config.steps,
        parameters=method.parameter_count(),
        macs=method.cpu().macs(pairs(0).source.shape[-1]),
    )
    write_text(out.with_name(f"{out.stem}-loss.csv"), loss_csv(rows))
    checkpoint.save(out, method.inference_state(), info)
    engine.forget()
    return rows


def shown(row: Row) -> str:
    """Return a row of the loss curve as one line of text."""
    losses = (f"{name} {value:.3g}" for name, value in row.items() if name not in ("step", "rate"))
    return f"step {row['step']:.0f} {' '.join(losses)}"


def read_yaml(path: Path) -> Mapping[str, Any]:
    """Return the mapping in a YAML file; `UsageError` if there is none."""
    if not path.is_file():
        raise UsageError(f"{path}: no such configuration")
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise UsageError(f"{path}: not YAML: {error}") from error
    if not isinstance(values, dict):
        raise UsageError(f"{path}: expected a mapping, got {type(values).__name__}")
    return values


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    cli = stage_parser("train", "Train one method on one data set.", METHODS)
    cli.add_argument("--params", type=Path, default=Path("params.yaml"), help="settings file")
    cli.add_argument("--seed", type=int, default=None, help="None: the one in params.yaml")
    cli.add_argument("--steps", type=int, default=None, help="None: those in params.yaml")
    args = cli.parse_args(argv)

    def body() -> str:
        settings = params.load(args.params)
        cell = Cell(args, profile=str(settings["profile"]), methods=METHODS)
        where = ("profiles", cell.profile, "train", cell.method)
        config = params.section(settings, TrainConfig, *where)
        if args.steps is not None:
            config = replace(config, steps=args.steps)
        seed = int(settings["seed"]) if args.seed is None else args.seed
        if seed < 0:
            raise UsageError(f"--seed must not be negative, got {seed}")
        out = args.out or cell.checkpoint
        try:
            train(cell.method, config, cell.clips, out, seed=seed)
        except DivergedError as error:
            raise StageError(f"{cell.dataset}-{cell.method}: {error}") from error
        return f"wrote {out}"

    return run_stage(body)


if __name__ == "__main__":
    sys.exit(main())
