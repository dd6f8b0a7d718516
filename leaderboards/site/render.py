"""From a `Site` to the bytes of its files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from datasets.registry import DATASETS
from leaderboards.columns import column
from leaderboards.reasons import plain
from leaderboards.site import (
    cites,
    dataset,
    galleries,
    methods,
    metrics,
    overview,
    paths,
    reports,
    splits,
    texts,
    words,
)
from leaderboards.site.model import Page, Site

HERE = Path(__file__).parent
ASSETS: tuple[str, ...] = (
    "assets/cite.js",
    "assets/gallery.css",
    "assets/gallery.js",
    "assets/pages.css",
    "assets/print.css",
    "assets/site.js",
    "assets/style.css",
)

PAGES: tuple[Callable[[Site], Iterable[Page]], ...] = (
    overview.pages,
    dataset.pages,
    galleries.pages,
    methods.pages,
    metrics.pages,
    splits.pages,
    reports.pages,
    cites.pages,
    texts.pages,
)
"""What makes pages, each the function ``pages`` of one module."""


def render_site(site: Site) -> dict[str, bytes]:
    """Return all files of ``site``: path below ``site/`` -> bytes. Same site, same bytes.

    Raises:
        ValueError: Two pages have one path, or a page links to what is not there.
    """
    pages = [page for make in PAGES for page in make(site)]
    files = {name: (HERE / name).read_bytes() for name in ASSETS}
    files |= {path: text.encode("utf-8", "surrogateescape") for path, text in site.data.items()}
    files |= {f"media/{name}": data for name, data in site.media.items()}
    known = set(files) | {page.path for page in pages}
    if len(known) != len(files) + len(pages):
        names = sorted(page.path for page in pages)
        twice = sorted({n for n in names if names.count(n) > 1 or n in files})
        raise ValueError(f"two files of the site have one path: {', '.join(twice)}")
    environment = _environment(site)
    for page in pages:
        files[page.path] = render_page(environment, page, known).encode()
    return dict(sorted(files.items()))


def _environment(site: Site) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals |= {
        "site": site,
        "specs": DATASETS,
        "column": column,
        "dataset_page": paths.dataset_page,
        "gallery_page": paths.gallery_page,
        "method_page": paths.method_page,
        "metric_page": paths.metric_page,
        "result_file": paths.result_file,
        "media_file": paths.media_file,
    }
    environment.filters |= {
        "count": words.count,
        "difference_places": words.difference_places,
        "digest": words.digest,
        "exactly": words.exactly,
        "fixed": words.fixed,
        "plain": plain,
        "plainly": "{:g}".format,
        "prefixed": words.prefixed,
        "significant": words.significant,
    }
    return environment


def render_page(environment: Environment, page: Page, known: set[str]) -> str:
    """Return the text of ``page``.

    A template has ``link(target)`` and ``has(target)``: the relative link to a file of the site
    (or to a part of it, ``page.html#part``), and whether there is one.

    Args:
        environment: Templates and what all pages share.
        page: The page.
        known: All paths of the site.

    Raises:
        ValueError: The template links to a path that is not ``known``.
    """

    def has(target: str) -> bool:
        return target.partition("#")[0] in known

    def link(target: str) -> str:
        if not has(target):
            raise ValueError(f"{page.path}: links to {target!r}, which the site does not have")
        return paths.relative(target, page.path)

    template = environment.get_template(page.template)
    return template.render({**page.context, "page": page, "link": link, "has": has})
