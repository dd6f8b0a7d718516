"""Run the model and keep all that a picture of it can show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch

from fomm.config import ConfigError
from fomm.keypoints import Keypoints
from fomm.media.picture import Picture
from fomm.model import FOMM
from fomm.pictures.drawing import Floats
from fomm.pixels import images_of, pictures_of
from fomm.relative import regular, relative_keypoints
from fomm.sampling import pixel_flow


class Frames(NamedTuple):
    """Keypoints of N frames: values ``(N, K, 2)``, jacobians ``(N, K, 2, 2)`` or None."""

    values: Floats
    jacobians: Floats | None


class Seen(NamedTuple):
    """What the model computes for one source and N driving frames.

    Attributes:
        source: uint8 ``(S, S, 3)``.
        driving: N of them.
        kp_source: Keypoints of the source, one frame.
        kp_driving: Keypoints found in the driving frames.
        kp_used: Keypoints that the results were made for: those found, or relative ones.
        flow: float32 ``(N, h, w, 2)``: where in the source a pixel lies minus its own place, as
            (x, y) in pixels.
        occlusion: float32 ``(N, h, w)``, 1 = visible in the source; None if not estimated.
        warped: uint8 ``(N, S, S, 3)``, the source's pixels moved by the flow.
        result: uint8 ``(N, S, S, 3)``.
    """

    source: Picture
    driving: Sequence[Picture]
    kp_source: Frames
    kp_driving: Frames
    kp_used: Frames
    flow: Floats
    occlusion: Floats | None
    warped: Picture
    result: Picture


@torch.inference_mode()
def look(
    model: FOMM, source: Picture, *, driving: Sequence[Picture], initial: Picture | None = None
) -> Seen:
    """Run the model on one source and some driving frames and keep all that can be shown.

    Args:
        model: In evaluation mode, on a CPU.
        source: uint8 ``(S, S, 3)``, S being the model's size.
        driving: Frames of that shape.
        initial: The driver's first frame, for relative motion (paper, section 3.4); None: the
            keypoints of the driving frames are taken as they are.

    Raises:
        ConfigError: The model has no dense motion, so there is nothing to see.
    """
    if model.generator.dense_motion_network is None:
        raise ConfigError("the model has no dense motion (it is an auto-encoder): nothing to show")
    size = model.config.size
    image = images_of([source], size=size)
    kp_source, found = model.kp_detector(image), model.kp_detector(images_of(driving, size=size))
    used = found
    if initial is not None:
        start = model.kp_detector(images_of([initial], size=size))
        used = relative_keypoints(kp_source, found, kp_initial=start)
    used = regular(used, kp_source)
    encoded = model.generator.encode_source(image)
    out = model.generator.animate(encoded, kp_source=kp_source, kp_driving=used, visuals=True)
    return Seen(
        source=source,
        driving=driving,
        kp_source=_frames(kp_source),
        kp_driving=_frames(found),
        kp_used=_frames(used),
        flow=pixel_flow(out["deformation"], source.shape[:2]).numpy(),
        occlusion=out["occlusion_map"][:, 0].numpy() if "occlusion_map" in out else None,
        warped=pictures_of(out["deformed"]),
        result=pictures_of(out["prediction"]),
    )


def _frames(keypoints: Keypoints) -> Frames:
    jacobian = keypoints.get("jacobian")
    return Frames(keypoints["value"].numpy(), None if jacobian is None else jacobian.numpy())
