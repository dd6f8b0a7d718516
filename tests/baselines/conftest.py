"""A small method and a small folder of clips, for tests of what surrounds methods."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from baselines.method import Batch, Method, OptimizerSpec, Output
from datasets.clips import write_clip
from datasets.files import sha256
from datasets.manifest import ManifestRow, write_manifest
from tests.walking import clip  # noqa: F401 - a fixture


class Blend(Method):
    """Mixes source and driving by a learnt weight; the driving frame alone would be perfect."""

    files = ("baselines/method.py",)

    def __init__(self, start: float = 0.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((3, 1, 1), start))
        self.noise = nn.Dropout(0.2)

    @classmethod
    def from_config(cls, config):
        return cls(**config)

    def players(self):
        return {"generator": [OptimizerSpec([self.weight], learning_rate=0.05)]}

    def training_step(self, batch: Batch):
        made = batch.source + self.noise(torch.sigmoid(self.weight)) * (
            batch.driving - batch.source
        )
        yield "generator", {"l1": (made - batch.driving).abs().mean()}

    def encode(self, source):
        return source

    def animate(self, state, driving, *, initial=None):
        made = state + torch.sigmoid(self.weight) * (driving - state)
        flow = torch.zeros(len(driving), *driving.shape[2:], 2)
        return Output(prediction=made, flow=flow)

    def macs(self, size):
        return 3 * size * size


@pytest.fixture
def blend() -> type[Blend]:
    return Blend


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    """Three training clips of two videos and two test clips, 8 frames of 16x16."""
    folder = tmp_path / "clips"
    rng = np.random.default_rng(0)
    rows = []
    for split, name, video in (
        ("train", "a#000000#000008", "a"),
        ("train", "a#000008#000016", "a"),
        ("train", "b#000000#000008", "b"),
        ("test", "c#000000#000008", "c"),
        ("test", "d#000000#000008", "d"),
    ):
        path = folder / split / f"{name}.mkv"
        # Frame t is brighter than frame t - 1, so that order can be seen.
        frames = rng.integers(0, 100, (8, 16, 16, 3)) + 15 * np.arange(8)[:, None, None, None]
        write_clip(path, frames.astype(np.uint8))
        rows.append(ManifestRow(name, split, video, 8, 8, 25.0, 32, 32, sha256(path), "ok", ""))
    broken = ManifestRow(
        "e#000000#000008", "test", "e", 8, 0, None, None, None, "", "truncated", ""
    )
    write_manifest(folder / "manifest.csv", [*rows, broken])
    return folder
