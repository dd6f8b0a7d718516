"""The second table: one identity moved by a clip of another, ``animation.*`` of a board."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from datasets.registry import DATASETS, shown_name
from leaderboards.board import Section
from leaderboards.columns import ANIMATION_README_METRICS, ordered
from leaderboards.csv_files import paired_csv, table_csv
from leaderboards.differences import differences_table
from leaderboards.rows import values_tables
from leaderboards.tasks import ANIMATIONS

FILES: tuple[str, ...] = ("animation-paired.csv", "animation.csv", "animation.md")
_MODES = (
    "The source picture is animated by a clip of another identity. **absolute**: the source takes "
    "the driver's pose; **relative**: it adds the driver's motion since frame 0 to its own pose. "
    "The truths differ, so no value of one mode compares with one of the other. AED to source is "
    "0 for a picture that never moves (copy-source): read it beside the errors of motion.\n"
)


def by_dataset(
    tasks: Mapping[str, Sequence[Section]],
) -> dict[str, list[Section]]:
    """Return data set (order of the registry) -> one section per mode that has results.

    Args:
        tasks: Task -> its sections; reconstructions are left out.
    """
    groups = [group for task in ANIMATIONS for group in tasks.get(task, ())]
    found = {name: [group for group in groups if group.dataset == name] for name in DATASETS}
    return {name: parts for name, parts in found.items() if parts}


def render(tasks: Mapping[str, Sequence[Section]], *, version: str, profile: str) -> dict[str, str]:
    """Return the derived files of the animation tasks: file name -> text; none without results."""
    groups = by_dataset(tasks)
    if not groups:
        return {}
    flat = [section for parts in groups.values() for section in parts]
    page = _page(groups, version=version, profile=profile)
    return dict(zip(FILES, (paired_csv(flat), table_csv(flat), page), strict=True))


def _page(groups: Mapping[str, Sequence[Section]], *, version: str, profile: str) -> str:
    parts = [
        f"# Leaderboard {version}, profile {profile}: animation\n",
        "Made from `results/animation-*/` by `python -m leaderboards.build`; edits are lost. All "
        "digits, and sizes, are in `animation.csv`, all paired differences in "
        "`animation-paired.csv`.\n",
        _MODES,
    ]
    for dataset, modes in groups.items():
        metrics = ordered(metric for section in modes for metric in section.metrics)
        parts.append(f"## {shown_name(dataset, profile)}\n")
        parts.append(values_tables(modes, metrics))
        parts += [part for part in (differences_table(modes),) if part]
    return "\n".join(parts)


def readme_section(modes: Sequence[Section]) -> str:
    """Return the short tables of one data set for the README, one per mode."""
    return values_tables(modes, ANIMATION_README_METRICS, narrow=True)
