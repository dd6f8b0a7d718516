"""The feature cache: same values with and without it, nothing stale, nothing half written."""

import dataclasses

import numpy as np
import pytest

from metrics.cache import FeatureCache, Shown, environment
from metrics.views import View


@dataclasses.dataclass
class Sum:
    """The sum of each frame; remembers how many frames it was given."""

    sha256: str = "ab"
    version: str = "1"
    seen: int = 0
    name = "sum"
    domain = "test"
    licence = "MIT"

    def __call__(self, frames):
        self.seen += len(frames)
        return frames.reshape(len(frames), -1).sum(axis=1, dtype=np.float64)[:, None] / 7


@pytest.fixture
def frames():
    rng = np.random.Generator(np.random.PCG64(2))
    return rng.integers(0, 256, (5, 4, 6, 3), dtype=np.uint8)


def rows(cache, extractor, frames, *, keep=False):
    """The rows of one clip."""
    (found,) = cache.rows(extractor, [Shown(frames, View(frames).digests, keep=keep)])
    return found


def files(folder):
    return sorted(p for p in folder.rglob("*") if p.is_file())


def test_cached_and_uncached_are_bit_equal(tmp_path, frames):
    plain = rows(FeatureCache(None), Sum(), frames)
    cache = FeatureCache(tmp_path)
    first = rows(cache, Sum(), frames, keep=True)
    again = rows(cache, Sum(), frames, keep=True)
    assert plain.tobytes() == first.tobytes() == again.tobytes()
    assert (cache.hits, cache.misses) == (1, 1)


def test_equal_frames_are_extracted_once(frames):
    extractor = Sum()
    order = [0, 1, 0, 0, 2, 1]
    found = rows(FeatureCache(None), extractor, frames[order])
    assert extractor.seen == 3
    np.testing.assert_array_equal(found, Sum()(frames)[order])


def test_predictions_are_looked_up_but_not_kept(tmp_path, frames):
    cache = FeatureCache(tmp_path)
    rows(cache, Sum(), frames)
    assert files(tmp_path) == []
    rows(cache, Sum(), frames, keep=True)
    extractor = Sum()
    rows(cache, extractor, frames)
    assert extractor.seen == 0


@pytest.mark.parametrize(
    ("extractor", "surroundings"),
    [(Sum(sha256="cd"), "a"), (Sum(version="2"), "a"), (Sum(), "b")],
)
def test_another_extractor_or_library_is_another_key(tmp_path, frames, extractor, surroundings):
    rows(FeatureCache(tmp_path, environment="a"), Sum(), frames, keep=True)
    rows(FeatureCache(tmp_path, environment=surroundings), extractor, frames, keep=True)
    assert extractor.seen == len(frames)


def test_other_frames_are_another_key(tmp_path, frames):
    cache = FeatureCache(tmp_path)
    rows(cache, Sum(), frames, keep=True)
    extractor = Sum()
    changed = frames.copy()
    changed[0, 0, 0, 0] ^= 1
    rows(cache, extractor, changed)
    rows(cache, extractor, frames.reshape(5, 6, 4, 3))
    assert extractor.seen == 10


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"garbage"])
def test_a_damaged_file_is_replaced(tmp_path, frames, content):
    cache = FeatureCache(tmp_path)
    expected = rows(cache, Sum(), frames, keep=True)
    (path,) = files(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(content)
    np.testing.assert_array_equal(rows(cache, Sum(), frames, keep=True), expected)
    assert path.read_bytes() == whole


def test_a_write_that_fails_leaves_nothing(tmp_path, frames, monkeypatch):
    def broken(file, rows):
        file.write(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(np, "save", broken)
    with pytest.raises(OSError, match="disk full"):
        rows(FeatureCache(tmp_path), Sum(), frames, keep=True)
    assert files(tmp_path) == []


def test_an_extractor_that_loses_frames_is_caught(frames):
    class Half(Sum):
        def __call__(self, frames):
            return super().__call__(frames)[::2]

    with pytest.raises(ValueError, match="sum: 3 rows for 5 frames"):
        rows(FeatureCache(None), Half(), frames)


def test_environment_says_what_may_change_the_last_digits():
    assert "2 threads" in environment(2)
    assert "torch" in environment(2)
    assert environment(1) != environment(2)


def test_other_code_of_an_extractor_is_another_key(tmp_path, frames, monkeypatch):
    cache = FeatureCache(tmp_path)
    rows(cache, Sum(), frames, keep=True)
    monkeypatch.setattr("metrics.cache.class_digest", lambda cls: f"{cls.__name__}, edited")
    extractor = Sum()
    rows(cache, extractor, frames)
    assert extractor.seen == len(frames)


@pytest.mark.parametrize("package", ["efficientnet-lite-pytorch", "pytorch-fid"])
def test_environment_has_the_packages_of_networks(package):
    assert package in environment(1)
