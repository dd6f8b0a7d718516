"""What a study claims, and what its paired differences say of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from datasets.registry import UsageError
from leaderboards import markdown as md
from leaderboards.columns import column
from leaderboards.pairs import Pair
from leaderboards.seeds import Group

Kind = Literal["ranking", "ablation"]
KINDS: tuple[Kind, ...] = ("ranking", "ablation")
RANKED: tuple[str, ...] = ("fomm", "monkey-net", "x2face")
FULL = "full"
CLAIMED: tuple[str, ...] = ("l1@clip", "akd@clean", "flow-epe")
"""Errors, of which less is better: each claim is checked in each of them."""

Outcome = Literal["holds", "does not show", "the opposite holds", "cannot be said"]
_OUTCOMES: dict[str | None, Outcome] = {"better": "holds", "worse": "the opposite holds"}


@dataclass(frozen=True)
class Claim:
    """``better`` has less of the error ``metric`` than ``worse``."""

    kind: Kind
    better: str
    worse: str
    metric: str

    def __str__(self) -> str:
        said = "<" if self.kind == "ranking" else "better than"
        names = f"{md.escape(self.better)} {said} {md.escape(self.worse)}"
        return f"{names.replace('<', '&lt;')} in {md.escape(column(self.metric).title)}"


@dataclass(frozen=True)
class Finding:
    """What came out of a claim on one data set.

    Attributes:
        claim: The claim.
        outcome: By the interval of the difference pooled over seeds.
        pooled: That difference, ``better - worse``; None without one.
        seeds: The difference of each seed, in the same direction.
        why: Why nothing can be said, or empty.
    """

    claim: Claim
    outcome: Outcome
    pooled: Pair | None = None
    seeds: tuple[Pair, ...] = ()
    why: str = ""

    @property
    def sentence(self) -> str:
        """The outcome and the numbers that it follows from."""
        numbers = md.escape(self.why).rstrip(".")
        if self.pooled is not None and self.pooled.difference is not None:
            numbers = _numbers(self.pooled, self.seeds)
        return f"{self.claim}: **{self.outcome}** ({numbers})."


def claims(kind: Kind, group: Group) -> list[Claim]:
    """Return what a study of ``kind`` claims on one data set.

    Ranking: each of `RANKED` is better than the next. Ablation: `FULL` is better than each variant.

    Raises:
        UsageError: An ablation without `FULL`, or without a variant.
    """
    methods = [row.method for row in group.rows if not row.anchor]
    variants = [method for method in methods if method != FULL]
    if kind == "ablation" and (FULL not in methods or not variants):
        raise UsageError(
            f"{group.dataset}, {group.task}: an ablation needs the method {FULL!r} and a variant, "
            f"there is {', '.join(methods) or 'nothing'}"
        )
    steps = pairwise(RANKED) if kind == "ranking" else ((FULL, variant) for variant in variants)
    return [Claim(kind, one, other, metric) for one, other in steps for metric in CLAIMED]


def check(claim: Claim, group: Group, pairs: Iterable[Pair]) -> Finding:
    """Return what ``pairs`` say of ``claim`` on the data set of ``group``."""
    found = _of(claim, group, pairs)
    pooled = next((pair for pair in found if pair.seed is None), None)
    seeds = tuple(pair for pair in found if pair.seed is not None)
    if why := _why_not(claim, group, pooled):
        return Finding(claim, "cannot be said", pooled, seeds, why)
    assert pooled is not None
    return Finding(claim, _OUTCOMES.get(pooled.verdict, "does not show"), pooled, seeds)


def _of(claim: Claim, group: Group, pairs: Iterable[Pair]) -> list[Pair]:
    """Return the differences that ``claim`` is about, as better - worse, by seed."""
    wanted = (group.dataset, group.task, claim.better, claim.worse, claim.metric)
    both = (same for pair in pairs for same in (pair, pair.turned()))
    found = [pair for pair in both if pair.key[:-1] == wanted]
    return sorted(found, key=lambda pair: -1 if pair.seed is None else pair.seed)


def _why_not(claim: Claim, group: Group, pooled: Pair | None) -> str:
    missing = [name for name in (claim.better, claim.worse) if group.row(name) is None]
    if missing:
        return f"no results of {' and '.join(missing)}"
    for name in (claim.better, claim.worse):
        row = group.row(name)
        figures = row.figures(claim.metric).values() if row else ()
        reasons = sorted({figure.reason or "" for figure in figures if figure.value is None})
        if reasons and len(figures) == sum(figure.value is None for figure in figures):
            return f"{name}: {'; '.join(reasons)}"
    if pooled is None:
        return "no paired difference pooled over seeds"
    return pooled.reason if pooled.difference is None else ""


def _numbers(pooled: Pair, seeds: Sequence[Pair]) -> str:
    """Return ``−0.02150 [−0.02731, −0.01594]; by seed: 0 better, 1 undecided``."""
    assert pooled.difference is not None
    if pooled.lo is None or pooled.hi is None:
        told = f"{md.number(pooled.difference, sign=True)}, no interval"
    else:
        like = max(map(abs, (pooled.difference, pooled.lo, pooled.hi)))
        told = md.number(pooled.difference, like=like, sign=True)
        told += f" {md.interval(pooled.lo, pooled.hi, like=like, sign=True)}"
    by_seed = [f"{pair.seed} {pair.verdict or 'without interval'}" for pair in seeds]
    return told + (f"; by seed: {', '.join(by_seed)}" if by_seed else "")


def tally(findings: Iterable[Finding]) -> str:
    """Return how many claims came out how: ``5 of 6 claims hold; 1: does not show``.

    Example:
        >>> tally([Finding(Claim("ranking", "a", "b", "l1@clip"), "holds")])
        '1 of 1 claims hold'
    """
    counts = Counter(finding.outcome for finding in findings)
    rest: list[Outcome] = ["does not show", "the opposite holds", "cannot be said"]
    said = [f"{counts[outcome]}: {outcome}" for outcome in rest if counts[outcome]]
    return "; ".join([f"{counts['holds']} of {counts.total()} claims hold", *said])
