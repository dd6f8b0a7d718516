"""Score a method: ``python -m metrics.eval --method fomm``.

Reads folders of predictions and of true clips, writes one result per data set.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from datasets import params
from datasets.registry import DATASETS, PROFILES, UsageError, choose
from metrics.cell import Cell, evaluate, inspect
from metrics.config import EvaluateConfig
from metrics.console import (
    WORK,
    Help,
    Progress,
    add_engine,
    configured,
    fix_threads,
    folders_there,
)
from metrics.figures import Scores, per_clip_metrics
from metrics.predictions import RefusedError
from metrics.provenance import write_provenance
from metrics.result import (
    METHOD_NAME,
    Result,
    check_clips,
    check_result,
    dumps,
    write_clips,
    write_result,
)
from metrics.table import show
from metrics.tasks import RECONSTRUCTION, TASKS, folder_of, predictions_of
from metrics.tools import device_name

EVERY_TASK = "all"


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    cli = argparse.ArgumentParser(
        prog="python -m metrics.eval",
        description="Score predictions against the test clips, on every data set of the active "
        "profile or on those given. Exit status: 0 scored, 1 predictions refused, 2 wrong usage.",
        formatter_class=Help,
    )
    add = cli.add_argument
    add("--method", help="name of the method (default with --predictions: what the folder says)")
    add(
        "--dataset", action="append", help="data set; may be repeated (default: all in params.yaml)"
    )
    add(
        "--task",
        choices=(*TASKS, EVERY_TASK),
        default=RECONSTRUCTION,
        help="what was predicted; animations and their results lie in folders of their own",
    )
    add("--profile", choices=PROFILES, help="(default: the one in params.yaml)")
    add(
        "--predictions",
        type=Path,
        help="a folder that nobody here made; needs one --dataset, one task",
    )
    add(
        "--own",
        action="store_true",
        help="with --predictions and --out: the folder was made by the pipeline: status and "
        "checkpoint are those that its method.json says",
    )
    add("--clips", type=Path, help="folder of true clips (default: work/<profile>/clips/<dataset>)")
    add(
        "--out",
        type=Path,
        help="folder of results (default: work/<profile>/scores for what params.yaml lists under "
        "'scored', work/<profile>/external for the rest and with --predictions); results of "
        "animations go to its subfolder named after the task",
    )
    add("--allow-missing", action="store_true", help="score what is there; the result says so")
    add("--allow-lossy", action="store_true", help="accept lossy files; the result says so")
    add("--inspect", action="store_true", help="only check the predictions, every frame")
    add("--json", action="store_true", help="print the results as JSON, and nothing else")
    add("--no-cache", action="store_true", help="do not use work/<profile>/cache")
    add_engine(cli)
    return cli


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    args = parser().parse_args(argv)
    try:
        return _run(args, list(sys.argv if argv is None else ["metrics.eval", *argv]))
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2


def _run(args: argparse.Namespace, command: list[str]) -> int:
    loaded = params.load()
    profile = args.profile or str(loaded["profile"])
    section = params.section(loaded, EvaluateConfig, "profiles", profile, "evaluate")
    config = configured(section, args)
    cells = _cells(args, profile, [str(name) for name in loaded.get("datasets") or ()])
    scored = {str(name) for name in loaded.get("scored") or ()}
    fix_threads(config.threads)
    status, results = 0, []
    for cell in cells:  # one bad data set must not lose the others
        try:
            if args.inspect:
                print(inspect(cell, deep=True)[0])
                continue
            started = datetime.now(UTC)
            result, scores = _score(cell, config, cached=not args.no_cache)
            out = folder_of(cell.task, args.out or default_out(cell, scored))
            path = _write(out, result, scores)
        except RefusedError as refusal:
            print(refusal, file=sys.stderr)
            status = max(status, 1)
            continue
        except UsageError as error:
            print(error, file=sys.stderr)
            status = 2
            continue
        if _of_the_stage(args, cell, scored):  # its provenance must not lie among its outputs
            out = folder_of(cell.task, WORK / profile / "provenance")
        name = f"{result.dataset}-{result.method}.provenance.json"
        write_provenance(
            out / name,
            command=command,
            started=started,
            threads=config.threads,
            device=device_name(config.device),
        )
        results.append(result)
        if not args.json:
            console = Console()
            show(result, console if console.is_terminal else Console(width=120))
            print(f"wrote {path}")
    if args.json and not args.inspect:
        print(json.dumps([json.loads(dumps(result)) for result in results], indent=1))
    return status


def default_out(cell: Cell, scored: Collection[str]) -> Path:
    """Return where the result of ``cell`` goes; only ``scored`` methods feed the board."""
    ours = not cell.submitted and cell.method in scored
    return WORK / cell.profile / ("scores" if ours else "external")


def _of_the_stage(args: argparse.Namespace, cell: Cell, scored: Collection[str]) -> bool:
    """Whether this is what the stage does."""
    return args.out is None and default_out(cell, scored).name == "scores"


def _score(cell: Cell, config: EvaluateConfig, *, cached: bool) -> tuple[Result, Scores]:
    with Progress(f"{cell.dataset}, {cell.task}") as progress:
        return evaluate(
            cell,
            config,
            cache=WORK / cell.profile / "cache" if cached else None,
            progress=progress,
            notice=lambda text: print(text, file=sys.stderr),
        )


def _write(out: Path, result: Result, scores: Scores) -> Path:
    """Write values per clip, then the result: where it exists, both are complete."""
    path = out / f"{result.dataset}-{result.method}.json"
    check_result(result, where=path.name)
    check_clips(result, scores.rows, where=path.name)
    write_clips(path.with_suffix(".clips.csv"), scores.rows, per_clip_metrics(result.task))
    write_result(path, result)
    return path


def _cells(args: argparse.Namespace, profile: str, active: Sequence[str]) -> list[Cell]:
    """Return what to score; all names are checked before anything is."""
    if args.method is not None and not METHOD_NAME.fullmatch(args.method):
        raise UsageError(f"--method {args.method!r}: use letters, digits, '.', '_' and '-'")
    tasks = TASKS if args.task == EVERY_TASK else (args.task,)
    if args.method is None and args.predictions is None:
        raise UsageError(f"--method is needed; {folders_there(profile, tasks)}")
    if args.predictions is not None and (len(args.dataset or ()) != 1 or len(tasks) != 1):
        raise UsageError("--predictions needs exactly one --dataset and one --task")
    if args.own and (args.predictions is None or args.out is None):
        raise UsageError("--own is for --predictions with --out")
    datasets = [choose("dataset", name, DATASETS) for name in args.dataset or active]
    if args.clips is not None and len(datasets) != 1:
        raise UsageError("--clips needs exactly one --dataset")
    cells = [
        Cell(
            dataset=name,
            profile=profile,
            clips=args.clips or WORK / profile / "clips" / name,
            predictions=args.predictions
            or predictions_of(task, WORK / profile) / f"{name}-{args.method}",
            task=task,
            method=args.method,
            submitted=args.predictions is not None and not args.own,
            allow_missing=args.allow_missing,
            allow_lossy=args.allow_lossy,
        )
        for name in datasets
        for task in tasks
    ]
    if not any(cell.predictions.is_dir() for cell in cells):
        where = ", ".join(str(cell.predictions) for cell in cells)
        raise UsageError(f"{where}: no such folder; {folders_there(profile, tasks)}")
    return cells


if __name__ == "__main__":
    sys.exit(main())
