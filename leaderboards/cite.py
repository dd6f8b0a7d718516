"""What to cite for a row: the method, the data set, this suite and the frozen split.

python -m leaderboards.cite fomm taichi-hd
python -m leaderboards.cite fomm taichi-hd --profile mini
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from datasets.registry import (
    DATASETS,
    PROFILES,
    VERSION,
    UsageError,
    choose,
    get,
    shown_name,
    split_id,
)
from leaderboards import bibtex
from leaderboards.card import Card, read_card, read_cards
from leaderboards.card_text import card_bibtex
from leaderboards.site.split_facts import read_splits
from leaderboards.submission import CARD


def citation(method: str, dataset: str, *, profile: str = "full", repository: Path = Path()) -> str:
    """Return BibTeX entries of the method, the data set, the suite and the split.

    Args:
        method: One of ours, or one that was submitted for this data set.
        dataset: A data set of the boards.
        profile: ``mini`` or ``full``.
        repository: The checkout.

    Raises:
        UsageError: No such method or data set, or a file of the checkout is missing.
    """
    spec = get(dataset)
    card = find_card(method, shown_name(dataset, profile), repository)
    said = [f"% the method: {card.name}"]
    if card.kind == "anchor":
        said[0] += ", an anchor of this suite: there is nothing else to cite"
    else:
        said.append(card_bibtex(card))
    if profile == "full" and spec.bibtex not in said:
        said += [f"% the data set: {spec.title}", spec.bibtex]
    elif profile == "mini":
        said.append(f"% the data set: {shown_name(dataset, profile)} is part of this suite")
    else:
        said.append(f"% the data set: {spec.title} is of the same paper")
    said += ["% the suite", suite(repository / "CITATION.cff")]
    said += split_entry(dataset, profile, repository)
    return "\n".join(said) + "\n"


def find_card(method: str, shown: str, repository: Path) -> Card:
    """Return the card of one of our methods, or of a submission for the data set ``shown``.

    Raises:
        UsageError: There is none of that name; the message lists the known ones.
    """
    home = repository / "leaderboards" / VERSION
    ours = read_cards(home / "methods")
    submitted = {
        path.parent.name: path for path in sorted((home / "submitted" / shown).glob(f"*/{CARD}"))
    }
    name = choose("method", method, [*ours, *submitted])
    return ours[name] if name in ours else read_card(submitted[name])


def suite(path: Path) -> str:
    """Return the entry of this suite, from its ``CITATION.cff``."""
    try:
        said: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        authors = " and ".join(map(_author, said["authors"]))
        fields = {
            "title": bibtex.quoted(said["title"]),
            "author": authors,
            "version": bibtex.quoted(str(said["version"])),
            "year": str(said.get("date-released", ""))[:4],
            "url": bibtex.quoted(said.get("url", said.get("repository-code", ""))),
        }
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path}: is no citation file ({error!r})") from error
    return bibtex.entry("software", "tai-chi-hd-benchmark", fields)


def _author(said: dict[str, str]) -> str:
    """Return an author as BibTeX; a name that is no person's is kept whole by braces."""
    if "name" in said:
        return f"{{{bibtex.quoted(said['name'])}}}"
    return f"{bibtex.quoted(said['family-names'])}, {bibtex.quoted(said['given-names'])}"


def split_entry(dataset: str, profile: str, repository: Path) -> list[str]:
    """Return a comment and, if the split can be cited, its entry with id and digest."""
    wanted = split_id(dataset, profile)
    folder = repository / "datasets" / "splits" / VERSION
    split = next((split for split in read_splits(folder) if split.id == wanted), None)
    if split is None:
        raise UsageError(f"{folder}: describes no list {wanted}")
    if split.sha256 is None:
        return [
            f"% the split: {wanted} has no citable id yet, since its list is not pinned:",
            f"%   see 'python -m datasets.splits cite {wanted}'",
        ]
    fields = {
        "title": f"The frozen split {{{wanted}}}",
        "author": "{The authors of the Tai-Chi-HD benchmark}",
        "howpublished": "Tai-Chi-HD: a benchmark and dataset suite for image animation",
        "note": f"sha256 {split.sha256}",
    }
    return ["% the split", bibtex.entry("misc", wanted.replace("@", "-"), fields)]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return 0, 2 for wrong usage."""
    cli = argparse.ArgumentParser(
        prog="python -m leaderboards.cite",
        description=__doc__.splitlines()[0] if __doc__ else None,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    cli.add_argument("method", help="a method of the board")
    cli.add_argument("dataset", help=f"one of {', '.join(DATASETS)}")
    cli.add_argument("--profile", choices=PROFILES, default="full", help="of which board")
    args = cli.parse_args(argv)
    try:
        print(citation(args.method, args.dataset, profile=args.profile), end="")
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
