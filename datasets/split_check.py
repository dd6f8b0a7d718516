"""Whether a folder of clips, its metadata and the settings are those of a frozen split."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from datasets.clips import ClipError, ClipReader
from datasets.crop_video import CropConfig
from datasets.download_config import DownloadConfig
from datasets.frozen import FrozenSplit, SplitError, canonical_list, read_split, split_files
from datasets.list_toml import describe_list
from datasets.lists import LoadedList, load_list
from datasets.manifest import MANIFEST, ManifestError, ManifestRow, clip_path, read_manifest
from datasets.metadata import MetadataRow, read_metadata
from datasets.pair_draw import identities_of, pairs_of
from datasets.pair_list import PairList, pair_list_file, read_pair_list
from datasets.registry import split_id
from datasets.stage import clips_folder, source_folder, stage_config
from datasets.stamp import read_stamp

Findings = tuple[list[str], list[str]]
"""Errors and remarks."""


def pixels_sha256(path: Path) -> str:
    """Return the digest of a clip's shape and pixels, whatever the bytes of its file."""
    with ClipReader(path) as reader:
        digest = hashlib.sha256(repr(reader.shape).encode())
        for frame in reader:
            digest.update(frame.tobytes())
    return digest.hexdigest()


def verify(split: FrozenSplit, clips: Path, pixels: Path) -> Findings:
    """Compare a folder of clips with a frozen split of a mini world.

    Args:
        split: The frozen split.
        clips: Folder with ``manifest.csv``.
        pixels: The committed pixel digests.

    Returns:
        Errors: clips that are missing, failed, too many, or in another split.
        Remarks: clips whose pixels differ from the committed digests.
    """
    try:
        found = {row.clip_id: row for row in read_manifest(clips / MANIFEST)}
    except ManifestError as error:
        return [str(error)], []
    wanted = {row.clip_id: row for row in split.rows}
    errors = _strangers(wanted, found)
    for clip_id, row in wanted.items():
        got = found.get(clip_id)
        if got is None:
            errors.append(f"{clip_id}: missing in the manifest")
        elif not got.ok:
            errors.append(f"{clip_id}: {got.status}: {got.message}")
        else:
            errors += _other(row, got)
    return errors, _pixel_remarks(found, clips, pixels)


def _strangers(wanted: Mapping[str, MetadataRow], found: Mapping[str, ManifestRow]) -> list[str]:
    return [f"{clip_id}: not in the frozen list" for clip_id in sorted(set(found) - set(wanted))]


def _other(row: MetadataRow, got: ManifestRow) -> list[str]:
    """Say how a clip differs from its row; of a whole video the length is known once it is cut."""
    frames = got.wanted_frames if row.whole else row.end - row.start
    if (got.split, got.wanted_frames) == (row.partition, frames):
        return []
    return [
        f"{row.clip_id}: {got.wanted_frames} frames in {got.split}, "
        f"frozen: {frames} in {row.partition}"
    ]


def _pixel_remarks(found: Mapping[str, ManifestRow], clips: Path, pixels: Path) -> list[str]:
    if not pixels.is_file():
        return [f"{pixels.name}: no committed pixel digests"]
    with pixels.open(encoding="utf-8", newline="") as file:
        committed = {row["clip_id"]: row["pixels_sha256"] for row in csv.DictReader(file)}
    remarks = []
    for clip_id, row in sorted(found.items()):
        if row.ok and clip_id in committed:
            try:
                if pixels_sha256(clip_path(clips, row)) != committed[clip_id]:
                    remarks.append(f"{clip_id}: pixels differ from the committed digest")
            except ClipError as error:
                remarks.append(str(error))
    return remarks


def drawn_pairs(split: FrozenSplit, dataset: str, profile: str) -> PairList:
    """Return the pairs that follow from a split."""
    return pairs_of(split, identities_of(split, dataset, profile))


