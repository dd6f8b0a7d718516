"""Trained methods from files: checkpoints of the stage ``train``, and those that were released.

Ours are safetensors with the configuration inside. Released files are of torch: that of X2Face
tells its sizes by its shapes, that of Monkey-Net needs a configuration.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch

from baselines import checkpoint, method_class
from baselines.method import Method, misfit
from baselines.monkey_net.checkpoint import load_released
from baselines.monkey_net.method import MonkeyNetMethod
from baselines.x2face.checkpoint import load_x2face
from baselines.x2face.config import X2FaceConfig
from baselines.x2face.method import X2FaceMethod
from datasets.registry import UsageError
from fomm.settings.file import read_config
from fomm.settings.mapping import ConfigError

Config = Mapping[str, Any]


class Trained(NamedTuple):
    """A trained method, in evaluation mode, on the CPU.

    Attributes:
        method: The method.
        size: Side in pixels of the square frames that it is meant for.
    """

    method: Method
    size: int


def load_trained(
    path: Path, name: str, *, config: str | None = None, align_corners: bool | None = None
) -> Trained:
    """Load a trained method.

    Args:
        path: A checkpoint of the stage ``train``, or a released file of Monkey-Net or X2Face.
        name: Of the method, one of ``METHODS``.
        config: A YAML file, or the name of one that comes with the method. By default that of the
            checkpoint.
        align_corners: Convention of the warps. By default what the configuration says.

    Raises:
        UsageError: The file is missing, broken, of another method, or does not fit its
            configuration; or there is none.
    """
    kind = method_class(name)
    given = None if config is None else find_config(config, kind)
    if not path.is_file():
        raise UsageError(f"{path}: no such checkpoint file; run the train stage first")
    if _is_ours(path):
        weights, info = checkpoint.load(path)
        if info.method != name:
            raise UsageError(f"{path}: a checkpoint of {info.method!r}, not of {name!r}")
        values = _with_corners(given or info.config, kind, align_corners)
        with torch.device("meta"):  # sizes are looked at before any memory is taken
            shapes = kind.from_config(values).inference_state()
        if reason := misfit(shapes, weights):
            raise UsageError(f"{path}: does not fit its configuration: {reason}")
        method = kind.from_config(values)
        method.load_state_dict(weights, strict=False)
        return Trained(method.eval(), _size(values, path))
    if issubclass(kind, MonkeyNetMethod):
        return _monkey_net(path, given, align_corners)
    if issubclass(kind, X2FaceMethod):
        return _x2face(path, given, align_corners)
    raise UsageError(f"{path}: not a checkpoint of this benchmark; give a .safetensors of {name}")


def _monkey_net(path: Path, config: Config | None, align_corners: bool | None) -> Trained:
    if config is None:
        raise UsageError(
            f"{path}: not a checkpoint of the train stage; one that was released holds no "
            f"configuration: name it with --config, one of {', '.join(_known(MonkeyNetMethod))}, "
            "or a .yaml file"
        )
    config = _with_corners(config, MonkeyNetMethod, align_corners)
    with torch.device("meta"):
        method = MonkeyNetMethod.from_config(config)
    model = method.monkey_net
    method.monkey_net = load_released(path, model.config, align_corners=model.align_corners)
    return Trained(method.eval(), _size(config, path))


def _x2face(path: Path, config: Config | None, align_corners: bool | None) -> Trained:
    options = X2FaceConfig.from_mapping(_with_corners(config or {}, X2FaceMethod, align_corners))
    model = load_x2face(path, align_corners=options.align_corners)
    levels = (model.embedding_levels, model.driving_levels)
    wanted = (options.embedding_levels, options.driving_levels)
    if config is not None and levels != wanted:
        raise UsageError(
            f"{path}: does not fit its configuration: its networks have {levels[0]} and "
            f"{levels[1]} levels, not {wanted[0]} and {wanted[1]}; leave --config out"
        )
    with torch.device("meta"):
        method = X2FaceMethod(options)
    method.x2face = model
    # Without a configuration: the innermost map has one pixel, as in all that were published.
    return Trained(method.eval(), options.size if config is not None else 2 ** max(levels))


def find_config(name: str, kind: type[Method]) -> dict[str, Any]:
    """Return the mapping of a YAML file, or of one that comes with a method, by its name.

    Raises:
        UsageError: There is none; the message lists those of the method.
    """
    path = Path(name)
    if path.suffix not in (".yaml", ".yml"):
        path = _configs(kind) / f"{name}.yaml"
        if not path.is_file():
            known = ", ".join(_known(kind)) or "none"
            raise UsageError(f"--config {name}: give a .yaml file, or a name; known: {known}")
    try:
        return read_config(path)
    except ConfigError as error:
        raise UsageError(f"--config {name}: {error}") from error


def _configs(kind: type[Method]) -> Path:
    return Path(str(sys.modules[kind.__module__].__file__)).parent / "configs"


def _known(kind: type[Method]) -> list[str]:
    return sorted(path.stem for path in _configs(kind).glob("*.yaml"))


def _with_corners(config: Config, kind: type[Method], align_corners: bool | None) -> dict[str, Any]:
    """Return a configuration with the convention of the warps, if one is asked for."""
    values = dict(config)
    if align_corners is not None:
        both = issubclass(kind, X2FaceMethod)  # of up-sampling and of warps
        values["align_corners"] = [align_corners] * 2 if both else align_corners
    return values


def _size(config: Config, path: Path) -> int:
    size = config.get("size")
    if not isinstance(size, int):
        raise UsageError(
            f"{path}: its configuration does not say for frames of which size it is; pass "
            "--config with one that has 'size: 64' or the like"
        )
    return size


def _is_ours(path: Path) -> bool:
    """Return whether a file is safetensors: eight bytes with the header's length, then JSON."""
    with path.open("rb") as file:
        head = file.read(9)
    return head[4:] == b"\0\0\0\0{"
