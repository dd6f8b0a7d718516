from __future__ import annotations

from pathlib import Path

import pytest
import torch

from baselines import checkpoint
from baselines.checkpoint import CheckpointInfo
from datasets.registry import UsageError

INFO = CheckpointInfo("fomm", {"size": 64}, "f" * 64, 0, 10, 1000, 2000)


def test_round_trip_and_equal_bytes(tmp_path: Path) -> None:
    weights = {"b.weight": torch.rand(3, 2, 4, 4).to(memory_format=torch.channels_last)}
    weights["a"] = torch.arange(3)
    one, two = tmp_path / "one.safetensors", tmp_path / "two.safetensors"
    checkpoint.save(one, weights, INFO)
    checkpoint.save(two, dict(reversed(weights.items())), INFO)
    loaded, info = checkpoint.load(one)
    assert info == INFO
    assert all(torch.equal(loaded[key], weights[key]) for key in weights)
    assert (tmp_path / "one.safetensors").read_bytes() == (
        tmp_path / "two.safetensors"
    ).read_bytes()


@pytest.mark.parametrize("content", [b"", b"text", b"\xff" * 64])
def test_what_is_no_checkpoint_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="not a checkpoint"):
        checkpoint.load(path)


def test_a_truncated_checkpoint_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    checkpoint.save(path, {"a": torch.rand(100)}, INFO)
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(UsageError, match=r"x\.safetensors"):
        checkpoint.load(path)


def test_a_missing_checkpoint_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="train stage"):
        checkpoint.load(tmp_path / "x.safetensors")
