"""What every method of the list must do; the tests run over the list."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import yaml

from baselines import METHODS, method_class, train
from baselines.anchors import ANCHORS
from baselines.method import Batch
from baselines.train_plan import TrainConfig
from datasets import params
from datasets.registry import DATASETS, UsageError
from fomm.sampling import pixel_flow

ROOT = Path(__file__).parents[2]
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text())


def build(name: str):
    config = params.section(PARAMS, TrainConfig, "profiles", "mini", "train", name)
    torch.manual_seed(0)
    return method_class(name).from_config(config.model())


def test_params_list_what_the_code_has() -> None:
    assert PARAMS["methods"] == list(METHODS)
    assert PARAMS["anchors"] == list(ANCHORS)
    assert PARAMS["scored"] == PARAMS["methods"] + PARAMS["anchors"]
    assert PARAMS["datasets"] == list(DATASETS)


@pytest.mark.parametrize("name", METHODS)
def test_its_files_exist(name: str) -> None:
    assert all((ROOT / file).is_file() for file in METHODS[name].files)


@pytest.mark.parametrize("name", METHODS)
def test_a_training_step_reaches_every_parameter(name: str) -> None:
    method = build(name)
    frames = torch.rand(2, 2, 3, 64, 64)
    for _player, losses in method.training_step(Batch(frames[:, 0], frames[:, 1])):
        torch.stack(list(losses.values())).sum().backward()
    owned = [p for specs in method.players().values() for s in specs for p in s.parameters]
    assert owned and all(p.grad is not None for p in owned)


@pytest.mark.parametrize("name", METHODS)
def test_animation_has_the_promised_shapes(name: str) -> None:
    method = build(name).eval()
    frames = torch.rand(3, 3, 64, 64)
    with torch.inference_mode():
        state = method.encode(frames[:1])
        for initial in (None, frames[:1]):
            out = method.animate(state, frames, initial=initial)
            assert out.prediction.shape == (3, 3, 64, 64)
            assert out.prediction.min() >= 0 and out.prediction.max() <= 1
            assert out.flow is None or out.flow.shape == (3, 64, 64, 2)
            assert out.occlusion is None or out.occlusion.shape == (3, 64, 64)


@pytest.mark.parametrize("name", METHODS)
def test_relative_motion_of_a_still_driver_is_none(name: str) -> None:
    method = build(name).eval()
    with torch.no_grad():  # some first weights are zero: nothing would move in either mode
        for parameter in method.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.05)
    frames = torch.rand(2, 3, 64, 64)
    with torch.inference_mode():
        state = method.encode(frames[:1])
        still = method.animate(state, frames[1:], initial=frames[1:])
        moved = method.animate(state, frames[1:])
        same = method.animate(state, frames[:1])
    assert torch.allclose(still.prediction, same.prediction, atol=1e-3)
    assert not torch.allclose(moved.prediction, same.prediction, atol=5e-3)


@pytest.mark.parametrize("name", METHODS)
def test_it_counts_its_cost(name: str) -> None:
    method = build(name)
    assert method.parameter_count() > 0
    assert method.macs(64) > 0


def test_deformations_become_flow_in_pixels() -> None:
    """Motion maps have cells of two pixels: one cell to the right is two pixels to the right."""
    y, x = torch.meshgrid(torch.linspace(-1, 1, 32), torch.linspace(-1, 1, 24), indexing="ij")
    grid = torch.stack([x, y], dim=-1)[None]
    assert pixel_flow(grid, (64, 48)).abs().max() < 1e-4
    one_cell = pixel_flow(grid + torch.tensor([2 / 23, 0.0]), (64, 48))
    assert torch.allclose(one_cell[..., 0], torch.full((1, 32, 24), 2.0), atol=1e-4)
    assert one_cell[..., 1].abs().max() < 1e-4


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": 0}, "steps must be at least 1"),
        ({"batch": 0}, "batch must be at least 1"),
        ({"log_every": -5}, "log_every"),
        ({"final": 2.0}, "final"),
        ({"device": "tpu"}, "known: cpu, cuda"),
        ({"config": "nowhere.yaml"}, "nowhere.yaml: not found"),
        ({"config": {"mgif": "x.yaml"}}, "no configuration for 'taichi-hd'; there are: mgif"),
        ({"batch": None}, "batch is missing"),
    ],
)
def test_bad_settings_exit_2(change: dict, message: str, clips: Path, tmp_path, capsys) -> None:
    section = PARAMS["profiles"]["mini"]["train"]["fomm"] | change
    values = {**PARAMS, "profiles": {"mini": {"train": {"fomm": section}}}}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(values))
    command = ["--dataset", "taichi-hd", "--method", "fomm", "--clips", str(clips)]
    command += ["--params", str(tmp_path / "params.yaml"), "--out", str(tmp_path / "x.safetensors")]
    assert train.main(command) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "x.safetensors").exists()


def test_an_unknown_key_of_the_model_is_refused() -> None:
    config = TrainConfig("mini").model()
    with pytest.raises(UsageError, match="unknown key 'sizze'"):
        method_class("fomm").from_config({**config, "sizze": 3})


def test_unknown_names_and_keys_are_refused(capsys, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="known: fomm"):
        method_class("fom")
    assert train.main(["--dataset", "taichi-hd", "--method", "fom"]) == 2
    assert "known: fomm" in capsys.readouterr().err
    bad = {**PARAMS, "profiles": {"mini": {"train": {"fomm": {"stepz": 3}}}}}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(bad))
    path = str(tmp_path / "params.yaml")
    assert train.main(["--dataset", "taichi-hd", "--method", "fomm", "--params", path]) == 2
    assert "unknown key 'stepz'; known: accumulate, augmentation, batch" in capsys.readouterr().err
