"""What goes into X2Face: checks of frames, and the average over several sources."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from baselines.x2face.unet import FEWEST_LEVELS
from datasets.registry import UsageError


def confidence_weights(logits: Tensor, *, floor: float) -> Tensor:
    """Return (exp(logit) + floor) divided by its sum over sources, without overflow.

    Args:
        logits: (K, B, 1, S, S).
        floor: Added to each weight before they are divided.
    """
    # exp() of the original overflows above 88 and gives NaN; a shift of all logits cancels out.
    top = logits.detach().amax(0)
    if floor:
        top = top.clamp_min(0)
    weights = (logits - top).exp()
    if floor:
        weights = weights + floor * (-top).exp()
    return weights / weights.sum(0)


def average(faces: Tensor, weights: Tensor | None) -> Tensor:
    """Average (K, B, 3, S, S) over K; with one source the weights cancel and are left out."""
    if len(faces) == 1:
        return faces[0]
    return faces.mean(0) if weights is None else (weights * faces).sum(0)


def check_frames(what: str, frames: Tensor, *, levels: int) -> None:
    """Refuse what a network of so many levels cannot take.

    Args:
        what: Of the frames, for messages.
        frames: Float (B, 3, S, S), S a multiple of 2^levels.
        levels: Of the network.

    Raises:
        UsageError: They are something else; the message says what would do.
    """
    shape = tuple(frames.shape)
    if len(shape) != 4 or shape[1] != 3 or not frames.is_floating_point():
        raise UsageError(
            f"x2face: a {what} must be a float tensor (B, 3, S, S), got {frames.dtype} {shape}"
        )
    if shape[2] != shape[3]:
        raise UsageError(
            f"x2face: a {what} must be square, got {shape[2]}x{shape[3]} (height x width); "
            "crop or resize it"
        )
    side, unit = shape[2], 2**levels
    if side % unit or not side:
        most = (side & -side).bit_length() - 1
        advice = f", or build the model with {most} levels at most" if most >= FEWEST_LEVELS else ""
        raise UsageError(
            f"x2face: {levels} levels need a side that is a multiple of {unit}, got a {what} of "
            f"{side}x{side}; resize it{advice}"
        )


def check_sources(sources: Sequence[Tensor]) -> None:
    """Refuse an empty list of sources, and sources of different shapes, with a `UsageError`."""
    if not sources:
        raise UsageError("x2face: no source frame; give at least one")
    shapes = {tuple(source.shape) for source in sources}
    if len(shapes) > 1:
        raise UsageError(f"x2face: sources must have one shape, got {sorted(shapes)}")
