"""A perceptual hash of frames, and the search for hashes that are close to each other.

The hash is the well-known pHash: the signs, against their median, of the 8x8 lowest frequencies of
a cosine transform of the grey frame at 32x32 pixels. It says little about brightness, contrast,
sharpness and encoding, and much about where things are. Two frames are close if few bits differ.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.fft import dctn

from datasets.clips import Frames

BITS = 64
_SIDE, _KEPT = 32, 8
_BANDS = 4
_WIDTH = BITS // _BANDS
_CHUNK = 1 << 22

Hashes = NDArray[np.uint64]
Thumbnails = NDArray[np.float32]
_BYTE_BITS = np.array([bin(byte).count("1") for byte in range(256)], np.uint8)


def thumbnails(frames: Frames) -> Thumbnails:
    """Return frames, uint8 ``(T, H, W, 3)`` RGB, as grey of 32x32 pixels: ``(T, 32, 32)``."""
    grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in frames]
    size = (_SIDE, _SIDE)
    small = [cv2.resize(frame, size, interpolation=cv2.INTER_AREA) for frame in grey]
    return np.array(small, np.float32).reshape(-1, _SIDE, _SIDE)


def hashes_of(small: Thumbnails) -> Hashes:
    """Return the hash of each thumbnail, uint64 ``(T,)``."""
    waves = dctn(small, axes=(1, 2), norm="ortho")[:, :_KEPT, :_KEPT].reshape(-1, _KEPT * _KEPT)
    waves[:, 0] = np.inf  # the mean brightness says nothing: its bit is always set
    middle = np.median(waves[:, 1:], axis=1, keepdims=True)
    packed = np.packbits(waves > middle, axis=1)  # (T, 8)
    return np.ascontiguousarray(packed).view(">u8").astype(np.uint64).reshape(-1)


def distance(one: Hashes, other: Hashes) -> NDArray[np.uint8]:
    """Return the number of bits that differ, element by element, 0 to 64."""
    differ = np.ascontiguousarray(one ^ other)
    if hasattr(np, "bitwise_count"):  # numpy 2
        return np.asarray(np.bitwise_count(differ), np.uint8)
    parts = _BYTE_BITS[differ.view(np.uint8).reshape(*differ.shape, 8)]
    return np.asarray(parts.sum(axis=-1), np.uint8)


def close(
    queries: Hashes, index: Hashes, *, radius: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]]:
    """Return all pairs of a query and an entry of ``index`` that differ in ``radius`` bits or less.

    The 64 bits are cut into four bands. Of hashes that are close, at least one band differs in a
    quarter of ``radius`` bits or less, so only entries with such a band are looked at: much less
    than all of them, however many there are.

    Args:
        queries: uint64 ``(Q,)``.
        index: uint64 ``(N,)``.
        radius: 0 to 11 bits.

    Returns:
        Places of queries, places in ``index``, and distances, sorted by these places; every pair
        once.
    """
    if not 0 <= radius < 3 * _BANDS:
        raise ValueError(f"radius must be 0 to {3 * _BANDS - 1}, got {radius}")
    found = [
        _closer(queries, index, pairs, radius) for pairs in _candidates(queries, index, radius)
    ]
    pairs = np.unique(np.concatenate(found)) if found else np.empty(0, np.int64)
    rows, columns = np.divmod(pairs, max(1, len(index)))
    return rows, columns, distance(queries[rows], index[columns])


def _closer(
    queries: Hashes, index: Hashes, pairs: NDArray[np.int64], radius: int
) -> NDArray[np.int64]:
    rows, columns = np.divmod(pairs, len(index))
    return pairs[distance(queries[rows], index[columns]) <= radius]


def _candidates(queries: Hashes, index: Hashes, radius: int) -> Iterator[NDArray[np.int64]]:
    """Yield pairs as ``query * N + entry`` that agree in a band but for a few bits."""
    for band in range(_BANDS):
        shift = np.uint64(band * _WIDTH)
        entries = (index >> shift).astype(np.uint16)
        order = np.argsort(entries, kind="stable")
        keys = (queries >> shift).astype(np.uint16)
        starts = np.searchsorted(entries[order], np.arange((1 << _WIDTH) + 1))
        for mask in _masks(radius // _BANDS):
            wanted = (keys ^ mask).astype(np.int64)
            yield from _expand(order, starts[wanted], starts[wanted + 1])


def _masks(bits: int) -> list[np.uint16]:
    """Return all 16-bit numbers with up to ``bits`` (0 to 2) bits set."""
    ones = [1 << place for place in range(_WIDTH)]
    masks = [0, *(ones if bits > 0 else [])]
    if bits > 1:
        masks += [a | b for a in ones for b in ones if a < b]
    return [np.uint16(mask) for mask in masks]


def _expand(
    order: NDArray[np.int64], first: NDArray[np.int64], stop: NDArray[np.int64]
) -> Iterator[NDArray[np.int64]]:
    """Yield the pairs of each query and ``order[first:stop]``, a bounded number at a time."""
    counts = stop - first
    ends = np.cumsum(counts)
    if not len(ends) or not ends[-1]:
        return
    cuts = np.searchsorted(ends, np.arange(0, ends[-1], _CHUNK), side="left")
    for begin, finish in zip(cuts, [*cuts[1:], len(counts)], strict=True):
        part = counts[begin:finish]
        rows = np.repeat(np.arange(begin, finish), part)
        within = np.arange(part.sum()) - np.repeat(np.cumsum(part) - part, part)
        yield rows * len(order) + order[np.repeat(first[begin:finish], part) + within]
