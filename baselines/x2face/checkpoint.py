"""Reading the released checkpoints, and refusing files that are something else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from baselines.x2face.model import X2Face
from baselines.x2face.unet import FEWEST_LEVELS, PoseLevel
from datasets.registry import UsageError

_EMBEDDING, _DRIVING = "pix2pixUnwrapped.netG.model.", "pix2pixSampler.netG.model."
_COUNTER = "num_batches_tracked"  # weights saved by torch 0.2 have none


def load_x2face(path: Path, *, align_corners: tuple[bool, bool] = (True, True)) -> X2Face:
    """Return the model of a released checkpoint, in evaluation mode; its layout is in its shapes.

    Args:
        path: ``x2face_model.pth`` or the like: a ``state_dict``, or a mapping that holds one.
        align_corners: See `X2Face`; the file does not say.

    Raises:
        UsageError: The file is missing, unreadable, or no checkpoint of X2Face.
    """
    state = read_state(path)
    try:
        layout = layout_of(state)
    except (KeyError, IndexError) as error:
        found = ", ".join(list(state)[:3])
        raise UsageError(
            f"{path}: not a checkpoint of X2Face: no entry {error}; it begins with {found}"
        ) from error
    with torch.device("meta"):
        model = X2Face(**layout, align_corners=align_corners)
    model = model.to_empty(device="cpu")
    _fill(model, state, path)
    return model.eval()


def load_pose(model: X2Face, *, posereg: Path, posetobottle: Path) -> None:
    """Fill the pose maps of a model with pose from the two files that were released for them.

    Args:
        model: Built with ``pose=True``.
        posereg: From driving vectors to poses: ``posefrombottle.weight`` and ``.bias``.
        posetobottle: From poses to driving vectors, a linear layer and a batch norm.

    Raises:
        UsageError: A file is not what it should be, or the model has no pose maps.
    """
    innermost = model.pix2pixSampler.innermost
    if not isinstance(innermost, PoseLevel):
        raise UsageError("x2face: pose maps need a model that was built with pose=True")
    regression = {
        key.removeprefix("posefrombottle."): value for key, value in read_state(posereg).items()
    }
    _fill(innermost.posefrombottle, regression, posereg)
    _fill(innermost.bottlefrompose, read_state(posetobottle), posetobottle)


def read_state(path: Path) -> dict[str, Tensor]:
    """Return the ``state_dict`` in a file of torch; it may lie under the key ``state_dict``.

    Files of python 2 are read too. Nothing but tensors and plain containers is unpickled.

    Raises:
        UsageError: The file is missing, unreadable, or holds something else.
    """
    if not path.is_file():
        raise UsageError(f"{path}: no such file")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # the unpickler has many ways to fail
        raise UsageError(
            f"{path}: torch reads no tensors from it ({type(error).__name__})"
        ) from error
    if isinstance(content, Mapping) and isinstance(content.get("state_dict"), Mapping):
        content = content["state_dict"]
    if not isinstance(content, Mapping) or not content:
        raise UsageError(f"{path}: expected a state_dict, got {type(content).__name__}")
    for key, value in content.items():
        if not isinstance(value, Tensor):
            raise UsageError(f"{path}: expected a state_dict, but {key!r} is no tensor")
    return dict(content)


def layout_of(state: Mapping[str, Tensor]) -> dict[str, Any]:
    """Return the arguments of `X2Face` that a ``state_dict`` of the released kind implies.

    Raises:
        KeyError: An entry that tells is missing.
    """
    embedding, driving = (_levels(state, prefix) for prefix in (_EMBEDDING, _DRIVING))
    innermost = _DRIVING + "submodule." * (driving - 1)
    return {
        "embedding_levels": embedding,
        "driving_levels": driving,
        "inner_channels": state[f"{innermost}down.1.weight"].shape[0],
        "base": state[f"{_EMBEDDING}down.0.weight"].shape[0],
        "pose": f"{innermost}posefrombottle.weight" in state,
    }


def _levels(state: Mapping[str, Tensor], prefix: str) -> int:
    """Count the levels below ``prefix``; KeyError if they are too few to be a network."""
    depths = [key.count("submodule.") for key in state if key.startswith(prefix)]
    levels = max(depths, default=-1) + 1
    if levels < FEWEST_LEVELS:
        raise KeyError(prefix + "submodule." * levels)
    return levels


def _fill(module: torch.nn.Module, state: Mapping[str, Tensor], path: Path) -> None:
    own = module.state_dict()
    missing = [key for key in own if key not in state and not key.endswith(_COUNTER)]
    extra = [key for key in state if key not in own]
    shapes = [key for key in own if key in state and own[key].shape != state[key].shape]
    for what, names in (("lacks", missing), ("has unknown", extra), ("has a wrong shape", shapes)):
        if names:
            raise UsageError(f"{path}: not a checkpoint of X2Face: it {what}: {names[0]}")
    counters = {key: torch.zeros_like(own[key]) for key in own if key.endswith(_COUNTER)}
    module.load_state_dict({**counters, **state})
