"""The pages that are mostly text: how to join, versions, responsible use."""

from __future__ import annotations

from collections.abc import Iterable

from leaderboards.site.model import Page, Site

FILES: tuple[tuple[str, str], ...] = (
    ("table.csv", "all values of reconstruction with their intervals"),
    ("paired.csv", "all paired differences of reconstruction that results say"),
    ("animation.csv", "all values of animation"),
    ("animation-paired.csv", "all paired differences of animation that results say"),
    ("table.tex", "the main columns as tables for LaTeX"),
    ("reported.csv", "what papers report, with source and confidence"),
)
"""Files to download that are of a whole board, and what is in them."""


def pages(site: Site) -> Iterable[Page]:
    """Return those pages; what they say depends on profile and version alone."""
    yield Page(
        "join.html",
        "How to join",
        "join.html.j2",
        {"dataset": "taichi-hd", "home": f"leaderboards/{site.version}/submitted"},
        description="From a folder of predictions to a row of the board, by a pull request.",
    )
    yield Page(
        "versions.html",
        "Versions",
        "versions.html.j2",
        {
            "splits": [split for split in site.splits if split.profile == site.profile],
            "other": "full" if site.mini else "mini",
            "files": [(name, what) for name, what in FILES if f"data/{name}" in site.data],
        },
        description="What a version of the boards freezes, and how to rebuild it.",
    )
    yield Page(
        "responsible.html",
        "Responsible use",
        "responsible.html.j2",
        description="Real people are in the real data: what must not be done with it.",
    )
