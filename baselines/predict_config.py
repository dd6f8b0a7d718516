"""How predictions are made: the section ``profiles.<profile>.predict`` of ``params.yaml``."""

from __future__ import annotations

from dataclasses import dataclass

from datasets.registry import UsageError


@dataclass(frozen=True)
class PredictConfig:
    """The settings of the stage ``predict``.

    Attributes:
        batch: Driving frames at a time.
        threads: CPU threads of a process.
        device: ``cpu``, ``cuda``, or ``auto``: cuda where there is one. Of several processes on
            CUDA the i-th takes device i, and begins again with the first when there are no more.
        writers: Threads of a process that encode and compress what was predicted while the network
            goes on; 0: it waits for them. The bytes do not depend on it.
    """

    batch: int = 16
    threads: int = 2
    device: str = "cpu"
    writers: int = 0

    def __post_init__(self) -> None:
        if self.batch < 1 or self.threads < 1:
            raise UsageError("predict: batch and threads must be at least 1")
        if not 0 <= self.writers <= 64:
            raise UsageError(f"predict: writers must be from 0 to 64, got {self.writers}")
