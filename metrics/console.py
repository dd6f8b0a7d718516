"""What the command lines share: where work lies, help with defaults, threads, progress."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from metrics.config import EvaluateConfig
from metrics.tasks import Task, predictions_of

WORK = Path("work")


class Help(argparse.ArgumentDefaultsHelpFormatter):
    """Adds defaults, but not those that the text explains."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        return action.help if action.default is None else super()._get_help_string(action)


def fix_threads(threads: int) -> None:
    """Set thread counts on purpose: ``threads`` for torch, one for the small sums of numpy."""
    threadpool_limits(limits=1, user_api="blas")
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(threads)
    os.environ.setdefault("GOMP_SPINCOUNT", "5000")  # spin shortly, then sleep


def folders_there(profile: str, tasks: Iterable[Task]) -> str:
    """Say which folders of predictions there are."""
    said = []
    for folder in dict.fromkeys(predictions_of(task, WORK / profile) for task in tasks):
        names = sorted(p.name for p in folder.iterdir() if p.is_dir()) if folder.is_dir() else []
        said.append(f"{folder} has: {', '.join(names) or 'nothing yet; run dvc repro'}")
    return "; ".join(said)


def add_engine(cli: argparse.ArgumentParser, *, workers: bool = True) -> None:
    """Add what overrides the section ``evaluate`` of ``params.yaml``; see `configured`."""
    add = cli.add_argument
    said = "(default: the one in params.yaml)"
    if workers:
        add("--workers", type=int, metavar="N", help=f"processes that share the clips {said}")
    add("--device", help=f"cpu, cuda, cuda:N or auto {said}")
    add("--keypoints", metavar="NAME", help=f"extractor of keypoints {said}")
    add("--identity", metavar="NAME", help=f"extractor of identities {said}")


def configured(config: EvaluateConfig, args: argparse.Namespace) -> EvaluateConfig:
    """Return ``config`` with what the command line says.

    Raises:
        UsageError: A value that makes no sense.
    """
    extractors = config.extractors.overridden(keypoints=args.keypoints, identity=args.identity)
    given = {name: getattr(args, name, None) for name in ("workers", "device")}
    changes = {name: value for name, value in given.items() if value is not None}
    return replace(config, extractors=extractors, **changes)


class Progress:
    """On stderr: one line that is rewritten on a terminal, a line every half minute elsewhere."""

    EVERY = 30.0  # seconds

    def __init__(self, name: str) -> None:
        self._name = name
        self._began = self._said = time.monotonic()

    def __enter__(self) -> Progress:
        return self

    def __call__(self, done: int, of: int) -> None:
        """Show that ``done`` clips are done, and how long the rest will take."""
        now = time.monotonic()
        left = f"; {(now - self._began) / done * (of - done):.0f} s left" if done else ""
        text = f"{self._name}: {done} of {of} clips{left}"
        if sys.stderr.isatty():
            self._show(f"\r{text}\x1b[K")
        elif now - self._said >= self.EVERY and done < of:
            self._said = now
            self._show(f"{text}\n")

    def __exit__(self, *_: object) -> None:
        if sys.stderr.isatty():
            self._show("\r\x1b[K")

    def _show(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()
