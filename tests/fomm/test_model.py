"""The whole model against the original's numbers, names and shapes."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch

from fomm import FOMM, FOMMConfig

# Tolerances measured between two torch versions running the original (golden README).
TOLERANCE = {"value": 2e-5, "jacobian": 2e-5, "deformed": 1e-3, "sparse_deformed": 1e-3}
EVALS = ["tiny32", "tiny64", "tiny64_half", "tiny64_singlejac", "tiny64_nojac", "tiny64_noocc"]
FULL = {
    "taichi": ({}, {}),
    "taichi-adv": ({}, {"use_kp": True}),
    "vox": ({}, {"sn": True}),
    "vox-adv": ({}, {"use_kp": True}),
    "mgif": ({"single_jacobian_map": True}, {"sn": True}),
}


def run(model: FOMM, source, driving) -> dict[str, torch.Tensor]:
    with torch.no_grad():
        kp_source, kp_driving = model.kp_detector(source), model.kp_detector(driving)
        out = model.generator(source, kp_source=kp_source, kp_driving=kp_driving)
    for name, kp in (("source", kp_source), ("driving", kp_driving)):
        out |= {f"kp_{name}_{k}": v for k, v in kp.items()}
    return out


def errors(out, expected) -> dict[str, float]:
    names = [name for name in expected if not name.startswith("dbg")]
    assert set(out) == set(names)
    return {name: np.abs(out[name].numpy() - expected[name]).max() for name in names}


def within(found: dict[str, float]) -> bool:
    return all(
        error <= TOLERANCE.get(re.sub("kp_(source|driving)_", "", name), 5e-5)
        for name, error in found.items()
    )


@pytest.fixture
def evaluated(configs, seed_weights, image):
    def make(name: str, **options) -> dict[str, torch.Tensor]:
        model = FOMM.from_config(configs[name], **options).eval()
        seed_weights(model.kp_detector)
        seed_weights(model.generator)
        size = configs[name]["size"]
        return run(model, image(123, size), image(456, size))

    return make


@pytest.mark.parametrize("name", EVALS)
def test_eval_matches_the_original(golden, evaluated, name):
    found = errors(evaluated(name), golden(f"eval_{name}_B_blocks_ac_true.npz"))
    assert within(found), found


def test_align_corners_tells_native_from_published(golden, evaluated):
    expected = golden("eval_tiny64_B_blocks_native.npz")
    assert within(errors(evaluated("tiny64", align_corners=False), expected))
    wrong = errors(evaluated("tiny64"), expected)
    assert wrong["deformed"] > 0.5
    assert wrong["prediction"] > 0.05


@pytest.mark.parametrize("name", FULL)
def test_keys_shapes_and_order_are_the_published_ones(configs, published_keys, name):
    detector, discriminator = FULL[name]
    config = dict(configs["taichi256"])
    config["kp_detector_params"] = config["kp_detector_params"] | detector
    config["discriminator_params"] = {
        "scales": [1], "block_expansion": 32, "max_features": 512, "num_blocks": 4,
    } | discriminator  # fmt: skip
    with torch.device("meta"):
        model = FOMM.from_config(config)
    for part, keys in published_keys(name).items():
        state = getattr(model, part).state_dict()
        assert [(k, list(v.shape)) for k, v in state.items()] == [
            (k, list(shape)) for k, shape in keys.items()
        ]


def test_num_batches_tracked_stays_zero_and_statistics_move(configs, image):
    model = FOMM.from_config(configs["tiny32"]).train()
    model.kp_detector(image(1, 32))
    state = model.kp_detector.state_dict()
    assert all(not v.any() for k, v in state.items() if k.endswith("num_batches_tracked"))
    assert any(v.any() for k, v in state.items() if k.endswith("running_mean"))


def test_encoding_once_equals_the_plain_forward(configs, seed_weights, image):
    model = FOMM.from_config(configs["tiny64_half"]).eval()
    seed_weights(model.kp_detector)
    seed_weights(model.generator)
    source, driving = image(123, 64)[:1], image(456, 64)
    with torch.no_grad():
        kp_source, kp_driving = model.kp_detector(source), model.kp_detector(driving)
        encoded = model.generator.encode_source(source)
        cached = model.generator.animate(encoded, kp_source=kp_source, kp_driving=kp_driving)
        repeated = {k: v.expand(2, *v.shape[1:]) for k, v in kp_source.items()}
        plain = model.generator(
            source.expand(2, -1, -1, -1), kp_source=repeated, kp_driving=kp_driving
        )
    assert set(cached) == {"prediction", "deformation", "occlusion_map"}
    for name, value in cached.items():
        torch.testing.assert_close(value, plain[name], rtol=0, atol=2e-5)


def test_channels_last_computes_the_same(configs, seed_weights, image):
    model = FOMM.from_config(configs["tiny64_half"]).eval()
    seed_weights(model.kp_detector)
    seed_weights(model.generator)
    frames = image(123, 64), image(456, 64)
    plain = run(model, *frames)
    model.to(memory_format=torch.channels_last)
    other = run(model, *(f.to(memory_format=torch.channels_last) for f in frames))
    assert within({k: float((other[k] - plain[k]).abs().max()) for k in plain})


def test_autoencoder_without_dense_motion(configs):
    config = dict(configs["tiny32"])
    config["generator_params"] = {
        k: v for k, v in config["generator_params"].items() if k != "dense_motion_params"
    }
    model = FOMM.from_config(config).eval()
    out = model.generator(torch.rand(2, 3, 32, 32), kp_source={}, kp_driving={})
    assert {k: tuple(v.shape) for k, v in out.items()} == {"prediction": (2, 3, 32, 32)}


def test_mini_config_builds_and_round_trips():
    config = FOMMConfig.load("mini")
    assert FOMMConfig.from_mapping(config.to_mapping()) == config
    assert FOMM.from_config(config).discriminator is None
