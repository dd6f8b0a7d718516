"""Models out of checkpoints: the original's numbers, the right sizes, the benchmark's files."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch

from baselines import checkpoint as benchmark
from baselines.checkpoint import CheckpointInfo
from fomm import FOMM, FOMMConfig
from fomm.checkpoint import CheckpointError, read_checkpoint, write_checkpoint

NETWORKS = ("generator", "discriminator", "kp_detector")
DISC = {"scales": [1], "block_expansion": 8, "max_features": 16, "num_blocks": 2, "sn": True}


@pytest.fixture
def model(configs) -> FOMM:
    torch.manual_seed(0)
    return FOMM.from_config(dict(configs["tiny32"], discriminator_params=DISC))


def save(model: FOMM, path: Path, *names: str) -> Path:
    """As torch 1.0 wrote it, without optimizers."""
    values = {name: getattr(model, name).state_dict() for name in names or NETWORKS}
    torch.save(values | {"epoch": 99}, path, _use_new_zipfile_serialization=False)
    return path


def equal(one: dict, other: dict) -> bool:
    return list(one) == list(other) and all(torch.equal(one[k], other[k]) for k in one)


def run(model: FOMM, frames: list[torch.Tensor]) -> dict[str, torch.Tensor]:
    with torch.no_grad():
        kp = [model.kp_detector(x) for x in frames]
        return model.generator(frames[0], kp_source=kp[0], kp_driving=kp[1])


@pytest.mark.parametrize(
    ("name", "mode", "aligned"),
    [
        ("tiny64_half", "ac_true", None),
        ("tiny64_singlejac", "ac_true", None),
        ("tiny64", "native", False),
    ],
)
@pytest.mark.parametrize("ours", [False, True])
def test_a_loaded_model_gives_the_originals_numbers(
    configs, golden, seed_weights, image, tmp_path, name, mode, aligned, ours
):
    model = FOMM.from_config(configs[name])
    for network in (model.generator, model.kp_detector):
        seed_weights(network)
    path = save(model, tmp_path / "golden.pth.tar", "generator", "kp_detector")
    if ours:
        found = read_checkpoint(path, align_corners=aligned)
        path, aligned = tmp_path / "golden.safetensors", None
        write_checkpoint(path, found)
    loaded = FOMM.load(path, align_corners=aligned)
    assert not loaded.training
    expected = golden(f"eval_{name}_B_blocks_{mode}.npz")
    out = run(loaded, [image(123, 64), image(456, 64)])
    for key, tolerance in {"prediction": 5e-5, "mask": 5e-5, "deformed": 1e-3}.items():
        assert np.abs(out[key].numpy() - expected[key]).max() <= tolerance, key


def test_a_loaded_model_knows_what_it_is(model, configs, tmp_path):
    path = save(model, tmp_path / "cpk")
    state = torch.random.get_rng_state()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loaded = FOMM.load(path, align_corners=False, device="cpu")
    assert torch.equal(torch.random.get_rng_state(), state)
    assert loaded.align_corners is loaded.generator.align_corners is False
    assert loaded.config.common_params.num_kp == configs["tiny32"]["common_params"]["num_kp"]
    assert equal(loaded.state_dict(), model.state_dict())
    assert all(p.requires_grad and p.is_contiguous() for p in loaded.parameters())
    elsewhere = FOMM.load(path, device="meta").state_dict()  # stands for any other device
    assert all(value.device.type == "meta" for value in elsewhere.values())


def test_without_a_discriminator(model, tmp_path):
    path = save(model, tmp_path / "cpk", "generator", "kp_detector")
    assert FOMM.load(path).discriminator is None
    config = FOMMConfig.from_mapping(model.config.to_mapping())
    assert config.discriminator_params is not None
    assert read_checkpoint(path, config=config).config == config
    model = FOMM.load(path, config=config)
    assert model.discriminator is None
    assert model.config.discriminator_params is None


@pytest.mark.parametrize("disc", [None, DISC | {"use_kp": True}])
def test_a_discriminator_that_does_not_fit_is_left_out(model, tmp_path, disc):
    path = save(model, tmp_path / "cpk")
    config = model.config.to_mapping() | {"discriminator_params": disc}
    with pytest.warns(UserWarning, match="left the discriminator out"):
        found = read_checkpoint(path, config=config)
    assert "discriminator" not in found.networks | found.optimizers
    with pytest.warns(UserWarning, match="left the discriminator out"):
        assert FOMM.load(path, config=config).discriminator is None


def test_a_configuration_by_name_and_path(tmp_path):
    torch.manual_seed(0)
    model = FOMM(FOMMConfig.load("mini"))
    path = save(model, tmp_path / "cpk", "generator", "kp_detector")
    assert read_checkpoint(path, config="mini").config == model.config
    assert FOMM.load(path, config=FOMMConfig.load("mini")).config.size == 64
    assert FOMM.load(path).config.size == 256


def benchmark_file(path: Path, model: FOMM, **about: object) -> Path:
    """As the benchmark's training writes it."""
    wanted = ("generator.", "kp_detector.")
    weights = {f"fomm.{k}": v for k, v in model.state_dict().items() if k.startswith(wanted)}
    values = {"method": "fomm", "config": model.config.to_mapping()} | about
    info = CheckpointInfo(**values, fingerprint="0", seed=0, steps=7, parameters=1, macs=1)
    benchmark.save(path, weights, info)
    return path


def test_a_checkpoint_of_the_benchmark(model, tmp_path):
    path = benchmark_file(tmp_path / "fomm.safetensors", model)
    found = read_checkpoint(path)
    assert found.config == model.config
    assert found.align_corners is True
    assert FOMM.load(path).discriminator is None
    values = model.config.to_mapping()
    config = values | {"align_corners": False, "train_params": {"an_option_of_old": 1}}
    path = benchmark_file(tmp_path / "old.safetensors", model, config=config)
    with pytest.warns(UserWarning, match="an_option_of_old"):
        found = read_checkpoint(path)
    assert found.align_corners is False
    assert found.config == model.config


def test_a_checkpoint_of_another_method_of_the_benchmark(model, tmp_path):
    path = benchmark_file(tmp_path / "cpk", model, method="x2face")
    with pytest.raises(CheckpointError, match="of method 'x2face', not of FOMM"):
        FOMM.load(path)


@pytest.mark.slow
def test_a_full_size_file_of_the_published_layout(published_keys, tmp_path):
    torch.manual_seed(0)
    values: dict = {
        name: OrderedDict(
            (key, torch.tensor(0) if key.endswith("tracked") else torch.rand(shape))
            for key, shape in keys.items()
        )
        for name, keys in published_keys("taichi").items()
    }
    path = tmp_path / "taichi-cpk.pth.tar"
    torch.save(values | {"epoch": 99}, path, _use_new_zipfile_serialization=False)
    model = FOMM.load(path)
    parts = {n: sum(p.numel() for p in getattr(model, n).parameters()) for n in NETWORKS}
    assert parts == {
        "generator": 45_575_391, "discriminator": 2_758_849, "kp_detector": 14_215_368,
    }  # fmt: skip
    for name in NETWORKS:
        assert equal(getattr(model, name).state_dict(), values[name])
