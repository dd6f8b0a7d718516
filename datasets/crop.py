"""Source videos and their metadata -> one lossless file per clip, and a manifest.

    python -m datasets.crop --dataset taichi-hd
    python -m datasets.crop --source FOLDER --out FOLDER --size 128

The second form takes any folder with a ``metadata.csv`` and ``<video_id>.mp4`` files. The run can
be killed at any moment and started again: finished clips are kept, and the result has the same
bytes.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path

from datasets.crop_rules import BOX_POLICIES, by_video
from datasets.crop_video import JOURNAL_COLUMNS, CropConfig, clip_files, crop_video
from datasets.files import remove
from datasets.journal import Journal
from datasets.manifest import MANIFEST, ManifestRow, write_manifest
from datasets.metadata import PARTITIONS, MetadataRow, read_metadata
from datasets.progress import progress
from datasets.registry import DATASETS, PROFILES, UsageError
from datasets.resize import RESIZERS
from datasets.stage import claim, clips_folder, source_folder, stage_config

JOURNAL = ".journal.csv"


def crop_folder(
    source: Path, out: Path, *, config: CropConfig, splits: Collection[str] = PARTITIONS
) -> list[ManifestRow]:
    """Crop every clip of the metadata in ``source`` and write the manifest to ``out``.

    Args:
        source: Folder with ``metadata.csv`` and ``<video_id>.mp4`` files.
        out: Folder of the clips. It belongs to this function: whatever lies in the folders of
            its splits and is no clip of these metadata is removed.
        config: Settings of the stage.
        splits: Only videos of these splits are cropped, and listed in the manifest.

    Returns:
        The rows of the manifest.

    Raises:
        UsageError: The metadata cannot be used, or ``out`` is a folder with other content.
    """
    metadata = read_metadata(source / "metadata.csv")
    claim(out, "crop", marks=(JOURNAL, MANIFEST))
    journal = Journal(out / JOURNAL, JOURNAL_COLUMNS)
    videos = by_video(metadata)
    _sweep(out, videos.values(), journal)
    chosen = {name: rows for name, rows in videos.items() if rows[0].partition in splits}
    found: list[ManifestRow] = []
    with progress("crop", len(chosen)) as report:
        for video_id, rows in chosen.items():
            done = crop_video(source / f"{video_id}.mp4", rows, out, config=config, journal=journal)
            report(f"{video_id}: {_counts(done)}")
            found += done
    journal.finish()
    write_manifest(out / MANIFEST, found)
    return found


def _sweep(out: Path, videos: Collection[Sequence[MetadataRow]], journal: Journal) -> None:
    """Remove all that is no clip of ``videos``, in the split of its video's first row."""
    wanted = {
        path
        for rows in videos
        for row in rows
        for path in clip_files(out / rows[0].partition, row.clip_id)
    }
    for path in sorted(path for split in PARTITIONS for path in (out / split).glob("*")):
        if path not in wanted:
            (out / MANIFEST).unlink(missing_ok=True)
            remove(path)
    listed = {row.clip_id for rows in videos for row in rows}
    for clip_id in sorted(set(journal.rows) - listed):
        journal.drop(clip_id)


def _counts(rows: Sequence[ManifestRow]) -> str:
    counts = Counter(row.status for row in rows)
    return ", ".join(f"{counts[status]} {status}" for status in sorted(counts)) or "no clips"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m datasets.crop",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    known = ", ".join(DATASETS)
    defaults = "profiles.<profile>.crop of params.yaml"
    parser.add_argument("--dataset", help=f"one of {known}; needed without --source and --out")
    parser.add_argument(
        "--profile", help=f"one of {', '.join(PROFILES)} (default: profile of params.yaml)"
    )
    parser.add_argument("--source", type=Path, help="default: work/<profile>/source/<dataset>")
    parser.add_argument("--out", type=Path, help="default: work/<profile>/clips/<dataset>")
    parser.add_argument("--size", type=int, help=f"side of the clips (default: {defaults})")
    parser.add_argument("--resizer", help=f"one of {', '.join(RESIZERS)} (default: {defaults})")
    parser.add_argument(
        "--box-policy", choices=BOX_POLICIES, help=f"boxes beyond the edge (default: {defaults})"
    )
    parser.add_argument(
        "--limit-split",
        choices=PARTITIONS,
        action="append",
        help="only this split; may be repeated (default: all)",
    )
    parser.add_argument("--strict", action="store_true", help="exit 1 if any clip failed")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line: 0 done, 1 a clip failed and ``--strict``, 2 wrong usage."""
    args = _parser().parse_args(argv)
    try:
        profile, config = stage_config(CropConfig, "crop", profile=args.profile)
        given = {name: getattr(args, name) for name in ("size", "resizer", "box_policy")}
        config = dataclasses.replace(config, **{k: v for k, v in given.items() if v is not None})
        if args.dataset is None and not (args.source and args.out):
            raise UsageError(f"--dataset is missing; known: {', '.join(DATASETS)}")
        source = args.source or source_folder(args.dataset, profile)
        out = args.out or clips_folder(args.dataset, profile)
        if args.dataset is not None:
            source_folder(args.dataset, profile)  # an unknown name is refused in any case
        rows = crop_folder(source, out, config=config, splits=args.limit_split or PARTITIONS)
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    failed = [row for row in rows if not row.ok]
    for row in failed[:20]:
        print(f"{row.status}: {row.clip_id}: {row.message}", file=sys.stderr)
    print(f"{len(rows)} clips: {_counts(rows)} -> {out / MANIFEST}")
    return 1 if failed and args.strict else 0


if __name__ == "__main__":
    sys.exit(main())
