"""Where the stages keep their files, and the settings of a stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from datasets import params
from datasets.files import parts, remove
from datasets.registry import DATASETS, PROFILES, UsageError, choose, get

C = TypeVar("C", bound=params._Dataclass)

PARAMS = Path("params.yaml")


def source_folder(dataset: str, profile: str, root: Path = Path()) -> Path:
    """Return the folder of source videos: what ``download`` makes and ``crop`` reads."""
    return root / "work" / choose("profile", profile, PROFILES) / "source" / get(dataset).name


def clips_folder(dataset: str, profile: str, root: Path = Path()) -> Path:
    """Return the folder of clips: what ``crop`` makes and everything else reads."""
    return root / "work" / choose("profile", profile, PROFILES) / "clips" / get(dataset).name


def claim(folder: Path, stage: str, *, marks: Sequence[str]) -> None:
    """Refuse a folder that ``stage`` has not made; remove what a killed run left in it.

    Args:
        folder: Where the stage is about to write; it may be missing.
        stage: Name of the stage, for the message.
        marks: The folder is the stage's own if it holds one of these files.

    Raises:
        UsageError: ``folder`` is no folder, or holds other files.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder}: is not a folder")
    left = parts(folder)
    ours = any((folder / name).is_file() for name in marks)
    if folder.is_dir() and not ours and set(folder.iterdir()) - set(left):
        raise UsageError(f"{folder}: holds files that {stage} has not made; give an empty folder")
    for part in left:
        remove(part)


def stage_config(
    cls: type[C], stage: str, *, profile: str | None, dataset: str | None = None
) -> tuple[str, C]:
    """Return the profile and the settings of ``stage`` from ``params.yaml``.

    A setting may be one value for all data sets, or a mapping from their names to values.

    Args:
        cls: Frozen dataclass of the settings.
        stage: Name of the section under the profile.
        profile: ``mini`` or ``full``; what ``params.yaml`` says if None.
        dataset: Whose settings; a setting that differs between data sets has its default if None.

    Returns:
        The profile and the settings; ``mini`` and the defaults of ``cls`` in a folder without
        ``params.yaml``.

    Raises:
        UsageError: Unknown profile, section or key.
    """
    if profile is not None:
        choose("profile", profile, PROFILES)
    if not PARAMS.is_file():
        return profile or "mini", cls()
    values = params.load(PARAMS)
    chosen = profile or str(values["profile"])
    section = ((values.get("profiles") or {}).get(chosen) or {}).get(stage)
    if isinstance(section, Mapping):
        own = _of_dataset(section, dataset, f"profiles.{chosen}.{stage}")
        return chosen, params.build(cls, own, where=f"profiles.{chosen}.{stage}")
    return chosen, params.section(values, cls, "profiles", chosen, stage)


def _of_dataset(values: Mapping[str, Any], dataset: str | None, where: str) -> dict[str, Any]:
    """Return ``values`` with the data set's own value for each mapping of data sets."""
    chosen = {}
    for key, value in values.items():
        if not isinstance(value, Mapping) or not value or set(value) - set(DATASETS):
            chosen[key] = value
        elif dataset in value:
            chosen[key] = value[dataset]
        elif dataset is not None:
            raise UsageError(f"{where}.{key}: nothing for {dataset!r}; it has {', '.join(value)}")
    return chosen
