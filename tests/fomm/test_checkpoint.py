"""Checkpoints: the released layout, ours, the benchmark's; nothing is lost, training goes on."""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from fomm import FOMM, FOMMConfig
from fomm.checkpoint import read_checkpoint, write_checkpoint
from fomm.infer import infer_config

NETWORKS = ("generator", "discriminator", "kp_detector")
DISC = {"scales": [1], "block_expansion": 8, "max_features": 16, "num_blocks": 2, "sn": True}


class Trainer:
    """Three Adams, as in the original, and a step that reaches every parameter."""

    def __init__(self, config: dict) -> None:
        torch.manual_seed(0)
        self.model = FOMM.from_config(dict(config, discriminator_params=DISC)).train()
        self.adams = {
            name: torch.optim.Adam(getattr(self.model, name).parameters(), 2e-4, (0.5, 0.999))
            for name in NETWORKS
        }

    def step(self) -> None:
        frames = torch.rand(2, 2, 3, 32, 32, generator=torch.Generator().manual_seed(1))
        kp = [self.model.kp_detector(x) for x in frames]
        out = self.model.generator(frames[0], kp_source=kp[0], kp_driving=kp[1])
        judged = self.model.discriminator({"prediction_1": out["prediction"]})
        loss = (out["prediction"] - frames[1]).abs().mean() + judged["prediction_map_1"].mean()
        for adam in self.adams.values():
            adam.zero_grad()
        (loss + sum(k["jacobian"].square().mean() for k in kp)).backward()
        for adam in self.adams.values():
            adam.step()

    def values(self) -> dict:
        """What the original saves."""
        values = {name: getattr(self.model, name).state_dict() for name in NETWORKS}
        values |= {f"optimizer_{name}": adam.state_dict() for name, adam in self.adams.items()}
        return values | {"epoch": 99}


@pytest.fixture
def trainer(configs) -> Trainer:
    made = Trainer(configs["tiny32"])
    made.step()
    return made


def as_torch_1_0(values: dict) -> dict:
    """Optimizers as torch 1.0 saved them: parameters by address, whole steps."""
    values = dict(values)
    for name in NETWORKS:
        old = values[f"optimizer_{name}"]
        address = {at: 140_000_000_000 - 64 * at for at in range(len(old["state"]))}
        states = {
            address[at]: {k: int(v) if k == "step" else v for k, v in entry.items()}
            for at, entry in old["state"].items()
        }
        kept = ("lr", "betas", "eps", "weight_decay", "amsgrad")
        group = {k: old["param_groups"][0][k] for k in kept} | {"initial_lr": 2e-4}
        groups = [group | {"params": [address[at] for at in old["param_groups"][0]["params"]]}]
        values[f"optimizer_{name}"] = {"state": states, "param_groups": groups}
    return values


def save(values: object, path: Path, *, legacy: bool = True) -> Path:
    torch.save(values, path, _use_new_zipfile_serialization=not legacy)
    return path


def assert_same(found: object, expected: object) -> None:
    """Equal in value, type and order, all the way down."""
    assert isinstance(found, dict | OrderedDict) == isinstance(expected, dict | OrderedDict)
    if isinstance(expected, dict | OrderedDict):
        assert list(found) == list(expected)
        for key in expected:
            assert_same(found[key], expected[key])
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_same(one, other)
    elif isinstance(expected, torch.Tensor):
        assert found.dtype == expected.dtype
        assert torch.equal(found, expected)
    else:
        assert type(found) is type(expected)
        assert found == expected


@pytest.mark.parametrize("legacy", [True, False])
def test_a_released_layout_is_read(trainer, tmp_path, legacy):
    values = trainer.values()
    found = read_checkpoint(save(values, tmp_path / "any.name", legacy=legacy))
    assert found.align_corners is True
    assert found.epoch == 99
    assert_same(found.networks, {name: dict(values[name]) for name in NETWORKS})
    for name in NETWORKS:
        assert_same(found.optimizers[name], values[f"optimizer_{name}"])
    assert found.config == infer_config(found.networks)


