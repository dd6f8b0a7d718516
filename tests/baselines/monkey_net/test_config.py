"""What configurations and frames are refused, and what is said."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch
import yaml

from baselines.monkey_net import MonkeyNet, MonkeyNetConfig
from datasets.registry import UsageError

CONFIGS = Path(__file__).parents[3] / "baselines" / "monkey_net" / "configs"


def changed(config: dict, path: str, value: object) -> dict:
    config = copy.deepcopy(config)
    *parents, last = path.split(".")
    node = config
    for name in parents:
        node = node[name]
    node[last] = value
    return config


MASK = "generator_params.dense_motion_params.mask_embedding_params"


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("sizze", 3, "unknown key 'sizze'; known: augmentation_params, common_params"),
        ("common_params.num_kp", 0, "num_kp must be at least 1"),
        ("common_params.num_kp", "ten", "expected int, got 'ten'"),
        ("common_params.kp_variance", "martix", "known: matrix, single"),
        ("common_params.kp_variance", -0.1, "kp_variance must be a finite number above 0"),
        ("kp_detector_params.scale_factor", 0.3, "scale_factor must be 1, 1/2"),
        ("kp_detector_params.clip_variance", -1, "clip_variance must be a finite number from 0"),
        ("generator_params.interpolation_mode", "cubic", "known: nearest, trilinear"),
        (f"{MASK}.norm_const", 0, "norm_const must be a finite number above 0"),
        (f"{MASK}.heatmap_typo", "sum", "unknown key 'heatmap_typo'"),
        (MASK, {"use_heatmap": False}, "needs use_heatmap, use_difference or"),
        ("generator_params.dense_motion_params", None, "expected a mapping"),
        ("discriminator_params.scale_factor", 0.5, "the same scale_factor, got 0.5 and 1"),
        (
            "discriminator_params.kp_embedding_params.use_deformed_source_image",
            True,
            "sees no source",
        ),
        ("loss_weights.reconstruction", [10, 10], "must be 5 weights"),
        ("loss_weights.reconstruction", [10, 10, 10, 10, -1], "reconstruction must be a finite"),
        ("transfer_params", {"adapt_varience": True}, "unknown key 'adapt_varience'"),
        ("train_params", {"lr": float("nan")}, "lr must be a finite number above 0"),
        ("size", 60, "size must be a multiple of 16"),
    ],
)
def test_wrong_values_are_refused(path, value, message, configs):
    with pytest.raises(UsageError, match=message):
        MonkeyNet.from_config(changed(configs["vox_like"], path, value))


def test_motion_needs_a_mask_or_a_correction(configs):
    config = changed(configs["taichi_like"], "generator_params.dense_motion_params.use_mask", False)
    path = "generator_params.dense_motion_params.use_correction"
    with pytest.raises(UsageError, match="use_mask or use_correction"):
        MonkeyNet.from_config(changed(config, path, False))


def test_adapting_a_variance_needs_matrices(configs):
    config = configs["single_maskonly"] | {"transfer_params": {"adapt_variance": True}}
    with pytest.raises(UsageError, match="kp_variance: matrix"):
        MonkeyNet.from_config(config)


@pytest.mark.parametrize("name", ["mini", "taichi", "moving-gif", "vox"])
def test_the_size_of_a_configuration_fits_its_networks(name):
    values = yaml.safe_load((CONFIGS / f"{name}.yaml").read_text())
    config = MonkeyNetConfig.from_mapping(values)
    assert config.size is not None and config.size % config.unit == 0


def test_the_motion_starts_at_the_background(configs):
    """Before training the background has e^2 / (e^2 + K) of the mixture, and corrections are 0."""
    model = MonkeyNet.from_config(configs["taichi_like"]).eval()
    motion, k = model.generator.dense_motion_module, 5
    maps = motion.hourglass(torch.rand(1, 24, 64, 64))
    mask = torch.softmax(maps[:, : k + 1], dim=1)
    e2 = torch.tensor(2.0).exp()
    assert torch.allclose(mask[:, 0], e2 / (e2 + k))
    assert not maps[:, k + 1 :].any()


@pytest.mark.parametrize("size", [(60, 64), (64, 36), (1, 1)])
def test_sides_that_do_not_fit_are_refused(size, seeded):
    model, frames = seeded("vox_like").eval(), torch.rand(1, 3, 1, *size)
    height, width = size
    with pytest.raises(ValueError, match=f"keypoint detector: frames are {height}x{width}; .* 16"):
        model.kp_detector(frames)
    kp = model.kp_detector(torch.rand(1, 3, 1, 64, 64))
    with pytest.raises(ValueError, match=f"generator: frames are {height}x{width}; .* 16"):
        model.generator(frames, kp_source=kp, kp_driving=kp)


def test_frames_too_small_to_judge_are_refused(seeded):
    model = seeded("taichi_like").eval()
    assert model.discriminator.smallest_side == 61
    kp = model.kp_detector(torch.rand(1, 3, 1, 64, 64))
    model.discriminator(torch.rand(1, 3, 1, 61, 80), kp_driving=kp)
    with pytest.raises(ValueError, match=r"32x64; 4 blocks need sides of 61"):
        model.discriminator(torch.rand(1, 3, 1, 32, 64), kp_driving=kp)


@pytest.mark.parametrize("shape", [(1, 3, 64, 64), (1, 1, 1, 64, 64), (1, 3, 0, 64, 64)])
def test_other_shapes_are_refused(shape, seeded):
    model, video = seeded("taichi_like").eval(), torch.rand(shape)
    kp = model.kp_detector(torch.rand(1, 3, 1, 64, 64))
    for call in (
        lambda: model.kp_detector(video),
        lambda: model.generator(video, kp_source=kp, kp_driving=kp),
        lambda: model.discriminator(video, kp_driving=kp),
    ):
        with pytest.raises(ValueError, match=r"expected \(B, 3, D, H, W\), got"):
            call()


def test_one_source_frame_is_expected(seeded, driving):
    model = seeded("taichi_like").eval()
    kp = model.kp_detector(driving)
    with pytest.raises(ValueError, match="expected one source frame, got 2"):
        model.generator(driving, kp_source=kp, kp_driving=kp)


def test_an_embedding_of_differences_needs_the_source(seeded, source):
    model = seeded("taichi_like").eval()
    kp = model.kp_detector.detect(source[:, :, 0])
    with pytest.raises(ValueError, match="needs the source's keypoints"):
        model.generator.kp_embedding(source[:, :, 0], kp_driving=kp)
