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


def test_the_fingerprint_knows_settings_code_and_data(tmp_path: Path) -> None:
    code, data = tmp_path / "code.py", tmp_path / "manifest.csv"

    def mark(settings: dict, code_text: str, data_text: str) -> str:
        code.write_text(code_text)
        data.write_text(data_text)
        return checkpoint.fingerprint(settings, ["code.py"], data, tmp_path)

    base = mark({"a": 1, "b": 2}, "x", "y")
    assert base == mark({"b": 2, "a": 1}, "x", "y")
    others = {mark({"a": 2, "b": 2}, "x", "y"), mark({"a": 1, "b": 2}, "z", "y")}
    others.add(mark({"a": 1, "b": 2}, "x", "z"))
    assert len(others | {base}) == 4


def test_a_state_with_pickled_code_is_not_run(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "boom",))

    torch.save({"fingerprint": "f", "step": Bomb()}, tmp_path / "s.pt")
    assert checkpoint.load_state(tmp_path / "s.pt", "f") is None
    assert not (tmp_path / "boom").exists()
