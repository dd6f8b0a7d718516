"""The mini extractors: what they promise about any weights, and what the committed ones can do."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import torch

from datasets.files import sha256
from datasets.registry import UsageError
from datasets.worlds import world_of
from metrics.extractors import ExtractorUnavailable, mini
from metrics.extractors.mini_accuracy import identity_accuracy, keypoint_accuracy, pictures
from metrics.extractors.mini_card import markdown
from metrics.extractors.mini_data import HELD_OUT, draw_pool
from metrics.extractors.mini_detect import Detector, Networks, cut, keypoints, scored
from metrics.extractors.mini_nets import IdentityNet, KeypointNet, fold, locate

WORLDS = ("taichi-hd", "voxceleb", "fashion")
BUILDERS = {"keypoints": mini.keypoint_extractor, "identity": mini.identity_extractor}
NAMES = ("nose", "left hand", "right hand", "navel", "knee")


def random_networks(*, threshold: float = -1e9) -> Networks:
    torch.manual_seed(0)
    detector = Detector(KeypointNet(5).eval(), NAMES, threshold, fewest=2, margin=0.1)
    return Networks(detector, IdentityNet().eval())


def extractor(kind: str, *, threshold: float = -1e9) -> mini.MiniExtractor:
    return mini.MiniExtractor(kind, "taichi-hd", "0" * 64, random_networks(threshold=threshold))


def noise(count: int, height: int = 64, width: int = 64) -> np.ndarray:
    return np.random.default_rng(1).integers(256, size=(count, height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("kind", BUILDERS)
def test_a_row_depends_on_its_frame_alone(kind: str) -> None:
    frames, read = noise(45), extractor(kind)
    together = read(frames)
    assert np.array_equal(read(frames[::-1])[::-1], together)
    pieces = [read(frames[i : i + 7]) for i in range(0, 45, 7)]
    assert np.array_equal(np.concatenate(pieces), together)
    assert len(np.unique(together.reshape(45, -1), axis=0)) == 45


@pytest.mark.parametrize("factor", [2, 3])
def test_keypoints_are_pixels_of_the_given_frames(factor: int) -> None:
    small = noise(3)
    large = small.repeat(factor, 1).repeat(factor, 2)  # its area average is `small` again
    read = extractor("keypoints")
    assert read(large) == pytest.approx((read(small) + 0.5) * factor - 0.5, abs=1e-9)


def test_each_axis_has_its_own_scale() -> None:
    small = noise(2)
    found = extractor("keypoints")(small.repeat(4, axis=1))
    expected = extractor("keypoints")(small)
    assert found[..., 0] == pytest.approx(expected[..., 0], abs=1e-9)
    assert found[..., 1] == pytest.approx(expected[..., 1] * 4 + 1.5, abs=1e-9)


def test_rows_have_the_promised_shapes() -> None:
    frames = noise(4, 40, 90)
    points, people = extractor("keypoints")(frames), extractor("identity")(frames)
    assert points.shape == (4, 5, 2)
    assert people.shape == (4, 64)
    assert points.dtype == people.dtype == np.float64
    assert np.linalg.norm(people, axis=1) == pytest.approx(1, abs=1e-12)


def test_what_scores_too_low_is_missing() -> None:
    frames = noise(20)
    networks = random_networks()
    scores = scored(networks.detector.net, frames)[..., 2]
    threshold = float(np.median(scores))
    points = extractor("keypoints", threshold=threshold)(frames)
    assert np.array_equal(np.isnan(points).all(-1), scores < threshold)
    people = extractor("identity", threshold=threshold)(frames)
    too_few = (scores >= threshold).sum(1) < 2
    assert np.array_equal(np.isnan(people).all(1), too_few)
    assert np.isfinite(people[~too_few]).all()


@pytest.mark.parametrize(
    "frames",
    [
        noise(2).astype(np.float32),
        noise(2)[0],
        noise(2)[..., :1],
        np.zeros((2, 64, 64, 4), np.uint8),
        np.zeros((0, 64, 64, 3), np.uint8),
    ],
    ids=["float", "one frame", "grey", "alpha", "empty"],
)
def test_other_input_is_refused(frames: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"mini-keypoints-taichi-hd: expected uint8 frames"):
        extractor("keypoints")(frames)


def test_locate_is_the_mean_of_the_heat_map() -> None:
    heat = torch.full((1, 2, 32, 32), -50.0)
    heat[0, 0, 5, 9] = 50.0
    heat[0, 1, 3, 4] = heat[0, 1, 3, 6] = 50.0
    seen = torch.zeros(1, 2, 32, 32)
    seen[0, 0, 5, 9] = 3.0
    positions, scores = locate(heat, seen)
    assert positions[0].numpy() == pytest.approx(np.array([[18.5, 10.5], [10.5, 6.5]]), abs=1e-4)
    assert scores[0].numpy() == pytest.approx([3.0, 0.0], abs=1e-4)


@pytest.mark.parametrize("side", [64, 48])
def test_folding_keeps_the_output(side: int) -> None:
    def build(norm: bool) -> torch.nn.Module:
        return KeypointNet(5, norm=norm) if side == 64 else IdentityNet(norm=norm)

    torch.manual_seed(0)
    trained, pictures = build(True), torch.rand(4, 3, side, side) - 0.5
    trained(pictures)  # moves the running statistics
    trained.eval()
    before = trained(pictures)
    fold(trained)
    plain = build(False).eval()
    plain.load_state_dict(trained.state_dict())
    for old, new in zip(torch.atleast_2d(before), torch.atleast_2d(plain(pictures)), strict=True):
        assert torch.allclose(old, new, atol=1e-5)


def test_the_crop_follows_the_keypoints() -> None:
    frame = np.zeros((1, 64, 64, 3), np.uint8)
    frame[0, 20:40, 10:30] = 200
    points = np.array([[[9.5, 19.5], [29.5, 39.5], [np.nan, np.nan]]])
    assert (cut(frame, points, margin=-0.05) == 200).all()
    framed = cut(frame, points, margin=0.5)[0, ..., 0]  # the square fills the middle half
    assert framed[14:34, 14:34].min() == 200
    assert framed[:10].max() == framed[:, -10:].max() == 0
    nothing = np.full((1, 3, 2), np.nan)
    assert cut(frame, nothing, margin=0.0).mean() == pytest.approx(frame.mean(), rel=0.05)


def test_unknown_data_sets_are_named_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"mgif.*fashion, taichi-hd, voxceleb"):
        mini.keypoint_extractor("mgif")


def test_missing_or_changed_weights_are_refused(tmp_path) -> None:
    shutil.copy(mini.WEIGHTS / "weights.toml", tmp_path)
    wanted = mini.listed()["taichi-hd"]["sha256"]
    with pytest.raises(ExtractorUnavailable, match=rf"^taichi-hd.safetensors: not found.*{wanted}"):
        mini.keypoint_extractor("taichi-hd", folder=tmp_path)
    (tmp_path / "taichi-hd.safetensors").write_bytes(b"other")
    with pytest.raises(UsageError, match=rf"^taichi-hd.safetensors: has sha256 .*lists {wanted}"):
        mini.identity_extractor("taichi-hd", folder=tmp_path)


def test_a_damaged_list_of_weights_is_refused(tmp_path) -> None:
    (tmp_path / "weights.toml").write_text("[taichi-hd")
    with pytest.raises(UsageError, match=r"^weights.toml: .*restore"):
        mini.listed(tmp_path)


def test_the_committed_weights_are_the_listed_ones_and_small() -> None:
    tables = mini.listed()
    assert sorted(tables) == sorted(WORLDS)
    for dataset, table in tables.items():
        path = mini.WEIGHTS / table["file"]
        assert (sha256(path), path.stat().st_size) == (table["sha256"], table["bytes"])
        assert table["licence"] == "MIT"
        assert f"--dataset {dataset}" in table["command"]
    assert sum(table["bytes"] for table in tables.values()) <= 700_000


def test_the_readme_shows_the_committed_accuracy() -> None:
    readme = (mini.WEIGHTS.parent / "README.md").read_text(encoding="utf-8")
    assert markdown(mini.listed()) in readme


@pytest.mark.parametrize("dataset", WORLDS)
@pytest.mark.parametrize("kind", BUILDERS)
def test_committed_extractors_describe_themselves(dataset: str, kind: str) -> None:
    found = BUILDERS[kind](dataset)
    assert (found.name, found.domain) == (f"mini-{kind}-{dataset}", f"{dataset}-mini")
    assert (found.licence, found.version) == ("MIT", "1")
    assert found.sha256 == mini.listed()[dataset]["sha256"]
    assert found.networks.detector.names == tuple(world_of(dataset).keypoint_names)


@pytest.mark.parametrize("dataset", WORLDS)
def test_committed_extractors_work_on_strangers(dataset: str) -> None:
    pool = draw_pool(world_of(dataset), HELD_OUT, identities=12, frames=2, backgrounds=6, seed=9)
    networks = mini.keypoint_extractor(dataset).networks
    errors = {}
    for sigma in (0.0, 2.0):
        frames = pictures(pool, np.random.default_rng(0), sigma=sigma)
        found = scored(networks.detector.net, frames)
        accuracy = keypoint_accuracy(found, pool, threshold=networks.detector.threshold)
        errors[sigma] = accuracy["mean_error_px"]
        assert accuracy["visible_found"] > 0.6
    assert errors[0.0] < 1.2
    assert errors[2.0] < 2.0
    people = identity_accuracy(networks, pool, np.random.default_rng(0), sigma=1.0)
    assert min(people["auc"], people["auc_same_background"]) > 0.9


@pytest.mark.parametrize("dataset", WORLDS)
def test_an_empty_scene_has_no_subject(dataset: str) -> None:
    grey = np.full((2, 64, 64, 3), 128, np.uint8)
    detector = mini.keypoint_extractor(dataset).networks.detector
    missing = np.isnan(keypoints(detector, grey)).all(-1).mean()
    assert missing > 0.5
