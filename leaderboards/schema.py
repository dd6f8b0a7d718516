"""The JSON Schemas of what a leaderboard is made of: results, cards, submissions.

python -m leaderboards.schema
python -m leaderboards.schema result
python -m leaderboards.schema --out leaderboards/v1/schema
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from datasets.registry import UsageError, choose
from leaderboards.card import Card
from leaderboards.files import complaint, write_if_changed
from leaderboards.submission import PredictionFile, Provenance
from metrics.result import Result

_KINDS: dict[str, tuple[type, str]] = {
    "result": (Result, "One method on one data set: result.json, or a file of board/results/"),
    "card": (Card, "The card of a method: method.toml, or a file of methods/"),
    "predictions": (PredictionFile, "One line of predictions.csv"),
    "provenance": (Provenance, "Where, when and with what a result was made"),
}
NAMES: tuple[str, ...] = tuple(_KINDS)


def schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of one of `NAMES`."""
    kind, title = _KINDS[name]
    made = TypeAdapter(kind).json_schema()
    _close(made)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title}
    return made | head


def _close(node: object) -> None:
    """Say of objects whose keys have a pattern that there are no others."""
    if isinstance(node, dict):
        if "patternProperties" in node:
            node["additionalProperties"] = False
        for inner in node.values():
            _close(inner)
    elif isinstance(node, list):
        for inner in node:
            _close(inner)


def texts() -> dict[str, str]:
    """Return file name -> schema as JSON text, sorted keys, final newline."""
    return {f"{name}.schema.json": _text(schema(name)) for name in NAMES}


def _text(node: object) -> str:
    return json.dumps(node, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return 0, 2 for wrong usage."""
    cli = argparse.ArgumentParser(
        prog="python -m leaderboards.schema",
        description=__doc__.splitlines()[0] if __doc__ else None,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    cli.add_argument("name", nargs="*", default=NAMES, help="which")
    cli.add_argument("--out", type=Path, help="folder to write them to; without it they are shown")
    args = cli.parse_args(argv)
    try:
        names = [choose("schema", name, NAMES) for name in args.name]
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    if args.out is None:
        only = {name: schema(name) for name in names}
        print(_text(only[names[0]] if len(names) == 1 else only), end="")
        return 0
    files = {args.out / f"{name}.schema.json": texts()[f"{name}.schema.json"] for name in names}
    try:
        written = [path for path, text in files.items() if write_if_changed(path, text)]
    except OSError as error:
        print(complaint(error), file=sys.stderr)
        return 2
    for path in written:
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
