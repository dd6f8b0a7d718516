"""Stage ``predict``: what a trained method makes of the test clips. Nothing is scored here.

    python -m baselines.predict --dataset taichi-hd --method fomm

Reconstruction, as in the papers: the source is frame 0 of the clip and every frame, 0 included, is
a driving frame with absolute motion. Animation (``--task animation``): the source is frame 0 of a
clip of somebody else, by the frozen pairs of `datasets.pairs`; with absolute motion, and with that
relative to the driving clip's frame 0.
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
from baselines.pair_clips import pair_clips
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


@torch.inference_mode()
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
    clip = _tensor(driving, device)
    state = method.encode(_tensor(source[None], device))
    initial = clip[:1] if relative else None
    outputs = [method.animate(state, chunk, initial=initial) for chunk in torch.split(clip, batch)]
    prediction = torch.cat([output.prediction for output in outputs])
    pictures = prediction.clamp(0, 1).mul(255).round().byte().permute(0, 2, 3, 1)
    return pictures.contiguous().cpu().numpy(), _motion(outputs)


def _tensor(frames: NDArray[np.uint8], device: torch.device) -> Tensor:
    """Return float32 (T, 3, H, W) in [0, 1]."""
    return torch.from_numpy(frames).to(device).permute(0, 3, 1, 2).float().div_(255)


def _motion(outputs: Sequence[Output]) -> Motion | None:
    flow = _joined([output.flow for output in outputs])
    if flow is None:
        return None
    return Motion(flow, _joined([output.occlusion for output in outputs]))


def _joined(parts: Sequence[Tensor | None]) -> NDArray[np.float16] | None:
    present = [part for part in parts if part is not None]
    if not present:
        return None
    return torch.cat(present).cpu().numpy().astype(np.float16)


class Predictor:
    """A trained method, ready to write folders of predictions.

    Args:
        weights: The checkpoint.
        name: Of the method, which must be that of the checkpoint.
        config: How.

    Raises:
        UsageError: See `load_method`.
    """

    def __init__(self, weights: Path, name: str, config: PredictConfig) -> None:
        torch.set_num_threads(config.threads)
        self._device, self._batch, self._name = device_of(config.device), config.batch, name
        self._method, info = load_method(weights, name)
        self._method.to(self._device)
        self._facts = {
            "fingerprint": info.fingerprint,
            "sha256": sha256(weights),
            "seed": info.seed,
            "parameters": info.parameters,
            "macs": info.macs,
            "steps": info.steps,
        }

    def reconstruct(self, clips: Path, out: Path) -> int:
        """Write the reconstructions of all usable test clips; return how many."""
        begin_folder(out, self._name, "reproduced", self._facts)
        tests = list_clips(clips, "test")
        with progress(f"predict {out.name}", len(tests)) as report:
            for clip in tests:
                frames = read_clip(clip.path)
                made = reconstruct(self._method, frames, self._batch, device=self._device)
                write_prediction(out, clip.clip_id, *made)
                report(clip.clip_id)
        return len(tests)

    def animate(self, clips: Path, pairs: Path, out: Path, *, mode: str) -> int:
        """Write the animations of all usable pairs; return how many.

        Args:
            clips: Folder of clips, as the crop stage makes it.
            pairs: Folder of pairs, as the stage of that name makes it.
            out: Folder of predictions.
            mode: One of `datasets.pair_manifest.MODES`.
        """
        begin_folder(out, self._name, "reproduced", self._facts)
        wanted = pair_clips(clips, pairs)
        with progress(f"animate {out.name}, {mode}", len(wanted)) as report:
            for pair_id, source, driving in wanted:
                made = animate(
                    self._method,
                    read_clip(source, [0])[0],
                    read_clip(driving),
                    self._batch,
                    relative=mode == "relative",
                    device=self._device,
                )
                write_prediction(out, pair_id, *made)
                report(pair_id)
        return len(wanted)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    text = "Reconstruct the test clips of a data set with a trained method, or animate its pairs."
    cli = stage_parser("predict", text, METHODS, tasks=True)
    cli.add_argument("--checkpoint", type=Path, default=None, help="None: the one of stage train")
    args = cli.parse_args(argv)

    def body() -> str:
        settings = params.load()
        cell = Cell(args, profile=str(settings["profile"]), methods=METHODS)
        config = params.section(settings, PredictConfig, "profiles", cell.profile, "predict")
        predictor = Predictor(args.checkpoint or cell.checkpoint, cell.method, config)
        return cell.carry_out(
            reconstruct=lambda out: predictor.reconstruct(cell.clips, out),
            animate=lambda out, mode: predictor.animate(cell.clips, cell.pairs, out, mode=mode),
        )

    return run_stage(body)


if __name__ == "__main__":
    sys.exit(main())
