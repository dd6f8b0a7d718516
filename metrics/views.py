"""What one clip looks like to the metrics: frames, and all that is extracted from them.

The truth, the prediction and the copy-source reference of a clip are three `View`s; a metric reads
from each what it needs. Extraction happens once per view, whatever reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.registry import get
from metrics.cache import FeatureCache
from metrics.extractors import Array, Extractor, ExtractorUnavailable
from metrics.metric import Metric

PER_CLIP = ("keypoints", "identity")  # what is taken of every frame, and compared clip by clip
KEYPOINT_SCALE = 256.0  # keypoints are scored in pixels of a frame of this size


@dataclass(frozen=True)
class View:
    """One clip as the metrics read it; None = not to be had."""

    frames: NDArray[np.uint8]
    keypoints: Array | None = None
    identity: Array | None = None
    features: dict[str, Array] = field(default_factory=dict)
    motion: tuple[Array, Array | None] | None = None
    mask: Array | None = None

    @property
    def occlusion(self) -> tuple[Array, Array | None] | None:
        """The motion, if there is an occlusion map in it."""
        return self.motion if self.motion and self.motion[1] is not None else None

    def read(self, metric: Metric, *, truth: bool) -> Any:  # noqa: ANN401 - each needs its own
        """Return what ``metric`` reads, None if something is not to be had."""
        if metric.needs == "features":
            return self.features.get(metric.features or "")
        if metric.needs == "mask" and truth:
            return None if self.mask is None else (self.frames, self.mask)
        if metric.needs == "mask":
            return self.frames
        return getattr(self, metric.needs)


@dataclass(frozen=True)
class Tools:
    """The extractors of a data set, by what they give, or why there is none.

    Attributes:
        extractors: ``"keypoints"``, ``"identity"``, ``"efflite0"``, ``"inception"`` -> extractor.
        reasons: The same keys -> why it is not to be had.
    """

    extractors: dict[str, Extractor]
    reasons: dict[str, str]

    def digests(self) -> dict[str, str]:
        """Return name -> sha256 of the weights, of every extractor."""
        return {e.name: e.sha256 for e in self.extractors.values()}

    def only(self, names: Collection[str]) -> Tools:
        """Return the same without the extractors that are not among ``names``."""
        return Tools({n: e for n, e in self.extractors.items() if n in names}, self.reasons)


def load_tools(dataset: str, profile: str, *, threads: int) -> Tools:
    """Return the extractors for a data set; nothing is downloaded.

    Args:
        dataset: A key of `datasets.registry.DATASETS`.
        profile: ``mini`` or ``full``.
        threads: That torch computes with from now on, for every extractor.

    Raises:
        UsageError: Committed weights are not the listed ones.
    """
    import torch

    torch.set_num_threads(threads)
    makers: dict[str, Callable[[], Extractor]] = {
        "efflite0": _efflite,
        "inception": _inception,
        "keypoints": lambda: _mini("keypoint", dataset, profile),
        "identity": lambda: _mini("identity", dataset, profile),
    }
    extractors, reasons = {}, {}
    for name, make in makers.items():
        try:
            extractors[name] = make()
        except ExtractorUnavailable as error:
            reasons[name] = str(error)
    return Tools(extractors, reasons)


def _efflite() -> Extractor:
    from metrics.extractors.efflite import EffLite0

    return EffLite0()


def _inception() -> Extractor:
    from metrics.extractors.inception import Inception

    return Inception()


def _mini(kind: str, dataset: str, profile: str) -> Extractor:
    if not get(dataset).has_keypoints:
        raise ExtractorUnavailable(f"no {kind} extractor for animals")
    if profile != "mini":
        raise ExtractorUnavailable(f"no {kind} extractor for the {profile} profile yet")
    try:
        from metrics.extractors import mini
    except ImportError as error:
        raise ExtractorUnavailable(f"no {kind} extractor ({error.name} is missing)") from error
    if dataset not in mini.listed():
        raise ExtractorUnavailable(f"no {kind} extractor for {dataset} in weights.toml")
    try:
        made: Extractor = getattr(mini, f"{kind}_extractor")(dataset)
    except FileNotFoundError as error:
        name = Path(str(error.filename)).name
        raise ExtractorUnavailable(f"no {kind} extractor ({name} is missing)") from error
    return made


class Extraction:
    """Makes views; ``stride``: image features are taken of frames 0, stride, 2 stride, ..."""

    def __init__(self, tools: Tools, cache: FeatureCache, *, stride: int) -> None:
        self._tools = tools
        self._cache = cache
        self._stride = stride

    def view(
        self,
        frames: NDArray[np.uint8],
        motion: tuple[Array, Array | None] | None = None,
        *,
        mask: Array | None = None,
        keep: bool = False,
        only: Collection[str] | None = None,
    ) -> View:
        """Return the view of a clip.

        Args:
            frames: uint8 (T, H, W, 3).
            motion: Flow and, where predicted, visibility, if known.
            mask: bool (T, H, W), the true foreground, if known.
            keep: Keep what is extracted in the cache.
            only: Extract no more than this, by the keys of `Tools`; None: everything.
        """
        rows: dict[str, Array] = {}
        for name, extractor in self._tools.extractors.items():
            if only is not None and name not in only:
                continue
            seen = frames if name in PER_CLIP else frames[:: self._stride]
            rows[name] = self._cache.rows(extractor, seen, keep=keep)
        keypoints = rows.pop("keypoints", None)
        if keypoints is not None:
            height, width = frames.shape[1:3]
            keypoints = keypoints * (KEYPOINT_SCALE / np.array([width, height], np.float64))
        return View(frames, keypoints, rows.pop("identity", None), rows, motion, mask)
