"""Source videos and their metadata -> one lossless file per clip, and a manifest.

    python -m datasets.crop --dataset taichi-hd
    python -m datasets.crop --source FOLDER --out FOLDER --size 128
    python -m datasets.crop --dataset taichi-hd --profile full --ready FOLDER

The second form takes any folder with a ``metadata.csv`` and videos named by their id, the third
clips that somebody else has cropped. The run can be killed at any moment and started again:
finished clips are kept, and the result has the same bytes, whatever the number of processes.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path

from datasets.crop_config import CropConfig, RunConfig
from datasets.crop_folder import counts, crop_folder
from datasets.crop_plan import plan_folder, plan_table
from datasets.crop_rules import BOX_POLICIES, FRAME_POLICIES
from datasets.manifest import MANIFEST
from datasets.metadata import PARTITIONS
from datasets.registry import DATASETS, PROFILES, UsageError
from datasets.resize import RESIZERS
from datasets.stage import clips_folder, source_folder, stage_config

__all__ = ["crop_folder", "main"]


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
        "--frames", choices=FRAME_POLICIES, help=f"frames of a window (default: {defaults})"
    )
    parser.add_argument("--ready", type=Path, help="folder of ready crops, train/ test/ (val/)")
    parser.add_argument(
        "--limit-split",
        choices=PARTITIONS,
        action="append",
        help="only this split; may be repeated (default: all)",
    )
    parser.add_argument("--dry-run", action="store_true", help="count what would be done, and stop")
    parser.add_argument(
        "--jobs", type=int, default=1, help="processes on this machine (default: %(default)s)"
    )
    parser.add_argument(
        "--dask", metavar="ADDRESS", help="scheduler whose workers do the work, tcp://HOST:PORT"
    )
    parser.add_argument("--verify", action="store_true", help="hash all files anew")
    parser.add_argument(
        "--replace", action="store_true", help="remove the clips of another list that are in --out"
    )
    parser.add_argument("--strict", action="store_true", help="exit 1 if any clip failed")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line: 0 done, 1 a clip failed and ``--strict``, 2 wrong usage.

    A full disk is 1, too.
    """
    args = _parser().parse_args(argv)
    try:
        source, out, config = _settings(args)
        splits = args.limit_split or PARTITIONS
        if args.dry_run:
            print(plan_table(plan_folder(source, splits=splits, ready=args.ready)))
            return 0
        run = RunConfig(args.jobs, args.dask, verify=args.verify, replace=args.replace)
        rows = crop_folder(source, out, config=config, splits=splits, run=run, ready=args.ready)
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:  # the disk is full
        print(f"{error}; what is finished is kept: start again", file=sys.stderr)
        return 1
    failed = [row for row in rows if not row.ok]
    for row in failed[:20]:
        print(f"{row.status}: {row.clip_id}: {row.message}", file=sys.stderr)
    print(f"{len(rows)} clips: {counts(rows)} -> {out / MANIFEST}")
    return 1 if failed and args.strict else 0


def _settings(args: argparse.Namespace) -> tuple[Path, Path, CropConfig]:
    """Return the folders of the sources and of the clips, and the settings."""
    profile, config = stage_config(CropConfig, "crop", profile=args.profile, dataset=args.dataset)
    given = {name: getattr(args, name) for name in ("size", "resizer", "box_policy", "frames")}
    config = dataclasses.replace(config, **{k: v for k, v in given.items() if v is not None})
    if args.dataset is None and not (args.source and args.out):
        raise UsageError(f"--dataset is missing; known: {', '.join(DATASETS)}")
    if args.dataset is not None:
        source_folder(args.dataset, profile)  # an unknown name is refused in any case
    if args.ready is not None and not args.ready.is_dir():
        raise UsageError(f"--ready {args.ready}: no such folder")
    source = args.source or source_folder(args.dataset, profile)
    return source, args.out or clips_folder(args.dataset, profile), config


if __name__ == "__main__":
    sys.exit(main())
