"""What a paper reports of a method, beneath the value that was measured here."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from leaderboards.reported import beside
from leaderboards.site.model import Site
from leaderboards.tasks import mode
from metrics.result import Result

MARK = "°"
"""Beside a value that was recalled without the paper's text."""


@dataclass(frozen=True)
class Paper:
    """A paper's value as it is printed, and in full: of what, in which unit, and where it stands.

    Attributes:
        text: With the paper's digits; with its metric id where the column is of another one.
        title: Source, unit, and what was scored.
    """

    text: str
    title: str


def paper_of(site: Site, row: Result, metric: str, columns: Collection[str]) -> Paper | None:
    """Return what stands beneath the value of ``metric`` of ``row``; None on mini boards.

    A paper's number stands in the column of its own formula (``akd@paper``). Where the row has no
    value in that, it stands in the one of its family (``akd@clean``) and says which it is.

    Args:
        site: The site.
        row: A result; papers are quoted beside reconstructions alone.
        metric: A metric that it has a value of.
        columns: The metrics of the table that it has a value of.
    """
    if site.mini or mode(row.task):
        return None
    said = beside(site.reported, method=row.method, dataset=row.dataset, metric=metric)
    if said is None or (said.metric_id != metric and said.metric_id in columns):
        return None
    recalled = said.confidence != "confirmed"
    which = "" if said.metric_id == metric else f", {said.metric_id}"
    scored = f"; {said.setting}" if said.setting else ""
    sure = "; recalled without the paper’s text" if recalled else ""
    return Paper(
        text=f"paper{which}: {said.text}{' ' + MARK if recalled else ''}",
        title=f"{said.source}: {said.metric} of {said.method}, {said.unit}{scored}{sure}",
    )
