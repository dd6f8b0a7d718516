"""Encoded sources side by side: states of `Method.encode` joined, and rows of them taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves, tree_map

State = Any
"""Tuples, named tuples, lists and dictionaries of tensors, whose first dimension is the source."""


def join(states: Sequence[State]) -> State:
    """Return the sources of several states as one state; a single one as it is."""
    if len(states) == 1:
        return states[0]
    return tree_map(lambda *parts: torch.cat(parts), *states)


def take(state: State, rows: Tensor) -> State:
    """Return a state of N sources.

    Args:
        state: Of M sources.
        rows: int64 ``(N,)``, which of the M.
    """
    # Indexing keeps channels-last order of memory, index_select does not.
    return tree_map(lambda part: part[rows], state)


def check(state: State, sources: int) -> None:
    """Raise TypeError unless a state is what `Method.encode` must return for so many sources."""
    for leaf in tree_leaves(state):
        if not isinstance(leaf, Tensor) or not leaf.dim() or len(leaf) != sources:
            found = tuple(leaf.shape) if isinstance(leaf, Tensor) else type(leaf).__name__
            raise TypeError(
                f"encode returned {found} for {sources} sources: a state must be made of tuples, "
                "lists and dictionaries of tensors whose first dimension is the source"
            )
