"""The copy for inference computes what the model computes."""

from __future__ import annotations

import copy

import pytest
import torch

from fomm import FOMM, FOMMConfig
from fomm.fast import for_inference

OPTIONS = {
    "as published": {},
    "one jacobian map": {"single_jacobian_map": True},
    "no jacobian": {"estimate_jacobian": False},
    "no occlusion": {"estimate_occlusion_map": False},
    "no motion": {"dense_motion_params": None},
}


def built(seed_weights, **options) -> FOMM:
    """A small model of 32 to 128 channels, so that every form of convolution is used."""
    common = {"num_kp": 5, "num_channels": 3, "estimate_jacobian": True}
    detector = {"block_expansion": 32, "max_features": 128, "num_blocks": 3, "scale_factor": 0.5}
    motion = {"block_expansion": 32, "max_features": 128, "num_blocks": 3, "scale_factor": 0.5}
    generator = {
        "block_expansion": 32,
        "max_features": 64,
        "num_down_blocks": 1,
        "num_bottleneck_blocks": 2,
        "estimate_occlusion_map": True,
        "dense_motion_params": motion,
    }
    for part in (common, detector, generator):
        part |= {key: value for key, value in options.items() if key in part}
    if "single_jacobian_map" in options:
        detector["single_jacobian_map"] = True
    config = {
        "common_params": common,
        "kp_detector_params": detector,
        "generator_params": generator,
        "discriminator_params": {"block_expansion": 8, "max_features": 16, "num_blocks": 2},
        "train_params": {"loss_weights": {"equivariance_jacobian": 0}},
        "size": 64,
    }
    model = FOMM.from_config(config).eval()
    for part in (model.kp_detector, model.generator):
        seed_weights(part)
    return model


def run(model: FOMM, source, driving):
    with torch.inference_mode():
        kp = model.kp_detector(source)
        encoded = model.generator.encode_source(source)
        moved = model.kp_detector(driving)
        return moved | model.generator.animate(encoded, kp_source=kp, kp_driving=moved)


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_outputs_differ_by_rounding_only(seed_weights, image, options):
    model = built(seed_weights, **options)
    source, driving = image(123, 64, "smooth")[:1], image(456, 64, "smooth")
    source = source.expand(len(driving), -1, -1, -1)
    expected, found = run(model, source, driving), run(for_inference(model), source, driving)
    assert expected.keys() == found.keys()
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, rtol=0, atol=1e-4, msg=name)


def test_one_frame_and_a_batch_agree(seed_weights, image):
    fast = for_inference(built(seed_weights))
    source, driving = image(123, 64, "smooth")[:1], image(456, 64, "smooth")
    batch = run(fast, source.expand(2, -1, -1, -1), driving)["prediction"]
    single = torch.cat([run(fast, source, frame[None])["prediction"] for frame in driving])
    torch.testing.assert_close(batch, single, rtol=0, atol=1e-4)


def test_the_model_is_not_touched(seed_weights, image):
    model = built(seed_weights)
    before = copy.deepcopy(model.state_dict())
    discriminator = model.discriminator
    fast = for_inference(model)
    run(fast, image(123, 64), image(456, 64))
    assert model.discriminator is discriminator and discriminator is not None
    assert fast.discriminator is None
    assert all(parameter.requires_grad for parameter in model.parameters())
    after = model.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[key], after[key]) for key in before)


def test_bf16_is_near_and_its_detector_is_float32(seed_weights, image):
    model = built(seed_weights)
    source, driving = image(123, 64, "smooth"), image(456, 64, "smooth")
    exact, found = (run(for_inference(model, bf16=on), source, driving) for on in (False, True))
    assert all(value.dtype == torch.float32 for value in found.values())
    assert torch.equal(exact["value"], found["value"])
    assert torch.equal(exact["jacobian"], found["jacobian"])
    difference = (exact["prediction"] - found["prediction"]).abs().mean()
    assert 0 < difference < 1 / 255


def test_every_block_of_the_mini_model_is_replaced():
    fast = for_inference(FOMM.from_config(FOMMConfig.load("mini")))
    kinds = {type(module).__module__ for module in fast.modules()}
    assert "fomm.blocks" not in kinds
    assert not list(fast.generator.parameters()) or all(
        not parameter.requires_grad for parameter in fast.parameters()
    )
