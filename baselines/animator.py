"""Any method of the benchmark as a `fomm.mover.Mover`, so that `fomm.animation` animates files.

Pictures are what `Method.animate` makes, at the size that the method is meant for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor

from baselines.method import Method
from baselines.monkey_net.frames import Keypoints
from baselines.monkey_net.method import MonkeyNetMethod, State
from baselines.monkey_net.transfer import transfer_keypoints
from fomm.media.picture import Picture
from fomm.mover import Moved, Points, chunks, nearest_pose
from fomm.pixels import images_of, pictures_of

AT_A_TIME = 8
"""Driving frames; each time `Method.animate` looks at the initial frame anew."""


class MethodAnimator:
    """A trained method made ready for animation; one without keypoints, or none that we know.

    Args:
        method: Trained; it is put in evaluation mode and on the device.
        size: Side in pixels of the squares that it takes.
        device: Where to compute.
        batch: Driving frames at a time; 0 chooses.
    """

    def __init__(
        self, method: Method, *, size: int, device: torch.device | str = "cpu", batch: int = 0
    ) -> None:
        self.size = size
        self.batch = batch or AT_A_TIME
        self.device = torch.device(device)
        self.method = method.eval().to(self.device)

    @torch.inference_mode()
    def encode(self, picture: Picture) -> Any:  # noqa: ANN401 - each method has its own state
        """Prepare a source picture; see `fomm.mover.Mover.encode`."""
        return self.method.encode(self.images([picture]))

    def pose(self, source: Any) -> Points | None:  # noqa: ANN401
        """Return the keypoints of an encoded source: none."""
        return None

    def frames(
        self,
        source: Any,  # noqa: ANN401
        driving: Iterable[Picture],
        *,
        relative: bool = True,
        adapt_scale: bool = False,
        initial: Picture | None = None,
    ) -> Iterator[Moved]:
        """Animate an encoded source; see `fomm.mover.Mover.frames`."""
        start = None
        for chunk in chunks(driving, self.batch):
            if relative and start is None:
                start = self.start(chunk[0] if initial is None else initial)
            yield from self.moved(source, chunk, start, adapt_scale=adapt_scale)

    def nearest_pose(
        self,
        source: Any,  # noqa: ANN401
        driving: Iterable[Picture],
    ) -> tuple[int, Picture]:
        """Refuse: without keypoints there is no pose to compare."""
        raise ValueError("the method has no keypoints to compare poses by")

    @torch.inference_mode()
    def start(self, picture: Picture) -> Any:  # noqa: ANN401
        """Return what relative motion is counted from: once per driver."""
        return self.images([picture])

    @torch.inference_mode()
    def moved(
        self,
        source: Any,  # noqa: ANN401
        chunk: list[Picture],
        start: Any,  # noqa: ANN401
        *,
        adapt_scale: bool,
    ) -> list[Moved]:
        """Animate some frames; without ``start`` the motion is absolute."""
        if adapt_scale:
            raise ValueError("the method has no keypoints to measure sizes by")
        out = self.method.animate(source, self.images(chunk), initial=start)
        return [Moved(*both) for both in zip(chunk, pictures_of(out.prediction), strict=True)]

    def images(self, pictures: list[Picture]) -> Tensor:
        """Return float32 (B, 3, S, S) in [0, 1]; ValueError for pictures of another size."""
        return images_of(pictures, size=self.size, device=self.device)


class MonkeyNetAnimator(MethodAnimator):
    """Monkey-Net with its keypoints, and the initial frame looked at once.

    The scale of ``adapt_scale`` is the original's ``movement_mult``, which a configuration may ask
    for as well.
    """

    method: MonkeyNetMethod

    def pose(self, source: State) -> Points:
        """Return the keypoints of an encoded source, float32 ``(K, 2)``."""
        return source.keypoints["mean"][0].cpu().numpy()

    def nearest_pose(self, source: State, driving: Iterable[Picture]) -> tuple[int, Picture]:
        """Return the driving frame whose pose is nearest; see `fomm.mover.nearest_pose`."""
        return nearest_pose(
            source.keypoints["mean"],
            chunks(driving, self.batch),
            keypoints=lambda frames: self.keypoints(frames)["mean"],
        )

    @torch.inference_mode()
    def keypoints(self, frames: list[Picture]) -> Keypoints:
        """Detect keypoints in frames, uint8 ``(S, S, 3)`` each."""
        return self.method.monkey_net.kp_detector.detect(self.images(frames))

    def start(self, picture: Picture) -> Keypoints:
        """Return the keypoints of the driver's initial frame."""
        return self.keypoints([picture])

    @torch.inference_mode()
    def moved(
        self, source: State, chunk: list[Picture], start: Keypoints | None, *, adapt_scale: bool
    ) -> list[Moved]:
        """Animate some frames as `MonkeyNetMethod.animate` does, keeping the keypoints."""
        model = self.method.monkey_net
        found = used = self.keypoints(chunk)
        if start is not None:
            how = asdict(model.config.transfer_params)
            how["movement_mult"] = adapt_scale or how["movement_mult"]
            used = transfer_keypoints(source.keypoints, found, kp_initial=start, **how)
        out = model.generator.animate(source.source, kp_source=source.keypoints, kp_driving=used)
        columns = zip(
            chunk,
            pictures_of(out["prediction"]),
            found["mean"].cpu().numpy(),
            used["mean"].cpu().numpy(),
            strict=True,
        )
        return [Moved(*column) for column in columns]


def animator_of(
    method: Method, *, size: int, device: torch.device | str = "cpu", batch: int = 0
) -> MethodAnimator:
    """Return a method made ready for animation, with its keypoints if we know of some.

    Args:
        method: Trained.
        size: As for `MethodAnimator`, as the others.
        device: Where to compute.
        batch: Driving frames at a time; 0 chooses.
    """
    kind = MonkeyNetAnimator if isinstance(method, MonkeyNetMethod) else MethodAnimator
    return kind(method, size=size, device=device, batch=batch)
