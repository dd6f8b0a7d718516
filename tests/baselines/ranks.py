"""What one process of several does in tests/baselines/test_processes.py; see there.

    python tests/baselines/ranks.py METHOD BATCH OUT [ACCUMULATE]

It trains a narrow method in float64 on random frames, and writes the losses of each step as JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from baselines import method_class
from baselines.method import CPU, Batch
from baselines.processes import Processes
from baselines.trainer import Trainer
from fomm.settings.file import merge, read_config

STEPS, SIDE = 20, 32
NARROW = {"block_expansion": 4, "max_features": 8, "num_blocks": 2}
CONFIGS = {
    "fomm": merge(
        read_config("fomm/configs/mini.yaml"),
        {
            "size": SIDE,
            "kp_detector_params": NARROW,
            "generator_params": {
                "block_expansion": 4,
                "max_features": 8,
                "num_bottleneck_blocks": 1,
                "dense_motion_params": NARROW,
            },
            "discriminator_params": {**NARROW, "scales": [1]},
            "train_params": {
                **{f"lr_{part}": 2e-4 for part in ("generator", "kp_detector", "discriminator")},
                "loss_weights": {
                    "perceptual": [],
                    "generator_gan": 1,
                    "feature_matching": [1, 1],
                },
            },
        },
    ),
    "monkey-net": merge(
        read_config("baselines/monkey_net/configs/mini.yaml"),
        {
            "size": SIDE,
            "kp_detector_params": NARROW,
            "discriminator_params": NARROW,
            "loss_weights": {"reconstruction": [10, 1, 1], "generator_gan": 1},
            "train_params": {"lr": 2e-4},
        },
    ),
    "x2face": {
        "size": SIDE,
        "embedding_levels": 5,
        "driving_levels": 5,
        "base": 4,
        "inner_channels": 6,
        "train_params": {"optimizer": "adam", "initial_offsets": 0.1},
    },
}


def smooth(count: int) -> Tensor:
    """Return pictures without fine detail, which noise has: float64 (N, 3, SIDE, SIDE)."""
    coarse = torch.rand(count, 3, 5, 5, dtype=torch.float64)
    return F.interpolate(coarse, size=(SIDE, SIDE), mode="bilinear", align_corners=True)


def main() -> None:
    name, batch, out, *rest = sys.argv[1:]
    torch.set_num_threads(1)
    torch.manual_seed(0)
    method = method_class(name).from_config(CONFIGS[name]).double()
    processes = Processes(CPU)
    trainer = Trainer(method, processes=processes, accumulate=int(rest[0]) if rest else 1)
    share = processes.share(int(batch))
    lines = []
    for step in range(STEPS):
        torch.manual_seed(step)
        frames = smooth(2 * int(batch)).unflatten(0, (2, int(batch)))
        source, driving = frames[:, share.start : share.stop]
        values = trainer.step(Batch(source, driving, (), share.start, int(batch)), 1.0)
        lines.append(values | {f"norm {k}": v for k, v in trainer.norms.items()})
    Path(f"{out}-{processes.index}.json").write_text(json.dumps(lines))


if __name__ == "__main__":
    main()
