"""Look for what is wrong with a data set: leaks, duplicates, boxes, outliers. Nothing is repaired.

    python -m datasets.audit taichi-hd-mini@v1 --frames     # the list, and the clips in work/mini
    python -m datasets.audit voxceleb@v1                    # a list of real data
    python -m datasets.audit voxceleb@v1 --upstream         # the file that it was made from
    python -m datasets.audit --metadata FILE                # any list with the columns of the field
    python -m datasets.audit --clips DIR                    # any clips, see datasets.load_folder

What is looked for, by which rules, and how well copies are found: docs/datasets/audit.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from datasets import audit_numbers, audit_rows
from datasets.audit_facts import facts
from datasets.audit_report import Check, Finding, Report, as_csv, as_json, as_text, report
from datasets.files import write_text
from datasets.frozen import list_sha256, parse_id, read_split
from datasets.metadata import MetadataRow, read_metadata
from datasets.progress import progress
from datasets.registry import DATASETS, PROFILES, UsageError, split_id

if TYPE_CHECKING:
    from datasets.loader import Clip

LIST_CHECKS = (*audit_rows.CHECKS, *audit_numbers.CHECKS)


def audit_list(name: str, rows: Sequence[MetadataRow], *, size: int = audit_rows.SIZE) -> Report:
    """Return what is found in a list of clips.

    Args:
        name: What the report is called.
        rows: The list.
        size: Side of its crops in pixels.
    """
    found = [*audit_rows.look_at_rows(rows, size=size), *audit_numbers.look_at_numbers(rows)]
    return report(name, list_sha256(rows), LIST_CHECKS, found, facts(rows))


def audit_clips(args: argparse.Namespace) -> tuple[tuple[Check, ...], list[Finding]]:
    """Return the checks of clips and what they find in the folder that the arguments name."""
    from datasets import audit_frames  # OpenCV and SciPy, which lists do not need
    from datasets.clip_folders import load_folder
    from datasets.loader import load_clips
    from datasets.manifest import MANIFEST, read_manifest
    from datasets.stage import clips_folder

    if args.clips is not None:
        folder, clips = args.clips, load_folder(args.clips)
    elif args.name is None:
        raise UsageError("--frames: name a data set, or the folder of clips by --clips")
    else:
        dataset, profile, _ = _names(args)
        folder = clips_folder(dataset, profile)
        clips = load_clips(dataset, split=None, profile=profile, root=Path())
    found = audit_frames.look_at_clips(_shown(clips), every=args.every)
    if (folder / MANIFEST).is_file():
        found += audit_frames.look_at_lengths(read_manifest(folder / MANIFEST))
    return audit_frames.CHECKS, found


def _shown(clips: Sequence[Clip]) -> Iterator[Clip]:
    """Yield clips, with a bar on a terminal; 20,000 clips take minutes."""
    quiet = not sys.stderr.isatty()
    with nullcontext(str) if quiet else progress("audit", len(clips)) as report:
        for clip in clips:
            yield clip
            report(clip.id)


def _names(args: argparse.Namespace) -> tuple[str, str, str]:
    """Return data set, profile and list."""
    name = str(args.name)
    return parse_id(split_id(name, args.profile or "mini") if name in DATASETS else name)


def _of_list(args: argparse.Namespace) -> Report:
    if args.metadata is not None:
        return audit_list(args.metadata.name, read_metadata(args.metadata))
    dataset, profile, list_name = _names(args)
    if profile == "mini":
        if args.upstream:
            raise UsageError(f"{args.name}: a mini list is made from no other file")
        split = read_split(dataset, profile)
        return audit_list(split.id, split.rows, size=int(split.parameters["size"]))
    from datasets.lists import load_list

    found = load_list(dataset, list_name, store=args.lists)
    if args.upstream:
        return audit_list(f"{found.id}, upstream", found.upstream)
    return audit_list(found.id, found.rows, size=int(found.split.parameters["size"]))


def _audit(args: argparse.Namespace) -> Report:
    if args.name is None and args.metadata is None and args.clips is None:
        raise UsageError("name a list or a data set, or give --metadata FILE or --clips DIR")
    if args.name is None and args.metadata is None:
        found = report(args.clips.name, "", (), (), {})
    else:
        found = _of_list(args)
    if not (args.frames or args.clips):
        return found
    checks, more = audit_clips(args)
    return report(
        found.name, found.sha256, (*found.checks, *checks), (*found.findings, *more), found.facts
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m datasets.audit",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", nargs="?", help="a list, e.g. voxceleb@v1, or a data set")
    parser.add_argument("--profile", choices=PROFILES, help="of a data set (default: mini)")
    parser.add_argument("--upstream", action="store_true", help="the file, before corrections")
    parser.add_argument("--metadata", type=Path, help="look at this file")
    parser.add_argument("--lists", type=Path, help="store of upstream files (default: work/lists)")
    parser.add_argument("--frames", action="store_true", help="look at the clips in work/, too")
    parser.add_argument("--clips", type=Path, help="look at the clips in this folder")
    parser.add_argument(
        "--every", type=_positive, help="every N-th frame (default: first, middle, last)"
    )
    parser.add_argument("--show", type=int, default=3, help="findings shown (default: %(default)s)")
    parser.add_argument("--json", type=Path, help="write all of it to this file")
    parser.add_argument("--csv", type=Path, help="write the findings to this file")
    parser.add_argument("--strict", action="store_true", help="exit 1 if there are errors")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line: 0 done, 1 errors were found and ``--strict``, 2 wrong usage."""
    args = _parser().parse_args(argv)
    try:
        found = _audit(args)
    except UsageError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    written = [(args.json, as_json), (args.csv, as_csv)]
    for path, text in written:
        if path is not None:
            try:
                write_text(path, text(found))
            except OSError as error:
                sys.stderr.write(f"{path}: cannot be written: {error.strerror}\n")
                return 2
    sys.stdout.write(as_text(found, show=args.show))
    sys.stdout.writelines(f"wrote {path}\n" for path, _ in written if path is not None)
    return 1 if args.strict and found.failed else 0


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be 1 or more, got {value}")
    return value


if __name__ == "__main__":
    sys.exit(main())
