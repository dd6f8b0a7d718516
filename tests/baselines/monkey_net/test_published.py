"""The checkpoint border: published keys, shapes, order and sizes; files of the original."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import torch
import yaml

from baselines.monkey_net import MonkeyNet
from baselines.monkey_net.checkpoint import load_released
from datasets.registry import UsageError
from fomm.settings.file import read_config

CONFIGS = Path(__file__).parents[3] / "baselines" / "monkey_net" / "configs"
MILLIONS = {  # generator, discriminator, detector
    "actions": (19.09, 1.72, 9.41),
    "bair": (19.09, 1.72, 9.41),
    "moving-gif": (52.24, 1.72, 14.13),
    "nemo": (19.09, 1.72, 9.41),
    "shapes": (2.11, 1.71, 1.03),
    "taichi": (28.53, 1.72, 14.13),
    "vox": (80.63, 1.72, 14.13),
}

OURS = ("bodies-256", "mgif-256")


def build(name: str) -> MonkeyNet:
    with torch.device("meta"):
        return MonkeyNet.from_config(yaml.safe_load((CONFIGS / f"{name}.yaml").read_text()))


@pytest.mark.parametrize("name", ["taichi", "vox"])
def test_keys_shapes_and_order_are_the_published_ones(name, published_keys):
    model = build(name)
    for network, shapes in published_keys(name).items():
        state = getattr(model, network).state_dict()
        assert {key: list(value.shape) for key, value in state.items()} == shapes
        assert list(state) == list(shapes)


@pytest.mark.parametrize("name", MILLIONS)
def test_sizes_are_the_published_ones(name):
    model = build(name)
    parts = (model.generator, model.discriminator, model.kp_detector)
    counts = [sum(p.numel() for p in part.parameters()) / 1e6 for part in parts]
    assert counts == pytest.approx(MILLIONS[name], abs=0.005)


def test_every_configuration_is_tested():
    assert {path.stem for path in CONFIGS.glob("*.yaml")} == {*MILLIONS, "mini", *OURS}


@pytest.mark.parametrize("name", OURS)
def test_what_was_not_published_has_the_networks_of_vox(name):
    """They differ from it in what their comment says: the schedule and the augmentation."""
    ours, vox = (read_config(CONFIGS / f"{base}.yaml") for base in (name, "vox"))
    MonkeyNet.from_config(ours)
    assert {key for key in vox if ours[key] != vox[key]} <= {"train_params", "augmentation_params"}
    assert ours["train_params"] != vox["train_params"]


def released(model: MonkeyNet) -> dict[str, object]:
    """What the original saves."""
    content: dict[str, object] = {
        name: network.state_dict() for name, network in model.named_children()
    }
    adam = torch.optim.Adam(model.generator.parameters())
    return content | {"optimizer_generator": adam.state_dict(), "epoch": 3, "it": 200}


@pytest.mark.parametrize("legacy", [True, False])
def test_a_released_file_is_read(legacy, tmp_path, configs, seeded, source):
    model, path = seeded("taichi_like").eval(), tmp_path / "00000003-checkpoint.pth.tar"
    torch.save(released(model), path, _use_new_zipfile_serialization=not legacy)
    again = load_released(path, configs["taichi_like"])
    assert not again.training
    with torch.no_grad():
        a, b = model.kp_detector(source), again.kp_detector(source)
    assert all(torch.equal(a[key], b[key]) for key in a)


def test_the_discriminator_may_be_missing(tmp_path, configs, seeded):
    content = released(seeded("taichi_like"))
    del content["discriminator"]
    torch.save(content, tmp_path / "a.pth")
    load_released(tmp_path / "a.pth", configs["taichi_like"])


class Harmful:
    """A pickle that would create a file when it is read."""

    def __reduce__(self):
        return (Path.touch, (Path("harm-was-done"),))


def foreign(kind: str, model: MonkeyNet) -> object:
    content = released(model)
    generator = dict(content["generator"])
    if kind == "list":
        return [1, 2]
    if kind == "no detector":
        return {"generator": generator}
    if kind == "numbers":
        return content | {"kp_detector": 3}
    if kind == "other keys":
        return content | {"generator": {f"module.{k}": v for k, v in generator.items()}}
    if kind == "other shape":
        key = "refinement_module.conv-last.weight"
        return content | {"generator": generator | {key: torch.zeros(3, 7, 1, 1, 1)}}
    return content | {"generator": generator | {"refinement_module.conv-last.bias": "text"}}


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("list", "holds a list"),
        ("no detector", "no kp_detector in it"),
        ("numbers", "its kp_detector is a int"),
        ("other keys", "are missing"),
        ("other shape", r"conv-last.weight has shape \(3, 7, 1, 1, 1\), not"),
        ("text", "conv-last.bias has shape None"),
    ],
)
def test_foreign_checkpoints_are_refused(kind, message, tmp_path, configs, seeded):
    path = tmp_path / "foreign.pth.tar"
    torch.save(foreign(kind, seeded("taichi_like")), path)
    with pytest.raises(UsageError, match=message):
        load_released(path, configs["taichi_like"])


def test_another_configuration_is_refused(tmp_path, configs, seeded):
    torch.save(released(seeded("taichi_like")), tmp_path / "a.pth")
    with pytest.raises(UsageError, match="its generator is not that of this configuration"):
        load_released(tmp_path / "a.pth", configs["vox_like"])


def test_files_that_are_no_checkpoints_are_refused(tmp_path, configs, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("text.pth").write_text("no checkpoint")
    Path("empty.pth").touch()
    Path("harmful.pth").write_bytes(pickle.dumps(Harmful()))
    for name in ("text", "empty", "harmful", "nowhere"):
        with pytest.raises(UsageError, match=f"{name}.pth: (is no|no such) checkpoint"):
            load_released(Path(f"{name}.pth"), configs["taichi_like"])
    assert not Path("harm-was-done").exists()


def test_a_half_written_file_is_refused(tmp_path, configs, seeded):
    path = tmp_path / "cut.pth.tar"
    torch.save(released(seeded("taichi_like")), path)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(UsageError, match="is no checkpoint"):
        load_released(path, configs["taichi_like"])
