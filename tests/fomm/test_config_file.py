"""The configurations of the package against the published table; what files may inherit."""

from __future__ import annotations

import pytest
import torch
import yaml

from fomm import FOMM
from fomm.config import ConfigError, FOMMConfig
from fomm.settings.file import CONFIGS, read_config

NAMES = ("taichi", "taichi-adv", "vox", "vox-adv", "fashion", "mgif", "bair", "nemo")
ALL = {"brightness": 0.1, "contrast": 0.1, "saturation": 0.1, "hue": 0.1}
NONE = dict.fromkeys(ALL, 0.0)

# Row by row as published, one value per name.
TABLE = {
    "id_sampling": (True, True, True, True, False, False, False, False),
    "jitter": (ALL, ALL, ALL, ALL, NONE | {"hue": 0.1}, NONE | {"hue": 0.5}, ALL, None),
    "resize": (None, None, None, None, None, (0.9, 1.1), None, None),
    "crop": (None, None, None, None, None, (256, 256), None, None),
    "single_jacobian_map": (False, False, False, False, False, True, False, False),
    "sn": (False, False, True, False, False, True, True, True),
    "use_kp": (False, True, False, True, False, False, False, False),
    "num_epochs": (100, 150, 100, 150, 100, 100, 20, 100),
    "num_repeats": (150, 150, 75, 75, 50, 25, 1, 8),
    "milestones": ((60, 90), (), (60, 90), (), (60, 90), (60, 90), (12, 18), (60, 90)),
    "batch_size": (30, 27, 40, 36, 27, 36, 36, 36),
    "lr_kp_detector": (2e-4, 0.0, 2e-4, 2e-4, 2e-4, 2e-4, 2e-4, 2e-4),
    "generator_gan": (0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0),
}
# Not in the table, but in the text: the adversarial models continue the plain ones.
START = (0, 100, 0, 100, 0, 0, 0, 0)

COMMON = {
    "common_params": {"num_kp": 10, "num_channels": 3, "estimate_jacobian": True},
    "kp_detector_params": {
        "temperature": 0.1,
        "block_expansion": 32,
        "max_features": 1024,
        "num_blocks": 5,
        "scale_factor": 0.25,
        "pad": 0,
    },
    "generator_params": {
        "block_expansion": 64,
        "max_features": 512,
        "num_down_blocks": 2,
        "num_bottleneck_blocks": 6,
        "estimate_occlusion_map": True,
        "dense_motion_params": {
            "block_expansion": 64,
            "max_features": 1024,
            "num_blocks": 5,
            "scale_factor": 0.25,
            "kp_variance": 0.01,
        },
    },
    "discriminator_params": {
        "scales": [1.0],
        "block_expansion": 32,
        "max_features": 512,
        "num_blocks": 4,
        "kp_variance": 0.01,
    },
    "train_params": {
        "lr_generator": 2e-4,
        "lr_discriminator": 2e-4,
        "scales": [1.0, 0.5, 0.25, 0.125],
        "transform_params": {"sigma_affine": 0.05, "sigma_tps": 0.005, "points_tps": 5},
        "features": "vgg19",
        "loss_weights": {
            "discriminator_gan": 1.0,
            "feature_matching": [10.0] * 4,
            "perceptual": [10.0] * 5,
            "equivariance_value": 10.0,
            "equivariance_jacobian": 10.0,
            "l1": 0.0,
        },
    },
    "size": 256,
}


def cells(config: FOMMConfig) -> dict[str, object]:
    """What ``config`` says in the rows of the table."""
    train, data = config.train_params, config.dataset_params
    augmentation = data.augmentation_params
    jitter, resize, crop = (
        getattr(augmentation, f"{name}_param") for name in ("jitter", "resize", "crop")
    )
    return {
        "id_sampling": data.id_sampling,
        "jitter": vars(jitter) if jitter else None,
        "resize": resize.ratio if resize else None,
        "crop": crop.size if crop else None,
        "single_jacobian_map": config.kp_detector_params.single_jacobian_map,
        "sn": config.discriminator_params.sn,
        "use_kp": config.discriminator_params.use_kp,
        "num_epochs": train.num_epochs,
        "num_repeats": train.num_repeats,
        "milestones": train.epoch_milestones,
        "batch_size": train.batch_size,
        "lr_kp_detector": train.lr_kp_detector,
        "generator_gan": train.loss_weights.generator_gan,
    }