@pytest.mark.parametrize("old", [True, False])
def test_nothing_is_lost_both_ways(trainer, tmp_path, old):
    values = as_torch_1_0(trainer.values()) if old else trainer.values()
    first = read_checkpoint(save(values, tmp_path / "1.pth.tar"))
    write_checkpoint(tmp_path / "2.safetensors", first)
    second = read_checkpoint(tmp_path / "2.safetensors")
    assert_same(vars(second), vars(first))
    write_checkpoint(tmp_path / "3.pth.tar", second)
    assert_same(vars(read_checkpoint(tmp_path / "3.pth.tar")), vars(first))

    raw = torch.load(tmp_path / "3.pth.tar", weights_only=True)
    assert list(raw) == [*NETWORKS, *(f"optimizer_{n}" for n in NETWORKS), "epoch"]
    for name in NETWORKS:
        assert type(raw[name]) is OrderedDict
        assert_same(dict(raw[name]), dict(values[name]))
        state = raw[f"optimizer_{name}"]
        count = len(list(getattr(trainer.model, name).parameters()))
        assert list(state["state"]) == state["param_groups"][0]["params"] == list(range(count))


@pytest.mark.parametrize("suffix", [".pth.tar", ".safetensors"])
@pytest.mark.parametrize("old", [True, False])
def test_training_goes_on_as_if_never_stopped(trainer, configs, tmp_path, suffix, old):
    values = as_torch_1_0(trainer.values()) if old else trainer.values()
    path = tmp_path / f"cpk{suffix}"
    write_checkpoint(path, read_checkpoint(save(values, tmp_path / "original")))
    trainer.step()

    other = Trainer(configs["tiny32"])
    found = read_checkpoint(path)
    for name in NETWORKS:
        getattr(other.model, name).load_state_dict(found.networks[name])
        other.adams[name].load_state_dict(found.optimizers[name])
    other.step()
    assert_same(dict(other.model.state_dict()), dict(trainer.model.state_dict()))
    fresh = Trainer(configs["tiny32"])
    for name in NETWORKS:
        getattr(fresh.model, name).load_state_dict(found.networks[name])
    fresh.step()
    weights = fresh.model.generator.final.weight
    assert not torch.equal(weights, trainer.model.generator.final.weight)


def test_same_checkpoint_same_bytes(trainer, tmp_path):
    found = read_checkpoint(save(trainer.values(), tmp_path / "in"))
    turned = replace(
        found, networks=dict(reversed(found.networks.items())), optimizers=dict(found.optimizers)
    )
    for suffix in (".pth.tar", ".safetensors"):
        paths = [tmp_path / f"{name}{suffix}" for name in ("a", "longer name")]
        write_checkpoint(paths[0], found)
        write_checkpoint(paths[1], turned)
        assert paths[0].read_bytes() == paths[1].read_bytes()
        assert paths[0].stat().st_mode == (tmp_path / "in").stat().st_mode
    assert len(list(tmp_path.iterdir())) == 5  # nothing temporary stays
    write_checkpoint(tmp_path / "c.pth.tar", read_checkpoint(tmp_path / "a.safetensors"))
    assert (tmp_path / "c.pth.tar").read_bytes() == (tmp_path / "a.pth.tar").read_bytes()


def test_our_file_says_what_it_is(trainer, tmp_path):
    found = read_checkpoint(save(trainer.values(), tmp_path / "in"), align_corners=False)
    write_checkpoint(tmp_path / "out.safetensors", found)
    with safe_open(tmp_path / "out.safetensors", framework="pt") as file:
        assert set(file.metadata()) == {"fomm"}
        about = json.loads(file.metadata()["fomm"])
        keys = set(file.keys())
    assert set(about) == {"config", "align_corners", "epoch", "optimizers", "format"}
    assert (about["align_corners"], about["epoch"], about["format"]) == (False, 99, 1)
    assert FOMMConfig.from_mapping(about["config"]) == found.config
    assert {"generator.final.weight", "kp_detector.kp.bias"} < keys
    assert {f"optimizer_kp_detector.0.{n}" for n in ("exp_avg", "exp_avg_sq", "step")} < keys
    again = read_checkpoint(tmp_path / "out.safetensors")
    assert again.align_corners is False
    assert read_checkpoint(tmp_path / "out.safetensors", align_corners=True).align_corners is True


