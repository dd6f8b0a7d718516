"""The paper's extractors from end to end, with seeded weights on disk."""

from __future__ import annotations

import subprocess
import sys
from functools import partial

import numpy as np
import pytest
import torch

from datasets.files import sha256
from datasets.registry import UsageError
from metrics.extractors import ExtractorUnavailable
from metrics.extractors.paper import body_maps, running
from metrics.extractors.paper.fan import Fan4Face68, both
from metrics.extractors.paper.fan_net import FanNet
from metrics.extractors.paper.openface import OpenFaceNN4
from metrics.extractors.paper.openface import net_input as openface_input
from metrics.extractors.paper.openface_net import OpenFaceNet
from metrics.extractors.paper.openpose import OpenPoseCoco18
from metrics.extractors.paper.pose_net import PoseNet
from metrics.extractors.paper.reid import ReidClean, ReidPaper
from metrics.extractors.paper.reid import net_input as reid_input
from metrics.extractors.paper.reid_net import ReidNet
from metrics.extractors.paper.s3fd_net import S3fdNet
from tests.metrics.extractors.paper.seeded import network, state_of
from tests.vectors import one_thread, rng  # noqa: F401 - a fixture

ROWS = {
    "openpose-coco18": ((18, 2), np.float64),
    "fan4-face68": ((68, 2), np.float64),
    "openface-nn4": ((128,), np.float32),
    "reid-resnet50@paper": ((2048,), np.float32),
    "reid-resnet50@clean": ((2048,), np.float32),
}
ALL = [
    pytest.param(name, marks=pytest.mark.slow if name != "openface-nn4" else ()) for name in ROWS
]
GREY = (123, 117, 104)  # the detector's mean colour: it sees nothing


def noise(count, height=40, width=33):
    return rng(11).integers(0, 256, (count, height, width, 3), dtype=np.uint8)


def detecting_state():
    """A seeded detector that finds a face in noise and none in an even grey."""
    seeded = state_of(S3fdNet)
    state = {k: torch.zeros_like(v) if "mbox" in k else v for k, v in seeded.items()}
    for key, value in state.items():
        if key.endswith("conf.bias"):
            value[0] = 4.0  # background; what it reads of noise has a spread of about 100
    for head in ("conf", "loc"):
        state[f"fc7_mbox_{head}.weight"] = seeded[f"fc7_mbox_{head}.weight"] / 50
    return state


