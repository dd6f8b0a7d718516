"""Where golden vectors lie, and how those who made them drew their numbers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = ROOT / "tests" / "golden"
SHARED = Path(os.environ.get("TCHD_SHARED", ROOT.parent / "shared"))


def find(name: str, package: str, folder: str | None = None) -> Path:
    """The committed copy of a golden file, else the one under TCHD_SHARED, else skip."""
    for path in (GOLDEN / package / name, SHARED / (folder or f"golden/{package}") / name):
        if path.is_file():
            return path
    pytest.skip(f"{name} is neither committed nor in TCHD_SHARED ({SHARED})")


def rng(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
