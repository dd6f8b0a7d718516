"""Making the mini extractors: pictures, damage, losses, measures and the command line."""

from __future__ import annotations

import tomllib
import zlib

import numpy as np
import pytest
import torch

from datasets.registry import DATASETS
from datasets.worlds.sprites import Placement, Pose, Sprite
from datasets.worlds.world import Identity, Motion
from metrics.extractors import mini_augment as augment
from metrics.extractors import mini_data, train_mini
from metrics.extractors.mini import load
from metrics.extractors.mini_accuracy import area_under_curve, best_threshold, keypoint_accuracy
from metrics.extractors.mini_card import BEGIN, END, markdown, refresh, write_table
from metrics.extractors.mini_data import HELD_OUT, TRAIN, Pool, draw_pool, generator, halves
from metrics.extractors.mini_detect import scored
from metrics.extractors.mini_training import identity_loss, keypoint_batch, keypoint_loss


class ToyWorld:
    """A coloured box with a dark spot; the second keypoint is always covered by the spot."""

    dataset = "taichi-hd"
    canvas = (80, 72)
    part_names = ("background", "box", "spot")
    keypoint_names = ("corner", "behind", "spot")
    aspect = 1.0
    framed_parts = ()

    def identity(self, rng: np.random.Generator) -> Identity:
        sprites = []
        for name, size, color in (("box", 26, rng.random(3)), ("spot", 10, np.zeros(3))):
            rgba = np.zeros((size, size, 4), np.float32)
            rgba[1:-1, 1:-1] = (*color, 1)
            sprites.append(Sprite(name, rgba))
        return Identity(tuple(sprites))

    def motion(self, rng: np.random.Generator, frames: int, fps: float) -> Motion:
        assert fps in (25.0, 30.0)
        return Motion({"corner": rng.uniform((15, 15), (35, 30), (frames, 2))})

    def background(self, rng: np.random.Generator) -> Sprite:
        rgba = np.ones((100, 100, 4), np.float32)
        rgba[..., :3] = rng.random(3)
        return Sprite("background", rgba)

    def pose(self, identity: Identity, motion: Motion, frame: int) -> Pose:
        x, y = motion.curves["corner"][frame]
        placements = tuple(
            Placement(part, np.array([[1, 0, x + shift], [0, 1, y + shift]]))
            for part, shift in ((1, 0), (2, 8))
        )
        keypoints = np.array([[x + 2, y + 2], [x + 12, y + 12], [x + 12, y + 12]])
        return Pose(placements, keypoints, ((1,), (1,), (2,)))


@pytest.fixture(scope="module")
def pool() -> Pool:
    return draw_pool(ToyWorld(), TRAIN, identities=6, frames=4, backgrounds=3)


def test_a_pool_is_sorted_by_identity_and_motion(pool: Pool) -> None:
    assert pool.subjects.shape == (48, 64, 64, 4)
    assert pool.backgrounds.shape == (6, 64, 64, 3)
    assert pool.identity.tolist() == np.repeat(np.arange(6), 8).tolist()
    first, second = halves(pool)
    assert first[:6].tolist() == [0, 1, 2, 3, 8, 9]
    assert second[:6].tolist() == [4, 5, 6, 7, 12, 13]


def test_a_box_is_drawn_around_the_framed_parts() -> None:
    class Framed(ToyWorld):
        framed_parts = (2,)

    boxes = []
    for world in (ToyWorld(), Framed()):
        identity = world.identity(generator(TRAIN, 0))
        motion = Motion({"corner": np.full((12, 2), 25.0)})
        boxes.append(mini_data.clip_box(world, identity, motion, generator(TRAIN, 1)))
    whole, spot = (np.array(box) for box in boxes)
    assert (whole[2:] - whole[:2]).tolist() == pytest.approx([26, 26], abs=2)
    assert (spot[2:] - spot[:2]).tolist() == pytest.approx([8, 8], abs=1)


