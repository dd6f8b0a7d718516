"""Show, verify, compare, cite and freeze the lists of clips that benchmark numbers refer to.

    python -m datasets.splits show taichi-hd@v1
    python -m datasets.splits verify taichi-hd@v1            # the list, and work/full where it is
    python -m datasets.splits verify taichi-hd-mini@v1       # against work/mini
    python -m datasets.splits diff voxceleb@v1 voxceleb@v1-asis
    python -m datasets.splits cite taichi-hd@v1
    python -m datasets.splits freeze taichi-hd-mini@v1       # for maintainers

The identity of a split is in `datasets.frozen`. With the clips go the pairs of the animation task
(`datasets.pair_list`), drawn from the test clips. The lists of real data are made from upstream
files, which are found by their sha256 in a folder (--lists, TCHD_LISTS or work/lists).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from datasets.clips import ClipError
from datasets.frozen import FrozenSplit, describe, parse_id, read_split, split_files, split_sha256
from datasets.lists import description, load_list
from datasets.pair_list import pair_list_file, read_pair_list
from datasets.registry import UsageError
from datasets.split_check import check_full, check_mini, pixels_sha256, verify
from datasets.split_cite import citation, unpinned_text
from datasets.split_diff import compare
from datasets.split_freeze import freeze_full, freeze_mini

__all__ = ["main", "pixels_sha256", "read_split", "split_sha256", "verify"]

ACTIONS = ("show", "verify", "diff", "cite", "freeze")
MOST = 20
"""Lines of errors and of remarks that are shown."""


def _show(name: str, args: argparse.Namespace) -> int:
    dataset, profile, list_name = parse_id(name)
    if profile == "mini":
        pairs = pair_list_file(dataset, profile).is_file()
        more = read_pair_list(dataset, profile).describe() if pairs else ""
        _say(describe(read_split(dataset, profile)) + more)
        return 0
    description(dataset, list_name)
    if args.fetch:
        for path in load_list(dataset, list_name, store=args.lists, fetch=True).files:
            _note(f"{path}: there")
    _say(split_files(dataset, profile, list_name)[1].read_text(encoding="utf-8"))
    if why := unpinned_text(name, args.lists):
        _note(why)
    return 0


def _verify(name: str, args: argparse.Namespace) -> int:
    dataset, profile, list_name = parse_id(name)
    if why := unpinned_text(name, args.lists):
        _note(why)
        return 1
    if profile == "mini":
        split, (errors, remarks) = check_mini(dataset)
    else:
        found = check_full(dataset, list_name, store=args.lists, fetch=args.fetch)
        split, (errors, remarks) = found
    _say(f"{name}: {len(split.rows)} clips, {len(errors)} errors, {len(remarks)} remarks")
    for kind, lines in (("error", errors), ("remark", remarks)):
        for line in lines[:MOST]:
            _say(f"{kind}: {line}")
    return 1 if errors else 0


def _diff(names: Sequence[str], args: argparse.Namespace) -> int:
    one, other = (_list_of(name, args) for name in names)
    lines = compare(one, other)
    _say("\n".join(lines) or f"{one.id} and {other.id}: the same clips and parameters")
    return 1 if lines else 0


def _list_of(name: str, args: argparse.Namespace) -> FrozenSplit:
    dataset, profile, list_name = parse_id(name)
    if profile == "mini":
        return read_split(dataset, profile)
    return load_list(dataset, list_name, store=args.lists, fetch=args.fetch).split


def _cite(name: str, args: argparse.Namespace) -> int:
    if why := unpinned_text(name, args.lists):
        _note(why)
        return 1
    _say(citation(name))
    return 0


def _freeze(name: str, args: argparse.Namespace) -> int:
    dataset, profile, list_name = parse_id(name)
    if profile == "mini":
        _say(freeze_mini(dataset, force=args.force))
    else:
        _say(freeze_full(dataset, list_name, store=args.lists, force=args.force))
    return 0


def _say(text: str) -> None:
    sys.stdout.write(text.rstrip("\n") + "\n")


def _note(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m datasets.splits",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("action", choices=ACTIONS)
    add("ids", nargs="+", metavar="ID", help="id of a split, e.g. taichi-hd@v1; diff takes two")
    add(
        "--lists",
        type=Path,
        metavar="DIR",
        help="folder of upstream lists (default: TCHD_LISTS, else work/lists)",
    )
    add("--fetch", action="store_true", help="fetch upstream lists that are not there")
    add("--force", action="store_true", help="freeze over another list")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        0 done; 1 a check failed: the clips are not the frozen ones, the lists differ, there is no
        citable id; 2 wrong usage, or a list that cannot be had.
    """
    args = _parser().parse_args(argv)
    actions = {"show": _show, "verify": _verify, "cite": _cite, "freeze": _freeze}
    try:
        wanted = 2 if args.action == "diff" else 1
        if len(args.ids) != wanted:
            raise UsageError(f"{args.action} takes {wanted} ids, got {len(args.ids)}")
        if args.action == "diff":
            return _diff(args.ids, args)
        return actions[args.action](args.ids[0], args)
    except (UsageError, ClipError) as error:
        _note(str(error))
        return 2


if __name__ == "__main__":
    sys.exit(main())
