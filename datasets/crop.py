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
from datasets.crop_video import JOURNAL_COLUMNS, CropConfig, crop_video, remove_clip
from datasets.journal import Journal
from datasets.manifest import ManifestError, ManifestRow, read_manifest, write_manifest
from datasets.metadata import PARTITIONS, read_metadata
from datasets.progress import progress
from datasets.registry import DATASETS, PROFILES, UsageError
from datasets.resize import RESIZERS
from datasets.stage import clips_folder, source_folder, stage_config

MANIFEST = "manifest.csv"
JOURNAL = ".journal.csv"


def crop_folder(
    source: Path, out: Path, *, config: CropConfig, splits: Collection[str] = PARTITIONS
) -> list[ManifestRow]:
    """Crop every clip of the metadata in ``source`` and write the manifest to ``out``.

    Args:
        source: Folder with ``metadata.csv`` and ``<video_id>.mp4`` files.
        out: Folder of the clips. It belongs to this function: clips that earlier metadata asked
            for and these do not are removed.
        config: Settings of the stage.
        splits: Only videos of these splits are cropped, and listed in the manifest.

    Returns:
        The rows of the manifest.

    Raises:
        UsageError: The metadata cannot be used, or ``out`` is a folder with other content.
    """
    metadata = read_metadata(source / "metadata.csv")
    _claim(out)
    journal = Journal(out / JOURNAL, JOURNAL_COLUMNS)
    earlier = set(journal.rows) | _listed(out)
    for clip_id in sorted(earlier - {row.clip_id for row in metadata}):
        remove_clip(clip_id, out, journal)
    for part in out.glob("*/.*.part"):
        part.unlink()
    videos = by_video(metadata)
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


def _claim(out: Path) -> None:
    """Refuse a folder that this stage has not made."""
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out}: is not a folder")
    ours = (out / JOURNAL).is_file() or (out / MANIFEST).is_file()
    if out.is_dir() and any(out.iterdir()) and not ours:
        raise UsageError(f"{out}: holds files that crop has not made; give an empty folder")


def _listed(out: Path) -> set[str]:
    """Return the clips of the manifest: a folder from a DVC cache comes without the journal."""
    try:
        return {row.clip_id for row in read_manifest(out / MANIFEST)}
    except ManifestError:
        return set()


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
