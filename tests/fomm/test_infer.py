"""Configurations from shapes: what is inferred builds the same networks."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fomm import FOMM, FOMMConfig
from fomm.checkpoint import CheckpointError
from fomm.formats.layout import blank_model, networks_of
from fomm.infer import infer_config, infer_discriminator

GOLDEN = [
    "taichi256", "tiny32", "tiny64", "tiny64_half", "tiny64_nojac", "tiny64_noocc",
    "tiny64_singlejac",
]  # fmt: skip
MOTION = "dense_motion_params"
DISC = {"scales": [1], "block_expansion": 8, "max_features": 16, "num_blocks": 2}


def states(model: FOMM) -> dict[str, dict[str, torch.Tensor]]:
    return {name: network.state_dict() for name, network in networks_of(model).items()}


def layout(model: FOMM) -> list[tuple[str, str, torch.Size]]:
    return [(n, k, v.shape) for n, state in states(model).items() for k, v in state.items()]


def outputs(model: FOMM, side: int) -> dict[str, torch.Tensor]:
    frames = torch.rand(2, 2, model.config.common_params.num_channels, side, side)
    with torch.no_grad():
        kp = [model.kp_detector(x) for x in frames]
        out = model.generator(frames[0], kp_source=kp[0], kp_driving=kp[1])
        if model.discriminator is not None:
            pyramid = {
                f"prediction_{s}": frames[0][..., :: round(1 / float(s)), :: round(1 / float(s))]
                for s in model.discriminator.scales
            }
            judged = model.discriminator(pyramid, kp=kp[0])
            out |= {k: v for k, v in judged.items() if isinstance(v, torch.Tensor)}
    return out | kp[0]


def assert_same(config: FOMMConfig, side: int | None) -> FOMMConfig:
    """``side``: compare outputs for pictures of this side as well."""
    torch.manual_seed(0)
    model = blank_model(config) if side is None else FOMM(config).eval()
    inferred = infer_config(states(model), size=config.size)
    again = blank_model(inferred).eval()
    assert layout(again) == layout(model)
    assert FOMMConfig.from_mapping(inferred.to_mapping()) == inferred
    if side is not None:
        again.load_state_dict(model.state_dict())
        torch.manual_seed(1)
        expected = outputs(model, side)
        torch.manual_seed(1)
        found = outputs(again, side)
        assert set(found) == set(expected)
        assert all(torch.equal(found[name], expected[name]) for name in expected)
    return inferred


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_configurations(configs, name):
    config = FOMMConfig.from_mapping(configs[name])
    inferred = assert_same(config, None if name == "taichi256" else config.size)
    assert inferred.common_params == config.common_params
    assert inferred.kp_detector_params == config.kp_detector_params
    assert inferred.size == config.size


@pytest.mark.parametrize("disc", [{}, {"sn": True}, {"use_kp": True}, {"scales": [1, 0.5]}])
def test_discriminators(configs, disc):
    values = dict(configs["tiny32"], discriminator_params=DISC | disc)
    config = FOMMConfig.from_mapping(values)
    assert assert_same(config, 32).discriminator_params == config.discriminator_params


@pytest.mark.parametrize("name", ["taichi", "mgif"])
def test_published_layouts_need_no_configuration(published_keys, name):
    # One number per tensor, spread out: only shapes matter here.
    networks = {
        part: {key: torch.zeros(()).expand(shape) for key, shape in keys.items()}
        for part, keys in published_keys(name).items()
    }
    config = infer_config(networks)
    assert config.size == 256
    assert config.common_params == FOMMConfig.load(name).common_params
    published = FOMMConfig.load(name)
    assert config.kp_detector_params == published.kp_detector_params
    assert config.discriminator_params == published.discriminator_params
    # The cap of 512 is never reached by 64 features doubled twice.
    widest = replace(config.generator_params, max_features=512)
    assert widest == published.generator_params
    assert layout(blank_model(config)) == layout(blank_model(published))


@pytest.mark.parametrize("name", ["vox", "vox-adv", "mini"])
def test_configurations_of_the_package_are_told_by_shapes(name):
    assert_same(FOMMConfig.load(name), None)


hourglasses = st.fixed_dictionaries({
    "block_expansion": st.integers(1, 9),
    "max_features": st.integers(1, 24),
    "num_blocks": st.integers(1, 3),
    "scale_factor": st.sampled_from([1, 0.5, 0.25, 0.125, 1 / 3]),
})  # fmt: skip
discriminators = st.fixed_dictionaries({
    "scales": st.sampled_from([[1], [0.5], [1, 0.5], [0.25, 1]]),
    "block_expansion": st.integers(1, 9),
    "max_features": st.integers(1, 24),
    "num_blocks": st.integers(1, 2),
    "sn": st.booleans(),
    "use_kp": st.booleans(),
})  # fmt: skip
common = st.fixed_dictionaries({
    "num_kp": st.integers(1, 5),
    "num_channels": st.sampled_from([1, 3]),
    "estimate_jacobian": st.booleans(),
})  # fmt: skip
generators = st.fixed_dictionaries({
    "block_expansion": st.integers(1, 9),
    "max_features": st.integers(1, 24),
    "num_down_blocks": st.integers(0, 2),
    "num_bottleneck_blocks": st.integers(0, 2),
    "estimate_occlusion_map": st.booleans(),
    MOTION: st.none() | hourglasses,
})  # fmt: skip


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(common, hourglasses, st.booleans(), generators, st.none() | discriminators)
def test_any_configuration_is_told_by_shapes(shared, detector, single, generator, disc):
    thirds = any(p and p["scale_factor"] == 1 / 3 for p in (detector, generator[MOTION]))
    size = 192 if thirds else 64
    config = FOMMConfig.from_mapping({
        "common_params": shared,
        "kp_detector_params": detector | {"single_jacobian_map": single},
        "generator_params": generator,
        "discriminator_params": disc,
        "size": size,
    })  # fmt: skip
    assert_same(config, size)


def test_a_size_that_the_down_sampling_refuses_is_rounded_up(configs):
    config = FOMMConfig.from_mapping(configs["tiny64"])
    assert infer_config(states(blank_model(config)), size=33).size == 64


def altered(configs, part: str, key: str, value: torch.Tensor | None) -> dict:
    config = FOMMConfig.from_mapping(dict(configs["tiny64"], discriminator_params=DISC))
    networks = states(blank_model(config))
    networks[part] = {k: v for k, v in networks[part].items() if k != key}
    if value is not None:
        networks[part][key] = value
    return networks


@pytest.mark.parametrize(
    ("part", "key", "value", "message"),
    [
        ("kp_detector", "kp.weight", None, "kp_detector: it has no tensor 'kp.weight'"),
        ("kp_detector", "kp.weight", torch.zeros(3), r"'kp.weight' has shape \(3,\)"),
        ("kp_detector", "down.weight", torch.zeros(3, 1, 4, 4), "4 taps, which no scale has"),
        ("generator", "dense_motion_network.hourglass.encoder.down_blocks.0.conv.weight", None,
         "generator: it has no tensor 'dense_motion"),
        ("discriminator", "discs.1.down_blocks.0.conv.weight", torch.zeros(16, 5, 4, 4),
         "5 channels, not 3"),
        ("discriminator", "discs.1.down_blocks.0.conv.weight", None, "has no tensor 'discs.1"),
    ],
)  # fmt: skip
def test_what_tells_nothing_is_refused_by_name(configs, part, key, value, message):
    with pytest.raises(CheckpointError, match=message):
        infer_config(altered(configs, part, key, value))


@pytest.mark.parametrize("scale", ["..", "x", "0", "inf"])
def test_a_scale_that_is_none(scale):
    shape = torch.zeros(4, 3, 4, 4)
    with pytest.raises(CheckpointError, match=r"scale|tensor"):
        common_params = FOMMConfig.load("mini").common_params
        infer_discriminator({f"discs.{scale}.down_blocks.0.conv.weight": shape}, common_params)
