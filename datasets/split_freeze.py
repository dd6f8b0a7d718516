"""Write the committed files of a frozen list; for maintainers."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from datasets.files import write_text
from datasets.frozen import FrozenSplit, SplitError, canonical_list, describe, split_files
from datasets.list_toml import describe_list, describe_unpinned
from datasets.lists import build
from datasets.manifest import MANIFEST, clip_path, read_manifest
from datasets.metadata import read_metadata
from datasets.pair_list import pair_list_file
from datasets.pins import PINS
from datasets.registry import UsageError, split_id
from datasets.split_check import drawn_pairs, parameters_of, pixels_sha256, verify
from datasets.stage import clips_folder, source_folder
from datasets.upstream import find, store_folder


def freeze_full(dataset: str, list_name: str, *, store: Path | None, force: bool) -> str:
    """Write the description of a real list and return what was done.

    Raises:
        SplitError: Another one is there, and not ``force``.
        UpstreamError: An upstream file that is pinned is not in the store.
    """
    pins = PINS[dataset]
    if all(pin.pinned for pin in pins):
        files = tuple(find(pin, store_folder(store)) for pin in pins)
        found = build(dataset, list_name, files)
        text = describe_list(found, drawn_pairs(found.split, dataset, "full"))
        said = f"{len(found.rows)} clips"
    else:
        text, said = describe_unpinned(dataset, list_name), "not pinned"
    toml = split_files(dataset, "full", list_name)[1]
    _keep(toml, text, force=force)
    write_text(toml, text)
    return f"{split_id(dataset, 'full', list_name)}: {said} -> {toml}"


def _keep(toml: Path, text: str, *, force: bool) -> None:
    if toml.is_file() and toml.read_text(encoding="utf-8") != text and not force:
        raise SplitError(f"{toml.name}: is frozen with other content; --force replaces it")


def freeze_mini(dataset: str, *, force: bool) -> str:
    """Write the list of a mini world as it is in ``work/mini`` and return what was done.

    Raises:
        UsageError: The clips are not those of the metadata.
        SplitError: Another one is there, and not ``force``.
    """
    name = split_id(dataset, "mini")
    table, toml, pixels = split_files(dataset, "mini")
    clips = clips_folder(dataset, "mini")
    rows = read_metadata(source_folder(dataset, "mini") / "metadata.csv")
    ordered = tuple(sorted(rows, key=lambda row: row.clip_id))
    split = FrozenSplit(name, parameters_of("mini"), ordered)
    errors, _ = verify(split, clips, pixels)
    if errors:
        raise UsageError(f"{clips}: cannot be frozen: {errors[0]} ({len(errors)} errors)")
    pairs = drawn_pairs(split, dataset, "mini")
    description = describe(split) + pairs.describe()
    _keep(toml, description, force=force)
    write_text(table, canonical_list(rows))
    write_text(pixels, _pixel_table(clips))
    write_text(pair_list_file(dataset, "mini"), pairs.text)
    write_text(toml, description)
    return f"{name}: {len(rows)} clips, {len(pairs.pairs)} pairs -> {toml}"


def _pixel_table(clips: Path) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["clip_id", "pixels_sha256"])
    for row in sorted(read_manifest(clips / MANIFEST), key=lambda row: row.clip_id):
        writer.writerow([row.clip_id, pixels_sha256(clip_path(clips, row))])
    return out.getvalue()
