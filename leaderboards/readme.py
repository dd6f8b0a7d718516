"""The README's sections: generated text between two markers, everything else untouched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from datasets.registry import DATASETS, UsageError
from leaderboards.animation import by_dataset
from leaderboards.animation import readme_section as animation_section
from leaderboards.board import Section
from leaderboards.columns import README_METRICS
from leaderboards.table import readme_section
from leaderboards.tasks import RECONSTRUCTION

_NOTHING = "No results yet: run `dvc repro`.\n"


def markers(
    dataset: str, *, version: str, profile: str, animation: bool = False
) -> tuple[str, str]:
    """Return the lines that enclose the section of ``dataset``, or that of its animations.

    Example:
        >>> markers("mgif", version="v1", profile="mini")[0]
        '<!-- BEGIN LEADERBOARD v1 mini mgif -->'
        >>> markers("mgif", version="v1", profile="mini", animation=True)[1]
        '<!-- END LEADERBOARD v1 mini mgif animation -->'
    """
    key = f"LEADERBOARD {version} {profile} {dataset}{' animation' * animation}"
    return f"<!-- BEGIN {key} -->", f"<!-- END {key} -->"


def update(
    text: str,
    tasks: Mapping[str, Sequence[Section]],
    *,
    version: str,
    profile: str,
    where: Path,
) -> str:
    """Return ``text`` with the sections of all data sets rewritten.

    A data set without results needs no markers; where it has them, the section says so. Animations
    and full boards are shown where there are markers for them.

    Args:
        text: The README.
        tasks: Task -> its sections.
        version: Version word of the board.
        profile: Profile of the board.
        where: Name of the file, for messages.

    Raises:
        UsageError: A marker is missing, repeated, or the two are in the wrong order.
    """
    groups = {group.dataset: group for group in tasks.get(RECONSTRUCTION, ())}
    animations = by_dataset(tasks)
    for dataset in DATASETS:
        pair = markers(dataset, version=version, profile=profile)
        if dataset in groups and (profile == "mini" or _any(text, pair)):
            text = _replace(text, pair, readme_section(groups[dataset], README_METRICS), where)
        elif _any(text, pair):
            text = _replace(text, pair, _NOTHING, where)
        pair = markers(dataset, version=version, profile=profile, animation=True)
        if _any(text, pair):
            modes = animations.get(dataset)
            text = _replace(text, pair, animation_section(modes) if modes else _NOTHING, where)
    return text


def _any(text: str, pair: tuple[str, str]) -> bool:
    return any(line.strip() in pair for line in text.splitlines())


def _replace(text: str, pair: tuple[str, str], body: str, where: Path) -> str:
    lines = text.split("\n")
    begin, end = (_only(lines, marker, where) for marker in pair)
    if end < begin:
        raise UsageError(f"{where}: {pair[1]} stands before {pair[0]}")
    return "\n".join([*lines[: begin + 1], "", *body.split("\n"), *lines[end:]])


def _only(lines: list[str], marker: str, where: Path) -> int:
    at = [number for number, line in enumerate(lines) if line.strip() == marker]
    if len(at) != 1:
        wrong = "missing" if not at else f"there {len(at)} times"
        raise UsageError(f"{where}: the line {marker} is {wrong}; it must be there once")
    return at[0]
