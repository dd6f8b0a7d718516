"""One forward pass of training: what the losses look at."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from fomm.discriminator import scale_name
from fomm.keypoints import Keypoints
from fomm.model import FOMM
from fomm.sampling import AntiAlias

SCALES = (1.0, 0.5, 0.25, 0.125)


class Pyramid(nn.Module):
    """Anti-aliased copies of a picture at several scales."""

    def __init__(self, scales: tuple[float, ...] = SCALES, *, channels: int = 3) -> None:
        super().__init__()
        self.scales = scales
        self.downs = nn.ModuleList(AntiAlias(channels, scale) for scale in scales)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """(B, C, H, W) -> {"prediction_<scale>": (B, C, s H, s W)}."""
        return {
            f"prediction_{scale_name(scale)}": down(image)
            for scale, down in zip(self.scales, self.downs, strict=True)
        }


@dataclass(frozen=True)
class Run:
    """One forward pass for training.

    Attributes:
        driving: (B, C, H, W), the truth.
        kp_driving: Its keypoints.
        output: What the generator returned.
        real: Pyramid of the driving frames.
        generated: Pyramid of the predictions, with their graph.
    """

    driving: Tensor
    kp_driving: Keypoints
    output: dict[str, Tensor]
    real: dict[str, Tensor]
    generated: dict[str, Tensor]


def run_model(model: FOMM, source: Tensor, driving: Tensor, *, pyramid: Pyramid) -> Run:
    """Detect keypoints in both frames and predict ``driving`` from ``source``.

    The detector sees the frames in two passes: in training mode each has its own batch statistics.

    Args:
        model: The model, usually in training mode.
        source: (B, C, H, W) in [0, 1].
        driving: (B, C, H, W) in [0, 1], other frames of the same videos.
        pyramid: Scales of the perceptual and discriminator losses.
    """
    kp_source = model.kp_detector(source)
    kp_driving = model.kp_detector(driving)
    output = model.generator(source, kp_source=kp_source, kp_driving=kp_driving, visuals=False)
    real, generated = pyramid(driving), pyramid(output["prediction"])
    return Run(driving, kp_driving, output, real, generated)
