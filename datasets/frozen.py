"""Frozen splits: the committed list of a split's clips, its identity, and what it counts.

``splits/v1/<name>.csv`` is the canonical list: one line per clip, sorted by clip id, with all
columns of the metadata. ``<name>.toml`` holds the parameters that also decide about pixels, the
counts, and the sha256 of parameters and list. ``<name>.pixels.csv`` holds the sha256 of each
clip's pixels; they may differ on another processor, so they are compared but are no part of the
identity.

The lists of real data carry no licence, so of them only the ``.toml`` is there and the list is made
anew from its upstream file (`datasets.lists`).
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from datasets.metadata import PARTITIONS, MetadataError, MetadataRow, format_metadata, read_metadata
from datasets.registry import (
    DATASETS,
    VERSION,
    UsageError,
    choose,
    list_spec,
    shown_name,
    split_id,
)

FOLDER = Path(__file__).parent / "splits"


class SplitError(UsageError):
    """A split that is not frozen, or whose committed files contradict each other."""


@dataclass(frozen=True)
class FrozenSplit:
    """A frozen split.

    Attributes:
        id: Citable id, e.g. ``taichi-hd-mini@v1``.
        parameters: What decides about pixels besides the list: the seed of the generator and
            the settings of crop.
        rows: Its clips, sorted by clip id.
    """

    id: str
    parameters: Mapping[str, str]
    rows: tuple[MetadataRow, ...]

    def of(self, partition: str) -> FrozenSplit:
        """Return the part of one partition."""
        choose("partition", partition, PARTITIONS)
        rows = tuple(row for row in self.rows if row.partition == partition)
        return FrozenSplit(self.id, self.parameters, rows)

    @property
    def sha256(self) -> str:
        """The digest of id, parameters and list: lines ``key=value``, an empty line, the CSV."""
        lines = [f"id={self.id}", *(f"{k}={v}" for k, v in sorted(self.parameters.items()))]
        text = "\n".join(lines) + "\n\n" + canonical_list(self.rows)
        return hashlib.sha256(text.encode()).hexdigest()

    def counts(self) -> dict[str, int]:
        """Return the numbers of clips, videos and frames (``end - start``)."""
        return {
            "clips": len(self.rows),
            "videos": len({row.video_id for row in self.rows}),
            "frames": sum(row.end - row.start for row in self.rows),
        }


def canonical_list(rows: Iterable[MetadataRow]) -> str:
    """Return the text whose bytes identify a list: the metadata as CSV, sorted by clip id."""
    return format_metadata(sorted(rows, key=lambda row: row.clip_id))


def list_sha256(rows: Iterable[MetadataRow]) -> str:
    """Return the digest of the canonical list of ``rows`` alone."""
    return hashlib.sha256(canonical_list(rows).encode()).hexdigest()


def parse_id(name: str) -> tuple[str, str, str]:
    """Return data set, profile and list of a split id.

    Example:
        >>> parse_id("taichi-hd-mini@v1")
        ('taichi-hd', 'mini', 'v1')
        >>> parse_id("voxceleb@v1-asis")
        ('voxceleb', 'full', 'v1-asis')
    """
    known = {split_id(dataset, "mini"): (dataset, "mini", VERSION) for dataset in DATASETS}
    for dataset, spec in DATASETS.items():
        for one in spec.lists:
            known[split_id(dataset, "full", one.name)] = (dataset, "full", one.name)
    return known[choose("split", name, known)]


def split_files(dataset: str, profile: str, list_name: str = VERSION) -> tuple[Path, Path, Path]:
    """Return the paths of the list, its description and its pixel digests.

    Of real data only the description exists; the list and the digests have names all the same.
    """
    stem = shown_name(dataset, profile)
    if list_name != VERSION:
        list_spec(dataset, list_name)
        stem += f".{list_name.removeprefix(f'{VERSION}-')}"
    folder = FOLDER / VERSION
    return folder / f"{stem}.csv", folder / f"{stem}.toml", folder / f"{stem}.pixels.csv"


def read_split(
    dataset: str, profile: str, *, list_name: str = VERSION, store: Path | None = None
) -> FrozenSplit:
    """Return a frozen split, after checking that list and description belong together.

    Args:
        dataset: A data set of the boards.
        profile: ``mini``, whose list is committed, or ``full``, whose list is made from its
            upstream file.
        list_name: Of real data: which list.
        store: Folder of upstream files; see `datasets.upstream.store_folder`. Nothing is fetched.

    Raises:
        SplitError: The split is not frozen, or the files contradict each other.
        UpstreamError: The upstream file is not there; the message says where to put it.
    """
    if profile == "full":
        return _read_full(dataset, list_name, store)
    csv, toml, _ = split_files(dataset, profile, list_name)
    name = split_id(dataset, profile, list_name)
    if not csv.is_file() or not toml.is_file():
        raise SplitError(f"{name} is not frozen: {toml.name} is missing; it has no citable id")
    try:
        described = tomllib.loads(toml.read_text(encoding="utf-8"))
        parameters = {key: str(value) for key, value in described["parameters"].items()}
        split = FrozenSplit(described["id"], parameters, tuple(read_metadata(csv)))
        sums = {p: described["splits"][p]["sha256"] for p in PARTITIONS}
    except (tomllib.TOMLDecodeError, KeyError, AttributeError, MetadataError) as error:
        raise SplitError(f"{toml.name}: cannot be read: {error!r}") from error
    if split.id != name or csv.read_text(encoding="utf-8") != canonical_list(split.rows):
        raise SplitError(f"{csv.name}: is not the canonical list of {name}; restore it from git")
    for label, expected, found in [
        (name, described.get("sha256"), split.sha256),
        *((f"{name} {p}", sums[p], split.of(p).sha256) for p in PARTITIONS),
    ]:
        if expected != found:
            raise SplitError(f"{toml.name}: {label} has sha256 {found}, the file says {expected}")
    return split


def _read_full(dataset: str, list_name: str, store: Path | None) -> FrozenSplit:
    from datasets.lists import description, load_list  # which knows this module

    said = description(dataset, list_name)
    if said.get("sha256") == "unpinned":
        raise SplitError(
            f"{said['id']} is not frozen: its upstream files are not pinned; it has no citable id"
        )
    return load_list(dataset, list_name, store=store).split


def split_sha256(dataset: str, profile: str, partition: str) -> str:
    """Return the digest that identifies one partition of a frozen split.

    Raises:
        SplitError: See `read_split`.
    """
    return read_split(dataset, profile).of(partition).sha256


def describe(split: FrozenSplit) -> str:
    """Return the text of the ``.toml`` file of ``split``."""
    lines = [f'id = "{split.id}"', f'sha256 = "{split.sha256}"', "", "[parameters]"]
    lines += [f'{key} = "{value}"' for key, value in sorted(split.parameters.items())]
    for partition in PARTITIONS:
        part = split.of(partition)
        lines += ["", f"[splits.{partition}]"]
        lines += [f"{key} = {value}" for key, value in part.counts().items()]
        lines += [f'sha256 = "{part.sha256}"']
    return "\n".join(lines) + "\n"
