from __future__ import annotations

import json

import pytest

from fomm.config import ConfigError, FOMMConfig
from fomm.features import NAMES
from fomm.settings.ranges import FEATURES


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
        ("size", 0, "from 1 to 16384"),
        ("kp_detector_params.pad", -1, "at least 0"),
        ("kp_detector_params.temperature", 0, "a finite number above 0"),
        ("kp_detector_params.temperature", float("nan"), "a finite number above 0"),
        ("kp_detector_params.scale_factor", 2, "1, 1/2, 1/3"),
        ("kp_detector_params.scale_factor", 0, "1, 1/2, 1/3"),
        ("kp_detector_params.scale_factor", 0.3, "1, 1/2, 1/3"),
        ("generator_params.dense_motion_params.scale_factor", 3, "1, 1/2, 1/3"),
        ("generator_params.num_down_blocks", -1, "from 0 to 16"),
        ("train_params.lr_generator", float("inf"), "a finite number above 0"),
        ("train_params.lr_generator", 0, "a finite number above 0"),
        ("train_params.lr_kp_detector", -0.1, "a finite number from 0 on"),
        ("train_params.transform_params.sigma_tps", -0.1, "a finite number from 0 on"),
        ("train_params.loss_weights.l1", -1, "a finite number from 0 on"),
        ("train_params.loss_weights.perceptual", [1, -1], "a finite number from 0 on"),
        ("train_params.features", "vgg16", "efficientnet-lite0 or vgg19"),
        ("train_params.num_epochs", 0, "at least 1"),
        ("dataset_params.augmentation_params.jitter_param.hue", 0.6, "from 0 to 0.5"),
        ("train_params.scales", [1, 2], "1, 1/2, 1/3"),
    ],
)
def test_values_out_of_range_are_refused_with_what_is_allowed(configs, path, value, allowed):
    got = value[-1] if isinstance(value, list) else value
    message = f"^config.{path}: must be {allowed}.*, got '?{got}"
    with pytest.raises(ConfigError, match=message):
        FOMMConfig.from_mapping(changed(configs["tiny32"], path.split("."), value))


LEVELS = {
    "": "size",
    "common_params": "num_kp",
    "kp_detector_params": "temperature",
    "generator_params": "num_down_blocks",
    "generator_params.dense_motion_params": "kp_variance",
    "discriminator_params": "use_kp",
    "train_params": "lr_kp_detector",
    "train_params.transform_params": "sigma_tps",
    "train_params.loss_weights": "perceptual",
    "dataset_params": "id_sampling",
    "dataset_params.augmentation_params": "flip_param",
    "dataset_params.augmentation_params.flip_param": "time_flip",
    "dataset_params.augmentation_params.jitter_param": "hue",
    "dataset_params.augmentation_params.resize_param": "ratio",
    "dataset_params.augmentation_params.crop_param": "size",
}


@pytest.mark.parametrize(("place", "known"), LEVELS.items())
def test_an_unknown_key_is_refused_at_every_level(place, known):
    values = FOMMConfig.load("mgif").to_mapping()
    path = [*filter(None, place.split(".")), "nonsense"]
    where = ".".join(["config", *path[:-1]])
    with pytest.raises(
        ConfigError, match=rf"^{where}: unknown key 'nonsense'; known: .*\b{known}\b"
    ):
        FOMMConfig.from_mapping(changed(values, path, 1))


def test_no_level_was_forgotten():
    def levels(values, place=""):
        yield place
        for key, value in values.items():
            if isinstance(value, dict):
                yield from levels(value, f"{place}.{key}".strip("."))

    assert set(levels(FOMMConfig.load("mgif").to_mapping())) == set(LEVELS)


def test_losses_need_a_scale(configs):
    train = {"scales": [], "loss_weights": {"perceptual": []}}
    assert FOMMConfig.from_mapping(configs["tiny32"] | {"train_params": train})
    with pytest.raises(ConfigError, match=r"^config.train_params.scales: .* got \[\]"):
        FOMMConfig.from_mapping(configs["tiny32"] | {"train_params": {"scales": []}})
    with pytest.raises(ConfigError, match=r"^config.discriminator_params.scales: .* got \[\]"):
        FOMMConfig.from_mapping(configs["tiny32"] | {"discriminator_params": {"scales": []}})


@pytest.mark.parametrize(
    ("name", "path", "value", "message"),
    [
        ("taichi", "discriminator_params.scales", [1, 0.75 / 3], None),
        (
            "taichi",
            "train_params.scales",
            [0.5, 0.25],
            r"discriminator_params.scales: 1 must also be in train_params.scales, which are 0.5,",
        ),
        (
            "taichi",
            "common_params.estimate_jacobian",
            False,
            r"equivariance_jacobian: must be 0, since the detector has no jacobians",
        ),
        ("taichi", "size", 320, r"size: must be a multiple of 128 for kp_detector_params, got 320"),
        (
            "taichi",
            "generator_params.dense_motion_params.scale_factor",
            0.1,
            r"a multiple of 320 for generator_params.dense_motion_params, got 256",
        ),
        (
            "taichi",
            "generator_params.num_down_blocks",
            9,
            r"a multiple of 512 for generator_params.num_down_blocks",
        ),
        (
            "taichi",
            "train_params.loss_weights.perceptual",
            [1] * 6,
            r"loss_weights.perceptual: vgg19 has 5 taps, got 6 weights",
        ),
        (
            "taichi",
            "train_params.scales",
            [1, 1 / 32],
            r"needs pictures of 16 pixels, got 8 \(size 256 at scale 0.03125\)",
        ),
        (
            "fashion",
            "train_params.loss_weights.feature_matching",
            [10] * 3,
            r"feature_matching: must be 4 weights, one per block .* got 3",
        ),
        ("taichi", "train_params.loss_weights.feature_matching", [10] * 3, None),
        (
            "fashion",
            "discriminator_params",
            None,
            r"generator_gan: must be 0 without discriminator_params",
        ),
        ("taichi", "discriminator_params", None, None),
        ("taichi", "train_params.batch_size", None, r"num_epochs and batch_size .* together"),
        ("base", "train_params.epoch_milestones", [3], r"epoch_milestones: needs num_epochs"),
        ("base", "dataset_params", {}, r"dataset_params: needs train_params.num_epochs"),
        ("taichi", "train_params.epoch_milestones", [90, 60], r"must rise, got \[90, 60\]"),
        ("taichi", "train_params.start_epoch", 100, r"must be below num_epochs \(100\), got 100"),
        (
            "mgif",
            "dataset_params.augmentation_params.crop_param.size",
            [256, 128],
            r"must be \[256, 256\] \(size\), got \[256, 128\]",
        ),
        (
            "mgif",
            "dataset_params.augmentation_params.crop_param.size",
            [256],
            r"expected a list of 2, got \[256\]",
        ),
        (
            "mgif",
            "dataset_params.augmentation_params.crop_param",
            None,
            r"resize_param: needs crop_param",
        ),
        (
            "mgif",
            "dataset_params.augmentation_params.resize_param.ratio",
            [1.1, 0.9],
            r"must be \[lowest, highest\], got \[1.1, 0.9\]",
        ),
    ],
)
def test_sections_must_fit_each_other(name, path, value, message):
    values = changed(FOMMConfig.load(name).to_mapping(), path.split("."), value)
    if message is None:
        assert FOMMConfig.from_mapping(values)
        return
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


def test_the_feature_networks_are_those_that_can_be_loaded():
    assert set(FEATURES) == set(NAMES)
