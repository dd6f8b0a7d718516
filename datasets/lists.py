"""The lists of real data: upstream file -> corrections -> validation list -> the frozen list.

Only what leads to a list is committed: pins, rules, counts and digests (``splits/v1/*.toml``). The
rows are made anew from the upstream file, found by its sha256, and checked against the digests.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from datasets import list_parts, pins, upstream
from datasets.corrections import Applied, correct, corrections_of
from datasets.frozen import FrozenSplit, SplitError, list_sha256, split_files
from datasets.list_files import read_archive, read_url_list
from datasets.metadata import PARTITIONS, MetadataRow, read_metadata
from datasets.registry import UNFROZEN, VERSION, frozen_parameters, list_spec, split_id
from datasets.upstream import Pin, find, seen_sha256, store_folder

_READERS: Mapping[str, tuple[Callable[[Path], object], ...]] = {
    "fashion": tuple(partial(read_url_list, partition=part) for part in ("train", "test")),
    "mgif": (read_archive,),
}


@dataclass(frozen=True)
class LoadedList:
    """A list of real data.

    Attributes:
        dataset: Name of the data set.
        list_name: ``v1``, ``v1-lite``, ``v1-asis``.
        split: Id, parameters and rows, sorted by clip id. The id of a list that is not pinned is
            ``<dataset>@unfrozen``.
        upstream: The rows of the upstream files, in their order.
        applied: What was corrected.
        urls: Video id -> its URL, where the upstream files give one (Fashion).
        members: Video id -> its member of the archive, where there is one (MGif).
        files: The upstream files, in the order of `pins`.
    """

    dataset: str
    list_name: str
    split: FrozenSplit
    upstream: tuple[MetadataRow, ...]
    applied: tuple[Applied, ...]
    urls: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, str] = field(default_factory=dict)
    files: tuple[Path, ...] = ()

    @property
    def id(self) -> str:
        """The id of the list, for its stamp."""
        return self.split.id

    @property
    def rows(self) -> tuple[MetadataRow, ...]:
        """Its clips, sorted by clip id."""
        return self.split.rows

    @property
    def sha256(self) -> str:
        """The digest of the canonical list, for its stamp."""
        return list_sha256(self.rows)

    @property
    def citable(self) -> bool:
        """Whether its upstream files are pinned and its digests committed."""
        return not self.id.endswith(f"@{UNFROZEN}")


def load_list(
    dataset: str, list_name: str = VERSION, *, store: Path | None = None, fetch: bool = False
) -> LoadedList:
    """Return a list of a real data set, checked against its committed digests.

    Args:
        dataset: A data set of the boards.
        list_name: ``v1``, ``v1-lite``, or of VoxCeleb ``v1-asis``.
        store: Folder of upstream files; see `datasets.upstream.store_folder`.
        fetch: Whether files that are not there may be fetched.

    Raises:
        UsageError: Unknown names.
        UpstreamError: An upstream file is not there; the message says which sha256 goes where.
        SplitError: The list has no description, or is another than the committed one.
    """
    list_spec(dataset, list_name)
    folder = store_folder(store)
    wanted = pins.PINS[dataset]
    readers = _READERS.get(dataset, (read_metadata,))
    files = tuple(
        upstream.fetch(pin, folder, check=read) if fetch else find(pin, folder)
        for pin, read in zip(wanted, readers, strict=True)
    )
    found = build(dataset, list_name, files)
    if found.citable:
        _check(found)
    return found


def build(dataset: str, list_name: str, files: tuple[Path, ...]) -> LoadedList:
    """Return the list that follows from the upstream files, unchecked.

    Args:
        dataset: A data set of the boards.
        list_name: One of its lists.
        files: Its upstream files, one for each pin.
    """
    read, urls, members = _read(dataset, files)
    whole = bool(read) and all(row.whole for row in read)
    rows, applied = correct(read, corrections_of(list_name, whole=whole))
    if list_name != "v1-asis":
        rows = list_parts.with_val(rows, dataset)
    if list_name == "v1-lite":
        rows = list_parts.lite(rows, dataset)
    pinned = all(pin.pinned for pin in pins.PINS[dataset])
    name = split_id(dataset, "full", list_name if pinned else UNFROZEN)
    ordered = tuple(sorted(rows, key=lambda row: row.clip_id))
    split = FrozenSplit(name, frozen_parameters(dataset, list_name), ordered)
    kept = {row.video_id for row in ordered}
    return LoadedList(
        dataset,
        list_name,
        split,
        tuple(read),
        tuple(applied),
        urls={video: url for video, url in urls.items() if video in kept},
        members={video: name for video, name in members.items() if video in kept},
        files=files,
    )


def _read(
    dataset: str, files: tuple[Path, ...]
) -> tuple[list[MetadataRow], dict[str, str], dict[str, str]]:
    if dataset == "fashion":
        (train, urls), (test, more) = map(read_url_list, files, ("train", "test"))
        return [*train, *test], more | urls, {}
    if dataset == "mgif":
        rows, members = read_archive(files[0])
        return rows, {}, members
    return read_metadata(files[0]), {}, {}


def description(dataset: str, list_name: str = VERSION) -> dict[str, Any]:
    """Return the committed description of a list.

    Raises:
        SplitError: There is none, or it cannot be read.
    """
    toml = split_files(dataset, "full", list_name)[1]
    name = split_id(dataset, "full", list_name)
    if not toml.is_file():
        raise SplitError(f"{name} is not frozen: {toml.name} is missing; it has no citable id")
    try:
        found = tomllib.loads(toml.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SplitError(f"{toml.name}: cannot be read: {error}; restore it from git") from error
    if found.get("id") != name:
        raise SplitError(f"{toml.name}: is not of {name}; restore it from git")
    return found


def _check(found: LoadedList) -> None:
    """Refuse a list that is not the committed one."""
    said = description(found.dataset, found.list_name)
    toml = split_files(found.dataset, "full", found.list_name)[1].name
    try:
        parameters = said["parameters"]
        sums = [
            ("the canonical list", said["list"]["sha256"], found.sha256),
            (found.id, said["sha256"], found.split.sha256),
            *(
                (f"{found.id} {part}", said["splits"][part]["sha256"], found.split.of(part).sha256)
                for part in PARTITIONS
            ),
        ]
    except (KeyError, TypeError) as error:
        raise SplitError(f"{toml}: lacks {error}; restore it from git") from error
    if parameters != found.split.parameters:
        raise SplitError(f"{toml}: parameters {parameters}, wanted {found.split.parameters}")
    for label, expected, digest in sums:
        if expected != digest:
            raise SplitError(f"{toml}: {label} has sha256 {digest}, the file says {expected}")


def seen(dataset: str, *, store: Path | None = None) -> list[tuple[Pin, str | None]]:
    """Return each upstream file with its digest: the pinned, else the first one seen, if any."""
    folder = store_folder(store)
    return [(pin, seen_sha256(pin, folder)) for pin in pins.PINS[dataset]]
