"""Our face networks and steps against those of face-alignment, where it is installed."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from metrics.extractors.paper.face_boxes import candidates, faces
from metrics.extractors.paper.face_crop import crop, landmarks, place
from metrics.extractors.paper.fan_net import FanNet
from metrics.extractors.paper.s3fd_net import S3fdNet
from tests.metrics.extractors.paper.seeded import network, picture, state_of
from tests.vectors import one_thread, rng  # noqa: F401 - a fixture

pytest.importorskip("face_alignment", reason="pip install face-alignment==1.5.0 to compare with it")


def theirs(net, make):
    net.load_state_dict(state_of(make))
    return net.eval()


@pytest.mark.slow
@torch.inference_mode()
def test_fan():
    from face_alignment.models import FAN

    x = picture(1, 3, 256, 256)
    found, expected = network(FanNet)(x), theirs(FAN(4), FanNet)(x)
    assert len(found) == len(expected) == 4
    for ours, other in zip(found, expected, strict=True):
        assert (ours - other).abs().max() <= 1e-5 * other.std()


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(64, 64), (97, 130)])
@torch.inference_mode()
def test_s3fd_and_its_boxes(shape):
    """Seeded scores are huge, so they are made smaller to spread between 0 and 1."""
    from face_alignment.detection.sfd.bbox import nms
    from face_alignment.detection.sfd.detect import batch_detect
    from face_alignment.detection.sfd.net_s3fd import s3fd

    nets = network(S3fdNet), theirs(s3fd(), S3fdNet)
    for net in nets:
        for name, parameter in net.named_parameters():
            if "mbox" in name and not name.startswith("conv3_3"):
                parameter.mul_(0.02)
    frame = rng(9).integers(0, 256, (*shape, 3), dtype=np.uint8)
    rgb = torch.from_numpy(frame).permute(2, 0, 1)[None].float()
    x = rgb.flip(1) - torch.tensor([104.0, 117.0, 123.0])[:, None, None]
    outputs, expected = nets[0](x), nets[1](x)
    for ours, other in zip(outputs, expected, strict=True):
        assert (ours - other).abs().max() <= 1e-5 * other.std()
    scores = [maps.softmax(1)[0, 1].numpy() for maps in outputs[::2]]
    offsets = [maps[0].numpy() for maps in outputs[1::2]]
    boxes = candidates(list(zip(scores, offsets, strict=True)))
    other = batch_detect(nets[1], rgb, "cpu")[0]
    assert len(boxes) == len(other) > 100
    np.testing.assert_allclose(boxes, other, rtol=1e-4, atol=1e-2)
    kept = other[nms(other, 0.3)]
    kept = kept[kept[:, 4] > 0.5]
    found = faces(boxes)
    assert len(found) == len(kept) > 3
    np.testing.assert_allclose(found, kept, rtol=1e-4, atol=1e-2)


@pytest.mark.slow  # numba compiles for a while
def test_crop_and_landmarks():
    """The package maps back in float64 now, which may move a truncation by a pixel."""
    from face_alignment.utils import crop as their_crop
    from face_alignment.utils import get_preds_fromhm

    draw, moved = rng(10), []
    for _ in range(20):
        frame = draw.integers(0, 256, (120, 200, 3), dtype=np.uint8)
        corner, size = draw.uniform(0, 120, 2), draw.uniform(20, 90, 2)
        box = np.array([*corner, *(corner + size)], np.float32)
        face = place(box)
        centre = torch.from_numpy(face.centre)
        np.testing.assert_array_equal(crop(frame, face), their_crop(frame, centre, face.scale))
        heats = draw.random((68, 64, 64)).astype(np.float32)
        _, other, _ = get_preds_fromhm(heats[None].copy(), face.centre, face.scale)
        moved.append(np.abs(landmarks(heats, face) - np.trunc(other[0])))
    assert np.max(moved) <= 1
    assert np.mean(moved) < 1e-3
