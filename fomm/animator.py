"""Animate a picture by a stream of driving frames, in constant memory.

    animator = Animator(FOMM.load("vox-cpk.pth.tar"))
    for moved in animator.frames(picture, driving_frames):
        show(moved.prediction)

Frames here are squares of the model's size; `fomm.animation` reads, fits and writes files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import torch

from fomm.config import ConfigError
from fomm.fast import for_inference
from fomm.generator import EncodedSource
from fomm.keypoints import Keypoints
from fomm.media.picture import Picture
from fomm.model import FOMM
from fomm.mover import Moved, Points, chunks, nearest_pose
from fomm.pixels import images_of, pictures_of
from fomm.relative import regular, relative_keypoints


def device_of(name: str) -> str:
    """Return the device that ``name`` means here.

    Raises:
        ConfigError: There is no such device.
    """
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if name.split(":")[0] not in ("cpu", "cuda"):
        raise ConfigError(f"device must be auto, cpu or cuda, got {name!r}")
    if name != "cpu" and not torch.cuda.is_available():
        raise ConfigError(f"device {name!r}: no CUDA device is there; use cpu or auto")
    return name


class Source(NamedTuple):
    """A source picture, encoded once for any number of driving frames."""

    encoded: EncodedSource
    keypoints: Keypoints


class Animator:
    """A trained model made ready for animation: a `fomm.mover.Mover`.

    Args:
        model: Trained; it is not touched.
        device: Where to compute.
        bf16: Whether convolutions multiply in bfloat16, see `fomm.fast`.
        batch: Driving frames at a time; 0 chooses: 1 on a CPU, where more gains nothing, else 8.
    """

    def __init__(
        self, model: FOMM, *, device: str = "cpu", bf16: bool = False, batch: int = 0
    ) -> None:
        self.device = torch.device(device)
        self.size = model.config.size
        self.batch = batch or (1 if self.device.type == "cpu" else 8)
        self._model = for_inference(model, bf16=bf16).to(self.device)

    @torch.inference_mode()
    def encode(self, picture: Picture) -> Source:
        """Encode a source picture, uint8 ``(S, S, 3)``.

        Raises:
            ValueError: The picture is not a square of the model's size.
        """
        image = images_of([picture], size=self.size, device=self.device)
        return Source(self._model.generator.encode_source(image), self._model.kp_detector(image))

    def pose(self, source: Source) -> Points:
        """Return the keypoints of an encoded source, float32 ``(K, 2)``."""
        return source.keypoints["value"][0].cpu().numpy()

    @torch.inference_mode()
    def keypoints(self, frames: list[Picture]) -> Keypoints:
        """Detect keypoints in frames, uint8 ``(S, S, 3)`` each."""
        images = images_of(frames, size=self.size, device=self.device)
        return self._model.kp_detector(images)  # type: ignore[no-any-return]

    def frames(
        self,
        source: Picture | Source,
        driving: Iterable[Picture],
        *,
        relative: bool = True,
        adapt_scale: bool = False,
        initial: Picture | None = None,
    ) -> Iterator[Moved]:
        """Animate ``source`` by ``driving``, frame by frame as they come.

        Args:
            source: A picture, or one that `encode` prepared.
            driving: Frames, uint8 ``(S, S, 3)``; read as needed and not kept.
            relative: Whether the source moves by what the driver did since ``initial``, from its
                own pose (paper, section 3.4); otherwise it takes the driver's keypoints.
            adapt_scale: Whether relative motion is scaled by the sizes of source and driver.
            initial: The driver's frame whose pose is that of the source; by default the first.

        Yields:
            As many frames as ``driving`` has.
        """
        if not isinstance(source, Source):
            source = self.encode(source)
        start: Keypoints | None = None
        for chunk in chunks(driving, self.batch):
            found = self.keypoints(chunk)
            if relative and start is None:
                start = self.keypoints([chunk[0] if initial is None else initial])
            used = found
            if start is not None:
                used = relative_keypoints(
                    source.keypoints, found, kp_initial=start, adapt_scale=adapt_scale
                )
            yield from self._moved(source, chunk, found, regular(used, source.keypoints))

    def nearest_pose(self, source: Source, driving: Iterable[Picture]) -> tuple[int, Picture]:
        """Return the driving frame whose pose is nearest to the source's, and its index.

        See `fomm.mover.nearest_pose`.

        Raises:
            ValueError: ``driving`` has no frame.
        """
        return nearest_pose(
            source.keypoints["value"],
            chunks(driving, self.batch),
            keypoints=lambda frames: self.keypoints(frames)["value"],
        )

    @torch.inference_mode()
    def _moved(
        self, source: Source, chunk: list[Picture], found: Keypoints, used: Keypoints
    ) -> list[Moved]:
        out = self._model.generator.animate(
            source.encoded, kp_source=source.keypoints, kp_driving=used
        )
        columns = zip(
            chunk,
            pictures_of(out["prediction"]),
            found["value"].cpu().numpy(),
            used["value"].cpu().numpy(),
            strict=True,
        )
        return [Moved(*column) for column in columns]
