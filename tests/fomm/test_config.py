from __future__ import annotations

import json

import pytest

from fomm.config import ConfigError, FOMMConfig


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
    values = json.loads(json.dumps(configs["tiny32"]))
    node = values
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    with pytest.raises(ConfigError, match=message):
        FOMMConfig.from_mapping(values)


def test_missing_keys_and_files_are_named(tmp_path):
    with pytest.raises(ConfigError, match=r"key 'common_params' is missing"):
        FOMMConfig.from_mapping({"size": 64})
    with pytest.raises(ConfigError, match=r"not found; .* one of: .*mini"):
        FOMMConfig.load("maxi")
    empty = tmp_path / "empty.yaml"
    empty.write_text("")
    with pytest.raises(ConfigError, match=r"empty.yaml: expected a mapping"):
        FOMMConfig.load(empty)
