from __future__ import annotations

import torch

from fomm import FOMM
from fomm.cost import macs_per_frame, parameters


def test_published_parameter_counts(configs):
    with torch.device("meta"):
        model = FOMM.from_config(configs["taichi256"] | {"discriminator_params": {}})
    assert parameters(model) == 45_575_391 + 14_215_368


def test_macs_of_a_network_small_enough_to_count(configs):
    config = dict(configs["tiny32"])
    config["generator_params"] = config["generator_params"] | {"num_bottleneck_blocks": 0}
    more = config["generator_params"] | {"num_bottleneck_blocks": 1}
    counts = [
        macs_per_frame(FOMM.from_config(config | {"generator_params": g}), 32)
        for g in (config["generator_params"], more)
    ]
    # One residual block: two 3x3 convolutions, 32 -> 32 channels on 8x8.
    assert counts[1] - counts[0] == 2 * 9 * 32 * 32 * 8 * 8


def test_macs_do_not_depend_on_mode_and_leave_the_model_alone(configs):
    model = FOMM.from_config(configs["tiny64"]).train()
    before = {k: v.clone() for k, v in model.state_dict().items()}
    first = macs_per_frame(model, 64)
    assert first == macs_per_frame(model.eval().to(memory_format=torch.channels_last), 64)
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())


def test_macs_can_be_counted_after_a_step_with_spectral_norm(configs):
    """Its weights are then results of a graph, which cannot be copied."""
    config = configs["tiny64"] | {"discriminator_params": {"sn": True, "num_blocks": 2}}
    model = FOMM.from_config(config).train()
    model.discriminator({"prediction_1": torch.rand(1, 3, 64, 64)}, kp=None)
    assert macs_per_frame(model, 64) > 0
