"""The overview: what this is, and one card per data set."""

from __future__ import annotations

from collections.abc import Iterable

from leaderboards.site.model import Page, Site


def pages(site: Site) -> Iterable[Page]:
    """Return the overview of ``site``."""
    yield Page("index.html", "Overview", "overview.html.j2")
