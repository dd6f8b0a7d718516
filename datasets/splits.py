"""Show, verify and freeze the lists of clips that benchmark numbers refer to.

    python -m datasets.splits show taichi-hd-mini@v1
    python -m datasets.splits verify taichi-hd-mini@v1    # against work/mini
    python -m datasets.splits freeze taichi-hd-mini@v1    # from work/mini; for maintainers

The identity of a split is in `datasets.frozen`. With the clips go the pairs of the animation task
(`datasets.pair_list`), drawn from the test clips.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from datasets.clips import ClipError, ClipReader
from datasets.crop_video import CropConfig
from datasets.download import DownloadConfig
from datasets.files import write_text
from datasets.frozen import (
    FrozenSplit,
    SplitError,
    canonical_list,
    describe,
    parse_id,
    read_split,
    split_files,
    split_sha256,
)
from datasets.manifest import MANIFEST, ManifestError, ManifestRow, clip_path, read_manifest
from datasets.metadata import read_metadata
from datasets.pair_draw import identities_of, pairs_of
from datasets.pair_list import PairList, pair_list_file, read_pair_list
from datasets.registry import UsageError, split_id
from datasets.stage import clips_folder, source_folder, stage_config

__all__ = ["main", "pixels_sha256", "read_split", "split_sha256", "verify"]


def pixels_sha256(path: Path) -> str:
    """Return the digest of a clip's shape and pixels, whatever the bytes of its file."""
    with ClipReader(path) as reader:
        digest = hashlib.sha256(repr(reader.shape).encode())
        for frame in reader:
            digest.update(frame.tobytes())
    return digest.hexdigest()


def verify(split: FrozenSplit, clips: Path, pixels: Path) -> tuple[list[str], list[str]]:
    """Compare a folder of clips with a frozen split.

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
    errors = [f"{clip_id}: not in the frozen list" for clip_id in sorted(set(found) - set(wanted))]
    for clip_id, row in wanted.items():
        got = found.get(clip_id)
        if got is None:
            errors.append(f"{clip_id}: missing in the manifest")
        elif not got.ok:
            errors.append(f"{clip_id}: {got.status}: {got.message}")
        elif (got.split, got.wanted_frames) != (row.partition, row.end - row.start):
            errors.append(
                f"{clip_id}: {got.wanted_frames} frames in {got.split}, "
                f"frozen: {row.end - row.start} in {row.partition}"
            )
    return errors, _pixel_remarks(found, clips, pixels)


def _pixel_remarks(found: dict[str, ManifestRow], clips: Path, pixels: Path) -> list[str]:
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


def _show(name: str) -> int:
    dataset, profile, _ = parse_id(name)
    split = read_split(dataset, profile)
    pairs = read_pair_list(dataset, profile).describe() if _has_pairs(dataset, profile) else ""
    _say(describe(split) + pairs)
    return 0


def _has_pairs(dataset: str, profile: str) -> bool:
    return pair_list_file(dataset, profile).is_file()


def _drawn_pairs(split: FrozenSplit, dataset: str, profile: str) -> PairList:
    return pairs_of(split, identities_of(split, dataset, profile))


def _verify(name: str) -> int:
    dataset, profile, _ = parse_id(name)
    split = read_split(dataset, profile)
    pixels = split_files(dataset, profile)[2]
    errors, remarks = verify(split, clips_folder(dataset, profile), pixels)
    rows = {row.clip_id: row for row in split.rows}
    metadata = source_folder(dataset, profile) / "metadata.csv"
    if {row.clip_id: row for row in read_metadata(metadata)} != rows:
        errors.append(f"{metadata}: is not the frozen list")
    if _parameters(profile) != split.parameters:
        errors.append(f"params.yaml: {_parameters(profile)}, frozen: {dict(split.parameters)}")
    if not _has_pairs(dataset, profile):
        errors.append(f"{pair_list_file(dataset, profile).name}: no pairs are frozen")
    elif read_pair_list(dataset, profile) != _drawn_pairs(split, dataset, profile):
        errors.append(f"{pair_list_file(dataset, profile).name}: are not the pairs of this split")
    _say(f"{name}: {len(rows)} clips, {len(errors)} errors, {len(remarks)} remarks")
    for line in errors[:20]:
        _say(f"error: {line}")
    for line in remarks[:20]:
        _say(f"remark: {line}")
    return 1 if errors else 0


def _parameters(profile: str) -> dict[str, str]:
    """Return what ``params.yaml`` says about pixels, with the names that a split records."""
    crop = stage_config(CropConfig, "crop", profile=profile)[1]
    seed = stage_config(DownloadConfig, "download", profile=profile)[1].seed
    return {key: str(value) for key, value in asdict(crop).items()} | {"seed": str(seed)}


def _freeze(name: str, *, force: bool) -> int:
    dataset, profile, _ = parse_id(name)
    if profile != "mini":
        raise UsageError(f"{name}: only mini lists can be frozen from work/")
    table, toml, pixels = split_files(dataset, profile)
    clips = clips_folder(dataset, profile)
    rows = read_metadata(source_folder(dataset, profile) / "metadata.csv")
    ordered = tuple(sorted(rows, key=lambda row: row.clip_id))
    split = FrozenSplit(split_id(dataset, profile), _parameters(profile), ordered)
    errors, _ = verify(split, clips, pixels)
    if errors:
        raise UsageError(f"{clips}: cannot be frozen: {errors[0]} ({len(errors)} errors)")
    pairs = _drawn_pairs(split, dataset, profile)
    description = describe(split) + pairs.describe()
    if toml.is_file() and toml.read_text(encoding="utf-8") != description and not force:
        raise SplitError(f"{toml.name}: is frozen with other content; --force replaces it")
    write_text(table, canonical_list(rows))
    write_text(pixels, _pixel_table(clips))
    write_text(pair_list_file(dataset, profile), pairs.text)
    write_text(toml, description)
    _say(f"{name}: {len(rows)} clips, {len(pairs.pairs)} pairs -> {toml}")
    return 0


def _pixel_table(clips: Path) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["clip_id", "pixels_sha256"])
    for row in sorted(read_manifest(clips / MANIFEST), key=lambda row: row.clip_id):
        writer.writerow([row.clip_id, pixels_sha256(clip_path(clips, row))])
    return out.getvalue()


def _say(text: str) -> None:
    sys.stdout.write(text.rstrip("\n") + "\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line: 0 done, 1 the clips are not the frozen ones, 2 wrong usage."""
    parser = argparse.ArgumentParser(
        prog="python -m datasets.splits",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("action", choices=["show", "verify", "freeze"])
    parser.add_argument("split", help="id of a split, e.g. taichi-hd-mini@v1")
    parser.add_argument("--force", action="store_true", help="freeze over another list")
    args = parser.parse_args(argv)
    try:
        if args.action == "show":
            return _show(args.split)
        if args.action == "verify":
            return _verify(args.split)
        return _freeze(args.split, force=args.force)
    except (UsageError, ClipError) as error:
        sys.stderr.write(f"{error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
