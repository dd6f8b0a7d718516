"""Section ``profiles.<profile>.evaluate`` of ``params.yaml``: how results are made."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from datasets.registry import UsageError

_DEVICE = re.compile(r"auto|cpu|cuda(:\d+)?")


@dataclass(frozen=True)
class Chosen:
    """Names of the extractors that the ``clean`` metrics read, keys of `EXTRACTORS`.

    Attributes:
        keypoints: Gives keypoints.
        identity: Gives embeddings of the subject's identity.
    """

    keypoints: str = "mini"
    identity: str = "mini"


@dataclass(frozen=True)
class ExtractorConfig:
    """Which extractors the ``clean`` metrics read, by what moves in the data set.

    The ``paper`` metrics have no choice: their networks are part of their definition.
    """

    body: Chosen = field(default_factory=Chosen)
    face: Chosen = field(default_factory=Chosen)

    def of(self, subject: str) -> Chosen:
        """Return the extractors for ``subject``; those of animals are never asked for."""
        return self.face if subject == "face" else self.body

    def overridden(self, *, keypoints: str | None, identity: str | None) -> ExtractorConfig:
        """Return the same with other extractors for every subject, where they are not None."""
        changes = {"keypoints": keypoints, "identity": identity}
        given = {slot: name for slot, name in changes.items() if name is not None}
        return ExtractorConfig(replace(self.body, **given), replace(self.face, **given))


@dataclass(frozen=True)
class EvaluateConfig:
    """How results are made. ``device``, ``threads`` and ``workers`` change no value by design.

    Attributes:
        bootstrap: Bootstrap samples.
        fd_stride: Image features are taken of every so many frames, beginning with frame 0.
        threads: Of the networks, in each process; fixed, so that the last digits do not depend on
            the machine.
        bootstrap_seed: Of the bootstrap; not the seed of a training, so that results of several
            trainings are intervals of the same kind.
        device: ``cpu``, ``cuda``, ``cuda:N``, or ``auto``: a GPU if there is one. Another device
            gives other last digits.
        workers: Processes that share the clips.
        extractors: What the ``clean`` metrics read.
    """

    bootstrap: int = 10_000
    fd_stride: int = 4
    threads: int = 2
    bootstrap_seed: int = 0
    device: str = "cpu"
    workers: int = 1
    extractors: ExtractorConfig = field(default_factory=ExtractorConfig)

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        for name in ("bootstrap", "fd_stride", "threads", "workers"):
            if getattr(self, name) < 1:
                raise UsageError(f"evaluate.{name}: must be at least 1, got {getattr(self, name)}")
        if self.bootstrap_seed < 0:
            raise UsageError(
                f"evaluate.bootstrap_seed: must be at least 0, got {self.bootstrap_seed}"
            )
        if not _DEVICE.fullmatch(self.device):
            raise UsageError(
                f"evaluate.device: expected cpu, cuda, cuda:N or auto, got {self.device!r}"
            )
