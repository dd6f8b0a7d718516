from __future__ import annotations

import json

import pytest

from fomm.config import ConfigError, FOMMConfig


def changed(values, path, value):
    """A copy of ``values`` with ``value`` at the end of ``path``."""
    made = node = json.loads(json.dumps(values))
    for key in path[:-1]:
        node = node.setdefault(key, {})
    node[path[-1]] = value
    return made


def test_golden_configs_read_and_survive_json(configs):
    for values in configs.values():
        config = FOMMConfig.from_mapping(values)
        assert FOMMConfig.from_mapping(json.loads(json.dumps(config.to_mapping()))) == config


def test_discriminator_is_optional_and_scales_become_floats(configs):
    values = configs["tiny32"] | {"discriminator_params": {"scales": [1, 0.5]}}
    config = FOMMConfig.from_mapping(values)
    assert config.discriminator_params.scales == (1.0, 0.5)
    assert FOMMConfig.from_mapping(config.to_mapping()) == config
    assert FOMMConfig.from_mapping(configs["tiny32"]).discriminator_params is None


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (
            ("common_params", "num_kps"),
            3,
            r"config.common_params: unknown key 'num_kps'; known: num_kp,",
        ),
        (("common_params", "num_kp"), "3", r"config.common_params.num_kp: expected int, got '3'"),
        (("common_params", "num_kp"), True, r"expected int, got True"),
        (
            ("generator_params", "dense_motion_params"),
            3,
            r"dense_motion_params: expected a mapping",
        ),
        (("discriminator_params",), {"scales": 1}, r"scales: expected a list, got 1"),
    ],
)
def test_wrong_values_are_refused_with_their_place(configs, path, value, message):
    with pytest.raises(ConfigError, match=message):
        FOMMConfig.from_mapping(changed(configs["tiny32"], path, value))


@pytest.mark.parametrize(
    ("path", "value", "allowed"),
    [
        ("common_params.num_kp", -3, "at least 1"),
        ("common_params.num_kp", 0, "at least 1"),
        ("size", 0, "at least 1"),
        ("kp_detector_params.pad", -1, "at least 0"),
        ("kp_detector_params.temperature", 0, "a finite number above 0"),
        ("kp_detector_params.temperature", float("nan"), "a finite number above 0"),
        ("kp_detector_params.scale_factor", 2, "1, 1/2, 1/3"),
        ("kp_detector_params.scale_factor", 0, "1, 1/2, 1/3"),
        ("kp_detector_params.scale_factor", 0.3, "1, 1/2, 1/3"),
        ("generator_params.dense_motion_params.scale_factor", 3, "1, 1/2, 1/3"),
        ("generator_params.num_down_blocks", -1, "at least 0"),
        ("train_params.learning_rate", float("inf"), "a finite number above 0"),
        ("train_params.sigma_tps", -0.1, "a finite number from 0 on"),
        ("train_params.weights.l1", -1, "a finite number from 0 on"),
        ("train_params.weights.perceptual", [1, -1], "a finite number from 0 on"),
        ("train_params.scales", [1, 2], "1, 1/2, 1/3"),
    ],
)
def test_values_out_of_range_are_refused_with_what_is_allowed(configs, path, value, allowed):
    got = value[-1] if isinstance(value, list) else value
    message = f"^config.{path}: must be {allowed}.*, got {got}"
    with pytest.raises(ConfigError, match=message):
        FOMMConfig.from_mapping(changed(configs["tiny32"], path.split("."), value))


def test_losses_need_a_scale(configs):
    train = {"scales": [], "weights": {"perceptual": []}}
    assert FOMMConfig.from_mapping(configs["tiny32"] | {"train_params": train})
    with pytest.raises(ConfigError, match=r"^config.train_params.scales: .* got \[\]"):
        FOMMConfig.from_mapping(configs["tiny32"] | {"train_params": {"scales": []}})
    with pytest.raises(ConfigError, match=r"^config.discriminator_params.scales: .* got \[\]"):
        FOMMConfig.from_mapping(configs["tiny32"] | {"discriminator_params": {"scales": []}})


@pytest.mark.parametrize("name", ["mini", "full"])
def test_the_configurations_of_the_package_are_in_range(name):
    assert FOMMConfig.load(name).size


def test_missing_keys_and_files_are_named(tmp_path):
    with pytest.raises(ConfigError, match=r"key 'common_params' is missing"):
        FOMMConfig.from_mapping({"size": 64})
    with pytest.raises(ConfigError, match=r"not found; .* one of: .*mini"):
        FOMMConfig.load("maxi")
    empty = tmp_path / "empty.yaml"
    empty.write_text("")
    with pytest.raises(ConfigError, match=r"empty.yaml: expected a mapping"):
        FOMMConfig.load(empty)
