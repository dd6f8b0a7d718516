"""Several sources in one batch: every frame becomes what it becomes with its source alone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor

from baselines import METHODS
from baselines.batch_mover import BatchMover, Piece
from baselines.method import Method, Output
from baselines.states import check, join, take
from tests.baselines.test_methods import build

LENGTHS = (2, 1, 1)


@torch.no_grad()
def trained(name: str) -> Method:
    """A method that moves something: some first weights are zero."""
    method = build(name).double().eval()
    for parameter in method.parameters():
        parameter.add_(torch.randn_like(parameter) * 0.05)
    return method


@pytest.mark.parametrize("name", METHODS)
def test_a_state_of_many_sources_is_as_good_as_one_of_each(name: str) -> None:
    method = trained(name)
    for relative in (False, True):
        compare(method, relative)


def compare(method: Method, relative: bool) -> None:
    sources, driving = torch.rand(7, 3, 64, 64, dtype=torch.float64).split([3, 4])
    clips = driving.split(LENGTHS)
    rows = torch.arange(3).repeat_interleave(torch.tensor(LENGTHS))
    first = torch.stack([clip[0] for clip in clips])
    with torch.inference_mode():
        state = take(method.encode(sources), rows)
        together = method.animate(state, driving, initial=first[rows] if relative else None)
        alone = [
            method.animate(
                method.encode(source[None]), clip, initial=clip[:1] if relative else None
            )
            for source, clip in zip(sources, clips, strict=True)
        ]
    for field in ("prediction", "flow", "occlusion"):
        found, parts = getattr(together, field), [getattr(output, field) for output in alone]
        assert (found is None) == (parts[0] is None)
        if found is not None:
            assert torch.allclose(found, torch.cat(parts), rtol=0, atol=1e-6)
    # Another source, another prediction: the rows were not mixed up.
    assert not torch.allclose(together.prediction[1], together.prediction[2], atol=1e-3)


@pytest.mark.parametrize("name", METHODS)
def test_a_frame_does_not_depend_on_what_stands_beside_it(name: str) -> None:
    """Bit for bit: a clip that cannot be read is black, and its neighbours do not notice."""
    method = trained(name).float()
    frames = np.random.default_rng(0).integers(0, 256, (2, 3, 64, 64, 3), np.uint8)
    made = []
    mine, neighbour = frames
    for other in (neighbour, np.zeros_like(neighbour)):
        mover = BatchMover(method)
        before = mover([piece(mine, 0, 2), piece(other, 0, 1)])[0]
        after = mover([piece(other, 1, 3), piece(mine, 0, 1)])[1]
        made.append((before, after))
    for a, b in zip(*made, strict=True):
        assert np.array_equal(a.pictures, b.pictures)
        assert np.array_equal(a.motion.flow, b.motion.flow)


def piece(clip: np.ndarray, first: int, stop: int) -> Piece:
    return Piece(clip[0], clip[first:stop], clip[0], first == 0)


class Memory(NamedTuple):
    picture: Tensor
    parts: dict[str, list[Tensor]]


class Echo(Method):
    """Returns the source in red, the driving frame in green and the initial one in blue."""

    files = ()
    from_config = players = training_step = macs = None  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.encoded: list[int] = []

    def encode(self, source: Tensor) -> Memory:
        self.encoded.append(len(source))
        return Memory(source[:, :1], {"again": [source[:, :1]]})

    def animate(self, state: Memory, driving: Tensor, *, initial: Tensor | None = None) -> Output:
        assert torch.equal(state.picture, state.parts["again"][0])
        blue = torch.zeros_like(driving) if initial is None else initial.expand_as(driving)
        return Output(torch.cat((state.picture, driving[:, :1], blue[:, :1]), dim=1))


Echo.__abstractmethods__ = frozenset()  # type: ignore[attr-defined]


@pytest.mark.parametrize("relative", [False, True])
def test_each_frame_meets_its_own_source_and_first_frame(relative: bool) -> None:
    times = np.arange(5, dtype=np.uint8)[:, None, None, None]
    clips = [np.full((5, 2, 2, 3), 10 * i, np.uint8) + times for i in (1, 2, 3)]
    method = Echo()
    mover = BatchMover(method, relative=relative)
    batches = [
        [(0, 0, 4)],
        [(0, 4, 5), (1, 0, 3)],
        [(1, 3, 5), (2, 0, 2)],
        [(2, 2, 5)],
    ]
    for batch in batches:
        pieces = [Piece(clips[i][0] + 100, clips[i][a:b], clips[i][0], a == 0) for i, a, b in batch]
        for (i, a, b), made in zip(batch, mover(pieces), strict=True):
            assert made.motion is None
            assert (made.pictures[..., 0] == 10 * (i + 1) + 100).all()
            assert (made.pictures[..., 1] == clips[i][a:b, ..., 0]).all()
            assert (made.pictures[..., 2] == (10 * (i + 1) if relative else 0)).all()
    assert method.encoded == [1, 1, 1], "each source once"


def test_what_no_state_may_be() -> None:
    good = {"a": [torch.zeros(2, 3)], "b": (torch.zeros(2),)}
    check(good, 2)
    assert take(join([good, good]), torch.tensor([3, 0, 1]))["a"][0].shape == (3, 3)
    for bad in (torch.zeros(3), [torch.zeros(2), 5], torch.tensor(1.0), object(), {"a": None}):
        with pytest.raises(TypeError, match="first dimension is the source"):
            check(bad, 2)