@pytest.mark.parametrize("name", NAMES)
def test_every_cell_of_the_published_table(name):
    config, column = FOMMConfig.load(name), NAMES.index(name)
    assert cells(config) == {row: values[column] for row, values in TABLE.items()}
    assert config.train_params.start_epoch == START[column]
    flip = config.dataset_params.augmentation_params.flip_param
    assert flip.time_flip and flip.horizontal_flip


def within(values, wanted, place=""):
    """Assert that all that is in ``wanted`` is in ``values``."""
    for key, value in wanted.items():
        if isinstance(value, dict):
            within(values[key], value, f"{place}.{key}")
        else:
            assert values[key] == value, f"{place}.{key}"


@pytest.mark.parametrize("name", [*NAMES, "base"])
def test_what_all_published_configurations_share(name):
    within(FOMMConfig.load(name).to_mapping(), COMMON)


@pytest.mark.parametrize("name", ["taichi", "vox"])
def test_512_differs_in_size_and_scale_alone(name):
    small, large = (FOMMConfig.load(n).to_mapping() for n in (name, f"{name}-512"))
    assert large["size"] == 512
    motion = large["generator_params"]["dense_motion_params"]
    assert motion["scale_factor"] == large["kp_detector_params"]["scale_factor"] == 0.125
    large["size"] = 256
    motion["scale_factor"] = large["kp_detector_params"]["scale_factor"] = 0.25
    assert small == large


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_configuration_reads_and_survives(path):
    config = FOMMConfig.load(path.stem)
    assert FOMMConfig.load(path) == config
    assert FOMMConfig.from_mapping(config.to_mapping()) == config


def count(module) -> int:
    return sum(p.numel() for p in module.parameters())


@pytest.mark.parametrize("name", [*NAMES, "taichi-512"])
def test_parameter_counts_are_the_published_ones(name):
    with torch.device("meta"):
        model = FOMM.from_config(FOMMConfig.load(name))
    assert count(model.generator) == 45_575_391
    assert count(model.kp_detector) == (14_153_592 if name == "mgif" else 14_215_368)
    assert count(model.discriminator) == (2_769_089 if name.endswith("-adv") else 2_758_849)


def write(folder, **files):
    for name, values in files.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(values))


def test_inheritance_merges_replaces_and_removes(tmp_path):
    write(
        tmp_path,
        one={"inherits": "mgif", "common_params": {"num_kp": 5}, "train_params": {"scales": [1]}},
        two={
            "inherits": "one",
            "discriminator_params": None,
            "train_params": {"epoch_milestones": None, "loss_weights": {"generator_gan": 0}},
        },
    )
    config, base = FOMMConfig.load(tmp_path / "two.yaml"), FOMMConfig.load("mgif")
    assert config.common_params.num_kp == 5 and config.common_params.estimate_jacobian
    assert config.train_params.scales == (1.0,)
    assert config.train_params.epoch_milestones == ()
    assert config.discriminator_params is None
    assert config.kp_detector_params == base.kp_detector_params
    assert config.dataset_params == base.dataset_params


