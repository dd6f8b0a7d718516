"""Source videos and their metadata, as far as they can be had.

    python -m datasets.download --dataset taichi-hd
    python -m datasets.download --dataset voxceleb --profile full --split test
    python -m datasets.download --dataset voxceleb --profile full --check
    python -m datasets.download --dataset taichi-hd --profile full --videos DIR

For profile mini the videos are rendered. For profile full they come from the source that
params.yaml or the command line names: the state of each video is in download.csv, and a dated
report of what can be had goes to work/full/availability/<dataset>. A run that was killed goes on
where it stopped, a video that is complete is not fetched again, and one that is lost for good is
not asked for again.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from datasets.catalogue import mini_catalogue
from datasets.download_config import SOURCES, DownloadConfig
from datasets.download_mini import check, download
from datasets.fetch.formats import FETCHED
from datasets.manifest import OK
from datasets.metadata import PARTITIONS
from datasets.registry import DATASETS, PROFILES, UsageError, choose, get
from datasets.stage import source_folder, stage_config

__all__ = ["DownloadConfig", "check", "download", "main"]

_CONFIGURED = (
    "seed", "source", "list", "format", "url", "jobs", "retries", "stop_after", "rate_limit",
)  # fmt: skip


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m datasets.download",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add, params = parser.add_argument, "profiles.<profile>.download of params.yaml"
    add("--dataset", required=True, help=f"one of {', '.join(DATASETS)}")
    add("--profile", help=f"one of {', '.join(PROFILES)} (default: profile of params.yaml)")
    add("--out", type=Path, help="default: work/<profile>/source/<dataset>")
    add("--split", choices=PARTITIONS, action="append", help="only this; repeatable (default: all)")
    add(
        "--check",
        action="store_true",
        help="mini: say what is there and change nothing, exit 1 if not all; full: ask the host "
        "for each video that is not there, download nothing and write the availability report",
    )
    add("--strict", action="store_true", help="exit 1 if any video failed")
    add("--seed", type=int, help=f"seed of a mini world (default: {params})")
    real = parser.add_argument_group("real data", f"defaults: {params}")
    add = real.add_argument
    add("--source", choices=SOURCES, help="where the videos come from")
    add("--list", help="v1, v1-lite; of voxceleb also v1-asis")
    add("--lists", type=Path, help="folder of upstream lists (default: $TCHD_LISTS or work/lists)")
    add("--format", choices=FETCHED, help="which of a host's files; decides about pixels")
    add("--url-template", dest="url", help="http(s) address with {video_id} in it: source mirror")
    add("--videos", type=Path, help="folder of <video_id>.<suffix> files: source videos")
    add("--jobs", type=int, help="videos at the same time")
    add("--retries", type=int, help="further attempts of a video within this run")
    add("--stop-after", type=int, help="so many videos in a row refused end the run")
    add("--rate-limit", type=int, help="most bytes per second for one video; 0: no limit")
    add(
        "--retry", action="append", default=[], help="try lasting failures of this class again; all"
    )
    add("--limit", type=int, help="ask for this many videos at most (default: no limit)")
    add("--verify", action="store_true", help="read the videos that are there and compare sha256")
    add(
        "--cookies", type=Path, help="cookies file of your own in Netscape's format (default: none)"
    )
    add("--proxy", default="", help="address of a proxy (default: what the environment says)")
    add("--reports", type=Path, help="default: work/<profile>/availability/<dataset>")
    return parser


def _config(args: argparse.Namespace) -> tuple[str, DownloadConfig]:
    profile, config = stage_config(
        DownloadConfig, "download", profile=args.profile, dataset=args.dataset
    )
    given = {name: getattr(args, name) for name in _CONFIGURED if getattr(args, name) is not None}
    for option, source in (("url", "mirror"), ("videos", "videos")):
        if getattr(args, option) is not None:
            given.setdefault("source", source)
    if profile != "mini" and config.source == "worlds":  # no params.yaml here
        given.setdefault("source", get(args.dataset).sources[0])
    return profile, replace(config, **given)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        0: done; 1: a check failed, a video failed and ``--strict``, or the run had to stop early;
        2: wrong usage; 130: interrupted.
    """
    args = _parser().parse_args(argv)
    try:
        get(args.dataset)
        profile, config = _config(args)
        out = args.out or source_folder(args.dataset, profile)
        if profile == "mini":
            choose("source", config.source, ["worlds"])
            catalogue = mini_catalogue(args.dataset, config.seed)
            run = check if args.check else download
            rows = run(catalogue, out, splits=args.split or PARTITIONS)
            statuses = {row["video_id"]: (row["status"], row["message"]) for row in rows}
            return _say(statuses, out, strict=args.strict or args.check)
        return _real(args, config, out, profile)
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error}; what is finished is kept: the same command goes on", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; the same command goes on", file=sys.stderr)
        return 130


def _real(args: argparse.Namespace, config: DownloadConfig, out: Path, profile: str) -> int:
    from datasets.download_run import run_real  # real data alone need what this imports

    today = datetime.now(UTC).date()
    result = run_real(args, config, out=out, profile=profile, today=today)
    code = _say(result.statuses, out, strict=args.strict)
    if result.lasting:
        hint = "were not asked for again, having failed for good: --retry CLASS, or --retry all"
        print(f"{result.lasting} videos {hint}", file=sys.stderr)
    if result.stopped:
        print(f"stopped early: {result.stopped}; the same command goes on", file=sys.stderr)
    return 1 if result.stopped else code


def _say(statuses: dict[str, tuple[str, str]], out: Path, *, strict: bool) -> int:
    good = (OK, "available")
    failed = [(name, *found) for name, found in statuses.items() if found[0] not in good]
    for name, status, message in failed[:20]:
        print(f"{status}: {name}: {message}", file=sys.stderr)
    counts = Counter(status for status, _ in statuses.values())
    listed = ", ".join(f"{counts[status]} {status}" for status in sorted(counts)) or "none"
    print(f"{len(statuses)} videos: {listed} -> {out}")
    return 1 if failed and strict else 0


if __name__ == "__main__":
    sys.exit(main())
