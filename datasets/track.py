"""Boxes for new videos: a metadata file that ``datasets.crop`` can use, by a published recipe.

    python -m datasets.track VIDEOS --recipe taichi --out VIDEOS/metadata.csv
    python -m datasets.crop --source VIDEOS --out CLIPS --size 256 --box-policy clip

VIDEOS is a folder of ``<video_id>.mp4`` files. Every number of the recipe is a flag. Beside the
metadata file comes a report, ``metadata.tracks.json``: recipe, detector, and every track with what
ended it and why it was dropped if it was. The run can be killed and started again: a video that is
finished is not looked at twice.

The recipes are those of Tai-Chi-HD, VoxCeleb and UvA-Nemo. Their detectors cannot be had as pip
packages with weights; MediaPipe takes their place, so boxes differ: docs/datasets/track.md. The
rights to the videos are the user's own affair.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
import typing
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from datasets.metadata import PARTITIONS
from datasets.registry import UsageError
from datasets.track_detectors import DETECTORS
from datasets.track_rules import RECIPES, TrackRules
from datasets.track_run import report_path, track_videos, videos_in
from datasets.tracking import OK

_FIELDS = {field.name: field for field in dataclasses.fields(TrackRules)}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m datasets.track",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("videos", nargs="+", type=Path, help="videos, or folders of .mp4 files")
    parser.add_argument("--recipe", required=True, choices=RECIPES, help="whose rules")
    parser.add_argument("--out", required=True, type=Path, help="the metadata file, NAME.csv")
    parser.add_argument(
        "--partition", choices=PARTITIONS, default="train", help="of all rows (default: train)"
    )
    parser.add_argument("--strict", action="store_true", help="exit 1 if any video failed")
    hints = typing.get_type_hints(TrackRules)
    rules = parser.add_argument_group("rules", "what each one means: docs/datasets/track.md")
    for name in _FIELDS:
        choices = typing.get_args(hints[name]) or None
        kind = str if choices else hints[name]
        flag = f"--{name.replace('_', '-')}"
        rules.add_argument(flag, type=kind, choices=choices, help=f"default: {_default(name)}")
    return parser


def _default(name: str) -> str:
    values = {recipe: getattr(rules, name) for recipe, rules in RECIPES.items()}
    if len(set(values.values())) == 1:
        return f"{next(iter(values.values()))}"
    return ", ".join(f"{recipe} {value}" for recipe, value in values.items())


def _rules(args: argparse.Namespace) -> TrackRules:
    given = {name: getattr(args, name) for name in _FIELDS if getattr(args, name) is not None}
    return dataclasses.replace(RECIPES[args.recipe], **given)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line: 0 done, 1 a video failed and ``--strict``, 2 wrong usage."""
    args = _parser().parse_args(argv)
    try:
        if args.out.suffix != ".csv":
            raise UsageError(f"{args.out}: --out must be the name of a .csv file")
        rules = _rules(args)
        videos = videos_in(args.videos)
        found = track_videos(
            videos,
            args.out,
            recipe=args.recipe,
            rules=rules,
            detector=DETECTORS[rules.subject](),
            partition=args.partition,
        )
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    failed = [one for one in found if one.status != OK]
    for one in failed[:20]:
        print(f"{one.status}: {one.video_id}: {one.message}", file=sys.stderr)
    counts = Counter(track.status for one in found for track in one.tracks)
    dropped = ", ".join(f"{n} {status}" for status, n in sorted(counts.items()) if status != OK)
    print(f"{len(found)} videos, {len(failed)} failed; tracks dropped: {dropped or 'none'}")
    print(f"{counts[OK]} tracks -> {args.out}; all of them: {report_path(args.out)}")
    return 1 if failed and args.strict else 0


if __name__ == "__main__":
    sys.exit(main())
