"""Clip folders as a few large files, for cluster file systems that dislike many small ones.

    python -m datasets.shards export --clips FOLDER --split train --out SHARDS
    python -m datasets.shards import --shards SHARDS --clips FOLDER

A shard is a tar file that the library webdataset reads: of each clip KEY.mkv, KEY.json (its row of
the manifest) and KEY.truth.npz where its truth is known. Both ways can be killed at any moment and
started again. What was imported is the folder that was exported, byte for byte (without the notes
that the crop stage keeps for itself in hidden files).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from datasets.crop_folder import counts
from datasets.manifest import MANIFEST, read_manifest
from datasets.metadata import PARTITIONS
from datasets.registry import UsageError
from datasets.shards_export import SHARD_BYTES, export_split
from datasets.shards_import import import_shards
from datasets.shards_index import index_name

__all__ = ["export_split", "import_shards", "main"]

MB = 1_000_000
MOST = 20
"""Lines of what is wrong that are shown."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m datasets.shards",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="export|import")
    export = actions.add_parser("export", help="clip folder -> shards")
    export.add_argument("--clips", type=Path, required=True, help="folder with its manifest.csv")
    export.add_argument("--out", type=Path, required=True, help="folder of the shards")
    export.add_argument(
        "--shard-mb",
        type=int,
        default=SHARD_BYTES // MB,
        help="a shard is closed before it is larger, in 10^6 bytes (default: %(default)s)",
    )
    bring = actions.add_parser("import", help="shards -> clip folder")
    bring.add_argument("--shards", type=Path, required=True, help="folder of the shards")
    bring.add_argument("--clips", type=Path, required=True, help="folder of clips to be made")
    bring.add_argument("--strict", action="store_true", help="exit 1 if a shard is broken")
    for action in (export, bring):
        action.add_argument(
            "--split",
            choices=PARTITIONS,
            action="append",
            help="only this one; may be repeated (default: all that there are)",
        )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line: 0 done, 1 a shard is broken and ``--strict``, 2 wrong usage.

    A full disk is 1, too; clips that are not those of their manifest are wrong usage.
    """
    args = _parser().parse_args(argv)
    try:
        return _export(args) if args.action == "export" else _import(args)
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error}; what is finished is kept: start again", file=sys.stderr)
        return 1


def _export(args: argparse.Namespace) -> int:
    there = {row.split for row in read_manifest(args.clips / MANIFEST)}
    for split in args.split or [name for name in PARTITIONS if name in there]:
        index = export_split(args.clips, split, args.out, shard_bytes=args.shard_mb * MB)
        held = sum(len(shard.clips) for shard in index.shards)
        text = f"{len(index.shards)} shards, {held} clips, {len(index.failed)} failed ones"
        print(f"{split}: {text} -> {args.out / index_name(split)}")
    return 0


def _import(args: argparse.Namespace) -> int:
    done = import_shards(args.shards, args.clips, splits=args.split or ())
    for line in done.broken[:MOST]:
        print(line, file=sys.stderr)
    print(f"{len(done.rows)} clips: {counts(done.rows)} -> {args.clips / MANIFEST}")
    return 1 if done.broken and args.strict else 0


if __name__ == "__main__":
    sys.exit(main())
