"""What to cite for a row: the method, the data set, the frozen split and this suite.

python -m leaderboards.cite fomm taichi-hd
python -m leaderboards.cite fomm taichi-hd-mini
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

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
from leaderboards import citation
from leaderboards.card import Card, read_card, read_cards
from leaderboards.site.model import SplitFacts
from leaderboards.site.split_facts import read_splits
from leaderboards.submission import CARD

BOARDS = {
    shown_name(dataset, profile): (dataset, profile)
    for profile in reversed(PROFILES)
    for dataset in DATASETS
}
"""Name on a board -> data set and profile."""


def cite(method: str, dataset: str, *, profile: str = "full", repository: Path = Path()) -> str:
    """Return BibTeX entries of the method, the data set, the split and the suite.

    What has no entry is said in a comment. The page ``cite.html`` of the site shows the same.

    Args:
        method: One of ours, or one that was submitted for this data set.
        dataset: A data set of the boards.
        profile: ``mini`` or ``full``.
        repository: The checkout.

    Raises:
        UsageError: No such method or data set, or a file of the checkout is missing.
    """
    get(dataset)
    card = find_card(method, shown_name(dataset, profile), repository)
    split = _split(dataset, profile, repository)
    entries = [
        citation.method(card),
        citation.dataset(dataset, profile=profile),
        citation.frozen_list(split.id, split.sha256) if split.sha256 else "",
        citation.suite(VERSION),
    ]
    remarks = []
    if not entries[0]:
        remarks.append(f"% {card.name} is an anchor of the suite: it has no entry of its own")
    if split.sha256 is None:
        remarks.append(f"% {split.id} has no citable id yet, since its list is not pinned")
    return "".join(f"{line}\n" for line in remarks) + citation.joined(entries)


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


def _split(dataset: str, profile: str, repository: Path) -> SplitFacts:
    wanted = split_id(dataset, profile)
    folder = repository / "datasets" / "splits" / VERSION
    split = next((split for split in read_splits(folder) if split.id == wanted), None)
    if split is None:
        raise UsageError(f"{folder}: describes no list {wanted}")
    return split


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return 0, 2 for wrong usage."""
    cli = argparse.ArgumentParser(
        prog="python -m leaderboards.cite",
        description=__doc__.splitlines()[0] if __doc__ else None,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    cli.add_argument("method", help="a method of the board")
    cli.add_argument("dataset", help=f"one of {', '.join(BOARDS)}")
    args = cli.parse_args(argv)
    try:
        dataset, profile = BOARDS[choose("data set", args.dataset, BOARDS)]
        print(cite(args.method, dataset, profile=profile), end="")
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
