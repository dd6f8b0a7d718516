from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import ks_2samp

from baselines.augment import Augmentation, _rotate, augment_frames, draw
from baselines.augment import augment as augment_drawn
from datasets.registry import UsageError

COLOURS = Augmentation(False, False, 0.2, 0.2, 0.2, 0.2)
NONE = Augmentation(False, False, 0, 0, 0, 0)


def augment(frames: torch.Tensor, strength: Augmentation, rng: np.random.Generator) -> torch.Tensor:
    return augment_drawn(frames, strength, draw(len(frames), strength, rng))


def pairs(count: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(0).random((count, 2, 3, 6, 6), np.float32))


def test_none_changes_nothing() -> None:
    frames = pairs(4)
    assert torch.equal(augment(frames, NONE, np.random.default_rng(0)), frames)


def test_half_are_swapped_a_quarter_mirrored() -> None:
    frames = pairs(4000)
    flips = Augmentation(True, True, 0, 0, 0, 0)
    out = augment(frames, flips, np.random.default_rng(0))
    kinds = {
        "swapped": (out == frames.flip(1)),
        "mirrored": (out == frames.flip(-1)),
        "same": (out == frames),
    }
    shares = {kind: hit.flatten(1).all(1).float().mean().item() for kind, hit in kinds.items()}
    assert abs(shares["swapped"] - 0.5) < 0.03
    assert abs(shares["mirrored"] - 0.25) < 0.03
    assert abs(sum(shares.values()) - 1) < 1e-6


def test_colours_change_alike_in_both_frames() -> None:
    frames = pairs(8)
    frames[:, 1] = frames[:, 0]
    out = augment(frames, COLOURS, np.random.default_rng(0))
    assert torch.equal(out[:, 0], out[:, 1])
    assert not torch.allclose(out, frames)
    assert out.min() >= 0 and out.max() <= 1


def test_hue_leaves_grey_alone() -> None:
    grey = torch.full((4, 2, 3, 2, 2), 0.4)
    out = augment(grey, Augmentation(False, False, 0, 0, 0, 0.5), np.random.default_rng(0))
    assert torch.allclose(out, grey, atol=1e-6)


RESIZE = Augmentation(False, False, 0, 0, 0, 0, resize=(0.9, 1.1))
SIDE = 40


def coordinates(count: int) -> torch.Tensor:
    """Pairs whose first two channels say where a pixel is; the driving frame's third is 1."""
    rows, columns = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    frame = torch.stack([rows, columns, torch.zeros_like(rows)]).float()
    other = frame + torch.tensor([0.0, 0.0, 1.0]).view(3, 1, 1)
    return torch.stack([frame, other]).repeat(count, 1, 1, 1, 1)


def resized(strength: Augmentation) -> tuple[np.ndarray, np.ndarray]:
    """Source rows and columns ``(2000, SIDE)`` of the pixels of resized pairs."""
    count = 2000
    out = augment(coordinates(count), strength, np.random.default_rng(0))
    rows, columns = out[:, :, 0], out[:, :, 1]
    assert out.shape == (count, 2, 3, SIDE, SIDE)
    assert torch.equal(out[:, 0, :2], out[:, 1, :2]), "both frames alike"
    assert (out[:, 0, 2] == 0).all() and (out[:, 1, 2] == 1).all(), "no pixel is mixed"
    assert (rows == rows[..., :1]).all() and (columns == columns[:, :, :1]).all(), "axis-parallel"
    return rows[:, 0, :, 0].numpy().astype(int), columns[:, 0, 0].numpy().astype(int)


def test_resizing_is_even_and_keeps_the_order_of_pixels() -> None:
    for at in resized(RESIZE):
        assert at.min() == 0 and at.max() == SIDE - 1
        steps = np.diff(at, axis=1)
        assert steps.min() >= 0 and steps.max() <= 2


def test_the_factor_is_even_between_its_bounds_and_one_for_both_directions() -> None:
    """Of a smaller picture every pixel is there: their number is its side, int(40 f)."""
    rows, columns = resized(replace(RESIZE, resize=(0.5, 1.0)))
    sides = np.array([len(set(at)) for at in rows])
    assert (sides == [len(set(at)) for at in columns]).all()
    counts = np.bincount(sides, minlength=SIDE)
    assert counts[20:40].sum() == len(rows)
    assert counts[20:40].min() > 60 and counts[20:40].max() < 140  # 100 each


def test_smaller_pictures_are_centred_in_their_own_edges() -> None:
    half = Augmentation(False, False, 0, 0, 0, 0, resize=(0.5, 0.5))
    out = augment(coordinates(3), half, np.random.default_rng(0))
    expected = [1] * 10 + list(range(1, SIDE, 2)) + [SIDE - 1] * 10
    assert (out[:, :, 0, :, 0] == torch.tensor(expected)).all()
    assert (out[:, :, 1, 0] == torch.tensor(expected)).all()


def test_larger_pictures_lose_a_window_that_lies_anywhere() -> None:
    double = Augmentation(False, False, 0, 0, 0, 0, resize=(2, 2))
    out = augment(coordinates(4000), double, np.random.default_rng(0))
    first = out[:, 0, :2, 0, 0] * 2  # in steps of two, since every pixel is there twice
    assert first.min() == 0 and first.max() == SIDE
    assert np.abs(first.mean(0).numpy() - (SIDE - 1) / 2).max() < 1
    assert abs(np.corrcoef(first.T.numpy())[0, 1]) < 0.05, "top and left are drawn apart"
    for row in out[:20, 0, 0, :, 0].numpy():
        assert len(row) == SIDE and (np.diff(row) <= 1).all()


