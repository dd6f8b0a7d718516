"""Compare methods with each other: ``python -m metrics.compare fomm monkey-net --dataset mgif``.

Reads their folders of predictions, writes the paired differences of every two on the same clips.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from datasets import params
from datasets.files import write_text
from datasets.registry import DATASETS, PROFILES, UsageError, choose, shown_name
from metrics.cell import Cell
from metrics.comparison import Runs, collect, common_clips
from metrics.config import EvaluateConfig
from metrics.console import WORK, Help, Progress, add_engine, configured, fix_threads
from metrics.contenders import check_seeds, folders_of, inventories_of, labels_of, said_seeds
from metrics.differences import Difference, differences
from metrics.differences_table import show, show_best, to_csv, to_json
from metrics.figures import Bootstrap
from metrics.predictions import RefusedError
from metrics.score import Scoring
from metrics.tasks import RECONSTRUCTION, TASKS, predictions_of
from metrics.tools import PER_CLIP, load_tools


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    cli = argparse.ArgumentParser(
        prog="python -m metrics.compare",
        description="Paired differences between methods on their common clips, with 95 % "
        "intervals clustered by source video. AKD is of the joints and AED of the frames that the "
        "truth and all methods have. Exit status: 0 compared, 1 predictions refused, 2 wrong "
        "usage.",
        formatter_class=Help,
    )
    add = cli.add_argument
    add("methods", nargs="*", help="methods whose predictions lie in work/<profile>")
    add("--dataset", required=True, help="a data set")
    add("--task", choices=TASKS, default=RECONSTRUCTION, help="what was predicted")
    add("--profile", choices=PROFILES, help="(default: the one in params.yaml)")
    add(
        "--runs",
        action="append",
        metavar="NAME=DIR,DIR,...",
        help="folders of predictions of a method, one per seed, the same seeds in the same order "
        "for all; may be repeated",
    )
    add("--seeds", metavar="N,N,...", help="their labels in the table (default: 0,1,...)")
    add("--clips", type=Path, help="folder of true clips (default: work/<profile>/clips/<dataset>)")
    add("--out", type=Path, metavar="FILE.csv", help="write the differences to a file, too")
    add("--allow-missing", action="store_true", help="compare the clips that all folders have")
    add("--allow-lossy", action="store_true", help="accept lossy files")
    add("--json", action="store_true", help="print the differences as JSON, and nothing else")
    add("--no-cache", action="store_true", help="do not use work/<profile>/cache")
    add_engine(cli, workers=False)
    return cli


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    args = parser().parse_args(argv)
    try:
        return _run(args)
    except (UsageError, RefusedError) as error:
        sys.stderr.write(f"{error}\n")
        return 1 if isinstance(error, RefusedError) else 2


def _run(args: argparse.Namespace) -> int:
    loaded = params.load()
    profile = args.profile or str(loaded["profile"])
    section = params.section(loaded, EvaluateConfig, "profiles", profile, "evaluate")
    config = configured(section, args)
    choose("dataset", args.dataset, DATASETS)
    made = predictions_of(args.task, WORK / profile)
    folders = folders_of(args.methods, args.runs or (), made=made, dataset=args.dataset)
    seeds = labels_of(args.seeds, len(next(iter(folders.values()))))
    cell = Cell(
        dataset=args.dataset,
        profile=profile,
        clips=args.clips or WORK / profile / "clips" / args.dataset,
        predictions=made,
        task=args.task,
        allow_missing=args.allow_missing,
        allow_lossy=args.allow_lossy,
    )
    runs = inventories_of(folders, cell, notice=_notice)
    if args.seeds:
        check_seeds(folders, cell, seeds)
    else:
        seeds = said_seeds(folders, cell) or seeds
    fix_threads(config.threads)
    rows = _compare(cell, config, runs, seeds, cached=not args.no_cache)
    _say(args, rows, shown_name(args.dataset, profile))
    return 0


def _notice(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _compare(
    cell: Cell, config: EvaluateConfig, runs: Runs, seeds: Sequence[str], *, cached: bool
) -> list[Difference]:
    tools = load_tools(cell.dataset, cell.profile, config=config).only(PER_CLIP)
    folder = WORK / cell.profile / "cache" if cached else None
    side = min((min(clip.size) for clip in common_clips(runs)), default=None)
    scoring = Scoring(cell.dataset, cell.profile, cell.task, config, folder, side)
    setting = scoring.setting(tools)
    with Progress(f"{cell.dataset}, {cell.task}") as progress:
        collected = collect(runs, setting, scoring.extraction(tools), progress=progress)
    bootstrap = Bootstrap(config.bootstrap, config.bootstrap_seed)
    return differences(collected, list(runs), seeds, setting, bootstrap=bootstrap)


def _say(args: argparse.Namespace, rows: Sequence[Difference], dataset: str) -> None:
    """Write and print ``rows`` as asked for."""
    if args.out:
        write_text(args.out, to_csv(rows, dataset=dataset, task=args.task))
    if args.json:
        sys.stdout.write(to_json(rows, dataset=dataset, task=args.task))
        return
    console = Console()
    where = dataset if args.task == RECONSTRUCTION else f"{dataset}, {args.task}"
    wide = console if console.is_terminal else Console(width=120)
    show(rows, wide, where=where)
    show_best(rows, wide, where=where)
    if args.out:
        sys.stdout.write(f"wrote {args.out}\n")


if __name__ == "__main__":
    sys.exit(main())
