"""The files of a board: ``table.csv``, ``paired.csv``, ``table.md``. Pure text from results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from datasets.registry import DATASETS, shown_name
from leaderboards import animation
from leaderboards import markdown as md
from leaderboards.board import Clips, Section, sections_by_task
from leaderboards.csv_files import paired_csv, table_csv
from leaderboards.differences import differences_table
from leaderboards.latex import table_tex
from leaderboards.reported import Reported
from leaderboards.reported_tables import other_datasets, reported_block
from leaderboards.rows import name, split_line, values_table
from leaderboards.small_metrics import metrics_files
from leaderboards.tasks import RECONSTRUCTION
from metrics.result import Result

NO_ROWS = "No reproduced rows yet.\n"


def render(
    results: Iterable[Result],
    clips: Clips | None = None,
    *,
    version: str,
    profile: str,
    reported: Sequence[Reported] = (),
) -> dict[str, str]:
    """Return `render_sections` of ``results``, in any order, and their per-clip values."""
    tasks = sections_by_task(results, clips)
    return render_sections(tasks, version=version, profile=profile, reported=reported)


def render_sections(
    tasks: Mapping[str, Sequence[Section]],
    *,
    version: str,
    profile: str,
    reported: Sequence[Reported] = (),
) -> dict[str, str]:
    """Return the derived files of a board: file name -> text; those of animations if it has any.

    Args:
        tasks: Task -> its sections.
        version: Version word of the board.
        profile: Its profile.
        reported: What papers report; shown on full boards only.
    """
    groups = tasks.get(RECONSTRUCTION, ())
    return {
        "paired.csv": paired_csv(groups),
        "table.csv": table_csv(groups),
        "table.md": table_md(groups, version=version, profile=profile, reported=reported),
        "table.tex": table_tex(groups, version=version, profile=profile),
        **metrics_files(groups),
    } | animation.render(tasks, version=version, profile=profile)


def table_md(
    groups: Sequence[Section], *, version: str, profile: str, reported: Sequence[Reported] = ()
) -> str:
    """Return the whole board for readers: values, differences and trainings of each data set.

    A full board shows every data set, with or without rows, and what papers report of it.
    """
    parts = [
        f"# Leaderboard {version}, profile {profile}\n",
        "Made from `results/` by `python -m leaderboards.build`; edits are lost. All digits are in "
        "`table.csv`, all paired differences in `paired.csv`, the main columns as LaTeX in "
        "`table.tex`.\n",
    ]
    found = {group.dataset: group for group in groups}
    full = profile != "mini"
    for dataset in DATASETS if full else found:
        parts.append(f"## {shown_name(dataset, profile)}\n")
        group = found.get(dataset)
        if group is None or not any(row.status == "reproduced" for row in group.rows):
            parts.append(NO_ROWS)
        if group is not None:
            parts.append(split_line(group.rows[0]) + "\n")
            parts.append(values_table(group, group.metrics))
            parts += [part for part in (differences_table([group]), _trainings(group)) if part]
        if full:
            parts.append(reported_block(reported, dataset))
    for dataset in other_datasets(reported) if full else ():
        parts.append(f"## {md.escape(dataset)}\n")
        parts.append("Not a data set of this benchmark: what papers report, for reference.\n")
        parts.append(reported_block(reported, dataset))
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