STATES = {
    "pose": lambda: state_of(PoseNet),
    "s3fd": detecting_state,
    "fan": lambda: state_of(FanNet),
    "openface": lambda: state_of(OpenFaceNet),
    "reid": lambda: state_of(ReidNet),
}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Name of a network -> path and digest of its weights, written when first asked for."""
    folder, written = tmp_path_factory.mktemp("weights"), {}

    def file(name):
        if name not in written:
            path = folder / f"{name}.pth"
            torch.save(STATES[name](), path)
            written[name] = path, sha256(path)
        return written[name]

    return file


def face_extractor(file):
    (detector, one), (fan, other) = file("s3fd"), file("fan")
    return Fan4Face68(detector=detector, detector_sha256=one, network=fan, network_sha256=other)


MAKERS = {
    "openpose-coco18": lambda file: OpenPoseCoco18(*file("pose")),
    "fan4-face68": face_extractor,
    "openface-nn4": lambda file: OpenFaceNN4(*file("openface")),
    "reid-resnet50@paper": lambda file: ReidPaper(*file("reid")),
    "reid-resnet50@clean": lambda file: ReidClean(*file("reid")),
}


@pytest.fixture(scope="module")
def extractor(files):
    made = {}

    def one(name):
        if name not in made:
            made[name] = MAKERS[name](files)
        return made[name]

    return one


@pytest.fixture(autouse=True)
def small_bodies(monkeypatch):
    """368 pixels cost seconds a frame."""
    monkeypatch.setattr(body_maps, "SIDE", 48)


def sizes(name):
    return [(64, 64), (71, 96)] if name == "fan4-face68" else [(40, 40), (35, 51), (7, 9)]


@pytest.mark.parametrize("name", ALL)
def test_rows_have_the_promised_shapes(extractor, name):
    shape, dtype = ROWS[name]
    for height, width in sizes(name):
        rows = extractor(name)(noise(1, height, width))
        assert rows.shape == (1, *shape)
        assert rows.dtype == dtype
        assert not np.isinf(rows).any()
    assert extractor(name).name == name
    assert extractor(name).domain
    assert "(as recalled)" in extractor(name).licence


@pytest.mark.parametrize("name", ALL)
def test_a_row_depends_on_its_frame_alone(extractor, monkeypatch, name):
    monkeypatch.setitem(running.CHUNKS, "cpu", 2)
    frames = noise(3, *sizes(name)[0])
    read = extractor(name)
    together = read(frames)
    np.testing.assert_array_equal(read(frames[[2, 0, 1]]), together[[2, 0, 1]])
    np.testing.assert_array_equal(read(frames[1:2]), together[1:2])
    assert not np.array_equal(together[0], together[1], equal_nan=True)


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize(
    "frames",
    [noise(2).astype(np.float32), noise(2)[0], noise(2)[..., :1], noise(0)],
    ids=["float", "one frame", "grey", "empty"],
)
def test_other_input_is_refused(tmp_path, name, frames):
    read = MAKERS[name](lambda _: (tmp_path / "none.pth", "0" * 64))
    with pytest.raises(ValueError, match=rf"^{name}: expected uint8 frames"):
        read(frames)


def test_unknown_devices_are_refused(tmp_path):
    with pytest.raises(UsageError, match="unknown device 'tpu'; known: cpu, cuda"):
        OpenFaceNN4(tmp_path / "none.pth", "0" * 64, device="tpu:0")


@pytest.mark.parametrize("name", ROWS)
def test_absent_or_other_weights_are_named(tmp_path, name):
    path = tmp_path / "mine.pth"
    read = MAKERS[name](lambda _: (path, "0" * 64))
    with pytest.raises(ExtractorUnavailable, match=r"^mine\.pth: not found; needed is .*0{64}"):
        read(noise(1))
    path.write_bytes(b"something else")
    with pytest.raises(UsageError, match=r"^mine\.pth: has sha256 .*, expected 0{64}; needed is "):
        read(noise(1))
    torch.save({"module.conv1.weight": torch.ones(1)}, path)
    read = MAKERS[name](lambda _: (path, sha256(path)))
    with pytest.raises(UsageError, match=r"^mine\.pth: keys begin with 'module\.'"):
        read(noise(1))


def test_knowing_the_digests_needs_no_torch():
    code = (
        "import sys; from pathlib import Path\n"
        "from metrics.extractors.paper import fan, openface, openpose, reid\n"
        "for make in (openface.OpenFaceNN4, openpose.OpenPoseCoco18, reid.ReidPaper):\n"
        "    assert make(Path('a'), '0' * 64).sha256 == '0' * 64\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# --- each in turn


@pytest.mark.slow
def test_joints_of_the_mirror_image_are_mirrored(extractor):
    """The mean over a frame and its mirror image knows no side, where nothing is padded."""
    frames = noise(2, 48, 48)
    read = extractor("openpose-coco18")
    found, mirrored = read(frames), read(frames[:, :, ::-1])
    order = body_maps.MIRRORED[:18]
    np.testing.assert_array_equal(found[..., 1], mirrored[:, order, 1])
    np.testing.assert_array_equal(found[..., 0], 47 - mirrored[:, order, 0])
    present = np.isfinite(found).all(2)
    assert 0.3 < present.mean() < 1
    assert (found[present] % 1 == 0).all()


@pytest.mark.slow
def test_a_face_is_found_in_noise_and_none_in_grey(extractor):
    frames = noise(3, 64, 64)
    frames[1] = GREY
    read = extractor("fan4-face68")
    rows = read(frames)
    assert np.isnan(rows[1]).all()
    assert (rows[[0, 2]] % 1 == 0).all()
    assert np.isnan(read(frames[1:2])).all()
    np.testing.assert_array_equal(read(frames[2:]), rows[2:])


def test_the_digest_of_the_face_extractor_stands_for_both_files(tmp_path):
    make = partial(Fan4Face68, detector=tmp_path / "a", network=tmp_path / "b")
    digest = make(detector_sha256="1" * 64, network_sha256="2" * 64).sha256
    assert digest == both("1" * 64, "2" * 64)
    assert digest != make(detector_sha256="2" * 64, network_sha256="1" * 64).sha256
    assert len(digest) == 64


def test_frames_too_small_for_the_face_detector_are_refused(tmp_path):
    read = MAKERS["fan4-face68"](lambda _: (tmp_path / "none.pth", "0" * 64))
    with pytest.raises(ValueError, match=r"frames of 31x80 are too small .* at least 32x32"):
        read(noise(1, 31, 80))


def test_face_identity_follows_its_definition(extractor):
    frames = noise(3)
    rows = extractor("openface-nn4")(frames)
    x = torch.from_numpy(np.stack([openface_input(frame) for frame in frames]))
    expected = network(OpenFaceNet)(x)[0]
    np.testing.assert_allclose(rows, expected, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-3)


@pytest.mark.slow
def test_body_identity_follows_its_definitions(extractor):
    """`paper`: training mode, frame by frame, divided twice. `clean`: eval mode, divided once."""
    frames, net = noise(2), network(ReidNet)
    one, two = (
        torch.from_numpy(np.stack([reid_input(frame, divisions=n) for frame in frames]))
        for n in (1, 2)
    )
    clean, paper = (extractor(f"reid-resnet50@{kind}")(frames) for kind in ("clean", "paper"))
    np.testing.assert_allclose(clean, net(one), rtol=1e-4, atol=1e-4)
    net.train()
    expected = torch.cat([net(x[None]) for x in two]).numpy()
    np.testing.assert_allclose(paper, expected, atol=2e-2 * expected.std())
    together = net(two).numpy()
    assert np.abs(paper - together).max() > 0.1 * expected.std(), "statistics of the whole batch"
    np.testing.assert_array_equal(extractor("reid-resnet50@paper")(frames), paper)


@pytest.mark.slow
def test_running_statistics_do_not_matter_to_the_paper_variant(extractor, tmp_path):
    state = state_of(ReidNet)
    path = tmp_path / "other.pth"
    other = {k: v + 1 if "running" in k else v for k, v in state.items()}
    torch.save(other, path)
    rows = ReidPaper(path, sha256(path))(noise(1))
    np.testing.assert_array_equal(rows, extractor("reid-resnet50@paper")(noise(1)))
    assert np.abs(ReidClean(path, sha256(path))(noise(1)) - rows).max() > 0
