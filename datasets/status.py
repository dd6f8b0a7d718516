"""What there is of a data set on this disk, what is lost and why, and what to do next.

    python -m datasets.status voxceleb --profile full
    python -m datasets.status taichi-hd --json

Works before the download stage, after it, and after the crop stage. Nothing is changed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from datasets.fetch.errors import ERRORS
from datasets.manifest import OK
from datasets.registry import DATASETS, PROFILES, UsageError, get
from datasets.stage import stage_config
from datasets.stock import NOT_CROPPED, NOT_NEEDED, Share, Stock, take_stock

_UNASKED = ("pending", "available", "missing")


def next_step(stock: Stock, dataset: str, profile: str) -> str:
    """Return what to do next with a data set, in one line."""
    whole = stock.shares["all"]
    suffix = f"--dataset {dataset} --profile {profile}"
    again = [name for name in whole.videos if name in ERRORS and ERRORS[name].retry != "never"]
    first = " --split test" if not stock.downloaded and profile != "mini" else ""
    if not stock.downloaded or any(name in whole.videos for name in _UNASKED):
        return f"python -m datasets.download {suffix}{first}"
    if NOT_CROPPED in whole.lost:
        ready = " --ready FOLDER" if NOT_NEEDED in whole.videos else ""
        return f"python -m datasets.crop {suffix}{ready}"
    if again:
        count = sum(whole.videos[name] for name in again)
        return f"python -m datasets.download {suffix}, for {count} videos that may come yet"
    if whole.got < whole.wanted:
        return "nothing: the rest is lost; results say which part of the list they are of"
    return "nothing: the list is complete"


def format_stock(stock: Stock, dataset: str, profile: str) -> str:
    """Return the report as text of 100 columns at most."""
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
    return "\n".join([*lines, "", f"next: {next_step(stock, dataset, profile)}"]) + "\n"


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


def as_json(stock: Stock, dataset: str, profile: str) -> dict[str, Any]:
    """Return the report as plain values; a share also has its coverage, null if not applicable."""
    shares = {
        name: asdict(share) | {"coverage": share.coverage, "frames_coverage": share.frames_coverage}
        for name, share in stock.shares.items()
    }
    step = next_step(stock, dataset, profile)
    known = {"dataset": dataset, "profile": profile, "next": step}
    return asdict(stock) | known | {"shares": shares}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line: 0 done, 2 wrong usage."""
    parser = argparse.ArgumentParser(
        prog="python -m datasets.status",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("dataset", help=f"one of {', '.join(DATASETS)}")
    parser.add_argument(
        "--profile", help=f"one of {', '.join(PROFILES)} (default: profile of params.yaml)"
    )
    parser.add_argument(
        "--list", help="before the download: which list (default: that of params.yaml)"
    )
    parser.add_argument(
        "--lists", type=Path, help="folder of upstream lists (default: $TCHD_LISTS or work/lists)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    args = parser.parse_args(argv)
    try:
        get(args.dataset)
        profile, name = _list_name(args.dataset, args.profile)
        stock = take_stock(args.dataset, profile, list_name=args.list or name, lists=args.lists)
    except UsageError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if args.json:
        sys.stdout.write(json.dumps(as_json(stock, args.dataset, profile), indent=2) + "\n")
    else:
        sys.stdout.write(format_stock(stock, args.dataset, profile))
    return 0


def _list_name(dataset: str, profile: str | None) -> tuple[str, str]:
    from datasets.download_config import DownloadConfig

    chosen, config = stage_config(DownloadConfig, "download", profile=profile, dataset=dataset)
    return chosen, config.list


if __name__ == "__main__":
    sys.exit(main())
