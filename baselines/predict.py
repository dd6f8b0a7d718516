"""Stage ``predict``: every test clip reconstructed from its first frame. Nothing is scored here.

    python -m baselines.predict --dataset taichi-hd --method fomm

As in the papers the source is frame 0 of the clip and every frame, 0 included, is a driving frame
with absolute motion.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from baselines import METHODS, checkpoint, method_class
from baselines.anchors import Motion
from baselines.method import CPU, Method, Output, device_of
from baselines.pairs import list_clips
from baselines.predictions import begin_folder, write_prediction
from baselines.stage import Cell, run_stage, stage_parser
from datasets import params
from datasets.clips import read_clip
from datasets.files import sha256
from datasets.progress import progress
from datasets.registry import UsageError


@dataclass(frozen=True)
class PredictConfig:
    """The section ``profiles.<profile>.predict`` of ``params.yaml``.

    Attributes:
        batch: Driving frames at a time.
        threads: CPU threads.
        device: ``cpu``, ``cuda``, or ``auto``: cuda where there is one.
    """

    batch: int = 16
    threads: int = 2
    device: str = "cpu"

    def __post_init__(self) -> None:
        if self.batch < 1 or self.threads < 1:
            raise UsageError("predict: batch and threads must be at least 1")


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


@torch.inference_mode()
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
    clip = torch.from_numpy(frames).to(device).permute(0, 3, 1, 2).float().div_(255)  # (T, 3, H, W)
    state = method.encode(clip[:1])
    outputs = [method.animate(state, chunk) for chunk in torch.split(clip, batch)]
    prediction = torch.cat([output.prediction for output in outputs])
    pictures = prediction.clamp(0, 1).mul(255).round().byte().permute(0, 2, 3, 1)
    return pictures.contiguous().cpu().numpy(), _motion(outputs)


def _motion(outputs: Sequence[Output]) -> Motion | None:
    flow = _joined([output.flow for output in outputs])
    if flow is None:
        return None
    occlusion = _joined([output.occlusion for output in outputs])
    if occlusion is None:
        occlusion = np.ones(flow.shape[:3], np.float16)
    return Motion(flow, occlusion)


def _joined(parts: Sequence[Tensor | None]) -> NDArray[np.float16] | None:
    present = [part for part in parts if part is not None]
    if not present:
        return None
    return torch.cat(present).cpu().numpy().astype(np.float16)


def predict(clips: Path, weights: Path, out: Path, name: str, config: PredictConfig) -> int:
    """Write the predictions of all usable test clips; return how many."""
    torch.set_num_threads(config.threads)
    device = device_of(config.device)
    method, info = load_method(weights, name)
    method.to(device)
    facts = {
        "fingerprint": info.fingerprint,
        "sha256": sha256(weights),
        "seed": info.seed,
        "parameters": info.parameters,
        "macs": info.macs,
        "steps": info.steps,
    }
    begin_folder(out, name, "reproduced", facts)
    tests = list_clips(clips, "test")
    with progress(f"predict {out.name}", len(tests)) as report:
        for clip in tests:
            frames, motion = reconstruct(method, read_clip(clip.path), config.batch, device=device)
            write_prediction(out, clip.clip_id, frames, motion)
            report(clip.clip_id)
    return len(tests)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    text = "Reconstruct all test clips of a data set with a trained method."
    cli = stage_parser("predict", text, METHODS)
    cli.add_argument("--checkpoint", type=Path, default=None, help="None: the one of stage train")
    args = cli.parse_args(argv)

    def body() -> str:
        settings = params.load()
        cell = Cell(args, profile=str(settings["profile"]), methods=METHODS)
        config = params.section(settings, PredictConfig, "profiles", cell.profile, "predict")
        out = args.out or cell.predictions
        done = predict(cell.clips, args.checkpoint or cell.checkpoint, out, cell.method, config)
        return f"{cell.method}: {done} clips -> {out}"

    return run_stage(body)


if __name__ == "__main__":
    sys.exit(main())
