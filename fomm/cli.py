"""The command line ``python -m fomm.animate``, and `run` for others of its kind."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

import torch

from fomm.animation import Summary, animate, check
from fomm.arguments import corners_of, options_of, parser
from fomm.checkpoint import CheckpointError
from fomm.config import ConfigError
from fomm.media.errors import MediaError, reason
from fomm.model import FOMM
from fomm.mover import Mover
from fomm.progress import plain_warnings, progress

DONE, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130
THREADS_PER_CORE = 4
"""More are of no use, and too many end the process."""

Load = Callable[[argparse.Namespace], FOMM | Mover[Any]]
"""Loads what the arguments ask for, after all that is quick to check was checked."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line of FOMM; return its exit status."""
    return run(parser(), load, argv)


def load(args: argparse.Namespace) -> FOMM:
    """Return the model that the arguments of `fomm.arguments.parser` name; see `FOMM.load`."""
    return FOMM.load(args.checkpoint, config=args.config, align_corners=corners_of(args))


def run(
    cli: argparse.ArgumentParser,
    load: Load,
    argv: Sequence[str] | None = None,
    *,
    wrong: tuple[type[Exception], ...] = (),
) -> int:
    """Animate as a command line says; return the exit status.

    Args:
        cli: From `fomm.arguments.parser`; it may have more arguments, for ``load``.
        load: See `Load`.
        argv: The arguments; None: those of the process.
        wrong: Errors that mean wrong usage, beside those of this package.
    """
    args = cli.parse_args(argv)
    usage: tuple[type[Exception], ...] = (MediaError, CheckpointError, ConfigError, *wrong)
    try:
        with _terminable(), plain_warnings():
            summary = _run(args, load)
    except KeyboardInterrupt as stop:
        print(f"interrupted: {stop}" if str(stop) else "interrupted", file=sys.stderr)
        return INTERRUPTED
    except usage as error:
        print(f"error: {error}", file=sys.stderr)
        return USAGE
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"error: {where}{reason(error)}", file=sys.stderr)
        return USAGE
    print(_told(summary))
    return FAILED if summary.broken and args.strict else DONE


def _run(args: argparse.Namespace, load: Load) -> Summary:
    most = THREADS_PER_CORE * (os.cpu_count() or 1)
    if not 0 <= args.threads <= most:
        raise ConfigError(f"--threads must be from 0 to {most} here, got {args.threads}")
    if args.threads:
        torch.set_num_threads(args.threads)
    options = options_of(args)
    check(args.source, args.driving, out=args.out, device=args.device, checkpoint=args.checkpoint)
    model = load(args)
    with progress() as report:
        return animate(
            args.source, args.driving, model, out=args.out, options=options, report=report
        )


def _told(summary: Summary) -> str:
    text = f"wrote {summary.path}: {summary.frames} frames"
    if summary.best_frame:
        text += f", motion counted from the driver's frame {summary.best_frame}"
    if summary.broken:
        text += f"; {summary.broken} broken parts of the driver were left out"
    return text


@contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM interrupt as Ctrl-C does; only the main thread may say so."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL if former is None else former)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
