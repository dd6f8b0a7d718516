"""What the original gives in evaluation mode."""

from __future__ import annotations

import pytest
import torch

from baselines.monkey_net.frames import fold, fold_keypoints, shrink, unfold

NAMES = (
    "taichi_like",
    "vox_like",
    "bair_like",
    "shapes_like",
    "single_maskonly",
    "const_corronly",
)


@pytest.fixture(params=NAMES)
def name(request) -> str:
    return request.param


@torch.no_grad()
def embeddings(model, image, *, kp_source, kp_driving):
    """The movement embeddings of the motion network and of the decoder, (B, c, D, h, w)."""
    kp = {"kp_source": fold_keypoints(kp_source), "kp_driving": fold_keypoints(kp_driving)}
    motion = model.generator.dense_motion_module
    small = shrink(fold(image), motion.config.scale_factor)
    mask = unfold(motion.mask_embedding(small, **kp), len(image))
    return mask, unfold(model.generator.kp_embedding(fold(image), **kp), len(image))


@torch.no_grad()
def test_keypoints(name, golden, seeded, source, driving, compare):
    expected, model = golden(f"tiny_{name}_eval.npz"), seeded(name).eval()
    for role, video in (("source", source), ("driving", driving)):
        for key, value in model.kp_detector(video).items():
            compare(expected, f"kp_{role}_{key}", value, atol=1e-5)


@torch.no_grad()
def test_generator_and_discriminator(name, golden, seeded, source, driving, compare):
    expected, model = golden(f"tiny_{name}_eval.npz"), seeded(name).eval()
    kp = {"kp_source": model.kp_detector(source), "kp_driving": model.kp_detector(driving)}
    mask, told = embeddings(model, source, **kp)
    compare(expected, "mask_embedding", mask, atol=1e-4)
    compare(expected, "kp_embedding", told, atol=1e-4)
    out = model.generator(source, **kp)
    compare(expected, "prediction", out["prediction"], atol=1e-5)
    compare(expected, "deformed", out["deformed"], atol=1e-4)
    compare(expected, "deformation", out["deformation"], atol=1e-4)
    for role, video in (("fake", out["prediction"]), ("real", driving)):
        maps = model.discriminator(video, **kp)
        assert maps[0] is video
        for i, value in enumerate(maps[1:], start=1):
            compare(expected, f"disc_{role}_{i}", value, atol=1e-3)


@torch.no_grad()
def test_keypoints_far_apart(name, golden, seeded, spread_keypoints, source, driving, compare):
    expected, model = golden(f"tiny_{name}_eval.npz"), seeded(name).eval()
    kp_source, kp_driving = spread_keypoints(name)
    kp = {"kp_source": kp_source, "kp_driving": kp_driving}
    mask, told = embeddings(model, source, **kp)
    compare(expected, "synt_mask_embedding", mask, atol=1e-4)
    compare(expected, "synt_kp_embedding", told, atol=1e-4)
    out = model.generator(source, **kp)
    compare(expected, "synt_prediction", out["prediction"], atol=1e-5)
    compare(expected, "synt_deformed", out["deformed"], atol=1e-4)
    compare(expected, "synt_deformation", out["deformation"], atol=1e-4)
    told = model.discriminator.kp_embedding(fold(driving), kp_driving=fold_keypoints(kp_driving))
    compare(expected, "synt_disc_embedding", unfold(told, 2), atol=1e-4)
    for i, value in enumerate(model.discriminator(driving, **kp)[1:], start=1):
        compare(expected, f"synt_disc_{i}", value, atol=1e-3)


@torch.no_grad()
def test_align_corners_is_the_convention_of_the_warps(golden, seeded, source, driving, compare):
    expected = golden("tiny_taichi_like_eval_aligncorners_false.npz")
    for align_corners in (True, False):
        model = seeded("taichi_like", align_corners=align_corners).eval()
        kp = {"kp_source": model.kp_detector(source), "kp_driving": model.kp_detector(driving)}
        out = model.generator(source, **kp)
        difference = (out["deformed"] - torch.from_numpy(expected["deformed"])).abs().mean()
        if align_corners:
            assert difference > 0.05
        else:
            compare(expected, "deformed", out["deformed"], atol=1e-4)
            compare(expected, "prediction", out["prediction"], atol=1e-5)
