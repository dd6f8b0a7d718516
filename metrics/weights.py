"""Weights files of evaluator networks: what is needed, what is there, and getting it.

    python -m metrics.weights list
    python -m metrics.weights fetch s3fd
    python -m metrics.weights fetch pose --url file:///downloads/pose_model.pth
    python -m metrics.weights verify
    python -m metrics.weights where s3fd

Files go into the folder that TCHD_WEIGHTS names (default: ~/.cache/tai-chi-hd-benchmark/weights). A
file with another digest than the listed one is never used.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from datasets.registry import UsageError
from metrics.console import Help
from metrics.extractors import ExtractorUnavailable
from metrics.extractors.weight_digests import PINS
from metrics.extractors.weight_files import WeightsAbsent, find, get, known, weights_folder
from metrics.weight_download import DownloadError, Report
from metrics.weight_fetch import RefusedError, fetch, verify
from metrics.weight_table import markdown, plain


class _Help(argparse.RawDescriptionHelpFormatter, Help):
    """Keeps the lines of the description and shows defaults."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m metrics.weights", description=__doc__, formatter_class=_Help
    )
    commands = parser.add_subparsers(dest="command", required=True)

    def add(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text, formatter_class=_Help)

    names = f"one of {', '.join(known())}"
    one = add("list", "show which weights there are and whether they are here")
    one.add_argument("--markdown", action="store_true", help="the table of the documentation")
    one = add("where", "print the path of the file in use; exit 1 if there is none")
    one.add_argument("name", help=names)
    one = add("fetch", "get a file into the weights folder, if it is not here yet")
    one.add_argument("name", help=names)
    one.add_argument("--url", help="https, http or file (default: the listed one)")
    one.add_argument("--sha256", help="first digits of its sha256, at least 8 (default: as listed)")
    one = add("verify", "check digest and content; exit 1 if a file is absent or another")
    one.add_argument("names", nargs="*", metavar="name", help=f"{names} (default: all here)")
    one.add_argument(
        "--accept",
        action="store_true",
        help="take an unpinned file although another one was verified before",
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line: 0 done, 1 absent, refused or not to be had, 2 wrong usage."""
    args = _parser().parse_args(argv)
    try:
        if args.command == "list":
            print(markdown() if args.markdown else plain())
            return 0
        if args.command == "where":
            return _where(args.name)
        if args.command == "fetch":
            return _fetch(args.name, args.url, args.sha256)
        return _verify(args.names, accept=args.accept)
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    except (ExtractorUnavailable, DownloadError, RefusedError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


def _where(name: str) -> int:
    try:
        print(find(name).path)
    except ExtractorUnavailable as error:
        target = weights_folder() / get(name).file
        print(f"{error}\nIts place here: {target}", file=sys.stderr)
        return 1
    return 0


def _fetch(name: str, url: str | None, sha256: str | None) -> int:
    with _progress(name) as report:
        file, new = fetch(name, report=report, url=url, sha256=sha256)
    size = file.path.stat().st_size / 1e6
    done = "fetched" if new else "already here"
    print(f"{name}: {done}, {size:.1f} MB, sha256 {file.sha256}, {file.path}")
    return 0


def _verify(names: Sequence[str], *, accept: bool) -> int:
    if accept and not names:
        raise UsageError("--accept needs the names of the files to accept")
    for name in names:
        get(name)
    failed, found = False, 0
    for name in names or known():
        try:
            checked = verify(name, accept=accept)
        except (ExtractorUnavailable, RefusedError) as error:
            if names or not isinstance(error, WeightsAbsent):
                print(f"{name}: {error}", file=sys.stderr)
                failed = True
        else:
            found += 1
            note = f"; written into {PINS}" if checked.pinned else ""
            file = checked.file
            print(f"{name}: ok, {checked.tensors} tensors, sha256 {file.sha256}, {file.path}{note}")
    if not names and not found and not failed:
        print(f"no weights here; 'python -m metrics.weights list' names {len(known())}")
    return int(failed)


@contextmanager
def _progress(title: str) -> Iterator[Report]:
    """Yield a function that shows a bar on a terminal and nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _done, _of: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


if __name__ == "__main__":
    sys.exit(main())
