"""The metrics as a table shows them: order, title, direction.

The metric registry is not imported here (`leaderboards` reads results only); a test keeps titles
and directions equal to its own. A metric that is not in the list is appended alphabetically under
its id, without an arrow and without verdicts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Better = Literal["lower", "higher"]
Verdict = Literal["better", "worse", "undecided"]
Mean = Literal["clips", "frames"]


@dataclass(frozen=True)
class Column:
    """How one metric is shown.

    Attributes:
        id: The metric id, which carries its formula.
        title: Name in a table header.
        better: The good direction; None if unknown.
        bold: Whether a best value may be printed in bold. Never for image-feature distances: they
            have no interval, and small sets bias them.
        floor: The smallest difference between two machines that can mean anything: one keypoint
            or pixel whose hit-or-miss decision flips, or the last digits of an eigenvalue.
        mean: What the value is the mean over, if it follows from the values per clip: ``clips`` all
            weigh the same, or as many ``frames`` as they have. None for figures of a whole set, and
            for means over frames of which some are without, since nobody kept how many.
        bounds: The smallest and the largest possible value.
        slot: What is extracted for it; empty if it reads frames and motion alone.
        common: A difference between two methods is over what both detected, which the values per
            clip do not say.
        referred: Whether results say the difference from `BASELINE`; not where that would cost as
            much as the metric itself. Values per clip then give it.
    """

    id: str
    title: str
    better: Better | None
    bold: bool = True
    floor: float = 0.0
    mean: Mean | None = "clips"
    bounds: tuple[float, float] = (0.0, math.inf)
    slot: str = ""
    common: bool = False
    referred: bool = True

    @property
    def header(self) -> str:
        """Title with an arrow in the good direction."""
        return self.title + {"lower": " ↓", "higher": " ↑", None: ""}[self.better]


FRACTION = (0.0, 1.0)
METRIC_ORDER: tuple[Column, ...] = (
    Column("l1@clip", "L1", "lower", bounds=FRACTION),
    Column("l1@paper", "L1 (frame-weighted)", "lower", mean="frames", bounds=FRACTION),
    Column("l1-foreground", "Foreground L1", "lower", bounds=FRACTION),
    Column("psnr", "PSNR", "higher", bounds=(0.0, 60.0)),
    Column("ssim", "SSIM", "higher", bounds=(-1.0, 1.0), referred=False),
    Column("lpips", "LPIPS", "lower", slot="lpips", referred=False),
    Column("dtssd", "dtSSD", "lower", bounds=(0.0, 2.0)),
    Column("akd@clean", "AKD", "lower", slot="keypoints", common=True),
    Column("mkr@clean", "MKR", "lower", floor=1e-3, bounds=FRACTION, slot="keypoints"),
    Column("aed@clean", "AED", "lower", bounds=(0.0, 2.0), slot="identity", common=True),
    Column("akd-motion@clean", "AKD of motion", "lower", slot="keypoints", common=True),
    Column(
        "aed-source@clean",
        "AED to source",
        "lower",
        bounds=(0.0, 2.0),
        slot="identity",
        common=True,
    ),
    Column(
        "akd@paper", "AKD (2019 script)", "lower", mean=None, slot="keypoints@paper", common=True
    ),
    Column(
        "mkr@paper",
        "MKR (2019 script)",
        "lower",
        floor=1e-3,
        mean=None,
        bounds=FRACTION,
        slot="keypoints@paper",
    ),
    Column("aed@paper", "AED (2019 script)", "lower", mean=None, slot="identity@paper"),
    Column("flow-epe", "Flow EPE", "lower"),
    Column("occlusion-iou", "Occlusion IoU", "higher", floor=1e-3, bounds=FRACTION),
    Column(
        "fd-efflite0",
        "FD (EfficientNet-Lite0)",
        "lower",
        bold=False,
        floor=1e-6,
        mean=None,
        slot="efflite0",
    ),
    Column("fid", "FID", "lower", bold=False, floor=1e-6, mean=None, slot="inception"),
)

README_METRICS: tuple[str, ...] = (
    "l1@clip",
    "l1-foreground",
    "akd@clean",
    "mkr@clean",
    "aed@clean",
    "flow-epe",
    "occlusion-iou",
    "fd-efflite0",
)

ANIMATION_README_METRICS: tuple[str, ...] = (
    "l1@clip",
    "akd@clean",
    "mkr@clean",
    "aed@clean",
    "akd-motion@clean",
    "aed-source@clean",
    "flow-epe",
)

RANKED_BY = "l1@clip"
ANCHOR_ORDER: tuple[str, ...] = ("oracle", "reencoded", "copy-source")
BASELINE = "copy-source"

_KNOWN = {column.id: column for column in METRIC_ORDER}


def column(metric: str) -> Column:
    """Return how ``metric`` is shown.

    Example:
        >>> column("occlusion-iou").header
        'Occlusion IoU ↑'
        >>> column("vmaf").header
        'vmaf'
    """
    return _KNOWN.get(metric) or Column(metric, metric, None, bold=False, mean=None)


def ordered(metrics: Iterable[str]) -> list[str]:
    """Return the distinct metric ids in the order of the tables; unknown ones come last.

    Example:
        >>> ordered(["zebra", "fid", "ape", "l1@clip", "fid"])
        ['l1@clip', 'fid', 'ape', 'zebra']
    """
    given = set(metrics)
    return [name for name in _KNOWN if name in given] + sorted(given - set(_KNOWN))


def verdict(metric: str, lo: float | None, hi: float | None) -> Verdict | None:
    """Return what a paired interval of (method - other) says; None without direction or interval.

    Example:
        >>> verdict("l1@clip", -0.02, -0.01), verdict("l1@clip", -0.02, 0.0)
        ('better', 'undecided')
    """
    better = column(metric).better
    if better is None or lo is None or hi is None:
        return None
    if lo <= 0.0 <= hi:
        return "undecided"
    return "better" if (hi < 0.0) == (better == "lower") else "worse"
