"""Frozen lists of pairs: whose clip is animated by whose.

``splits/v1/<name>.pairs.csv`` lists pairs of test clips; the section ``[pairs]`` of
``<name>.toml`` holds their number, the seed they were drawn with (`datasets.pair_draw`) and their
sha256, which also covers the list of the test clips. Pairs of real data hold ids of lists without
licence: they are not committed but drawn anew, and checked against that section.
"""

from __future__ import annotations

import csv
import hashlib
import io
import tomllib
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from datasets.frozen import SplitError, split_files
from datasets.metadata import check_name
from datasets.registry import VERSION, split_id


@dataclass(frozen=True)
class ListedPair:
    """One frozen pair.

    Attributes:
        pair_id: ``pair-0001``, ...
        source: Clip id; its first frame is the source picture.
        driving: Clip id; all of its frames drive.
    """

    pair_id: str
    source: str
    driving: str


COLUMNS = tuple(field.name for field in fields(ListedPair))


@dataclass(frozen=True)
class PairList:
    """A frozen list of pairs.

    Attributes:
        id: Id of the split, e.g. ``taichi-hd-mini@v1``.
        test_sha256: Digest of the split's list of test clips.
        seed: Seed of the draw.
        pairs: In the order of their ids.
    """

    id: str
    test_sha256: str
    seed: int
    pairs: tuple[ListedPair, ...]

    @property
    def text(self) -> str:
        """The list as CSV."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(astuple(pair) for pair in self.pairs)
        return out.getvalue()

    @property
    def sha256(self) -> str:
        """The digest of lines ``id=``, ``seed=``, ``test=``, an empty line, and the CSV."""
        head = f"id={self.id}\nseed={self.seed}\ntest={self.test_sha256}\n\n"
        return hashlib.sha256((head + self.text).encode()).hexdigest()

    def describe(self) -> str:
        """Return the section ``[pairs]`` of the split's ``.toml`` file, an empty line before it."""
        lines = ["", "[pairs]", f"count = {len(self.pairs)}", f"seed = {self.seed}"]
        return "\n".join([*lines, f'sha256 = "{self.sha256}"']) + "\n"


def pair_list_file(dataset: str, profile: str) -> Path:
    """Return the path of the committed list."""
    table = split_files(dataset, profile)[0]
    return table.with_name(f"{table.stem}.pairs.csv")


def read_pair_list(
    dataset: str, profile: str, *, list_name: str = VERSION, store: Path | None = None
) -> PairList:
    """Return the frozen pairs, after checking that list and description belong together.

    Args:
        dataset: A data set of the boards.
        profile: ``mini``, whose pairs are committed, or ``full``, whose pairs are drawn from its
            list; those of a list that is not pinned have the id ``<dataset>@unfrozen``.
        list_name: Of real data: which list.
        store: Folder of upstream files; see `datasets.upstream.store_folder`.

    Raises:
        SplitError: No pairs are frozen (the message names the missing file or section), or the
            files contradict each other.
        UpstreamError: The upstream file of real data is not there.
    """
    if profile == "full":
        return _drawn(dataset, list_name, store)
    name, table = split_id(dataset, profile), pair_list_file(dataset, profile)
    toml = split_files(dataset, profile)[1]
    for file in (table, toml):
        if not file.is_file():
            raise SplitError(
                f"{name} has no frozen pairs: {file} is missing; restore it from git, or run "
                f"'python -m datasets.splits freeze {name}'"
            )
    pairs = _parse(table)
    found, wanted = _described(toml, name, pairs)
    if table.read_text(encoding="utf-8") != found.text:
        raise SplitError(f"{table}: is not the canonical list of {name}; restore it from git")
    _compare(toml, found, wanted)
    return found


def _drawn(dataset: str, list_name: str, store: Path | None) -> PairList:
    from datasets.lists import load_list  # which are made of what this module knows
    from datasets.pair_draw import identities_of, pairs_of

    toml = split_files(dataset, "full", list_name)[1]
    name = split_id(dataset, "full", list_name)
    if not toml.is_file():
        raise SplitError(f"{name} has no frozen pairs: {toml} is missing; restore it from git")
    loaded = load_list(dataset, list_name, store=store)
    identities = identities_of(loaded.split, dataset, "full")
    if not loaded.citable:
        return pairs_of(loaded.split, identities)
    told, wanted = _described(toml, name, ())
    found = pairs_of(loaded.split, identities, seed=told.seed)
    _compare(toml, found, wanted)
    return found


def _described(
    toml: Path, name: str, pairs: tuple[ListedPair, ...]
) -> tuple[PairList, tuple[int, str]]:
    """Return ``pairs`` as the description has them, and the count and sha256 that it states."""
    try:
        described = tomllib.loads(toml.read_text(encoding="utf-8"))
        section = described["pairs"]
        test = str(described["splits"]["test"]["sha256"])
        found = PairList(name, test, int(section["seed"]), pairs)
        return found, (section["count"], section["sha256"])
    except (KeyError, TypeError, ValueError) as error:
        raise SplitError(f"{toml}: no readable section [pairs] for {name}: {error!r}") from error


def _compare(toml: Path, found: PairList, wanted: tuple[int, str]) -> None:
    if wanted != (len(found.pairs), found.sha256):
        raise SplitError(
            f"{toml.name}: the pairs of {found.id} have sha256 {found.sha256}, count "
            f"{len(found.pairs)}; the file says {wanted[1]}, {wanted[0]}"
        )


def _parse(table: Path) -> tuple[ListedPair, ...]:
    """Return the rows of the list; `SplitError` names the row that cannot be used."""
    with table.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        if tuple(next(reader, ())) != COLUMNS:
            raise SplitError(f"{table}: expected the columns {','.join(COLUMNS)}")
        pairs = []
        for number, row in enumerate(reader):
            if len(row) != len(COLUMNS):
                raise SplitError(f"{table}: row {number}: wrong number of columns")
            try:
                pairs.append(ListedPair(*map(check_name, row)))
            except ValueError as error:
                raise SplitError(f"{table}: row {number}: {error}") from error
    if len({pair.pair_id for pair in pairs}) != len(pairs):
        raise SplitError(f"{table}: a pair id is there twice")
    return tuple(pairs)
