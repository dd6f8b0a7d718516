"""What the command lines share: where work lies, help with defaults, threads, progress."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

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


class Progress:
    """A line on stderr, only on a terminal."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> Progress:
        return self

    def __call__(self, done: int, of: int) -> None:
        """Show that ``done`` clips are done."""
        self._show(f"\r{self._name}: {done} of {of} clips ")

    def __exit__(self, *_: object) -> None:
        self._show("\r\x1b[K")

    def _show(self, text: str) -> None:
        if sys.stderr.isatty():
            sys.stderr.write(text)
            sys.stderr.flush()
