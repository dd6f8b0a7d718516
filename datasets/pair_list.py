"""Frozen lists of pairs: whose clip is animated by whose.

``splits/v1/<name>.pairs.csv`` lists pairs of test clips; the section ``[pairs]`` of
``<name>.toml`` holds their number, the seed they were drawn with (`datasets.pair_draw`) and their
sha256, which also covers the list of the test clips.
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
from datasets.registry import split_id


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


def read_pair_list(dataset: str, profile: str) -> PairList:
    """Return the frozen pairs, after checking that list and description belong together.

    Raises:
        SplitError: No pairs are frozen (the message names the missing file or section), or the
            files contradict each other.
    """
    name, table = split_id(dataset, profile), pair_list_file(dataset, profile)
    toml = split_files(dataset, profile)[1]
    for file in (table, toml):
        if not file.is_file():
            hint = (
                f"restore it from git, or run 'python -m datasets.splits freeze {name}'"
                if profile == "mini"
                else "this version freezes mini lists only"
            )
            raise SplitError(f"{name} has no frozen pairs: {file} is missing; {hint}")
    try:
        described = tomllib.loads(toml.read_text(encoding="utf-8"))
        section = described["pairs"]
        test = str(described["splits"]["test"]["sha256"])
        pairs = _parse(table)
        found = PairList(name, test, int(section["seed"]), pairs)
        wanted = (section["count"], section["sha256"])
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise SplitError(
            f"{toml}: no readable section [pairs] for {table.name}: {error!r}"
        ) from error
    if table.read_text(encoding="utf-8") != found.text:
        raise SplitError(f"{table}: is not the canonical list of {name}; restore it from git")
    if wanted != (len(pairs), found.sha256):
        raise SplitError(
            f"{toml.name}: the pairs of {name} have sha256 {found.sha256}, count {len(pairs)}; "
            f"the file says {wanted[1]}, {wanted[0]}"
        )
    return found


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
