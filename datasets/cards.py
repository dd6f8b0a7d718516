"""The data set cards, for people: ``datasets/cards/*.md``.

    python -m datasets.cards            # write what is between their markers anew
    python -m datasets.cards --check    # exit 1 if that is not what the split files say

The text of a card is written by hand; counts, corrections, upstream files, licences and citations
stand between markers such as ``<!-- BEGIN counts taichi-hd@v1 -->`` and ``<!-- END counts -->`` and
come from the committed split files and the registry, so that they cannot drift.
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from datasets.files import write_text
from datasets.frozen import parse_id, split_files
from datasets.metadata import PARTITIONS
from datasets.registry import UsageError, get
from datasets.upstream import UNPINNED

FOLDER = Path(__file__).parent / "cards"
_MARKED = re.compile(
    r"(<!-- BEGIN (?P<kind>[a-z]+) (?P<ids>[^>]+?) -->\n).*?(<!-- END (?P=kind) -->)", re.DOTALL
)
_COUNTS = ("clips", "videos", "persons", "frames", "hours")
Said = Mapping[str, Any]


def filled(text: str) -> str:
    """Return a card with everything between its markers made anew.

    Raises:
        UsageError: A marker names an unknown section or list.
    """

    def fill(found: re.Match[str]) -> str:
        if found["kind"] not in SECTIONS:
            known = ", ".join(SECTIONS)
            raise UsageError(f"unknown section {found['kind']!r} of a card; known: {known}")
        return f"{found[1]}{SECTIONS[found['kind']](found['ids'].split())}\n{found[4]}"

    return _MARKED.sub(fill, text)


def _said(name: str) -> Said:
    toml = split_files(*parse_id(name))[1]
    return tomllib.loads(toml.read_text(encoding="utf-8"))


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: int) -> str:
    """Return a Markdown table; all columns but the first ``numbers`` are set to the right."""
    rule = ["---"] * numbers + ["---:"] * (len(head) - numbers)
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def _counts(names: Sequence[str]) -> str:
    """Return the partitions of lists with their counts, and the digest of each list."""
    said = {name: _said(name) for name in names}
    parts = [
        (name, partition, values)
        for name, told in said.items()
        for partition in PARTITIONS
        if (values := told.get("splits", {}).get(partition, {})).get("clips")
    ]
    columns = [key for key in _COUNTS if any(key in values for _, _, values in parts)]
    rows = [
        [name, partition, *(_number(values.get(key)) for key in columns)]
        for name, partition, values in parts
    ]
    lines = [_table(["list", "split", *columns], rows, numbers=2), ""] if rows else []
    for name, told in said.items():
        if told["sha256"] == UNPINNED:
            stated = told.get("stated", {})
            text = ", ".join(f"{number} {partition}" for partition, number in stated.items())
            said_by = f"; the literature states {text} clips" if stated else ""
            lines.append(f"* `{name}` is not frozen yet{said_by}.")
        else:
            lines.append(f"* `{name}`: sha256 `{told['sha256']}`")
    return "\n".join(lines)


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"


def _corrections(names: Sequence[str]) -> str:
    """Return what was found in the upstream file and what was done about it."""
    rows = [
        [one["name"], one["text"], _sum(one["found"]), _sum(one["removed"])]
        for name in names
        for one in _said(name)["corrections"]
    ]
    return _table(["finding", "what, and what is done", "found", "removed"], rows, numbers=2)


def _sum(counts: Mapping[str, int]) -> str:
    parts = ", ".join(f"{number:,} {name}" for name, number in counts.items() if number)
    return parts or "0"


def _upstream(names: Sequence[str]) -> str:
    """Return the upstream files of a list."""
    lines = []
    for name in names:
        for file in _said(name)["upstream"]:
            known = file["sha256"] != UNPINNED
            pin = f"sha256 `{file['sha256']}`" if known else "sha256 not known yet"
            size = f", {file['bytes']:,} bytes, {file['rows']:,} rows" if "rows" in file else ""
            lines += [f"* `{file['name']}`: {pin}{size} ({file['note']})"]
            lines += [f"  * <{url}>" for url in file["urls"]]
    return "\n".join(lines)


def _pixels(names: Sequence[str]) -> str:
    """Return the parameters that decide about pixels besides the list."""
    told = {name: _said(name)["parameters"] for name in names}
    keys = sorted({key for parameters in told.values() for key in parameters})
    rows = [[name, *(str(values.get(key, "")) for key in keys)] for name, values in told.items()]
    return _table(["list", *keys], rows, numbers=1 + len(keys))


def _licence(names: Sequence[str]) -> str:
    """Return the licences in one line, as the registry has them."""
    return "\n".join(f"**{_sentence(get(parse_id(name)[0]).licence)}.**" for name in names)


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def _cite(names: Sequence[str]) -> str:
    """Return the BibTeX entries of the data sets."""
    entries = [get(parse_id(name)[0]).bibtex for name in names]
    return "\n".join(["```bibtex", *dict.fromkeys(entries), "```"])


SECTIONS: dict[str, Callable[[Sequence[str]], str]] = {
    "counts": _counts,
    "corrections": _corrections,
    "upstream": _upstream,
    "pixels": _pixels,
    "licence": _licence,
    "cite": _cite,
}
"""Section -> the function that makes its text from ids of lists."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line: 0 done, 1 a card is not what it should be, 2 a marker is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m datasets.cards",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--check", action="store_true", help="compare; write nothing")
    args = parser.parse_args(argv)
    wrong = 0
    try:
        for path in sorted(FOLDER.glob("*.md")):
            text = path.read_text(encoding="utf-8")
            if filled(text) == text:
                continue
            wrong += 1
            if args.check:
                sys.stderr.write(f"{path}: is stale; run 'python -m datasets.cards'\n")
            else:
                write_text(path, filled(text))
                sys.stdout.write(f"wrote {path}\n")
    except UsageError as error:
        sys.stderr.write(f"{path}: {error}\n")
        return 2
    return 1 if args.check and wrong else 0


if __name__ == "__main__":
    sys.exit(main())