def test_without_resizing_the_draws_are_what_they_were() -> None:
    """Resizing draws last, so that it changes no flip and no colour of the run."""
    frames = pairs(64)
    plain = Augmentation(True, True, 0.1, 0.1, 0.1, 0.1)
    rng = np.random.default_rng(3)
    out = augment(frames, plain, rng)
    expected = np.random.default_rng(3)
    expected.random((6, 64, 1, 1, 1, 1))
    assert rng.random() == expected.random(), "one draw of six numbers per pair"
    same = augment(frames, replace(plain, resize=(1.0000001, 1.0000001)), np.random.default_rng(3))
    assert torch.equal(out, same)


def test_the_seed_decides_the_resizing() -> None:
    frames = pairs(16)
    one, again, other = (augment(frames, RESIZE, np.random.default_rng(s)) for s in (1, 1, 2))
    assert torch.equal(one, again) and not torch.equal(one, other)


@pytest.mark.parametrize("ratio", [(1.1, 0.9), (0, 1), (1, math.inf), (math.nan, 1), (1.0,)])
def test_a_wrong_ratio_is_refused(ratio: tuple[float, ...]) -> None:
    with pytest.raises(UsageError, match="resize must be"):
        Augmentation(resize=ratio)


def test_rotation_turns_about_the_middle_and_is_black_outside() -> None:
    """Turned by 180 degrees on all sides: each pixel comes from the opposite one."""
    frames = pairs(8)
    turned = _rotate(frames, np.full(8, np.pi))
    assert torch.allclose(turned, frames.flip(-1, -2), atol=1e-5)
    quarter = _rotate(frames, np.full(8, np.pi / 2))
    assert torch.allclose(quarter, torch.rot90(frames, 1, (-2, -1)), atol=1e-5)
    wide = torch.ones(1, 2, 3, 4, 12)
    upright = _rotate(wide, np.array([np.pi / 2]))
    assert upright[..., 4:8].min() > 0.99 and upright[..., :3].max() < 1e-5


def test_rotation_is_alike_for_the_frames_of_a_pair_and_leaves_other_draws_alone() -> None:
    frames = pairs(16)
    frames[:, 1] = frames[:, 0]
    strength = replace(COLOURS, rotation=10.0, resize=(0.9, 1.1))
    out = augment(frames, strength, np.random.default_rng(0))
    assert torch.equal(out[:, 0], out[:, 1])
    tiny = augment(frames, replace(strength, rotation=1e-9), np.random.default_rng(0))
    none = augment(frames, replace(strength, rotation=0.0), np.random.default_rng(0))
    assert torch.allclose(tiny, none, atol=1e-4)
    assert not torch.allclose(out, none, atol=1e-2)


@pytest.mark.parametrize("rotation", [-1.0, 181.0, math.nan])
def test_a_rotation_out_of_range_is_refused(rotation: float) -> None:
    with pytest.raises(UsageError, match="rotation must be 0 to 180"):
        Augmentation(rotation=rotation)


FULL = Augmentation(True, True, 0.1, 0.1, 0.2, 0.5, (0.9, 1.1), 10.0)


def test_what_becomes_of_a_pair_does_not_depend_on_the_others() -> None:
    frames = pairs(6)
    draws = draw(6, FULL, np.random.default_rng(4))
    whole = augment_drawn(frames, FULL, draws)
    for i in range(6):
        one = slice(i, i + 1)
        torch.testing.assert_close(augment_drawn(frames[one], FULL, draws.of(one)), whole[one])


@pytest.mark.parametrize("cache", [1, 2 * 4 * 216, 2**20])
def test_so_many_at_a_time_changes_nothing(cache: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("baselines.augment._CACHE", cache)
    frames = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (5, 2, 6, 6, 3), np.uint8))
    draws = draw(5, FULL, np.random.default_rng(4))
    floats = frames.permute(0, 1, 4, 2, 3).float() / 255
    torch.testing.assert_close(
        augment_frames(frames, FULL, draws), augment_drawn(floats, FULL, draws)
    )


def one_by_one(count: int, rng: np.random.Generator) -> torch.Tensor:
    """Pairs augmented in the way of a data set: each draws for itself when it is read."""
    frames = pairs(1)
    return torch.cat([augment(frames, FULL, rng) for _ in range(count)])


def test_all_at_once_has_the_distribution_of_one_by_one() -> None:
    """Kolmogorov and Smirnov, of eight numbers that all draws enter, at 2 x 1,500 pairs."""
    count = 1500
    single = one_by_one(count, np.random.default_rng(1))
    batched = augment(pairs(1).expand(count, -1, -1, -1, -1), FULL, np.random.default_rng(2))
    for frame, channel, y, x in np.ndindex(2, 1, 2, 2):
        a, b = (out[:, frame, channel, 1 + 3 * y, 1 + 3 * x].numpy() for out in (single, batched))
        assert ks_2samp(a, b).pvalue > 1e-3
    # It would see another strength of one of them.
    weaker = replace(FULL, brightness=0.4)
    other = augment(pairs(1).expand(count, -1, -1, -1, -1), weaker, np.random.default_rng(2))
    assert (
        ks_2samp(single.mean((1, 2, 3, 4)).numpy(), other.mean((1, 2, 3, 4)).numpy()).pvalue < 1e-3
    )
