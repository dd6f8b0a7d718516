from __future__ import annotations

import numpy as np
import pytest
import torch

from fomm.config import CommonConfig, DiscriminatorConfig
from fomm.discriminator import MultiScaleDiscriminator
from fomm.run import Pyramid

VARIANTS = {
    "plain": {},
    "sn": {"sn": True},
    "kp": {"use_kp": True},
    "two": {"scales": (1.0, 0.5), "sn": True, "use_kp": True},
}


def build(**options) -> MultiScaleDiscriminator:
    config = DiscriminatorConfig(block_expansion=8, max_features=64, num_blocks=3, **options)
    return MultiScaleDiscriminator(config, CommonConfig(num_kp=5)).eval()


@pytest.mark.parametrize("variant", VARIANTS)
def test_maps_match_the_original(golden, seed_weights, image, variant):
    expected = golden("disc_tiny64.npz")
    disc = build(**VARIANTS[variant])
    seed_weights(disc)
    value = np.random.Generator(np.random.PCG64(11)).random((2, 5, 2)) * 1.6 - 0.8
    with torch.no_grad():
        pyramid = Pyramid((1.0, 0.5))(image(456, 64))
        out = disc(pyramid, kp={"value": torch.from_numpy(value).float()})
    found = {}
    for name, maps in out.items():
        if isinstance(maps, list):
            found |= {f"{variant}__{name}__{i}": part for i, part in enumerate(maps)}
        else:
            found[f"{variant}__{name}"] = maps
    assert set(found) == {k for k in expected if k.startswith(f"{variant}__")}
    for name, value in found.items():
        np.testing.assert_allclose(value, expected[name], rtol=0, atol=1e-4, err_msg=name)


def test_keypoints_are_demanded_where_they_are_used(image):
    with pytest.raises(ValueError, match="pass kp="):
        build(use_kp=True)({"prediction_1": image(1, 64)})


def test_spectral_norm_keys_are_the_released_ones():
    keys = [k for k in build(sn=True).state_dict() if k.startswith("discs.1.conv.")]
    names = ("bias", "weight_orig", "weight_u", "weight_v")
    assert keys == [f"discs.1.conv.{name}" for name in names]
