"""What there is of a data set on this disk, what is lost and why, and what to do next.

    python -m datasets.status voxceleb --profile full
    python -m datasets.status taichi-hd --json

Works before the download stage, after it, and after the crop stage. Nothing is changed.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from datasets.download_run import reports_folder
from datasets.fetch.errors import ERRORS
from datasets.manifest import OK
from datasets.registry import DATASETS, PROFILES, UNFROZEN, UsageError, get
from datasets.stage import stage_config
from datasets.stock import NOT_CROPPED, NOT_NEEDED, Share, Stock, take_stock

_NONE: Mapping[str, str] = {}
_UNASKED = ("pending", "available", "missing")


def next_step(stock: Stock, dataset: str, profile: str, options: Mapping[str, str] = _NONE) -> str:
    """Return what to do next with a data set, in one line.

    Args:
        stock: What there is of it.
        dataset: Its name.
        profile: ``mini`` or ``full``.
        options: What a stage needs besides, e.g. ``{"download": " --list v1-lite"}``.
    """
    whole = stock.shares["all"]
    suffix = f"--dataset {dataset} --profile {profile}"
    download, crop = (
        f"python -m datasets.{stage} {suffix}{options.get(stage, '')}"
        for stage in ("download", "crop")
    )
    again = [name for name in whole.videos if name in ERRORS and ERRORS[name].retry != "never"]
    if not stock.downloaded:
        return download + (" --split test" if profile != "mini" else "")
    if profile != "mini":
        download += ", with the same options as before"
    if any(name in whole.videos for name in _UNASKED):
        return download
    if NOT_CROPPED in whole.lost:
        ready = " --ready FOLDER" if NOT_NEEDED in whole.videos else ""
        return crop + ready
    if again:
        count = sum(whole.videos[name] for name in again)
        return f"{download}, for {count} videos that may come yet"
    if whole.got < whole.wanted:
        return "nothing: the rest is lost; results say which part of the list they are of"
    return "nothing: the list is complete"


def format_stock(
    stock: Stock, dataset: str, profile: str, options: Mapping[str, str] = _NONE
) -> str:
    """Return the report as text of 100 columns at most, what to do next apart."""
    lines = [f"{stock.id}, profile {profile}"]
    if stock.clips_id not in ("", stock.id):
        lines.append(f"cropped as {stock.clips_id}")
    lines += ["", *_table(stock.shares), ""]
    whole = stock.shares["all"]
    lines += ["videos:", *(f"  {count:>7}  {_meant(name)}" for name, count in whole.videos.items())]
    if whole.lost:
        lines.append("clips that are not here:")
        lines += [f"  {count:>7}  {name}" for name, count in whole.lost.items()]
    lines += ["", f"frozen list       sha256 {stock.frozen_sha256 or 'none: no citable id'}"]
    lines.append(f"list on disk      sha256 {stock.list_sha256}{_same(stock, stock.list_sha256)}")
    there = stock.existing_sha256
    shown = f"sha256 {there}{_same(stock, there)}" if there else "none yet"
    lines.append(f"clips that exist  {shown}")
    return "\n".join([*lines, "", f"next: {next_step(stock, dataset, profile, options)}"]) + "\n"


def _table(shares: Mapping[str, Share]) -> list[str]:
    lines = [f"{'':6}{'videos here':>18}{'clips here':>20}{'clips':>9}{'frames':>9}"]
    for split, share in shares.items():
        videos = f"{share.videos.get(OK, 0):,} of {sum(share.videos.values()):,}"
        clips = f"{share.got:,} of {share.wanted:,}"
        frames = "-" if share.frames_coverage is None else f"{share.frames_coverage:.1%}"
        lines.append(f"{split:6}{videos:>18}{clips:>20}{share.coverage:>9.1%}{frames:>9}")
    return lines


def _meant(status: str) -> str:
    return f"{status}: {ERRORS[status].meaning}" if status in ERRORS else status


def _same(stock: Stock, digest: str) -> str:
    return " = frozen" if digest == stock.frozen_sha256 else ""


def as_json(
    stock: Stock, dataset: str, profile: str, options: Mapping[str, str] = _NONE
) -> dict[str, Any]:
    """Return the report as plain values; a share also has its coverage, null if not applicable."""
    shares = {
        name: asdict(share) | {"coverage": share.coverage, "frames_coverage": share.frames_coverage}
        for name, share in stock.shares.items()
    }
    step = next_step(stock, dataset, profile, options)
    known = {"dataset": dataset, "profile": profile, "next": step}
    return asdict(stock) | known | {"shares": shares}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m datasets.status",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("dataset", help=f"one of {', '.join(DATASETS)}")
    add("--profile", help=f"one of {', '.join(PROFILES)} (default: profile of params.yaml)")
    add("--list", help="before the download: which list (default: that of params.yaml)")
    add("--lists", type=Path, help="folder of upstream lists (default: $TCHD_LISTS or work/lists)")
    add(
        "--out",
        type=Path,
        help="folder of the source videos, as of datasets.download (default: "
        "work/<profile>/source/<dataset>)",
    )
    add(
        "--reports",
        type=Path,
        help="folder of the attempt log (default: work/<profile>/availability/<dataset>; with "
        "--out the folder beside it whose name ends in -availability)",
    )
    add("--json", action="store_true", help="print JSON")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line: 0 done, 2 wrong usage."""
    args = _parser().parse_args(argv)
    try:
        get(args.dataset)
        profile, usual = _list_name(args.dataset, args.profile)
        stock = take_stock(
            args.dataset,
            profile,
            list_name=args.list or usual,
            lists=args.lists,
            source=args.out,
            reports=args.reports or reports_folder(args.dataset, profile, args.out),
        )
    except UsageError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    options = _options(args, stock, usual) if profile != "mini" else _NONE
    if args.json:
        report = as_json(stock, args.dataset, profile, options)
        sys.stdout.write(json.dumps(report, indent=2) + "\n")
    else:
        sys.stdout.write(format_stock(stock, args.dataset, profile, options))
    return 0


def _options(args: argparse.Namespace, stock: Stock, usual: str) -> dict[str, str]:
    """Return the options of the next stage that are known here and are not its defaults."""
    listed = stock.id.split("@")[1]
    name = (args.list or usual) if listed == UNFROZEN else listed
    given = {
        "--list": name if name != usual else None,
        "--lists": args.lists,
        "--out": args.out,
        "--reports": args.reports,
    }
    words = [f" {key} {shlex.quote(str(value))}" for key, value in given.items() if value]
    source = f" --source {shlex.quote(str(args.out))}" if args.out else ""
    return {"download": "".join(words), "crop": source}


def _list_name(dataset: str, profile: str | None) -> tuple[str, str]:
    from datasets.download_config import DownloadConfig

    chosen, config = stage_config(DownloadConfig, "download", profile=profile, dataset=dataset)
    return chosen, config.list


if __name__ == "__main__":
    sys.exit(main())
