"""What the command lines of train, predict and anchor share."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from datasets.clips import ClipError
from datasets.registry import DATASETS, PROFILES, UsageError, choose, get
from datasets.stage import clips_folder


class StageError(RuntimeError):
    """A stage that was used rightly cannot be finished; the message says why."""


def stage_parser(name: str, description: str, methods: Iterable[str]) -> argparse.ArgumentParser:
    """Return the options that every stage of one cell has."""
    cli = argparse.ArgumentParser(
        prog=f"python -m baselines.{name}",
        description=description,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    cli.add_argument("--dataset", required=True, help=f"one of {', '.join(DATASETS)}")
    cli.add_argument("--method", required=True, help=f"one of {', '.join(methods)}")
    cli.add_argument("--profile", default=None, help="mini or full; None: as in params.yaml")
    cli.add_argument(
        "--clips", type=Path, default=None, help="None: work/<profile>/clips/<dataset>"
    )
    cli.add_argument("--out", type=Path, default=None, help="None: the stage's place below work/")
    return cli


class Cell:
    """One data set, one method and the profile, with their places.

    Attributes:
        dataset: Name of the data set.
        method: Name of the method.
        profile: ``mini`` or ``full``.
        clips: Folder of the clips.

    Raises:
        UsageError: A name is unknown; the known ones are listed.
    """

    def __init__(self, args: argparse.Namespace, *, profile: str, methods: Iterable[str]) -> None:
        self.profile = choose("profile", args.profile or profile, PROFILES)
        self.dataset = get(args.dataset).name
        self.method = choose("method", args.method, methods)
        self.clips: Path = args.clips or clips_folder(self.dataset, self.profile)

    @property
    def checkpoint(self) -> Path:
        """Where ``train`` puts the cell's checkpoint."""
        return Path("work", self.profile, "train", f"{self.dataset}-{self.method}.safetensors")

    @property
    def predictions(self) -> Path:
        """Where ``predict`` and ``anchor`` put the cell's predictions."""
        return Path("work", self.profile, "predictions", f"{self.dataset}-{self.method}")


def run_stage(body: Callable[[], str]) -> int:
    """Run ``body``, print the line that it returns, and return the exit status."""
    try:
        line = body()
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    except ClipError as error:
        print(f"{error}; run the crop stage again (dvc repro --force crop)", file=sys.stderr)
        return 1
    except StageError as error:
        print(error, file=sys.stderr)
        return 1
    print(line)
    return 0
