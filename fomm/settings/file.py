"""YAML files of configurations: inheritance, and the original's own files.

inherits: taichi            # taichi.yaml beside this file, or the package's
train_params:
  batch_size: 27            # mappings are merged key by key, anything else replaces
  epoch_milestones: null    # removes what is inherited: back to the default
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from fomm.settings.mapping import ConfigError

CONFIGS = Path(__file__).parents[1] / "configs"

_INHERITS = "inherits"


def find_config(name: str | Path) -> Path:
    """Return the file of a configuration.

    Args:
        name: Path of a ``.yaml`` or ``.yml`` file, or the name of one that comes with the package.

    Raises:
        ConfigError: There is none; the message lists those of the package.
    """
    path = Path(name)
    if path.suffix not in (".yaml", ".yml"):
        path = CONFIGS / f"{name}.yaml"
    if not path.is_file():
        raise ConfigError(f"{path}: not found; give the path of a .yaml file or one of: {_known()}")
    return path


def read_config(name: str | Path) -> dict[str, Any]:
    """Return the mapping of a configuration, all that it inherits merged in.

    An original's file (one with ``model_params``) is brought into our nesting.

    Args:
        name: As `find_config` takes it.

    Raises:
        ConfigError: The file or one that it inherits from is missing, is no YAML or no mapping,
            or inherits from itself.
    """
    path = find_config(name)
    values = _merged(path, below=())
    return _from_original(values, where=path.name) if "model_params" in values else values


def _merged(path: Path, *, below: tuple[Path, ...]) -> dict[str, Any]:
    """Return the content of ``path`` over that of its base; ``below`` leads to it."""
    chain = (*below, path)
    if path.resolve() in [p.resolve() for p in below]:
        steps = " -> ".join(str(p) for p in chain)
        raise ConfigError(f"{below[0].name}: inherits in a circle: {steps}")
    values = _read(path)
    if _INHERITS not in values:
        return values
    base = values.pop(_INHERITS)
    return merge(_merged(_base_file(base, path), below=chain), values)


def _base_file(name: object, path: Path) -> Path:
    if not isinstance(name, str):
        raise ConfigError(f"{path.name}.{_INHERITS}: expected the name of one base, got {name!r}")
    places = [path.parent / f"{name}.yaml", CONFIGS / f"{name}.yaml"]
    for place in places:
        if place.is_file():
            return place
    looked = " nor ".join(str(place) for place in dict.fromkeys(places))
    raise ConfigError(f"{path}: inherits {name!r}, but there is no {looked}; known: {_known()}")


def _read(path: Path) -> dict[str, Any]:
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: is no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(values, dict):
        raise ConfigError(f"{path.name}: expected a mapping, got {values!r}")
    return values


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``base`` changed by ``over``; None there removes a key.

    Example:
        >>> merge({"a": {"x": 1, "y": 2}, "b": [1, 2]}, {"a": {"y": 3}, "b": None})
        {'a': {'x': 1, 'y': 3}}
    """
    merged = dict(base)
    for key, value in over.items():
        inherited = merged.get(key)
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(inherited, Mapping):
            merged[key] = merge(inherited, value)
        else:
            merged[key] = value
    return merged


def _from_original(values: Mapping[str, Any], *, where: str) -> dict[str, Any]:
    """Return sizes of networks and pictures; the rest of an original's file is left out.

    Its discriminator is called with ``common_params`` too, and may repeat what they say.
    """
    model = values["model_params"]
    if not isinstance(model, Mapping):
        raise ConfigError(f"{where}.model_params: expected a mapping, got {model!r}")
    ours: dict[str, Any] = dict(model)
    common, discriminator = ours.get("common_params"), ours.get("discriminator_params")
    if isinstance(common, Mapping) and isinstance(discriminator, Mapping):
        ours["discriminator_params"] = {
            key: value
            for key, value in discriminator.items()
            if key not in common or common[key] != value
        }
    side = _side(values.get("dataset_params"), where=where)
    return ours if side is None else ours | {"size": side}


def _side(dataset: object, *, where: str) -> object:
    """Return the side in ``frame_shape``, [height, width, channels]; None if it is not there."""
    shape = dataset.get("frame_shape") if isinstance(dataset, Mapping) else None
    if shape is None:
        return None
    if not isinstance(shape, list) or len(shape) != 3 or shape[0] != shape[1]:
        raise ConfigError(
            f"{where}.dataset_params.frame_shape: expected [side, side, channels], since models"
            f" take square pictures, got {shape!r}"
        )
    side: object = shape[0]
    return side


def _known() -> str:
    return ", ".join(sorted(path.stem for path in CONFIGS.glob("*.yaml")))
