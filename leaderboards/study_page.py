"""The page of a study: claims and what came out, means over seeds, paired differences."""

from __future__ import annotations

from collections.abc import Sequence

from datasets.registry import shown_name
from leaderboards import markdown as md
from leaderboards.claims import CLAIMED, FULL, RANKED, Claim, Finding, Kind, tally
from leaderboards.columns import ANIMATION_README_METRICS, README_METRICS, column
from leaderboards.pairs import POOLED, Pair, arranged
from leaderboards.rows import split_line
from leaderboards.seeds import Group
from leaderboards.study_tables import differences_table, values_table
from leaderboards.tasks import mode

Findings = Sequence[tuple[Group, Sequence[Finding]]]
_CLAIM: dict[Kind, str] = {
    "ranking": f"{' < '.join(RANKED)}".replace("<", "&lt;"),
    "ablation": f"{FULL} is better than each variant",
}


def page(kind: Kind, findings: Findings, pairs: Sequence[Pair], *, profile: str, stem: str) -> str:
    """Return the whole page.

    Args:
        kind: Of the study.
        findings: Each group of results with what came out of the claims on it.
        pairs: All paired differences.
        profile: Of all results.
        stem: Name of the study's files.
    """
    titles = ", ".join(md.escape(column(metric).title) for metric in CLAIMED)
    name = md.escape(stem)
    parts = [
        f"# Study: {name}, profile {profile}\n",
        f"Made from `{stem}/` by `python -m leaderboards.study {kind}`; edits are lost. All digits "
        f"are in `{stem}.csv`.\n",
        f"Claim: **{_CLAIM[kind]}** in {titles}. It *holds* where the 95 % interval of the paired "
        "difference, pooled over seeds, lies on the side of the claim; it *does not show* where "
        "the interval holds 0. The interval is over videos, for these seeds; how far the seeds lie "
        "apart stands beside it.\n",
        f"**{tally(f for _, some in findings for f in some)}.**\n",
        _summary(findings, profile=profile),
    ]
    for group, some in findings:
        parts += _group(kind, group, some, pairs, profile=profile)
    return "\n".join(parts)


def title(group: Group, profile: str) -> str:
    """Return how a group is called: ``mgif-mini``, or ``mgif-mini, animation relative``."""
    suffix = f", animation {mode(group.task)}" if mode(group.task) else ""
    return shown_name(group.dataset, profile) + suffix


def _summary(findings: Findings, *, profile: str) -> str:
    """Return the table claim x data set of outcomes."""
    cells: dict[Claim, dict[str, str]] = {}
    for group, some in findings:
        for finding in some:
            cells.setdefault(finding.claim, {})[title(group, profile)] = finding.outcome
    heads = [title(group, profile) for group, _ in findings]
    lines = [
        [str(claim), *(of.get(head, md.NONE) for head in heads)] for claim, of in cells.items()
    ]
    return md.table(["Claim", *heads], lines)


def _group(
    kind: Kind, group: Group, findings: Sequence[Finding], pairs: Sequence[Pair], *, profile: str
) -> list[str]:
    given = ANIMATION_README_METRICS if mode(group.task) else README_METRICS
    metrics = [metric for metric in given if metric in group.metrics]
    here = [p for p in arranged(pairs) if (p.dataset, p.task) == (group.dataset, group.task)]
    pooled = [pair for pair in here if pair.seed is None]
    seeds = [pair for pair in here if pair.seed is not None]
    name = title(group, profile)
    parts = [
        f"## {name}\n",
        split_line(group.rows[0].any) + "\n",
        "".join(f"* {finding.sentence}\n" for finding in findings),
        values_table(kind, group, metrics),
    ]
    for heading, some in ((f"{POOLED} over seeds", pooled), ("by seed", seeds)):
        if any(pair.difference is not None for pair in some):
            parts.append(f"### {name}: paired differences, {heading}\n")
            parts.append(differences_table(some, metrics))
    return parts
