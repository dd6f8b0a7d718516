"""How a picture is animated, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from fomm.config import ConfigError
from fomm.media.fit import Fit

Precision = Literal["float32", "bf16"]
MOST_AT_A_TIME = 256


@dataclass(frozen=True)
class Options:
    """How to animate.

    Attributes:
        relative: The source moves by what the driver did since its first frame, from its own pose
            (paper, section 3.4); otherwise it takes the driver's absolute keypoints.
        adapt_scale: Relative motion is scaled by the sizes of source and driver.
        best_frame: Relative motion is counted from the driver's frame whose pose is nearest to the
            source's, not from the first. Reads the driver twice.
        fit: How pictures become squares of the model's size, see `fomm.media.fit`.
        side_by_side: Source, driver and result beside each other.
        show_keypoints: Draw the keypoints on source, driver and result.
        sound: Keep the driver's sound.
        precision: Of the convolutions of motion and generator.
        device: "cpu", "cuda", or "auto": cuda where there is one.
        batch: Driving frames at a time, at most `MOST_AT_A_TIME`; 0 chooses.

    Raises:
        ConfigError: A value is none of these.
    """

    relative: bool = True
    adapt_scale: bool = False
    best_frame: bool = False
    fit: Fit = "pad"
    side_by_side: bool = False
    show_keypoints: bool = False
    sound: bool = True
    precision: Precision = "float32"
    device: str = "auto"
    batch: int = 0

    def __post_init__(self) -> None:
        if not self.relative and (self.adapt_scale or self.best_frame):
            raise ConfigError(
                "adapt_scale and best_frame change relative motion; with absolute keypoints they "
                "would do nothing: leave them out, or use relative motion"
            )
        for name, known in (("precision", get_args(Precision)), ("fit", get_args(Fit))):
            if getattr(self, name) not in known:
                text = f"{name} must be one of {', '.join(known)}"
                raise ConfigError(f"{text}, got {getattr(self, name)!r}")
        whole = isinstance(self.batch, int) and not isinstance(self.batch, bool)
        if not whole or not 0 <= self.batch <= MOST_AT_A_TIME:
            text = f"batch must be a whole number from 0 to {MOST_AT_A_TIME}"
            raise ConfigError(f"{text}, got {self.batch!r}")
