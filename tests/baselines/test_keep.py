"""A training whose result is there already is not done again."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from baselines import checkpoint, train, training
from baselines.augment import Augmentation
from baselines.train_plan import TrainConfig


@pytest.fixture
def run(blend, clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Train the small method; returns the loss curve, empty if nothing was done."""
    monkeypatch.setattr(training, "method_class", lambda name: blend)
    (tmp_path / "blend.yaml").write_text("start: 0.0\n")

    def start(*, steps: int = 4, seed: int = 0, force: bool = False):
        config = TrainConfig(
            str(tmp_path / "blend.yaml"),
            steps=steps,
            batch=2,
            augmentation=Augmentation(),
            threads=1,
            log_every=2,
        )
        out = tmp_path / "blend.safetensors"
        return training.train(training.Run("blend", config, clips, out, seed, force=force))

    return start


def test_the_same_run_is_kept(run, tmp_path: Path) -> None:
    assert len(run()) == 2
    files = [tmp_path / "blend.safetensors", tmp_path / "blend-loss.csv"]
    before = [(path.read_bytes(), path.stat().st_mtime_ns) for path in files]
    assert run() == []
    assert [(path.read_bytes(), path.stat().st_mtime_ns) for path in files] == before


@pytest.mark.parametrize("change", [{"steps": 6}, {"seed": 1}, {"force": True}])
def test_another_run_is_not(run, change: dict) -> None:
    run()
    assert run(**change)


def test_other_clips_are_another_run(run, clips: Path) -> None:
    run()
    manifest = clips / "manifest.csv"
    manifest.write_text(manifest.read_text().replace("25.0", "30.0"))
    assert run()


@pytest.mark.parametrize("name", ["blend.safetensors", "blend-loss.csv"])
def test_what_is_broken_or_gone_is_made_again(run, tmp_path: Path, name: str) -> None:
    run()
    good = (tmp_path / name).read_bytes()
    (tmp_path / name).unlink()
    assert run()
    assert (tmp_path / name).read_bytes() == good
    if name.endswith("safetensors"):
        (tmp_path / name).write_bytes(b"no checkpoint")
        assert run()
        assert (tmp_path / name).read_bytes() == good


def test_its_size_and_cost_follow_the_present_code(run, blend, tmp_path: Path, monkeypatch) -> None:
    run()
    path = tmp_path / "blend.safetensors"
    weights, info = checkpoint.load(path)
    monkeypatch.setattr(blend, "macs", lambda self, size: 5)
    assert run() == []
    again, found = checkpoint.load(path)
    assert (info.macs, found.macs) == (3 * 16 * 16, 5)
    assert all((again[key] == weights[key]).all() for key in weights)
    assert found.fingerprint == info.fingerprint


def test_the_command_says_that_it_kept_it(run, clips: Path, tmp_path: Path, capsys) -> None:
    values = yaml.safe_load((Path(__file__).parents[2] / "params.yaml").read_text())
    section = values["profiles"]["mini"]["train"]["fomm"]
    section |= {"steps": 2, "batch": 2, "warmup": 0, "config": str(tmp_path / "blend.yaml")}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(values))
    command = ["--dataset", "taichi-hd", "--method", "fomm", "--clips", str(clips)]
    command += ["--params", str(tmp_path / "params.yaml"), "--out", str(tmp_path / "x.safetensors")]
    assert train.main(command) == 0
    assert "wrote" in capsys.readouterr().out
    assert train.main(command) == 0
    assert "kept" in capsys.readouterr().out
    assert train.main([*command, "--force"]) == 0
    assert "wrote" in capsys.readouterr().out