def test_a_file_beside_comes_before_the_package(tmp_path):
    write(tmp_path, vox={"inherits": "mini", "size": 128}, mine={"inherits": "vox"})
    assert FOMMConfig.load(tmp_path / "mine.yaml").size == 128


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a": {"inherits": "b"}, "b": {"inherits": "a"}}, r"a.yaml: .*a.yaml -> .*b.yaml -> .*a"),
        ({"a": {"inherits": "a"}}, r"a.yaml: inherits in a circle: .*a.yaml -> .*a.yaml"),
        ({"a": {"inherits": "none"}}, r"a.yaml: inherits 'none', but .*none.yaml nor .*none.yaml"),
        ({"a": {"inherits": ["vox", "mini"]}}, r"a.yaml.inherits: expected the name of one base"),
        ({"a": {"inherits": None}}, r"a.yaml.inherits: expected the name of one base"),
        ({"a": {"inherits": "b"}, "b": [1]}, r"b.yaml: expected a mapping, got \[1\]"),
        ({"a": {"inherits": "vox", "sise": 1}}, r"^a.yaml: unknown key 'sise'; known: common_par"),
        (
            {"a": {"inherits": "vox", "train_params": {"lr": 1}}},
            r"^a.yaml.train_params: unknown key 'lr'; known: num_epochs, num_repeats,",
        ),
        ({"a": {"inherits": "vox", "common_params": 3}}, r"common_params: expected a mapping"),
        ({"a": {"inherits": "vox", "size": None, "common_params": None}}, r"'common_params' is mi"),
    ],
)
def test_wrong_inheritance_names_the_files(tmp_path, files, message):
    write(tmp_path, **files)
    with pytest.raises(ConfigError, match=message):
        FOMMConfig.load(tmp_path / "a.yaml")


@pytest.mark.parametrize(
    "text",
    ["size: [", "size: !!python/object/apply:os.system [true]", "\x00", b"\xff\xfe\xfa"],
)
def test_what_is_no_yaml_is_refused_and_never_run(tmp_path, text):
    path = tmp_path / "a.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError, match=r"a.yaml: is no YAML"):
        FOMMConfig.load(path)


@pytest.fixture
def original():
    """A file with the layout of the original's, which holds much that we do not use."""
    networks = read_config("vox-adv")
    sections = ("common_params", "kp_detector_params", "generator_params", "discriminator_params")
    return {
        "dataset_params": {
            "root_dir": "data/vox",
            "frame_shape": [128, 128, 3],
            "id_sampling": True,
            "augmentation_params": {"rotation_param": {"degrees": 10}},
        },
        "model_params": {name: networks[name] for name in sections},
        "train_params": {"num_epochs": 1, "checkpoint_freq": 50, "loss_weights": {}},
        "reconstruction_params": {"num_videos": 1000, "format": ".mp4"},
        "animate_params": {"num_pairs": 50},
        "visualizer_params": {"kp_size": 5},
    }


def test_an_original_file_gives_the_sizes(tmp_path, original):
    original["model_params"]["discriminator_params"] |= {"num_kp": 10, "num_channels": 3}
    write(tmp_path, theirs=original)
    config, ours = FOMMConfig.load(tmp_path / "theirs.yaml"), FOMMConfig.load("vox-adv")
    for section in original["model_params"]:
        assert getattr(config, section) == getattr(ours, section)
    assert config.size == 128
    assert config.train_params is None and config.dataset_params is None
    assert FOMMConfig.from_mapping(config.to_mapping()) == config


@pytest.mark.parametrize("dataset", [None, {}, {"frame_shape": None}])
def test_an_original_file_without_a_frame_shape_is_for_256(tmp_path, original, dataset):
    write(tmp_path, theirs=original | {"dataset_params": dataset})
    assert FOMMConfig.load(tmp_path / "theirs.yaml").size == 256


def test_an_original_file_without_jacobians_reads(tmp_path, original):
    original["model_params"]["common_params"]["estimate_jacobian"] = False
    write(tmp_path, theirs=original)
    assert not FOMMConfig.load(tmp_path / "theirs.yaml").common_params.estimate_jacobian


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("dataset_params", "frame_shape"), [128, 256, 3], r"frame_shape: expected \[side, side"),
        (("dataset_params", "frame_shape"), 256, r"frame_shape: expected \[side, side"),
        (("model_params",), 3, r"theirs.yaml.model_params: expected a mapping, got 3"),
        (("model_params", "sizes"), 3, r"unknown key 'sizes'; known: common_params"),
        (("model_params", "discriminator_params"), {"num_kp": 3}, r"unknown key 'num_kp'"),
    ],
)
def test_wrong_original_files_are_refused(tmp_path, original, path, value, message):
    node = original
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    write(tmp_path, theirs=original)
    with pytest.raises(ConfigError, match=message):
        FOMMConfig.load(tmp_path / "theirs.yaml")
