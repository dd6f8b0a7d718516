"""Check retrained numbers against the committed band, or make the band from several seeds.

``python -m leaderboards.band check`` compares ``work/mini/scores`` with the board;
``python -m leaderboards.band make --runs DIR DIR ...`` makes the band.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from datasets.registry import PROFILES, VERSION, UsageError
from leaderboards.files import write_if_changed
from leaderboards.loading import load_results
from leaderboards.tolerance import Offender, dumps, make_band, offenders, read_band
from metrics.result import Result

_HEADER = ("data set", "method", "metric", "got", "expected")


def _parser() -> argparse.ArgumentParser:
    style = argparse.ArgumentDefaultsHelpFormatter
    parser = argparse.ArgumentParser(
        prog="python -m leaderboards.band",
        description=(__doc__ or "").splitlines()[0],
        formatter_class=style,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser(
        "check", help="exit 1 if a number lies outside the band", formatter_class=style
    )
    text = "retrained score files (default: work/PROFILE/scores)"
    check.add_argument("--scores", type=Path, default=argparse.SUPPRESS, help=text)
    make = commands.add_parser(
        "make", help="make the band from the board and further runs", formatter_class=style
    )
    make.add_argument(
        "--runs", type=Path, nargs="+", required=True, help="score folders of other seeds"
    )
    home = f"leaderboards/{VERSION}/PROFILE"
    for command, option in ((check, "--band"), (make, "--out")):
        text = f"the band (default: {home}/band.json)"
        command.add_argument(option, dest="band", type=Path, default=argparse.SUPPRESS, help=text)
        text = f"the board (default: {home}/board)"
        command.add_argument("--board", type=Path, default=argparse.SUPPRESS, help=text)
        command.add_argument("--profile", choices=PROFILES, default="mini", help="which board")
    return parser


def _results(folder: Path, profile: str) -> list[Result]:
    results = list(load_results(folder, profile=profile).results)
    if not results:
        raise UsageError(f"{folder}: no result files")
    return results


def _table(found: Sequence[Offender]) -> str:
    lines = [_HEADER, *found]
    widths = [max(len(line[i]) for line in lines) for i in range(len(_HEADER))]
    padded = (
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        for line in lines
    )
    return "\n".join(line.rstrip() for line in padded)


def _check(scores: Path, band: Path, board: list[Result], profile: str) -> int:
    allowed = read_band(band, profile=profile)
    found = offenders(_results(scores, profile), board, allowed)
    if found:
        sys.stdout.write(f"{_table(found)}\n{scores}: {len(found)} outside {band}\n")
        return 1
    sys.stdout.write(f"{scores}: {len(board)} results inside {band}\n")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return 0, 1 if a number lies outside the band, 2 for wrong usage."""
    args = _parser().parse_args(argv)
    profile: str = args.profile
    home = Path("leaderboards", VERSION, profile)
    band = getattr(args, "band", home / "band.json")
    try:
        board = _results(getattr(args, "board", home / "board") / "results", profile)
        if args.command == "check":
            scores = getattr(args, "scores", Path("work", profile, "scores"))
            return _check(scores, band, board, profile)
        runs = [_results(folder, profile) for folder in args.runs]
        text = dumps(make_band(board, runs), profile=profile, runs=len(runs) + 1)
    except UsageError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    write_if_changed(band, text)
    sys.stdout.write(f"{band}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
