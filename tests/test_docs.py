"""The pages for people: their links lead somewhere, and they stay short."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "fomm/README.md",
    "baselines/README.md",
    "datasets/README.md",
    "metrics/README.md",
    "studies/README.md",
    "docs/benchmarks.md",
    "docs/cluster.md",
    "docs/dvc.md",
)


@pytest.mark.parametrize("page", PAGES)
def test_local_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    folder = (ROOT / page).parent
    missing = [link for link in links if not (folder / link.split("#")[0]).exists()]
    assert not missing


@pytest.mark.parametrize("page", ("README.md", "CONTRIBUTING.md"))
def test_pages_stay_short(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    written = re.sub(r"<!-- BEGIN LEADERBOARD.*?<!-- END LEADERBOARD", "", text, flags=re.DOTALL)
    assert len(written.splitlines()) <= 150


def test_the_citation_file_has_what_it_must() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors", "version", "license"} <= set(citation)
