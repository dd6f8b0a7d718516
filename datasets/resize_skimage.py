"""What ``skimage.transform.resize`` of scikit-image 0.14.2 made of the authors' frames.

Their loader called ``img_as_ubyte(resize(frame, (s, s), anti_aliasing=True))``. In that version it

1. blurs the uint8 picture itself with `scipy.ndimage.gaussian_filter`, sigma (factor - 1) / 2 on
   each axis that shrinks, first down the columns, then along the rows, and cuts the fraction off
   after each: a level is lost here and there. Beyond the edge lies black, so the outer rows and
   columns come out darker (200 becomes 186 in a crop of 585 pixels);
2. takes the picture to [0, 1] and samples it bilinearly at half-pixel centres, black beyond the
   edge, which only a crop that grows can see; the result is held to the range of the picture;
3. rounds to 8 bits.

The arithmetic is theirs, operation by operation in float64: blur and sampling were compared with
the C code of SciPy and scikit-image, and are equal bit for bit. Only the last bit of the blur's
weights may differ, with the exponential function of the machine.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from datasets.clip_writer import Frames

Floats = npt.NDArray[np.float64]

_TRUNCATE = 4.0  # the blur ends at so many sigmas
_LEVEL = 1.0 / 255
_ROWS = 64  # rows blurred at a time: what fits the cache


def skimage_014(frame: Frames, size: int) -> Frames:
    """Resize ``frame``, uint8 ``(H, W, 3)``, to ``(size, size, 3)`` as scikit-image 0.14.2 did."""
    height, width = frame.shape[:2]
    factors = height / size, width / size
    blurred = _blur(_blur(frame, factors[0], axis=0), factors[1], axis=1)
    small = np.multiply(_sample(blurred, factors, size), 255)
    return np.rint(small).clip(0, 255).astype(np.uint8)


def blur_weights(factor: float) -> list[float]:
    """Return the weights of the blur from the centre outwards; one if the axis does not shrink.

    Args:
        factor: Size before by size after.
    """
    sigma = max(0.0, (factor - 1) / 2)
    if sigma <= 1e-15:
        return [1.0]
    radius = int(_TRUNCATE * sigma + 0.5)
    raw = [math.exp(-0.5 / (sigma * sigma) * x**2) for x in range(-radius, radius + 1)]
    weights = np.array(raw) / np.array(raw).sum()
    return [float(weight) for weight in weights[radius:]]


def _blur(frame: Frames, factor: float, *, axis: int) -> Frames:
    """Blur uint8 ``(H, W, 3)`` along ``axis``; the sum starts at the centre, then the outermost."""
    weights = blur_weights(factor)
    if len(weights) == 1:
        return frame
    radius = len(weights) - 1
    edges = [(radius, radius) if axis == k else (0, 0) for k in range(3)]
    wide = np.pad(frame, edges).astype(np.uint16)
    out = np.empty(frame.shape, np.uint8)
    length = frame.shape[axis]
    for top in range(0, frame.shape[0], _ROWS):
        stop = min(top + _ROWS, frame.shape[0])
        block = wide[top : stop + 2 * radius] if axis == 0 else wide[top:stop]
        count = stop - top if axis == 0 else length

        def shifted(by: int, block: npt.NDArray[np.uint16] = block, count: int = count) -> Frames:
            first = radius + by
            cut = slice(first, first + count)
            return block[cut] if axis == 0 else block[:, cut]  # type: ignore[return-value]

        total = shifted(0) * weights[0]
        for offset in range(radius, 0, -1):
            total += (shifted(-offset) + shifted(offset)) * weights[offset]
        out[top:stop] = total
    return out


def _sample(frame: Frames, factors: tuple[float, float], size: int) -> Floats:
    """Return ``(size, size, 3)`` in [0, 1]: bilinear, half-pixel centres, black beyond the edge."""
    rows, columns = (_places(factor, size) for factor in factors)
    padded = np.pad(frame, ((1, 1), (1, 1), (0, 0)))
    low, high, part = _between(columns)
    across = padded.take(low + 1, axis=1) * _LEVEL  # (H + 2, size, 3)
    across *= (1 - part)[:, None]
    across += padded.take(high + 1, axis=1) * _LEVEL * part[:, None]
    low, high, part = _between(rows)
    small: Floats = across[low + 1] * (1 - part)[:, None, None]
    small += across[high + 1] * part[:, None, None]
    least, most = frame.min() * _LEVEL, frame.max() * _LEVEL
    dark = small == 0  # a pixel that lies wholly beyond the edge stays black
    np.clip(small, least, most, out=small)
    small[dark] = 0
    return small


def _between(places: Floats) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Floats]:
    """Return the pixels at both sides of each place, and how far it lies from the first."""
    low, high = np.floor(places).astype(np.intp), np.ceil(places).astype(np.intp)
    return low, high, places - low


def _places(factor: float, size: int) -> Floats:
    """Return where the pixels of an axis lie in the larger picture."""
    return factor * np.arange(size, dtype=np.float64) + (factor * 0.5 - 0.5)