def test_pool_keypoints_lie_on_their_parts(pool: Pool) -> None:
    assert pool.visible.any(0).tolist() == [True, False, True]
    for row in np.flatnonzero(pool.visible[:, 0] & pool.visible[:, 2]):
        x, y = np.rint(pool.keypoints[row, 2]).astype(int)
        assert pool.subjects[row, y, x] == pytest.approx([0, 0, 0, 255], abs=1)
        x, y = np.rint(pool.keypoints[row, 0]).astype(int)
        assert pool.subjects[row, y, x, 3] > 200  # two pixels from the edge


def test_subjects_are_laid_over_any_background(pool: Pool) -> None:
    subject = np.zeros((1, 64, 64, 4), np.uint8)
    subject[0, 0, 0] = (200, 100, 50, 255)
    subject[0, 0, 1] = (60, 0, 0, 128)
    made = Pool(subject, pool.keypoints[:1], pool.visible[:1], pool.identity[:1], pool.backgrounds)
    picture = made.composed(np.array([0]), np.array([3]))[0]
    behind = pool.backgrounds[3].astype(float)
    assert picture[0, 0].tolist() == [200, 100, 50]
    half = [60, 0, 0] + behind[0, 1] * (127 / 255)
    assert picture[0, 1] == pytest.approx(half, abs=0.51)
    assert np.array_equal(picture[1:], pool.backgrounds[3][1:])


def test_a_cut_out_over_the_background_is_the_rendered_picture() -> None:
    world = ToyWorld()
    identity, motion = world.identity(generator(1, 0)), world.motion(generator(1, 1), 2, 25.0)
    pose = world.pose(identity, motion, 0)
    rgba, part_map = mini_data.cut_out(identity, pose, world.canvas)
    grey = Sprite("background", np.full((72, 80, 4), 0.4, np.float32))
    still = np.array([[1.0, 0, 0], [0, 1, 0]])
    drawn, drawn_map = mini_data.render((grey, *identity.sprites), pose, still, world.canvas)
    composed = rgba[..., :3] + 0.4 * (255.0 - rgba[..., 3:])
    assert composed == pytest.approx(drawn.astype(float), abs=1.5)
    assert np.array_equal(part_map, drawn_map)


def test_no_generator_is_shared_with_a_split_or_another_role() -> None:
    """The second word tells them apart: a small role here, a crc32 there."""
    assert min(zlib.crc32(name.encode()) for name in DATASETS) > 2**20
    assert max(TRAIN, HELD_OUT, mini_data.CALIBRATE) < 16
    draws = {generator(role, seed, 1, 5).random() for role in (1, 2, 3) for seed in range(4)}
    assert len(draws) == 12


