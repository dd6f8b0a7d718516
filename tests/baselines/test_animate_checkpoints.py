"""Trained methods from files: ours, released ones, and what is neither."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import yaml

import baselines
from baselines import METHODS, checkpoint, method_class
from baselines.checkpoint import CheckpointInfo
from baselines.method import Method
from baselines.train_plan import TrainConfig
from baselines.trained import find_config, load_trained
from baselines.x2face.method import X2FaceMethod
from datasets import params
from datasets.registry import UsageError

ROOT = Path(__file__).parents[2]
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text())
SMALL = {
    "size": 64, "embedding_levels": 5, "driving_levels": 6, "inner_channels": 6, "base": 4
}  # fmt: skip


def config_of(name: str) -> dict:
    train = params.section(PARAMS, TrainConfig, "profiles", "mini", "train", name)
    return dict(train.model())


def build(name: str, config: dict) -> Method:
    torch.manual_seed(0)
    return method_class(name).from_config(config).eval()


def save(path: Path, name: str, config: dict) -> Method:
    """Write a checkpoint as the stage ``train`` does; return what is in it."""
    method = build(name, config)
    info = CheckpointInfo(name, config, "f" * 64, seed=0, steps=1, parameters=1, macs=1)
    checkpoint.save(path, method.inference_state(), info)
    return method


@torch.inference_mode()
def picture(method: Method, size: int) -> torch.Tensor:
    frames = torch.rand(2, 3, size, size, generator=torch.Generator().manual_seed(1))
    return method.animate(method.encode(frames[:1]), frames[1:]).prediction


@pytest.mark.parametrize("name", METHODS)
def test_what_the_stage_train_writes_is_read(name, tmp_path):
    method = save(tmp_path / "a.safetensors", name, config_of(name))
    trained = load_trained(tmp_path / "a.safetensors", name)
    assert trained.size == 64
    assert not trained.method.training
    assert torch.equal(picture(trained.method, 64), picture(method, 64))


def test_a_method_that_nobody_here_knows_is_read_too(blend, tmp_path, monkeypatch):
    class Sized(blend):
        @classmethod
        def from_config(cls, config):
            return cls(**{key: value for key, value in config.items() if key != "size"})

    monkeypatch.setattr(baselines, "METHODS", {"sized": Sized})
    save(tmp_path / "a.safetensors", "sized", {"size": 32, "start": 1.0})
    trained = load_trained(tmp_path / "a.safetensors", "sized")
    assert trained.size == 32
    assert isinstance(trained.method, Sized) and (trained.method.weight == 1).all()
    save(tmp_path / "b.safetensors", "sized", {"start": 1.0})
    with pytest.raises(UsageError, match=r"b\.safetensors: its configuration does not say"):
        load_trained(tmp_path / "b.safetensors", "sized")
    (tmp_path / "c.pth").write_bytes(b"anything")
    with pytest.raises(UsageError, match=r"c\.pth: not a checkpoint of this benchmark"):
        load_trained(tmp_path / "c.pth", "sized")


def test_another_method_is_named(tmp_path):
    save(tmp_path / "a.safetensors", "x2face", SMALL)
    with pytest.raises(UsageError, match="of 'x2face', not of 'monkey-net'"):
        load_trained(tmp_path / "a.safetensors", "monkey-net")


def test_the_configuration_can_be_replaced(tmp_path):
    save(tmp_path / "a.safetensors", "x2face", SMALL)
    for name, size in (("same", 64), ("larger", 128), ("wider", 64)):
        other = SMALL | {"size": size, "base": 8 if name == "wider" else 4}
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(other))
    load = [str(tmp_path / f"{name}.yaml") for name in ("same", "larger", "wider")]
    assert load_trained(tmp_path / "a.safetensors", "x2face", config=load[1]).size == 128
    assert load_trained(tmp_path / "a.safetensors", "x2face", config=load[0]).size == 64
    with pytest.raises(UsageError, match=r"a\.safetensors: does not fit its configuration: "):
        load_trained(tmp_path / "a.safetensors", "x2face", config=load[2])


@pytest.mark.parametrize("name", ["monkey-net", "x2face"])
def test_the_corners_can_be_replaced(name, tmp_path):
    config = SMALL if name == "x2face" else config_of(name)
    save(tmp_path / "a.safetensors", name, config)
    made = [
        picture(load_trained(tmp_path / "a.safetensors", name, align_corners=c).method, 64)
        for c in (None, True, False)
    ]
    assert torch.equal(made[0], made[1]) and not torch.equal(made[0], made[2])


def released_monkey_net(path: Path) -> Method:
    method = build("monkey-net", config_of("monkey-net"))
    content = {key: net.state_dict() for key, net in method.monkey_net.named_children()}
    torch.save(content | {"epoch": 3}, path)
    return method


def test_a_released_file_of_monkey_net_needs_a_configuration(tmp_path):
    method = released_monkey_net(tmp_path / "a.pth.tar")
    with pytest.raises(UsageError, match=r"name it with --config, one of .*\btaichi\b"):
        load_trained(tmp_path / "a.pth.tar", "monkey-net")
    trained = load_trained(tmp_path / "a.pth.tar", "monkey-net", config="mini")
    assert trained.size == 64 and not trained.method.training
    assert torch.equal(picture(trained.method, 64), picture(method, 64))
    with pytest.raises(UsageError, match=r"a\.pth\.tar: its kp_detector is not that of"):
        load_trained(tmp_path / "a.pth.tar", "monkey-net", config="shapes")


def test_a_released_file_of_x2face_tells_its_sizes(tmp_path):
    method = build("x2face", SMALL)
    assert isinstance(method, X2FaceMethod)
    torch.save({"state_dict": method.x2face.state_dict()}, tmp_path / "a.pth")
    for config, size in ((None, 64), ("mini", 64)):
        trained = load_trained(tmp_path / "a.pth", "x2face", config=config)
        assert trained.size == size and not trained.method.training
        assert torch.equal(picture(trained.method, 64), picture(method, 64))
    with pytest.raises(UsageError, match="have 5 and 6 levels, not 8 and 8"):
        load_trained(tmp_path / "a.pth", "x2face", config="full")


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize(
    "content", [None, b"", b"just some text\n" * 40, b"\x10\0\0\0\0\0\0\0{broken"]
)
def test_other_files_are_refused_and_named(name, content, tmp_path):
    path = tmp_path / "a.pth"
    if content is not None:
        path.write_bytes(content)
    config = "mini" if name == "monkey-net" else None
    with pytest.raises(UsageError, match=r"a\.pth: "):
        load_trained(path, name, config=config)


def test_configurations_have_names_and_paths(tmp_path):
    kind = METHODS["monkey-net"]
    assert find_config("taichi", kind)["common_params"]["num_kp"] == 10
    path = ROOT / "baselines/monkey_net/configs/taichi.yaml"
    assert find_config(str(path), kind) == find_config("taichi", kind)
    with pytest.raises(UsageError, match=r"--config vox: .*known: full, mini, monkey-net-64"):
        find_config("vox", METHODS["x2face"])  # one of that name comes with other methods
    for text in ("- 1", "a: [", "inherits: nothing"):
        (tmp_path / "a.yaml").write_text(text)
        with pytest.raises(UsageError, match=r"--config .*a\.yaml"):
            find_config(str(tmp_path / "a.yaml"), kind)
