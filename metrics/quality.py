"""PSNR, SSIM and LPIPS: how close single frames are, in three ways that are not L1."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from metrics.example import Example
from metrics.frames import same_scale
from metrics.metric import ALL_SUBJECTS, Array, Metric, Partial, partial_of

PSNR_CAP = 60.0  # decibels; rounding to 8 bits alone costs 1/12 squared grey levels: 58.9 dB
SSIM_WINDOW = 11  # pixels: sigma 1.5, cut at 3.5 sigma
_SSIM_PIXELS = 1 << 15  # compared at once: small pictures cost little more than large ones


class Distances(Protocol):
    """What LPIPS needs of `metrics.extractors.lpips_alex.LpipsAlex`, and what results say of it."""

    @property
    def name(self) -> str: ...  # noqa: D102 - as in `metrics.extractors.Extractor`
    @property
    def sha256(self) -> str: ...  # noqa: D102

    def distances(
        self, truth: NDArray[np.uint8], prediction: NDArray[np.uint8], /
    ) -> NDArray[np.float64]:
        """Return one distance per frame, float64 (T,), of uint8 (T, H, W, 3)."""
        ...


def psnr_partial(truth: Array, prediction: Array) -> Partial:
    """Sum over frames of the peak signal-to-noise ratio in dB, at most `PSNR_CAP`.

    Args:
        truth: uint8, or float in [0, 1], (T, H, W, 3).
        prediction: Likewise, same shape.

    Raises:
        ValueError: Another shape (alpha and grey too), NaN or values out of range.

    Example:
        >>> black = np.zeros((2, 4, 4, 3))
        >>> round(psnr_partial(black, black + 0.1).value, 9)
        20.0
    """
    from skimage.metrics import peak_signal_noise_ratio

    with np.errstate(divide="ignore"):  # identical frames: infinite, then capped
        values = _per_frame(peak_signal_noise_ratio, truth, prediction)
    return partial_of(np.minimum(values, PSNR_CAP))


def ssim_partial(truth: Array, prediction: Array) -> Partial:
    """Sum over frames of the structural similarity; arguments as in `psnr_partial`.

    Raises:
        ValueError: As `psnr_partial`, or frames smaller than the window of 11 x 11 pixels.
    """
    one, other, scale = same_scale(truth, prediction)
    height, width = one.shape[1:3]
    if min(height, width) < SSIM_WINDOW:
        size = f"{width} x {height}"
        raise ValueError(f"frames are {size}; SSIM needs {SSIM_WINDOW} x {SSIM_WINDOW} pixels")
    true, seen = (c.transpose(0, 3, 1, 2).reshape(-1, height, width) for c in (one, other))
    step = max(1, _SSIM_PIXELS // (height * width))
    parts = [slice(start, start + step) for start in range(0, len(true), step)]
    found = [_ssim(true[part], seen[part], scale) for part in parts]
    return partial_of(np.concatenate(found).reshape(len(one), 3).mean(axis=1))


def _ssim(truth: Array, prediction: Array, scale: float) -> NDArray[np.float64]:
    """Return the similarity of each plane, float64 (P,), of one channel each, (P, H, W).

    The library is given all of them as one tall picture. Of each plane the pixels next to its edges
    are left out, as the library does, and no window around the others reaches into a neighbour.
    """
    from skimage.metrics import structural_similarity

    width, edge = truth.shape[2], SSIM_WINDOW // 2
    _, similar = structural_similarity(
        truth.reshape(-1, width),  # (P * H, W)
        prediction.reshape(-1, width),
        data_range=scale,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        full=True,
    )
    inner = similar.reshape(truth.shape)[:, edge:-edge, edge:-edge]
    return np.asarray(inner.mean(axis=(1, 2)), np.float64)


def lpips_partial(truth: Array, prediction: Array, *, network: Distances | None = None) -> Partial:
    """Sum over frames of the LPIPS distance; arguments as in `psnr_partial`, rounded to uint8.

    ``network`` measures the distances; None: `lpips_network`, on the CPU.

    Raises:
        ValueError: As `psnr_partial`.
        metrics.extractors.ExtractorUnavailable: The weights of AlexNet are not there.
    """
    one, other, _ = same_scale(truth, prediction)
    return partial_of((network or lpips_network()).distances(_eight_bit(one), _eight_bit(other)))


@cache
def lpips_network(device: str = "cpu") -> Distances:
    """Return the network of LPIPS, built at the first call; `ExtractorUnavailable` without it."""
    from metrics.extractors.lpips_alex import LpipsAlex

    network: Distances = LpipsAlex(device=device)
    return network


def _per_frame(
    function: Callable[..., float], truth: Array, prediction: Array
) -> NDArray[np.float64]:
    """Return ``function`` of every pair of frames, float64 (T,)."""
    one, other, scale = same_scale(truth, prediction)
    pairs = zip(one, other, strict=True)
    return np.array([function(a, b, data_range=scale) for a, b in pairs], np.float64)


def _eight_bit(frames: Array) -> NDArray[np.uint8]:
    if frames.dtype == np.uint8:
        return frames
    return np.rint(frames * 255.0).astype(np.uint8)


def _flat(level: int) -> list[list[list[int]]]:
    """One frame of one grey level, as small as SSIM takes it."""
    return [[[level] * 3] * SSIM_WINDOW] * SSIM_WINDOW


METRICS = (
    Metric(
        id="psnr",
        title="PSNR",
        definition="how small the squared error of the colours is, in decibels",
        unit="dB",
        better="higher",
        bounds=(0.0, PSNR_CAP),
        needs="frames",
        subjects=ALL_SUBJECTS,
        formula="Mean over clips of the mean over frames of -10 log10 of the mean squared "
        "difference over pixels and channels, colours in [0, 1], frame 0 included. At most 60 dB "
        "per frame, which is just above what rounding to 8 bits leaves (58.9 dB): an exact frame "
        "would be infinite, and every mean with it.",
        source="scikit-image peak_signal_noise_ratio; the cap is ours",
        sibling="l1@clip is linear in the error. A mean of decibels is not the decibels of a mean: "
        "one bad frame among good ones hardly shows.",
        pooling="clip",
        partial=psnr_partial,
        example=Example(
            "Two clips of one black pixel. The first is exact: 60, the cap. The second is off by "
            "0.1, a squared error of 0.01: -10 log10(0.01) = 20. Their mean: (60 + 20) / 2.",
            ([[[[0.0, 0.0, 0.0]]]],) * 2,
            ([[[[0.0, 0.0, 0.0]]]], [[[[0.1, 0.1, 0.1]]]]),
            40.0,
        ),
    ),
    Metric(
        id="ssim",
        title="SSIM",
        definition="how alike brightness, contrast and structure of small windows are",
        unit="similarity",
        better="higher",
        bounds=(-1.0, 1.0),
        needs="frames",
        subjects=ALL_SUBJECTS,
        formula="Mean over clips of the mean over frames of the structural similarity, mean over "
        "pixels and RGB channels: Gaussian window (sigma 1.5, 11 x 11), population covariance, "
        "K1 = 0.01, K2 = 0.03, without the 5 pixels at each edge. Frame 0 included.",
        source="Wang et al. 2004, by scikit-image structural_similarity with gaussian_weights",
        sibling="l1@clip and psnr see single pixels, ssim windows; many papers take SSIM of grey "
        "pictures or with a 7 x 7 window, which gives other numbers.",
        pooling="clip",
        smallest=SSIM_WINDOW,
        partial=ssim_partial,
        referred=False,
        example=Example(
            "One frame of 11 x 11 pixels, grey level 100 everywhere, predicted as 50. Without "
            "contrast (2ab + C1) / (a^2 + b^2 + C1) is left, with C1 = (0.01 * 255)^2 = 6.5025: "
            "10006.5025 / 12506.5025.",
            ([_flat(100)],),
            ([_flat(50)],),
            10006.5025 / 12506.5025,
        ),
    ),
    Metric(
        id="lpips",
        title="LPIPS",
        definition="how different the frames look to a network that agrees with people",
        unit="perceptual distance",
        better="lower",
        bounds=(0.0, np.inf),
        needs="frames",
        subjects=ALL_SUBJECTS,
        formula="Mean over clips of the mean over frames of the LPIPS distance (AlexNet, version "
        "0.1: weighted squared differences of unit-length features of five layers, mean over "
        "places), frame 0 included. Frames are 8-bit: floats are rounded.",
        source="Zhang et al. 2018; lpips package 0.1.4, AlexNet v0.1, as in LIA evaluation.py",
        sibling="l1@clip, psnr and ssim compare pixels in place; lpips forgives what people hardly "
        "see, and punishes blur.",
        pooling="clip",
        smallest=31,
        partial=lpips_partial,
        referred=False,
        no_example="a network cannot be computed by hand; equal frames give 0",
    ),
)