@pytest.mark.parametrize("seed", range(8))
def test_keypoints_go_along_with_a_warp(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = np.float32([[20, 25], [40, 30]])
    pictures = np.zeros((64, 64, 3), np.uint8)
    for channel, (x, y) in enumerate(points.astype(int)):
        pictures[y - 1 : y + 2, x - 1 : x + 2, channel] = 255
    moved, found = augment.warped(pictures, points, rng, bend=1.5)
    y, x = np.mgrid[:64, :64]
    for channel in (0, 1):
        weight = moved[..., channel].astype(float)
        centre = [(x * weight).sum() / weight.sum(), (y * weight).sum() / weight.sum()]
        assert found[channel] == pytest.approx(centre, abs=0.4)
    assert np.abs(found - points).max() > 0.3


def test_covered_keypoints_are_not_visible() -> None:
    rng = np.random.default_rng(3)
    grid = np.stack(np.meshgrid(np.arange(64), np.arange(64)), -1).reshape(-1, 2)
    black, white = np.zeros((64, 64, 3), np.uint8), np.full((64, 64, 3), 255, np.uint8)
    picture, visible = augment.covered(
        black, grid.astype(np.float32), np.ones(4096, bool), rng, patch=white
    )
    assert np.array_equal(visible, (picture == 0).all(-1).ravel())
    assert 0 < (~visible).sum() <= 28 * 28
    assert not black.any()


def test_damage_can_be_nothing_and_keeps_the_form(pool: Pool) -> None:
    picture, rng = pool.composed(np.array([0]), np.array([0]))[0], np.random.default_rng(0)
    assert np.array_equal(augment.blurred(picture, 0.0), picture)
    assert np.array_equal(augment.recoloured(picture, rng, amount=0.0), picture)
    assert not np.array_equal(augment.blurred(picture, 2.0), picture)
    for _ in range(30):
        damaged = augment.degraded(picture, rng)
        assert (damaged.shape, damaged.dtype) == (picture.shape, picture.dtype)


def test_a_training_batch_knows_what_left_the_picture(pool: Pool) -> None:
    rng = np.random.default_rng(0)
    pictures, _, visible = keypoint_batch(pool, rng)
    assert pictures.shape == (32, 64, 64, 3)
    assert not visible[:, 1].any()
    far = Pool(pool.subjects, pool.keypoints + 100, pool.visible, pool.identity, pool.backgrounds)
    assert not keypoint_batch(far, rng)[2].any()


def test_keypoint_loss_prefers_the_truth() -> None:
    points = torch.tensor([[[18.5, 10.5], [40.5, 40.5]]])
    heat, seen = torch.zeros(1, 2, 32, 32), torch.zeros(1, 2, 32, 32)
    unsure = keypoint_loss(heat, seen, points, torch.ones(1, 2))
    heat[0, 0, 5, 9] = heat[0, 1, 20, 20] = 9.0
    right = keypoint_loss(heat, seen, points, torch.ones(1, 2))
    confident = keypoint_loss(heat, seen + 3, points, torch.ones(1, 2))
    assert confident < right < unsure
    outside = torch.tensor([[[18.5, 10.5], [90.0, 40.5]]])
    without = keypoint_loss(heat, seen, outside, torch.tensor([[1.0, 0.0]]))
    alone = keypoint_loss(heat[:, :1], seen[:, :1], points[:, :1], torch.ones(1, 1))
    assert without == pytest.approx(float(alone), rel=1e-5)


def test_identity_loss_is_least_for_twins() -> None:
    rows = torch.nn.functional.normalize(torch.eye(6), dim=1)
    assert identity_loss(rows, rows) < identity_loss(rows, rows.flip(0))
    assert identity_loss(rows, rows.flip(0)) > np.log(6)


def test_accuracy_counts_the_visible_and_the_hidden() -> None:
    truth = np.float32([[[10, 10], [20, 20], [30, 30], [40, 40]]])
    visible = np.array([[True, True, True, False]])
    subjects = np.zeros((1, 64, 64, 4), np.uint8)
    toy = Pool(subjects, truth, visible, np.array([0]), subjects[..., :3])
    found = np.array([[[13, 14, 1.0], [20, 21, 2.0], [0, 0, -1.0], [0, 0, -2.0]]])
    accuracy = keypoint_accuracy(found, toy, threshold=0.0)
    assert accuracy["mean_error_px"] == accuracy["median_error_px"] == 3.0
    assert accuracy["visible_found"] == pytest.approx(2 / 3, abs=1e-4)
    assert accuracy["hidden_missing"] == 1.0
    nothing = keypoint_accuracy(found, toy, threshold=9.0)
    assert np.isnan(nothing["mean_error_px"])
    assert nothing["visible_found"] == 0.0


def test_the_threshold_separates_what_can_be_separated() -> None:
    scores = np.r_[np.linspace(-3, -1, 20), np.linspace(1, 3, 200)]
    threshold = best_threshold(scores, scores > 0)
    assert ((scores >= threshold) == (scores > 0)).all()
    assert best_threshold(scores, np.ones(220, bool)) == 0.0


def test_area_under_curve_is_the_share_of_ordered_pairs() -> None:
    genuine, impostors = np.array([0.9, 0.4, np.nan]), np.array([0.1, 0.5])
    assert area_under_curve(genuine, impostors) == 0.75
    assert area_under_curve(genuine, genuine) == 0.5
    assert np.isnan(area_under_curve(genuine, impostors[:0]))


def test_the_card_keeps_other_data_sets(tmp_path) -> None:
    row = {
        "sigma": 0.0, "mean_error_px": 0.5, "median_error_px": 0.4, "p95_error_px": 1.5,
        "visible_found": 0.9, "hidden_missing": float("nan"), "auc": 0.99,
        "auc_same_background": 0.98, "subject_found": 1.0,
    }  # fmt: skip
    for dataset in ("fashion", "taichi-hd", "fashion"):
        (tmp_path / f"{dataset}.safetensors").write_bytes(dataset.encode())
        write_table(tmp_path, dataset, command=f"make {dataset}", rows=[row])
    tables = tomllib.loads((tmp_path / "weights.toml").read_text())
    assert list(tables) == ["fashion", "taichi-hd"]
    assert tables["fashion"]["bytes"] == 7
    assert tables["taichi-hd"]["accuracy"][0]["auc"] == 0.99
    assert "| fashion | 0.0 | 0.50 | 0.40 | 1.50 | 90.0% |" in markdown(tables)


def test_the_readme_is_refreshed_between_its_markers(tmp_path) -> None:
    readme = tmp_path / "README.md"
    refresh(readme, {})
    assert not readme.exists()
    readme.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    refresh(readme, {})
    assert readme.read_text() == f"before\n{BEGIN}\n{markdown({})}\n{END}\nafter\n"
    readme.write_text("no markers\n")
    refresh(readme, {})
    assert readme.read_text() == "no markers\n"


TINY = (
    "--keypoint-steps 2 --identity-steps 2 --identities 6 --frames 2 --backgrounds 4 --held-out 3"
)


@pytest.mark.slow
def test_the_same_command_makes_the_same_bytes(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(train_mini, "world_of", lambda dataset: ToyWorld())
    monkeypatch.setattr("metrics.extractors.mini_training.BATCH", 4)
    digests = []
    for folder, seed in (("one", "0"), ("two", "0"), ("three", "1")):
        command = ["--dataset", "taichi-hd", "--out", str(tmp_path / folder), "--seed", seed]
        assert train_mini.main([*command, *TINY.split()]) == 0
        digests.append((tmp_path / folder / "taichi-hd.safetensors").read_bytes())
    assert digests[0] == digests[1] != digests[2]
    stored = load(tmp_path / "one" / "taichi-hd.safetensors")
    assert stored.detector.names == ToyWorld.keypoint_names
    table = tomllib.loads((tmp_path / "three" / "weights.toml").read_text())["taichi-hd"]
    assert table["command"].endswith(f"--dataset taichi-hd --seed 1 {TINY}")
    assert "KeypointNet" in capsys.readouterr().out


def test_a_data_set_without_keypoints_is_refused(capsys) -> None:
    assert train_mini.main(["--dataset", "mgif"]) == 2
    assert "known: taichi-hd, voxceleb, fashion" in capsys.readouterr().err


@pytest.mark.slow
def test_training_learns_the_toy(monkeypatch) -> None:
    monkeypatch.setattr("metrics.extractors.mini_training.BATCH", 16)
    recipe = train_mini.Recipe(
        keypoint_steps=80, identity_steps=1, identities=40, frames=4, backgrounds=20, held_out=10
    )
    networks = train_mini.train(ToyWorld(), recipe, report=lambda *_: None)
    strangers = train_mini.held_out_pool(ToyWorld(), recipe)
    frames = strangers.composed(np.arange(len(strangers.subjects)), np.zeros(160, np.int64))
    found = scored(networks.detector.net, frames)
    accuracy = keypoint_accuracy(found, strangers, threshold=networks.detector.threshold)
    assert accuracy["mean_error_px"] < 2
    assert accuracy["hidden_missing"] > 0.9
