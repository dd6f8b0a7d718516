"""The settings of the crop stage: those that decide about pixels, and those that do not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from datasets.registry import UsageError
from datasets.resize import get_resizer


@dataclass(frozen=True)
class CropConfig:
    """Settings of the crop stage; all of them decide about pixels.

    Attributes:
        size: Side of the clips in pixels.
        resizer: A name of `datasets.resize.RESIZERS`.
        box_policy: What a box that passes the edge of the picture means, a name of
            `datasets.crop_rules.BOX_POLICIES`: an error, only what lies inside, or the nearest
            pixels in the place of what lies beyond.
        frames: Which frames of the window are taken, a name of
            `datasets.crop_rules.FRAME_POLICIES`: all that were decoded, or those nearest to the
            frames of the reference rate.
    """

    size: int = 64
    resizer: str = "area-antialias"
    box_policy: Literal["refuse", "clip", "pad"] = "refuse"
    frames: Literal["as-decoded", "ref-fps"] = "as-decoded"

    def __post_init__(self) -> None:
        """Check the values that the types do not."""
        get_resizer(self.resizer)
        if self.size < 1:
            raise UsageError(f"size must be at least 1 pixel, got {self.size}")


@dataclass(frozen=True)
class RunConfig:
    """How a run of the crop stage works; nothing of it changes a byte of the result.

    Attributes:
        jobs: Processes on this machine.
        dask: Address of a Dask scheduler whose workers do the work instead; None for this machine.
        verify: Hash all files anew, instead of trusting those whose size and time of change are
            what they were.
        replace: Remove clips of another list of the data set, instead of refusing the folder.
    """

    jobs: int = 1
    dask: str | None = None
    verify: bool = False
    replace: bool = False

    def __post_init__(self) -> None:
        """Check the values that the types do not."""
        if self.jobs < 1:
            raise UsageError(f"jobs must be at least 1, got {self.jobs}")
