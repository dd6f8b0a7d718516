"""The files of a board: ``table.csv``, ``paired.csv``, ``table.md``. Pure text from results."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from datasets.registry import shown_name
from leaderboards import animation
from leaderboards import markdown as md
from leaderboards.board import Clips, Section, sections
from leaderboards.csv_files import paired_csv, table_csv
from leaderboards.differences import differences_table
from leaderboards.rows import name, split_line, values_table
from leaderboards.tasks import RECONSTRUCTION, by_task
from metrics.result import Result


def render(
    results: Iterable[Result], clips: Clips | None = None, *, version: str, profile: str
) -> dict[str, str]:
    """Return the derived files of a board: file name -> text; those of animations if it has any.

    The order of ``results`` does not matter; nothing but their content does.
    """
    tasks = by_task(results)
    groups = sections(tasks.pop(RECONSTRUCTION, []), clips)
    return {
        "paired.csv": paired_csv(groups),
        "table.csv": table_csv(groups),
        "table.md": table_md(groups, version=version, profile=profile),
    } | animation.render(tasks, clips, version=version, profile=profile)


def table_md(groups: Sequence[Section], *, version: str, profile: str) -> str:
    """Return the whole board for readers: values, differences and trainings of each data set."""
    parts = [
        f"# Leaderboard {version}, profile {profile}\n",
        "Made from `results/` by `python -m leaderboards.build`; edits are lost. All digits are in "
        "`table.csv`, all paired differences in `paired.csv`.\n",
    ]
    for group in groups:
        parts.append(f"## {shown_name(group.dataset, profile)}\n")
        parts.append(split_line(group.rows[0]) + "\n")
        parts.append(values_table(group, group.metrics))
        parts += [part for part in (differences_table([group]), _trainings(group)) if part]
    return "\n".join(parts)


def _trainings(group: Section) -> str:
    """Return which checkpoint each row comes from; empty if none does."""
    lines = [
        [name(row), str(row.checkpoint.seed), md.escape(row.checkpoint.fingerprint[:12])]
        for row in group.rows
        if row.checkpoint
    ]
    if not lines:
        return ""
    title = f"### {shown_name(group.dataset, group.rows[0].profile)}: checkpoints\n\n"
    return title + md.table(["Method", "Seed", "Fingerprint"], lines)


def readme_section(group: Section, metrics: Sequence[str]) -> str:
    """Return the short board of one data set for the README."""
    return f"{split_line(group.rows[0])}\n\n{values_table(group, metrics, narrow=True)}"
