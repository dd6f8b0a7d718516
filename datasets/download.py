"""Source videos and their metadata, as far as they can be had.

    python -m datasets.download --dataset taichi-hd

For profile mini the videos are rendered. The state of each video is in ``download.csv``; a run that
was killed goes on where it stopped, and a folder that is complete is left alone.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from datasets.catalogue import Catalogue, FetchError, Item, mini_catalogue
from datasets.files import sha256
from datasets.journal import Journal, Row, read_journal
from datasets.manifest import OK
from datasets.metadata import PARTITIONS, check_name, write_metadata
from datasets.progress import progress
from datasets.registry import DATASETS, PROFILES, UsageError, choose, get
from datasets.stage import claim, source_folder, stage_config
from datasets.truth import truth_beside

STATE = "download.csv"
COLUMNS = ("video_id", "status", "message", "sha256", "bytes", "truth_sha256", "recipe")


@dataclass(frozen=True)
class DownloadConfig:
    """Settings of the download stage.

    Attributes:
        source: Where videos come from; ``worlds`` renders them.
        seed: Seed of the mini worlds. The frozen splits use 0.
    """

    source: str = "worlds"
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the values that the types do not."""
        if self.seed < 0:
            raise UsageError(f"seed must not be negative, got {self.seed}")


def download(catalogue: Catalogue, out: Path, *, splits: Collection[str] = PARTITIONS) -> list[Row]:
    """Get the videos of ``splits`` that are not there yet, and write the metadata.

    Args:
        catalogue: What is to be had.
        out: Folder of the source videos. It belongs to this function: videos that its own
            ``download.csv`` lists and the catalogue does not are removed, and a video of another
            recipe or with other bytes goes before it is fetched anew.
        splits: Only videos of these splits are fetched; the metadata always list all clips.

    Returns:
        The rows of ``download.csv`` for the videos of ``splits``.

    Raises:
        UsageError: ``out`` is a folder with other content.
    """
    claim(out, "download", marks=[STATE])
    journal = Journal(out / STATE, COLUMNS)
    for video_id in sorted(set(journal.rows) - {item.video_id for item in catalogue.items}):
        _remove(video_id, out, journal)
    items = _of_splits(catalogue, splits)
    with progress("download", len(items)) as report:
        for item in items:
            there = is_there(item, out, journal.get(item.video_id))
            if not there:
                _remove(item.video_id, out, journal)
                journal.add(_fetch(item, out))
            report(
                f"{item.video_id}: {'there' if there else journal.rows[item.video_id]['status']}"
            )
    write_metadata(out / "metadata.csv", catalogue.rows)
    journal.finish()
    return [journal.rows[item.video_id] for item in items]


def _of_splits(catalogue: Catalogue, splits: Collection[str]) -> list[Item]:
    return [item for item in catalogue.items if item.partition in splits]


def is_there(item: Item, out: Path, known: Row | None) -> bool:
    """Return whether the files of ``item`` are those that its row of ``download.csv`` records."""
    video = out / f"{item.video_id}.mp4"
    if known is None or known["status"] != OK or known["recipe"] != item.recipe:
        return False
    if not video.is_file() or str(video.stat().st_size) != known["bytes"]:
        return False
    truth = truth_beside(video)
    return (
        sha256(video) == known["sha256"]
        and (sha256(truth) if truth.is_file() else "") == known["truth_sha256"]
    )


def _fetch(item: Item, out: Path) -> Row:
    video = out / f"{item.video_id}.mp4"
    row = dict.fromkeys(COLUMNS, "") | {"video_id": item.video_id, "recipe": item.recipe}
    try:
        item.fetch(out)
    except FetchError as error:
        return row | {"status": error.kind, "message": str(error)}
    truth = truth_beside(video)
    return row | {
        "status": OK,
        "sha256": sha256(video),
        "bytes": str(video.stat().st_size),
        "truth_sha256": sha256(truth) if truth.is_file() else "",
    }


def _remove(video_id: str, out: Path, journal: Journal) -> None:
    """Remove a video with its truth and its row; a name that leaves ``out`` is only forgotten."""
    journal.drop(video_id)
    try:
        video = out / f"{check_name(video_id)}.mp4"
    except ValueError:
        return
    video.unlink(missing_ok=True)
    truth_beside(video).unlink(missing_ok=True)


def check(catalogue: Catalogue, out: Path, *, splits: Collection[str] = PARTITIONS) -> list[Row]:
    """Return the state of each video of ``splits`` as it is on disk; nothing is changed.

    A video that ``download.csv`` calls ok but whose files are missing or changed is ``missing``.
    """
    rows = read_journal(out / STATE, COLUMNS)
    found = []
    for item in _of_splits(catalogue, splits):
        known = rows.get(item.video_id)
        if known is None or (known["status"] == OK and not is_there(item, out, known)):
            known = dict.fromkeys(COLUMNS, "") | {"video_id": item.video_id, "status": "missing"}
        found.append(known)
    return found


def _catalogue(dataset: str, profile: str, *, source: str, seed: int) -> Catalogue:
    if profile == "mini":
        choose("source", source, ["worlds"])
        return mini_catalogue(dataset, seed)
    raise UsageError(
        f"{dataset}: this version cannot download real videos. Put metadata.csv and "
        f"<video_id>.mp4 files into {source_folder(dataset, profile)} and run datasets.crop"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m datasets.download",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--dataset", required=True, help=f"one of {', '.join(DATASETS)}")
    parser.add_argument(
        "--profile", help=f"one of {', '.join(PROFILES)} (default: profile of params.yaml)"
    )
    parser.add_argument("--out", type=Path, help="default: work/<profile>/source/<dataset>")
    parser.add_argument(
        "--seed",
        type=int,
        help="seed of a mini world (default: profiles.<profile>.download of params.yaml)",
    )
    parser.add_argument(
        "--split",
        choices=PARTITIONS,
        action="append",
        help="only videos of this split; may be repeated (default: all)",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="say what is there and change nothing; exit 1 if not all",
    )
    parser.add_argument("--strict", action="store_true", help="exit 1 if any video failed")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line: 0 done, 1 a check failed or a video and ``--strict``, 2 wrong usage."""
    args = _parser().parse_args(argv)
    try:
        get(args.dataset)
        profile, config = stage_config(DownloadConfig, "download", profile=args.profile)
        if args.seed is not None:
            config = replace(config, seed=args.seed)
        catalogue = _catalogue(args.dataset, profile, source=config.source, seed=config.seed)
        out = args.out or source_folder(args.dataset, profile)
        run = check if args.check else download
        rows = run(catalogue, out, splits=args.split or PARTITIONS)
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    failed = [row for row in rows if row["status"] != OK]
    for row in failed[:20]:
        print(f"{row['status']}: {row['video_id']}: {row['message']}", file=sys.stderr)
    counts = Counter(row["status"] for row in rows)
    listed = ", ".join(f"{counts[status]} {status}" for status in sorted(counts)) or "none"
    print(f"{len(rows)} videos: {listed} -> {out}")
    return 1 if failed and (args.strict or args.check) else 0


if __name__ == "__main__":
    sys.exit(main())
