"""Perceptual hashes: what they are blind to, what they see, and a search that misses nothing."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy.fftpack import dct

from datasets.phash import BITS, close, distance, hashes_of, thumbnails


def hashed(frames):
    return hashes_of(thumbnails(frames))


@pytest.fixture
def frames(moving):
    """Smooth frames, as pictures are: three drifting textures."""
    drawn = np.concatenate([moving(2, 128, 128, seed=seed) for seed in range(3)])
    return np.stack([cv2.GaussianBlur(frame, (0, 0), 6) for frame in drawn])


def test_the_bits_are_those_of_the_definition(frames):
    small = thumbnails(frames)
    for frame, found in zip(small, hashed(frames), strict=True):
        waves = dct(dct(frame, axis=0, norm="ortho"), axis=1, norm="ortho")[:8, :8].ravel()
        wanted = waves > np.median(waves[1:])
        wanted[0] = True
        assert [bool(int(found) >> (63 - bit) & 1) for bit in range(BITS)] == wanted.tolist()


def test_thumbnails_are_mean_grey_levels(frames):
    small = thumbnails(frames)
    assert small.shape == (6, 32, 32) and small.dtype == np.float32
    grey = np.asarray(Image.fromarray(frames[0]).convert("L"), float)
    assert np.allclose(small[0], grey.reshape(32, 4, 32, 4).mean((1, 3)), atol=1)
    assert thumbnails(frames[:0]).shape == (0, 32, 32) and hashed(frames[:0]).shape == (0,)


def test_brightness_contrast_and_size_hardly_matter(frames):
    darker = (frames * 0.7 + 20).astype(np.uint8)
    half = np.stack([cv2.resize(f, (64, 64), interpolation=cv2.INTER_AREA) for f in frames])
    for changed in (darker, half):
        assert distance(hashed(frames), hashed(changed)).max() <= 4


def test_other_pictures_and_mirrored_ones_differ(frames):
    found = hashed(frames)
    assert distance(found[0::2], np.roll(found[0::2], 1)).min() > 10
    assert distance(found, hashed(frames[:, :, ::-1])).min() > 10


def test_distance_counts_bits():
    one = np.array([0, 0b1011, 2**64 - 1, 2**63], np.uint64)
    assert distance(one, np.zeros(4, np.uint64)).tolist() == [0, 3, 64, 1]
    assert distance(one[:, None], one[None]).diagonal().tolist() == [0, 0, 0, 0]


def test_distance_is_the_same_without_numpy_2(monkeypatch):
    rng = np.random.default_rng(0)
    one, other = rng.integers(0, 2**64, (2, 50), dtype=np.uint64)
    wanted = distance(one, other)
    monkeypatch.delattr(np, "bitwise_count", raising=False)
    assert np.array_equal(distance(one, other), wanted)


@given(st.integers(0, 11), st.integers(0, 2**32), st.integers(0, 40), st.integers(0, 60))
@settings(max_examples=60, deadline=None)
def test_the_search_finds_what_a_comparison_of_all_finds(radius, seed, queries, entries):
    rng = np.random.default_rng(seed)
    centres = rng.integers(0, 2**64, 3, dtype=np.uint64)
    both = centres[rng.integers(3, size=queries + entries)]
    for _ in range(7):  # up to seven bits of each differ from its centre
        both ^= np.uint64(1) << rng.integers(0, 64, len(both), dtype=np.uint64)
    one, other = both[:queries], both[queries:]
    rows, columns, bits = close(one, other, radius=radius)
    table = distance(one[:, None], other[None])
    wanted = np.nonzero(table <= radius)
    assert np.array_equal(rows, wanted[0]) and np.array_equal(columns, wanted[1])
    assert np.array_equal(bits, table[wanted])


def test_the_search_looks_at_few_candidates(monkeypatch):
    from datasets import phash

    looked = []
    plain = phash._closer
    monkeypatch.setattr(phash, "_closer", lambda *a: looked.append(len(a[2])) or plain(*a))
    hashes = np.random.default_rng(0).integers(0, 2**64, 20_000, dtype=np.uint64)
    assert len(close(hashes, hashes, radius=7)[0]) == len(hashes)
    assert sum(looked) < len(hashes) ** 2 / 500


def test_many_equal_hashes_are_compared_in_portions(monkeypatch):
    monkeypatch.setattr("datasets.phash._CHUNK", 64)
    rows, columns, bits = close(np.zeros(30, np.uint64), np.zeros(40, np.uint64), radius=3)
    assert len(rows) == len(columns) == 1200 and not bits.any()


def test_a_radius_that_the_bands_do_not_guarantee_is_refused():
    with pytest.raises(ValueError, match="radius must be 0 to 11, got 12"):
        close(np.zeros(1, np.uint64), np.zeros(1, np.uint64), radius=12)
