"""What to book before a run starts: trainings, device-hours, disk and download of every cell.

    python -m baselines.plan --profile full
    python -m baselines.plan --profile full --dataset taichi-hd --device H200 --gpus 4 --json

Nothing is trained, read or fetched. Clips are counted in the frozen lists, models by their shapes;
device-hours are steps x the seconds per step in ``baselines/rates.csv`` (`baselines.rates`), sizes
follow from ``baselines/sizes.csv`` (`baselines.sizes`). What was not measured is unknown: null in
JSON, empty in CSV, a dash in the text, with its reason. Totals are over what is known.

Only training takes device-hours here; prediction and evaluation come on top.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from baselines import METHODS
from baselines.plan_cells import Facts, cell_facts, predictions_bytes
from baselines.plan_counts import Counts, counts_of
from baselines.plan_disk import dataset_facts, made_facts
from baselines.plan_text import as_csv, as_json, as_text
from baselines.planned import Training, trainings
from baselines.precision import PRECISIONS
from baselines.rate_table import FILE as RATES_FILE
from baselines.rate_table import of_device, read_rates
from baselines.size_table import FILE as SIZES_FILE
from baselines.size_table import read_sizes
from baselines.stage import run_stage
from datasets import params
from datasets.download_config import DownloadConfig
from datasets.files import write_text
from datasets.registry import DATASETS, PROFILES, UsageError, choose
from datasets.stage import stage_config


@dataclass(frozen=True)
class Asked:
    """What the plan is asked for.

    Attributes:
        profile: ``mini`` or ``full``.
        device: ``cpu``, ``cuda``, or (a part of) what a device calls itself.
        precision: Of all trainings; None: that of each.
        gpus: Devices at the same time.
        stated: Whether the literature's counts stand in for lists that are not frozen.
    """

    profile: str
    device: str
    precision: str | None
    gpus: int
    stated: bool


@dataclass(frozen=True)
class RunPlan:
    """A plan.

    Attributes:
        asked: For what.
        cells: (data set, method) -> what its training takes.
        datasets: Data set -> what it takes, with all that its methods make.
    """

    asked: Asked
    cells: dict[tuple[str, str], Facts]
    datasets: dict[str, Facts]


def make_run_plan(
    asked: Asked, planned: Sequence[Training], *, rates: Path, sizes: Path
) -> RunPlan:
    """Return the plan of some trainings.

    Args:
        asked: For what.
        planned: The trainings, data set by data set.
        rates: Table of training steps.
        sizes: Table of sizes.

    Raises:
        UsageError: A table is damaged, or several devices fit the name.
    """
    known, measured = of_device(read_rates(rates), asked.device), read_sizes(sizes)
    counts = {name: _counts(name, asked) for name in dict.fromkeys(t.dataset for t in planned)}
    cells: dict[tuple[str, str], Facts] = {}
    for one in planned:
        facts = cell_facts(one, counts[one.dataset], known, device=asked.device)
        facts["predictions_bytes"] = predictions_bytes(one, counts[one.dataset], measured)
        cells[one.dataset, one.method] = facts
    return RunPlan(
        asked,
        cells,
        {
            name: dataset_facts(name, asked.profile, found, measured, size=planned[0].size)
            | made_facts([facts for (dataset, _), facts in cells.items() if dataset == name])
            for name, found in counts.items()
        },
    )


def _counts(dataset: str, asked: Asked) -> Counts:
    _, config = stage_config(DownloadConfig, "download", profile=asked.profile, dataset=dataset)
    return counts_of(dataset, asked.profile, config.list, stated=asked.stated)


def _parser() -> argparse.ArgumentParser:
    cli = argparse.ArgumentParser(
        prog="python -m baselines.plan",
        description="What to book before a run starts. Nothing is trained, read or fetched.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add, precisions = cli.add_argument, ", ".join(PRECISIONS)
    add("--profile", default=None, help="mini or full; None: as in params.yaml")
    add("--dataset", default=None, help=f"one of {', '.join(DATASETS)}; None: each")
    add("--method", default=None, help=f"one of {', '.join(METHODS)}; None: each")
    add("--device", default="cuda", help="cpu, cuda, or (a part of) a name in the table of rates")
    add("--precision", default=None, help=f"{precisions}; None: those of the trainings")
    add("--gpus", type=int, default=1, help="devices at the same time, one training on each")
    add("--stated", action="store_true", help="count unfrozen lists as the literature does")
    add("--json", action="store_true", help="print JSON")
    add("--csv", type=Path, default=None, help="write the cells to this file, too")
    add("--rates", type=Path, default=RATES_FILE, help="table of training steps")
    add("--sizes", type=Path, default=SIZES_FILE, help="table of sizes")
    return cli


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    args = _parser().parse_args(argv)

    def body() -> str:
        values = params.load()
        profile = choose("profile", args.profile or str(values["profile"]), PROFILES)
        if args.gpus < 1:
            raise UsageError(f"--gpus must be at least 1, got {args.gpus}")
        asked = Asked(profile, args.device, args.precision, args.gpus, args.stated)
        planned = trainings(values, profile, dataset=args.dataset, method=args.method)
        if args.precision:
            planned = [one.in_precision(args.precision) for one in planned]
        plan = make_run_plan(asked, planned, rates=args.rates, sizes=args.sizes)
        if args.csv:
            write_text(args.csv, as_csv(plan.cells))
        report: dict[str, Any] = as_json(vars(asked), plan.cells, plan.datasets)
        return json.dumps(report, indent=2) if args.json else as_text(report)

    return run_stage(body)


if __name__ == "__main__":
    sys.exit(main())
