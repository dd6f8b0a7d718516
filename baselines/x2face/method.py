"""X2Face as a method of this benchmark; the model itself is in `baselines.x2face.model`."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Self

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from baselines.method import Batch, Losses, Method, OptimizerSpec, Output
from baselines.x2face.config import X2FaceConfig
from baselines.x2face.grids import compose, flow_in_pixels
from baselines.x2face.identity import Embedding, identity_losses, load_embedding
from baselines.x2face.model import X2Face
from baselines.x2face.unet import Level
from datasets.registry import UsageError

_MODULES = (
    "__init__",
    "checkpoint",
    "config",
    "grids",
    "identity",
    "method",
    "model",
    "sources",
    "unet",
)
_SHARED = ("features", "lite0", "sampling")


class State(NamedTuple):
    """An encoded source.

    Attributes:
        face: The embedded face, (1, 3, S, S).
        grid: Where in the source it was taken from, (1, S, S, 2).
        vector: The source's own driving vector, for relative motion.
    """

    face: Tensor
    grid: Tensor
    vector: Tensor


class X2FaceMethod(Method):
    """X2Face (Wiles, Koepke, Zisserman, ECCV 2018): an embedded face, sampled by a dense grid.

    Args:
        config: The model and its training.
        embedding: Frozen network of the identity loss; None: the one that ``config`` names.
    """

    files = (
        *(f"baselines/x2face/{name}.py" for name in _MODULES),
        *(f"fomm/{name}.py" for name in _SHARED),
    )

    def __init__(self, config: X2FaceConfig, *, embedding: Embedding | None = None) -> None:
        super().__init__()
        self.x2face = X2Face.from_config(config)
        self.options = config.train_params
        self.x2face.scale_offsets(self.options.initial_offsets)
        # A list, so that it is no part of the state.
        self._embedding: list[Embedding] = [] if embedding is None else [embedding]

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Build from the keys of `baselines.x2face.config.X2FaceConfig`."""
        return cls(X2FaceConfig.from_mapping(config))

    def players(self) -> dict[str, list[OptimizerSpec]]:
        """Return the one optimiser, of both networks."""
        options = self.options
        momentum = options.momentum if options.optimizer == "sgd" else None
        spec = OptimizerSpec(self.x2face.parameters(), options.learning_rate, momentum=momentum)
        return {"generator": [spec]}

    @property
    def sources(self) -> int:
        """Source frames per driving frame, see `baselines.x2face.config.TrainConfig`."""
        return self.options.sources

    def training_step(self, batch: Batch) -> Iterator[tuple[str, Losses]]:
        """Yield the photometric loss and, in the second stage, those of identity."""
        sources = (batch.source, *batch.more_sources)
        if len(sources) != self.sources:
            raise UsageError(
                f"x2face: the configuration asks for {self.options.sources} sources, "
                f"the batch holds {len(sources)}"
            )
        face = self.x2face.embed(*sources)
        grid = self.x2face.get_sampler(batch.driving)
        made = self.x2face.sample(face, grid)
        losses = {"l1": (made - batch.driving).abs().mean()}
        if self.options.identity is not None:
            other = self.x2face.sample(face, grid.roll(1, dims=0))
            losses |= self._identity(batch.driving, sources[0], (made, other), losses["l1"])
        yield "generator", losses

    def networks(self) -> Iterator[nn.Module]:
        """All levels on their way down and up, but the outermost up: that makes the grids."""
        for network in (self.x2face.pix2pixUnwrapped, self.x2face.pix2pixSampler):
            level: Level | None = network.netG.model
            while level is not None:
                yield level.down
                if level is not network.netG.model:
                    yield level.up
                level = level.submodule

    def _identity(
        self, driving: Tensor, source: Tensor, made: tuple[Tensor, Tensor], photometric: Tensor
    ) -> Losses:
        options = self.options.identity
        assert options is not None  # the caller looked
        if len(driving) < 2:
            raise UsageError("x2face: the identity loss needs batches of two pairs or more")
        if not self._embedding:
            network = load_embedding(options).to(driving)
            self._embedding.append(network.to(memory_format=torch.channels_last))
        return identity_losses(
            self._embedding[0],
            made,
            wanted=(driving, source),
            photometric=photometric,
            strengths=(options.same, options.other),
        )

    def encode(self, source: Tensor) -> State:
        """Embed source pictures once; see `Method.encode`."""
        grid, _ = self.x2face.embedding_grid(source)
        face = self.x2face.sample(source, grid)
        return State(face, grid, self.x2face.driving_vector(source))

    def animate(self, state: State, driving: Tensor, *, initial: Tensor | None = None) -> Output:
        """Move the source like the driving frames; see `Method.animate`.

        X2Face knows absolute motion only. Relative motion is ours: the change of the driving vector
        since the initial frame is added to that of the source, as the authors do with audio.
        """
        vector = self.x2face.driving_vector(driving)
        if initial is not None:
            vector = state.vector + vector - self.x2face.driving_vector(initial)
        grid = self.x2face.sampler_of(vector)
        align_corners = self.x2face.align_corners
        path = compose(state.grid, grid, align_corners=align_corners)
        return Output(
            prediction=self.x2face.sample(state.face, grid).clamp(0, 1),
            flow=flow_in_pixels(path, align_corners=align_corners),
        )

    def macs(self, size: int) -> int:
        """Return the multiply-accumulates of the driving network on one frame.

        Convolutions are counted, on shapes alone; not element-wise work, up-sampling and warps.
        """
        shapes = copy.deepcopy(self.x2face).to("meta").eval()
        frame = torch.empty(1, 3, size, size, device="meta")
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            shapes.get_sampler(frame)
        return int(counter.get_total_flops()) // 2