def test_options_that_no_shape_tells_stay_in_ours(trainer, tmp_path):
    found = read_checkpoint(save(trainer.values(), tmp_path / "in"))
    detector = replace(found.config.kp_detector_params, temperature=0.2)
    changed = replace(found, config=replace(found.config, kp_detector_params=detector, size=32))
    write_checkpoint(tmp_path / "out.safetensors", changed)
    assert read_checkpoint(tmp_path / "out.safetensors").config == changed.config


def test_prefix_half_precision_and_other_orders(trainer, tmp_path):
    values = trainer.values()
    bent = {
        name: {
            f"module.{key}": value.half() if value.is_floating_point() else value
            for key, value in reversed(values[name].items())
        }
        for name in ("kp_detector", "generator")
    }
    found = read_checkpoint(save(bent, tmp_path / "bent"))
    assert (found.epoch, found.optimizers) == (None, {})
    assert list(found.networks) == ["generator", "kp_detector"]
    for name, state in found.networks.items():
        assert list(state) == list(values[name])
        for key, value in state.items():
            if value.is_floating_point():
                assert value.dtype == torch.float32
                assert torch.equal(value, values[name][key].half().float())


def test_a_discriminator_that_tells_nothing_is_left_out(trainer, tmp_path):
    values = trainer.values() | {"discriminator": {"strange": torch.ones(2)}}
    with pytest.warns(UserWarning, match="left the discriminator out"):
        found = read_checkpoint(save(values, tmp_path / "cpk"))
    assert found.config.discriminator_params is None


def test_an_optimizer_that_does_not_fit_is_left_out(trainer, tmp_path):
    values = trainer.values()
    values["optimizer_generator"] = values["optimizer_kp_detector"]
    with pytest.warns(UserWarning, match="left the optimizer of generator out"):
        found = read_checkpoint(save(values, tmp_path / "cpk"))
    assert set(found.optimizers) == {"discriminator", "kp_detector"}


def test_an_optimizer_without_its_network_is_left_out(trainer, tmp_path):
    values = trainer.values()
    del values["discriminator"]
    path = save(values, tmp_path / "cpk")
    found = read_checkpoint(path, config=trainer.model.config)
    assert set(found.optimizers) == set(found.networks) == {"generator", "kp_detector"}


def test_other_entries_are_left_out_and_named(trainer, tmp_path):
    path = save(trainer.values() | {"scheduler": [1]}, tmp_path / "cpk")
    with pytest.warns(UserWarning, match="scheduler"):
        read_checkpoint(path)


def test_networks_alone_as_safetensors(trainer, tmp_path):
    state = trainer.model.state_dict()
    save_file(dict(state), tmp_path / "bare.safetensors")
    found = read_checkpoint(tmp_path / "bare.safetensors")
    assert found.align_corners is True
    assert_same(found.networks["kp_detector"], dict(trainer.model.kp_detector.state_dict()))


@pytest.mark.parametrize("suffix", [".pth.tar", ".safetensors"])
def test_permissions_stay_and_links_are_not_followed(trainer, tmp_path, suffix):
    found = read_checkpoint(save(trainer.values(), tmp_path / "in"))
    path, victim = tmp_path / f"cpk{suffix}", tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / f".{path.name}.part").symlink_to(victim)
    write_checkpoint(path, found)
    path.chmod(0o640)
    write_checkpoint(path, found)
    assert path.stat().st_mode & 0o777 == 0o640
    assert victim.read_text() == "precious"


def test_rounding_of_float64_is_said(trainer, tmp_path):
    values = trainer.values()
    exact = {key: value.double() for key, value in values["kp_detector"].items()}
    values["kp_detector"] = {
        key: exact[key] if value.is_floating_point() else value
        for key, value in values["kp_detector"].items()
    }
    read_checkpoint(save(values, tmp_path / "exact"))
    values["kp_detector"]["kp.bias"] = exact["kp.bias"] + 1e-12
    with pytest.warns(UserWarning, match="float64 to float32: 'kp_detector.kp.bias'$"):
        read_checkpoint(save(values, tmp_path / "rounded"))