def parameters_of(profile: str) -> dict[str, str]:
    """Return what ``params.yaml`` says about pixels, with the names that a mini split records."""
    crop = stage_config(CropConfig, "crop", profile=profile)[1]
    seed = stage_config(DownloadConfig, "download", profile=profile)[1].seed
    return {key: str(value) for key, value in asdict(crop).items()} | {"seed": str(seed)}


def check_mini(dataset: str) -> tuple[FrozenSplit, Findings]:
    """Compare ``work/mini`` and ``params.yaml`` with the frozen split of a mini world."""
    split = read_split(dataset, "mini")
    errors, remarks = verify(split, clips_folder(dataset, "mini"), split_files(dataset, "mini")[2])
    rows = {row.clip_id: row for row in split.rows}
    metadata = source_folder(dataset, "mini") / "metadata.csv"
    if {row.clip_id: row for row in read_metadata(metadata)} != rows:
        errors.append(f"{metadata}: is not the frozen list")
    found = parameters_of("mini")
    if found != split.parameters:
        errors.append(f"params.yaml: {found}, frozen: {dict(split.parameters)}")
    table = pair_list_file(dataset, "mini")
    if not table.is_file():
        errors.append(f"{table.name}: no pairs are frozen")
    elif read_pair_list(dataset, "mini") != drawn_pairs(split, dataset, "mini"):
        errors.append(f"{table.name}: are not the pairs of this split")
    return split, (errors, remarks)


def check_full(
    dataset: str, list_name: str, *, store: Path | None, fetch: bool
) -> tuple[FrozenSplit, Findings]:
    """Compare the committed description of a real list with the list, and ``work/full`` with both.

    A clip that could not be had is no error: dead links are counted in a remark.

    Raises:
        SplitError: The list is another than the committed one, or its upstream is not pinned.
        UpstreamError: An upstream file is not there.
    """
    found = load_list(dataset, list_name, store=store, fetch=fetch)
    if not found.citable:
        name = split_id(dataset, "full", list_name)
        raise SplitError(f"{name}: its upstream files are not pinned: there is nothing to verify")
    toml = split_files(dataset, "full", list_name)[1]
    errors = []
    text = describe_list(found, drawn_pairs(found.split, dataset, "full"))
    if toml.read_text(encoding="utf-8") != text:
        errors.append(f"{toml.name}: is not the description of this list; restore it from git")
    more, remarks = _check_folders(found)
    return found.split, (errors + more, remarks)


def _check_folders(found: LoadedList) -> Findings:
    source, clips = source_folder(found.dataset, "full"), clips_folder(found.dataset, "full")
    errors, remarks = [], []
    for folder in (source, clips):
        if not folder.is_dir():
            continue
        stamp = read_stamp(folder)
        if stamp is None:
            remarks.append(f"{folder}: holds no list that it names")
        elif stamp.list_id != found.id:
            remarks.append(f"{folder}: holds {stamp.id}")
        elif folder == source:
            if canonical_list(read_metadata(folder / "metadata.csv")) != canonical_list(found.rows):
                errors.append(f"{folder / 'metadata.csv'}: is not the frozen list")
        else:
            more, said = _check_manifest(found, folder)
            errors += more
            remarks += [f"{folder}: holds {stamp.id}", *said]
    return errors, remarks


def _check_manifest(found: LoadedList, clips: Path) -> Findings:
    try:
        got = {row.clip_id: row for row in read_manifest(clips / MANIFEST)}
    except ManifestError as error:
        return [str(error)], []
    wanted = {row.clip_id: row for row in found.rows}
    errors = _strangers(wanted, got)
    for clip_id in sorted(set(got) & set(wanted)):
        errors += _other(wanted[clip_id], got[clip_id])
    states = Counter(got[name].status if name in got else "not in the manifest" for name in wanted)
    counted = ", ".join(f"{states[state]} {state}" for state in sorted(states))
    return errors, [f"{clips}: of {len(wanted)} clips {counted}"]
