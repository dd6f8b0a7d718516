"""What a method must implement to be trained, run and scored here.

A method never decodes videos, writes files or scores itself: the engine feeds it batches, the
predictor feeds it clips, and the metrics see only the folder that comes out.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import torch
from torch import Tensor, nn

from baselines import checkpoint
from baselines.recipe import Recipe
from datasets.registry import UsageError, choose

CPU = torch.device("cpu")

Losses = dict[str, Tensor]
"""Named scalar losses, already weighted; the engine adds them up."""


@dataclass(frozen=True)
class Batch:
    """Frames of the same clips, RGB in [0, 1].

    Attributes:
        source: float32 ``(B, 3, H, W)``.
        driving: float32 ``(B, 3, H, W)``.
        more_sources: float32 ``(B, 3, H, W)`` each, where `Method.sources` asks for several.
    """

    source: Tensor
    driving: Tensor
    more_sources: tuple[Tensor, ...] = ()


@dataclass(frozen=True)
class OptimizerSpec:
    """One optimiser.

    Attributes:
        parameters: What it changes.
        learning_rate: Its peak; the engine applies the schedule.
        betas: Adam's decay rates.
        momentum: None: Adam. A number: stochastic gradient descent with this momentum.
    """

    parameters: Iterable[nn.Parameter]
    learning_rate: float
    betas: tuple[float, float] = (0.5, 0.999)
    momentum: float | None = None

    def build(self) -> torch.optim.Optimizer:
        """Return the optimiser, at its peak rate."""
        parameters = list(self.parameters)
        if self.momentum is None:
            return torch.optim.Adam(parameters, self.learning_rate, self.betas, fused=True)
        return torch.optim.SGD(parameters, self.learning_rate, self.momentum, fused=True)


@dataclass(frozen=True)
class Output:
    """What `Method.animate` returns for B driving frames.

    Attributes:
        prediction: float32 ``(B, 3, H, W)`` in [0, 1].
        flow: float32 ``(B, H, W, 2)``: the pixel at x of the prediction was taken from x + flow(x)
            of the source, in pixels, x before y; None if the method has no such thing.
        occlusion: float32 ``(B, H, W)`` in [0, 1], 1 = visible in the source; or None.
    """

    prediction: Tensor
    flow: Tensor | None = None
    occlusion: Tensor | None = None


def device_of(name: str) -> torch.device:
    """Return the device called ``name``; ``auto`` is cuda where there is one, else the CPU.

    Raises:
        UsageError: There is no such device.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    choose("device", name.split(":")[0], ("cpu", "cuda"))
    if name != "cpu" and not torch.cuda.is_available():
        raise UsageError(f"device {name!r}: no CUDA device is there; use cpu or auto")
    return torch.device(name)


class Method(nn.Module, ABC):
    """A trainable method of image animation.

    Attributes:
        files: The source files, relative to the repository root, that determine its result.
            Their digest is part of the checkpoint's fingerprint, and they are the ``deps`` of its
            stages.
    """

    files: ClassVar[tuple[str, ...]]

    @property
    def sources(self) -> int:
        """Source frames per driving frame that a training step wants."""
        return 1

    @classmethod
    @abstractmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Build the method from the mapping in its YAML file; unknown keys are refused."""

    @abstractmethod
    def players(self) -> dict[str, list[OptimizerSpec]]:
        """Return the optimisers of each player, e.g. ``{"generator": [...]}``."""

    @abstractmethod
    def training_step(self, batch: Batch) -> Iterator[tuple[str, Losses]]:
        """Yield (player, losses); the engine steps that player's optimisers and then resumes."""

    def recipe(self) -> Recipe | None:
        """Return how the configuration wants to be trained; None: it does not say."""
        return None

    def start_from(self, path: Path) -> list[str]:
        """Take the weights of a checkpoint, before training begins.

        Args:
            path: A checkpoint of this benchmark; a method may know other kinds.

        Returns:
            Notes for people: which parts start fresh, and why.

        Raises:
            UsageError: It is no checkpoint, or its weights do not fit.
        """
        weights, _ = checkpoint.load(path)
        if reason := misfit(self.inference_state(), weights):
            raise UsageError(f"{path}: does not fit: {reason}")
        self.load_state_dict(weights, strict=False)
        return []

    @abstractmethod
    def encode(self, source: Tensor) -> Any:  # noqa: ANN401 - each method has its own state
        """Prepare source pictures, float32 ``(B, 3, H, W)``; done once per source.

        Returns:
            Tuples, named tuples, lists and dictionaries of tensors whose first dimension is the
            source, nested as the method likes: `baselines.states` takes sources out of it and puts
            those of several calls together.
        """

    @abstractmethod
    def animate(self, state: Any, driving: Tensor, *, initial: Tensor | None = None) -> Output:  # noqa: ANN401
        """Move an encoded source like the driving frames.

        Args:
            state: What `encode` returned for one source, or for B, the source of each driving
                frame.
            driving: float32 ``(B, 3, H, W)``.
            initial: For relative motion the first driving frame, ``(1, 3, H, W)``, or that of the
                clip of each driving frame, ``(B, 3, H, W)``; None = absolute.
        """

    @abstractmethod
    def macs(self, size: int) -> int:
        """Return multiply-accumulates per driving frame of ``size`` pixels, source encoded."""

    def inference_state(self) -> dict[str, Tensor]:
        """Return the weights that a checkpoint holds: all, but for those training alone needs."""
        return self.state_dict()

    def parameter_count(self) -> int:
        """Return the number of trainable parameters that inference needs."""
        wanted = self.inference_state()
        return sum(p.numel() for name, p in self.named_parameters() if name in wanted)


def misfit(own: Mapping[str, Tensor], found: Mapping[str, Tensor]) -> str:
    """Return why ``found`` cannot take the place of ``own``; empty if it can.

    Example:
        >>> misfit({"a": torch.zeros(2)}, {"a": torch.zeros(3)})
        'a has shape (3,), not (2,)'
    """
    if missing := sorted(own.keys() - found.keys()):
        return f"{len(missing)} of {len(own)} tensors are missing, e.g. {missing[0]}"
    if extra := sorted(found.keys() - own.keys()):
        return f"{len(extra)} tensors are unknown, e.g. {extra[0]}"
    for name, tensor in own.items():
        if tensor.shape != found[name].shape:
            return f"{name} has shape {tuple(found[name].shape)}, not {tuple(tensor.shape)}"
    return ""
