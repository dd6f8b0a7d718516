"""The evaluator networks have the keys of the original files and give their outputs."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from metrics.extractors.paper.fan_net import FanNet
from metrics.extractors.paper.openface_net import ChannelContrast, OpenFaceNet
from metrics.extractors.paper.pose_net import PoseNet
from metrics.extractors.paper.reid_net import ReidNet, use_frame_statistics
from metrics.extractors.paper.s3fd_net import S3fdNet
from tests.metrics.extractors.paper.seeded import (
    DOUBLE,
    PACKAGE,
    SINGLE,
    archive,
    check,
    network,
    picture,
    taps,
)
from tests.vectors import find, one_thread  # noqa: F401 - a fixture

NETS = {
    "pose": (PoseNet, 52_311_446),
    "openface": (OpenFaceNet, 3_733_968),
    "reid": (ReidNet, 24_943_407),
    "fan4": (FanNet, 23_820_176),
    "s3fd": (S3fdNet, 22_459_110),
}
PRECISIONS = [
    pytest.param(False, SINGLE, id="float32"),
    pytest.param(True, DOUBLE, id="float64"),
]


@pytest.mark.parametrize("name", NETS)
def test_keys_and_shapes_in_order(name):
    make, parameters = NETS[name]
    with torch.device("meta"):
        net = make()
    expected = json.loads(find(f"{name}_keys.json", PACKAGE).read_text())
    assert [(k, list(v.shape)) for k, v in net.state_dict().items()] == list(expected.items())
    assert sum(p.numel() for p in net.parameters()) == parameters


@pytest.mark.slow
@pytest.mark.parametrize(("double", "tolerance"), PRECISIONS)
@torch.inference_mode()
def test_pose(double, tolerance):
    golden, net = archive("pose.npz"), network(PoseNet, double=double)
    with taps(net, {"trunk": "model0"}) as outputs:
        last, maps = net(picture(1, 3, 96, 128, double=double))
    for place, tensor in enumerate(maps):
        outputs[f"stage{place // 2 + 1}_{'heat' if place % 2 else 'paf'}"] = tensor
    assert len(outputs) == 13
    assert last[0] is maps[-2]
    assert last[1] is maps[-1]
    check(golden, outputs, tolerance)


@pytest.mark.parametrize("double", [False, True], ids=["float32", "float64"])
@torch.inference_mode()
def test_openface(double):
    golden, net = archive("openface.npz"), network(OpenFaceNet, double=double)
    tolerance = DOUBLE if double else SINGLE
    names = ("1", "4", "5", "8", *(str(n) for n in range(12, 20)), "21")
    with taps(net, {f"layer{n}": f"layer{n}" for n in names}) as outputs:
        outputs["embedding"], outputs["feat736"] = net(picture(2, 3, 96, 96, double=double))
    check(golden, outputs, tolerance)
    with taps(net, {"in128_layer1": "layer1"}) as wide:
        wide["in128_embedding"], wide["in128_feat736"] = net(picture(1, 3, 128, 128, double=double))
    check(golden, wide, tolerance)
    for prefix, one in (("", outputs["embedding"]), ("in128_", wide["in128_embedding"])):
        np.testing.assert_allclose(one, golden[f"{prefix}embedding/full"], atol=1e-5)
        np.testing.assert_allclose(one.norm(dim=1), 1, atol=1e-3)


def test_contrast_keeps_channel_0_in_the_sum():
    """Ordinary local response normalisation gives something else from channel 3 on."""
    x = picture(1, 12, 3, 4, double=True) * 100
    found, expected = ChannelContrast()(x).numpy(), archive("openface.npz")["lrn_out64"]
    expected = expected.reshape(found.shape)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    ordinary = torch.nn.functional.local_response_norm(x, 5, 1e-4, 0.75, 1.0).numpy()
    np.testing.assert_allclose(ordinary[:, :3], expected[:, :3], rtol=1e-12)
    assert (np.abs(ordinary / expected - 1)[:, 3:] > 1e-6).any()


REID_TAPS = {f"layer{n}": f"model.layer{n}" for n in range(1, 5)}


def reid_run(net, x, run):
    with taps(net, {f"{run}_{name}": module for name, module in REID_TAPS.items()}) as outputs:
        outputs[f"{run}_stem"] = net.model.stem(x)
        outputs[f"{run}_feature"] = net(x)
    return outputs


@pytest.mark.slow
@pytest.mark.parametrize("double", [False, True], ids=["float32", "float64"])
@torch.inference_mode()
def test_reid(double):
    golden, net = archive("reid.npz"), network(ReidNet, double=double)
    x = picture(1, 3, 288, 144, double=double)
    check(golden, reid_run(net, x, "eval"), DOUBLE if double else SINGLE)
    if not double:
        expected = golden["eval_logits/full"].reshape(1, -1)
        np.testing.assert_allclose(net.logits(x), expected, atol=SINGLE * expected.std())
    use_frame_statistics(net)
    rounding = DOUBLE if double else 2e-2
    check(golden, reid_run(net, x, "train"), rounding)
    mean, std = (torch.tensor(v, dtype=x.dtype)[:, None, None] for v in (MEAN, STD))
    check(golden, reid_run(net, (x / 255 - mean) / std, "script"), rounding)


MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@torch.inference_mode()
def test_frame_statistics_are_those_of_training_mode():
    net = network(ReidNet)
    x = picture(1, 3, 64, 32)
    net.train()
    expected = net(x)
    net.eval()
    assert not torch.equal(net(x), expected)
    use_frame_statistics(net)
    assert torch.equal(net(x), expected)


@pytest.mark.slow
@pytest.mark.parametrize(("double", "tolerance"), PRECISIONS)
@torch.inference_mode()
def test_fan(double, tolerance):
    golden, net = archive("fan4.npz"), network(FanNet, double=double)
    names = {"conv2": "conv2", "base": "conv4", **{f"m{n}": f"m{n}" for n in range(4)}}
    with taps(net, names) as outputs:
        heats = net(picture(1, 3, 256, 256, double=double))
    check(golden, outputs | {f"heat{n}": heat for n, heat in enumerate(heats)}, tolerance)


@pytest.mark.parametrize(("double", "tolerance"), PRECISIONS)
@torch.inference_mode()
def test_s3fd(double, tolerance):
    golden, net = archive("s3fd.npz"), network(S3fdNet, double=double)
    outputs = net(picture(1, 3, 160, 128, double=double))
    assert len(outputs) == 12
    levels = zip(outputs[::2], outputs[1::2], strict=True)
    named = {}
    for level, (scores, offsets) in enumerate(levels, 1):
        named |= {f"cls{level}": scores, f"reg{level}": offsets}
    check(golden, named, tolerance)
