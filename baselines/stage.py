"""What the command lines of train, predict and anchor share."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from datasets.clips import ClipError
from datasets.pair_manifest import MODES, pairs_folder
from datasets.registry import DATASETS, PROFILES, UsageError, choose, get
from datasets.stage import clips_folder


class StoppedError(RuntimeError):
    """A stage stopped because it was asked to, and its work is saved.

    Args:
        status: What the process should exit with.
        text: For people.
    """

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class StageError(RuntimeError):
    """A stage that was used rightly cannot be finished; the message says why."""


TASKS = ("reconstruction", "animation", "all")


def stage_parser(
    name: str, description: str, methods: Iterable[str], *, tasks: bool = False
) -> argparse.ArgumentParser:
    """Return the options that every stage of one cell has, and with ``tasks`` those of a task."""
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
    if tasks:
        cli.add_argument("--task", choices=TASKS, default="reconstruction", help="what to do")
        cli.add_argument(
            "--mode",
            choices=MODES,
            default=None,
            help="of the animation; None: each, in a folder of its own below --out",
        )
        cli.add_argument(
            "--pairs", type=Path, default=None, help="None: work/<profile>/pairs/<dataset>"
        )
    return cli


class Cell:
    """One data set, one method and the profile, with their places.

    Attributes:
        dataset: Name of the data set.
        method: Name of the method.
        profile: ``mini`` or ``full``.
        clips: Folder of the clips.
        pairs: Folder of the pairs for animation.

    Raises:
        UsageError: A name is unknown; the known ones are listed.
    """

    def __init__(self, args: argparse.Namespace, *, profile: str, methods: Iterable[str]) -> None:
        self.profile = choose("profile", args.profile or profile, PROFILES)
        self.dataset = get(args.dataset).name
        self.method = choose("method", args.method, methods)
        self.clips: Path = args.clips or clips_folder(self.dataset, self.profile)
        self.pairs: Path = getattr(args, "pairs", None) or pairs_folder(self.dataset, self.profile)
        self._args = args

    @property
    def checkpoint(self) -> Path:
        """Where ``train`` puts the cell's checkpoint."""
        return Path("work", self.profile, "train", f"{self.dataset}-{self.method}.safetensors")

    @property
    def predictions(self) -> Path:
        """Where ``predict`` and ``anchor`` put the cell's reconstructions."""
        return Path("work", self.profile, "predictions", f"{self.dataset}-{self.method}")

    def animations(self, mode: str) -> Path:
        """Return where they put its animations."""
        return Path("work", self.profile, "animations", mode, f"{self.dataset}-{self.method}")

    def carry_out(
        self, *, reconstruct: Callable[[Path], int], animate: Callable[[Path, str], int]
    ) -> str:
        """Do what ``--task`` and ``--mode`` ask for, and return a line that says so.

        Args:
            reconstruct: Writes reconstructions to a folder, and returns how many.
            animate: Writes animations to a folder in a mode, and returns how many.

        Raises:
            UsageError: The options contradict each other.
        """
        task, mode, out = self._args.task, self._args.mode, self._args.out
        if mode is not None and task == "reconstruction":
            raise UsageError("--mode is one of animation: pass --task animation too")
        if out is not None and task == "all":
            raise UsageError("--out needs one task: pass --task reconstruction or animation")
        lines = []
        if task != "animation":
            folder = out or self.predictions
            lines.append(f"{self.method}: {reconstruct(folder)} clips -> {folder}")
        for each in () if task == "reconstruction" else MODES:
            if mode in (None, each):
                folder = out or self.animations(each)
                folder = folder / each if out is not None and mode is None else folder
                lines.append(f"{self.method}: {animate(folder, each)} pairs -> {folder}")
        return "\n".join(lines)


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
    except StoppedError as error:
        print(f"{error}; the same command goes on", file=sys.stderr)
        return error.status
    print(line)
    return 0
