"""Stage ``predict``: what a trained method makes of the test clips. Nothing is scored here.

    python -m baselines.predict --dataset taichi-hd --method fomm
    python -m baselines.predict --dataset taichi-hd --method fomm --processes 2
    python -m baselines.predict --dataset taichi-hd --method fomm --shard 3/8

Reconstruction, as in the papers: the source is frame 0 of the clip and every frame, 0 included, is
a driving frame with absolute motion. Animation (``--task animation``): the source is frame 0 of a
clip of somebody else, by the frozen pairs of `datasets.pairs`; with absolute motion, and with that
relative to the driving clip's frame 0.

Short clips share batches. The run can be killed at any moment and started again: what it has
finished is kept, and the bytes are the same (on CUDA: on GPUs of one model), whatever the number of
processes and shards. A clip that cannot be read is named at the end and has no prediction; the
others have. What another run has made is made again; only a shard refuses to begin there.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from baselines import METHODS, checkpoint, method_class
from baselines.anchors import Motion
from baselines.batch_mover import BatchMover, Piece
from baselines.method import CPU, Method
from baselines.packs import WHOLE, Job, Shard, parse_shard
from baselines.predict_config import PredictConfig
from baselines.predict_jobs import animations, reconstructions
from baselines.predict_orders import Run, all_facts, all_marks, make_orders
from baselines.predict_processes import run_processes
from baselines.predict_share import carry_out
from baselines.predict_tally import Tally
from baselines.prediction_folder import PredictionFolder
from baselines.predictions import write_owner
from baselines.stage import Cell, StageError, run_stage, stage_parser
from datasets import params
from datasets.files import sha256
from datasets.progress import progress
from datasets.registry import UsageError

__all__ = ["PredictConfig", "Predictor", "animate", "load_method", "main", "reconstruct"]


def load_method(path: Path, name: str) -> tuple[Method, checkpoint.CheckpointInfo]:
    """Return a trained method in evaluation mode, and what its checkpoint says.

    Raises:
        UsageError: The checkpoint is missing, broken, of another method, or does not fit.
    """
    weights, info = checkpoint.load(path)
    if info.method != name:
        raise UsageError(f"{path}: a checkpoint of {info.method!r}, not of {name!r}")
    method = method_class(name).from_config(info.config)
    missing, extra = method.load_state_dict(weights, strict=False)
    absent = sorted(set(missing) & set(method.inference_state()))
    if absent or extra:
        raise UsageError(f"{path}: missing weights {absent[:3]}, unknown weights {extra[:3]}")
    return method.eval(), info


def reconstruct(
    method: Method, frames: NDArray[np.uint8], batch: int, *, device: torch.device = CPU
) -> tuple[NDArray[np.uint8], Motion | None]:
    """Reconstruct a clip from its first frame.

    Args:
        method: In evaluation mode.
        frames: uint8 ``(T, H, W, 3)``.
        batch: Driving frames at a time.
        device: Where the method is.

    Returns:
        The prediction, uint8 ``(T, H, W, 3)``, rounded to nearest, and the motion, if any.
    """
    return animate(method, frames[0], frames, batch, device=device)


def animate(
    method: Method,
    source: NDArray[np.uint8],
    driving: NDArray[np.uint8],
    batch: int,
    *,
    relative: bool = False,
    device: torch.device = CPU,
) -> tuple[NDArray[np.uint8], Motion | None]:
    """Move a source picture like a driving clip.

    Args:
        method: In evaluation mode.
        source: uint8 ``(H, W, 3)``.
        driving: uint8 ``(T, H, W, 3)``.
        batch: Driving frames at a time.
        relative: By what the driver did since its first frame, from the source's own pose.
        device: Where the method is.

    Returns:
        As `reconstruct`; the motion is that from the source picture.
    """
    mover = BatchMover(method, relative=relative, device=device)
    made = [
        mover([Piece(source, driving[first : first + batch], driving[0], first == 0)])[0]
        for first in range(0, len(driving), batch)
    ]
    motions = [part.motion for part in made if part.motion is not None]
    pictures = np.concatenate([part.pictures for part in made])
    if not motions:
        return pictures, None
    seen = [motion.occlusion for motion in motions if motion.occlusion is not None]
    flow = np.concatenate([motion.flow for motion in motions])
    return pictures, Motion(flow, np.concatenate(seen) if seen else None)


class Predictor:
    """A trained method, ready to write folders of predictions.

    Args:
        weights: The checkpoint.
        name: Of the method, which must be that of the checkpoint.
        config: How.
        processes: How many do the work; with 1 it is this one.
        shard: Which part of the work is done here.

    Attributes:
        tally: What became of the predictions, over all folders.

    Raises:
        UsageError: See `load_method`.
    """

    def __init__(
        self,
        weights: Path,
        name: str,
        config: PredictConfig,
        *,
        processes: int = 1,
        shard: Shard = WHOLE,
    ) -> None:
        if processes < 1:
            raise UsageError(f"--processes must be at least 1, got {processes}")
        self._processes, self._shard = processes, shard
        self._method, info = load_method(weights, name)
        self._asked = Run(weights, sha256(weights), name, type(self._method).files, config)
        self._facts = {
            "fingerprint": info.fingerprint,
            "sha256": self._asked.sha256,
            "seed": info.seed,
            "parameters": info.parameters,
            "macs": info.macs,
            "steps": info.steps,
        }
        self.tally = Tally()

    def reconstruct(self, clips: Path, out: Path) -> int:
        """Write the reconstructions of all usable test clips; return how many there are."""
        return self._run(reconstructions(clips), out, f"predict {out.name}", relative=False)

    def animate(self, clips: Path, pairs: Path, out: Path, *, mode: str) -> int:
        """Write the animations of all usable pairs; return how many there are.

        Args:
            clips: Folder of clips, as the crop stage makes it.
            pairs: Folder of pairs, as the stage of that name makes it.
            out: Folder of predictions.
            mode: One of `datasets.pair_manifest.MODES`.
        """
        title = f"animate {out.name}, {mode}"
        return self._run(animations(clips, pairs), out, title, relative=mode == "relative")

    def _run(self, jobs: Sequence[Job], out: Path, title: str, *, relative: bool) -> int:
        run = replace(self._asked, relative=relative)
        known = all_marks(run, jobs)
        orders = make_orders(
            run, jobs, out, known=known, processes=self._processes, shard=self._shard
        )
        replace_others = self._shard.count == 1  # one shard of several would undo the others' work
        with PredictionFolder(out, known).begin(all_facts(run), replace=replace_others) as note:
            write_owner(out, run.method, "reproduced", self._facts)
        self.tally.changed += [note] if note else []
        before = self.tally.there
        with progress(title, sum(len(order.names) for order in orders)) as line:
            if self._processes > 1:
                self.tally.lost += run_processes(orders, lambda event: self.tally.take(event, line))
            else:
                for order in orders:
                    carry_out(order, self._method, lambda event: self.tally.take(event, line))
        return self.tally.there - before


def _parser() -> argparse.ArgumentParser:
    text = "Reconstruct the test clips of a data set with a trained method, or animate its pairs."
    cli = stage_parser("predict", text, METHODS, tasks=True)
    cli.add_argument("--checkpoint", type=Path, default=None, help="None: the one of stage train")
    cli.add_argument("--processes", type=int, default=1, help="how many do the work")
    cli.add_argument(
        "--shard",
        default=str(WHOLE),
        help="I/N: part I of N of the work, from 0; the parts may run at the same time, on any "
        "machine that sees the folder",
    )
    cli.add_argument("--strict", action="store_true", help="exit 1 if a clip cannot be read")
    return cli


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    args = _parser().parse_args(argv)

    def body() -> str:
        settings = params.load()
        cell = Cell(args, profile=str(settings["profile"]), methods=METHODS)
        config = params.section(settings, PredictConfig, "profiles", cell.profile, "predict")
        predictor = Predictor(
            args.checkpoint or cell.checkpoint,
            cell.method,
            config,
            processes=args.processes,
            shard=parse_shard(args.shard),
        )
        lines = cell.carry_out(
            reconstruct=lambda out: predictor.reconstruct(cell.clips, out),
            animate=lambda out, mode: predictor.animate(cell.clips, cell.pairs, out, mode=mode),
        )
        text = str(predictor.tally)
        for note in predictor.tally.changed:
            print(note, file=sys.stderr)
        if predictor.tally.lost or (text and args.strict):
            raise StageError(f"{lines}\n{text}")
        if text:
            print(text, file=sys.stderr)
        return lines

    return run_stage(body)


if __name__ == "__main__":
    sys.exit(main())
