"""Weight files of the evaluator networks: bare mappings from key to tensor, taken strictly.

The original files have no outer dictionary and no ``module.`` prefix; two of them are older than
``num_batches_tracked``, so those keys alone may be missing. A file with prefixed keys is another
model (trained with other preprocessing), so prefixes are not stripped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from pickle import UnpicklingError

import torch
from torch import Tensor, nn

from datasets.registry import UsageError
from metrics.extractors import ExtractorUnavailable
from metrics.extractors.weight_digests import sha256_once

_OPTIONAL = ".num_batches_tracked"


def load(make: Callable[[], nn.Module], path: Path, *, sha256: str, needed: str) -> nn.Module:
    """Return the network that ``make`` builds, with the weights at ``path``, ready for inference.

    Args:
        make: Builds the network; called without memory for its parameters.
        path: A file written by ``torch.save``, old or new format.
        sha256: What the file's digest must be.
        needed: Which file is needed, for the messages, e.g. ``"pose_model.pth (COCO, Caffe)"``.

    Returns:
        The network on the CPU, float32, in eval mode, without gradients.

    Raises:
        ExtractorUnavailable: There is no file.
        UsageError: Another digest, not a state dict, or not one of this network.
    """

    def wrong(what: str) -> UsageError:
        return UsageError(f"{path.name}: {what}; needed is {needed}")

    if not path.is_file():
        raise ExtractorUnavailable(f"{path.name}: not found; needed is {needed}, sha256 {sha256}")
    found = sha256_once(path)
    if found != sha256:
        raise wrong(f"has sha256 {found}, expected {sha256}")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (UnpicklingError, RuntimeError, EOFError, ValueError, KeyError) as error:
        what = str(error).strip().split("\n")[0] or type(error).__name__
        raise wrong(f"cannot be read as tensors ({what})".replace(str(path), path.name)) from error
    with torch.device("meta"):
        network = make()
    expected = network.state_dict()
    problem = _problem(content, expected)
    if problem:
        raise wrong(problem)
    absent = torch.tensor(0)  # batches tracked
    state = {k: content.get(k, absent).detach().to(v.dtype) for k, v in expected.items()}
    network.load_state_dict(state, assign=True)
    return network.eval().requires_grad_(requires_grad=False)


def _problem(content: object, expected: Mapping[str, Tensor]) -> str | None:
    """Say what is wrong with the content of a file, if anything is."""
    if not isinstance(content, Mapping):
        return f"holds a {type(content).__name__}, not a mapping from key to tensor"
    for key, value in content.items():
        if not isinstance(value, Tensor):
            return (
                f"entry {key!r} is a {type(value).__name__}, not a tensor (a checkpoint with more "
                "than the weights?)"
            )
    if any(str(key).startswith("module.") for key in content):
        return "keys begin with 'module.', so it is another model's file"
    missing = [k for k in expected if k not in content and not k.endswith(_OPTIONAL)]
    unknown = [str(k) for k in content if k not in expected]
    if missing or unknown:
        return ", ".join(
            f"{len(keys)} {kind} (first: {keys[0]})"
            for kind, keys in (("keys are missing", missing), ("keys are unknown", unknown))
            if keys
        )
    for key, like in expected.items():
        if key in content and content[key].shape != like.shape:
            return f"{key} is {tuple(content[key].shape)}, not {tuple(like.shape)}"
    return None
