"""Where the pages of the site lie, and relative links between them."""

from __future__ import annotations

import posixpath

from metrics.result import Result


def dataset_page(shown: str) -> str:
    """Return the page of a data set, given its shown name.

    Example:
        >>> dataset_page("taichi-hd-mini"), gallery_page("mgif")
        ('taichi-hd-mini.html', 'gallery/mgif.html')
    """
    return f"{shown}.html"


def gallery_page(shown: str) -> str:
    """Return the page of the gallery of a data set, given its shown name."""
    return f"gallery/{shown}.html"


def method_page(method: str) -> str:
    """Return the page of a method; its name is checked when results are read."""
    return f"methods/{method}.html"


def metric_page(metric: str) -> str:
    """Return the page of a metric.

    Example:
        >>> metric_page("akd@clean")
        'metrics/akd-at-clean.html'
    """
    return f"metrics/{metric.replace('@', '-at-')}.html"


def result_file(row: Result, suffix: str = ".json") -> str:
    """Return where a result (``.json``) or its per-clip values (``.clips.csv``) can be had."""
    folder = "" if row.task == "reconstruction" else f"{row.task}/"
    return f"data/{folder}{row.dataset}-{row.method}{suffix}"


def media_file(dataset: str, file: str) -> str:
    """Return where a strip of the gallery lies; ``dataset`` is the registry name."""
    return f"media/{dataset}/{file}"


def relative(target: str, page: str) -> str:
    """Return the link from ``page`` to ``target``, both below ``site/``; a fragment is kept.

    Example:
        >>> relative("index.html#all", "methods/fomm.html"), relative("a.html", "a.html")
        ('../index.html#all', 'a.html')
    """
    path, mark, fragment = target.partition("#")
    return posixpath.relpath(path, posixpath.dirname(page) or ".") + mark + fragment
