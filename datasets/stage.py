"""Where the stages keep their files, and the settings of a stage."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from datasets import params
from datasets.files import parts, remove
from datasets.registry import PROFILES, UsageError, choose, get

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


def stage_config(cls: type[C], stage: str, *, profile: str | None) -> tuple[str, C]:
    """Return the profile and the settings of ``stage`` from ``params.yaml``.

    Args:
        cls: Frozen dataclass of the settings.
        stage: Name of the section under the profile.
        profile: ``mini`` or ``full``; what ``params.yaml`` says if None.

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
    return chosen, params.section(values, cls, "profiles", chosen, stage)
