"""The second stage of training: driven faces keep the identity of the source.

Not published: the authors released no code for this stage and no coefficients. What is known of it:
for each source there are two driving frames, one of the same video (photometric and identity loss)
and one of another identity (identity loss alone); the identity loss is the L1 difference of
activations of a face network at several layers; each layer's term counts as much as the photometric
loss for the same identity and a tenth of that for another. Ours, where that leaves a choice: the
terms are scaled anew in every step; the frame of another identity is the driving frame of the next
pair in the batch; what is driven by the same video is compared with its driving frame.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from baselines.x2face.checkpoint import read_state
from baselines.x2face.config import IdentityConfig
from datasets.files import sha256
from datasets.registry import UsageError
from fomm.config import ConfigError
from fomm.features import Features, load_features

Embedding = Callable[[Tensor], Tensor | Sequence[Tensor]]
"""Frames (B, 3, S, S) in [0, 1] -> one map or vector per frame, or several."""

VGG11_STAGES = (("0", "pool", "3"), ("pool", "6"), ("8",), ("pool", "11"), ("13", "pool", "16"))
"""Configuration A of VGG up to its 7th convolution, by torchvision's layer numbers. A stage ends at
a tap: the ReLU after convolutions 2, 3, 4, 5 and 7, which are the layers of the paper."""


def identity_losses(
    embedding: Embedding,
    made: tuple[Tensor, Tensor],
    *,
    wanted: tuple[Tensor, Tensor],
    photometric: Tensor,
    strengths: tuple[float, float],
) -> dict[str, Tensor]:
    """Return ``identity_same`` and ``identity_other``.

    Args:
        embedding: Frozen network; its maps are what identity means.
        made: Predictions (B, 3, S, S) driven by the same identity and by another.
        wanted: Frames (B, 3, S, S) whose identity they should have.
        photometric: The loss, a scalar, that sets the scale; it gets no gradient from here.
        strengths: Of each term for the same and for another identity, relative to ``photometric``.
    """
    losses = {}
    for name, mine, theirs, strength in zip(
        ("same", "other"), made, wanted, strengths, strict=True
    ):
        if strength:
            terms = map_distances(embedding, mine, wanted=theirs)
            losses[f"identity_{name}"] = balanced(terms, photometric, strength=strength)
    return losses


def map_distances(embedding: Embedding, made: Tensor, *, wanted: Tensor) -> list[Tensor]:
    """Return the mean absolute difference of each map; only ``made`` gets a gradient."""
    with torch.no_grad():
        targets = _maps(embedding(wanted.detach()))
    return [
        (mine - theirs).abs().mean()
        for mine, theirs in zip(_maps(embedding(made)), targets, strict=True)
    ]


def balanced(terms: Sequence[Tensor], reference: Tensor, *, strength: float) -> Tensor:
    """Scale each term to ``strength * reference`` and add them; the scales get no gradient."""
    scale = strength * reference.detach()
    tiny = torch.finfo(reference.dtype).tiny
    return torch.stack([term * (scale / term.detach().clamp_min(tiny)) for term in terms]).sum()


def load_embedding(config: IdentityConfig) -> Features:
    """Build the frozen embedding network that a configuration names.

    Raises:
        UsageError: Its weights are missing, or not what they should be.
    """
    weights = Path(config.weights) if config.weights else None
    if config.features == "vgg11":
        return _vgg11(config, weights)
    try:
        return load_features(
            config.features, weights=weights, sha256=config.sha256, taps=config.taps
        )
    except ConfigError as error:
        raise UsageError(f"x2face: identity: {error}") from error


def _vgg11(config: IdentityConfig, weights: Path | None) -> Features:
    if weights is None:
        raise UsageError("x2face: identity: vgg11 needs weights: give the path of its state_dict")
    state = read_state(weights)
    found = sha256(weights)
    if config.sha256 and not found.startswith(config.sha256.lower()):
        raise UsageError(f"x2face: {weights} has sha256 {found}, expected {config.sha256}")
    try:
        stages = [
            nn.Sequential(*(layer for name in stage for layer in _layers(state, name)))
            for stage in VGG11_STAGES[: config.taps]
        ]
    except (KeyError, ValueError, RuntimeError) as error:
        raise UsageError(f"x2face: {weights}: not the state_dict of a VGG-11: {error}") from error
    mean, deviation = (_triple(values) for values in (config.mean, config.deviation))
    return Features(stages, mean=mean, deviation=deviation)


def _layers(state: Mapping[str, Tensor], name: str) -> list[nn.Module]:
    if name == "pool":
        return [nn.MaxPool2d(2)]
    weight, bias = (state[f"features.{name}.{part}"] for part in ("weight", "bias"))
    leaving, entering, *_ = weight.shape
    conv = nn.Conv2d(entering, leaving, 3, padding=1)
    conv.load_state_dict({"weight": weight, "bias": bias})
    return [conv, nn.ReLU()]


def _maps(out: Tensor | Sequence[Tensor]) -> Sequence[Tensor]:
    return [out] if isinstance(out, Tensor) else out


def _triple(values: tuple[float, ...]) -> tuple[float, float, float]:
    red, green, blue = values
    return red, green, blue
