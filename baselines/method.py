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
        first: Number of the first pair here, among all of the step.
        total: Pairs of the step, in all batches of all processes; 0: those here are all.
    """

    source: Tensor
    driving: Tensor
    more_sources: tuple[Tensor, ...] = ()
    first: int = 0
    total: int = 0

    @property
    def whole(self) -> int:
        """Pairs of the whole step.

        A method that draws chance for each pair draws for so many and takes those `here`: then a
        step does not depend on how its pairs are shared out.
        """
        return self.total or len(self.source)

    @property
    def here(self) -> slice:
        """Which pairs of the whole step these are."""
        return slice(self.first, self.first + len(self.source))

    def split(self, parts: int) -> list[Batch]:
        """Return so many batches of equal size, in order.

        Raises:
            UsageError: The pairs cannot be shared evenly.
        """
        if parts == 1:
            return [self]
        if len(self.source) % parts:
            raise UsageError(f"a batch of {len(self.source)} cannot be split into {parts} parts")
        size = len(self.source) // parts
        columns = zip(
            *(torch.split(x, size) for x in (self.source, self.driving, *self.more_sources)),
            strict=True,
        )
        return [
            Batch(source, driving, tuple(more), self.first + i * size, self.whole)
            for i, (source, driving, *more) in enumerate(columns)
        ]


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
        synchronised: Whether batch norms see the batch of all processes, as the original's do.
    """

    files: ClassVar[tuple[str, ...]]
    synchronised: ClassVar[bool] = False

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
        """Yield (player, losses); the engine steps that player's optimisers and then resumes.

        Every player of `players` comes once, in that order. Losses are means over the pairs.
        """

    def networks(self) -> Iterable[nn.Module]:
        """Return the networks that may multiply in lower precision and be compiled.

        They are called as modules in a training step, none lies within another, and what they
        return may be rounded: no keypoints, no grids. None: the method computes in float32 only.
        """
        return ()

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

    def keypoints(self, frames: Tensor) -> Tensor | None:
        """Return what a picture of the method can mark: the keypoints found in frames.

        Args:
            frames: float32 ``(B, 3, H, W)``.

        Returns:
            ``(B, K, 2)``, (x, y) in pixels, (0, 0) at the centre of the upper left one; None: the
            method has no keypoints.
        """
        return None

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


def in_pixels(points: Tensor, frames: Tensor) -> Tensor:
    """Return points with (x, y) in [-1, 1], centres of the border pixels of ``frames``, in pixels.

    Args:
        points: ``(..., 2)``.
        frames: ``(..., H, W)``.

    Returns:
        ``(..., 2)``, for `Method.keypoints`.

    Example:
        >>> in_pixels(torch.tensor([-1.0, 0.0]), torch.zeros(3, 5, 9)).tolist()
        [0.0, 2.0]
    """
    height, width = frames.shape[-2:]
    return (points + 1) / 2 * points.new_tensor([width - 1, height - 1])


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
