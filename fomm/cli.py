"""The command line ``python -m fomm.animate``."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, get_args

import torch

from fomm.animation import Summary, animate, check
from fomm.checkpoint import CheckpointError
from fomm.config import ConfigError
from fomm.media.errors import MediaError, reason
from fomm.media.fit import Fit
from fomm.model import FOMM
from fomm.options import Options, Precision
from fomm.progress import plain_warnings, progress

DONE, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130
THREADS_PER_CORE = 4
"""More are of no use, and too many end the process."""


class _Help(argparse.ArgumentDefaultsHelpFormatter):
    """Says defaults, but not those of flags and of what has none."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if action.default is None or isinstance(action.default, bool):
            return action.help
        return super()._get_help_string(action)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    cli = argparse.ArgumentParser(
        prog="python -m fomm.animate",
        description="Move a source picture like a driving video.",
        epilog="Exit status: 0 done, 1 with --strict when parts of the driver were broken, 2 wrong "
        "usage or input, 130 interrupted (what was done is kept as NAME.partial.EXT).",
        formatter_class=_Help,
    )
    for name, text in (
        ("source", "picture of any size, or a video: its first frame"),
        ("driving", "video, gif, picture, or folder of numbered pictures, of any size"),
        ("checkpoint", "released .pth.tar, or one of ours (.safetensors)"),
        (
            "out",
            ".mp4, .webm, .mkv (lossless), .gif or .png (frames side by side); replaced at the "
            "end, unfinished work is kept as NAME.partial.EXT",
        ),
    ):
        cli.add_argument(
            f"--{name}", type=Path, required=True, default=argparse.SUPPRESS, help=text
        )
    _add_motion(cli)
    _add_looks(cli)
    _add_running(cli)
    return cli


def _add_motion(cli: argparse.ArgumentParser) -> None:
    group = cli.add_argument_group("motion")
    how = group.add_mutually_exclusive_group()
    how.add_argument(
        "--relative",
        action="store_true",
        default=True,
        help="the source moves by what the driver did since its first frame (the default)",
    )
    how.add_argument(
        "--absolute",
        dest="relative",
        action="store_false",
        help="the source takes the driver's keypoints as they are",
    )
    _flag(group, "adapt-scale", "scale relative motion by the sizes of source and driver")
    _flag(group, "best-frame", "count relative motion from the driver's frame nearest in pose")


def _add_looks(cli: argparse.ArgumentParser) -> None:
    group = cli.add_argument_group("pictures")
    group.add_argument(
        "--fit",
        choices=get_args(Fit),
        default="pad",
        help="how pictures become squares: padded by their edges, cropped to the middle, stretched",
    )
    _flag(group, "side-by-side", "source, driver and result beside each other")
    _flag(group, "show-keypoints", "draw the keypoints")
    _flag(group, "no-sound", "leave the driver's sound out")


def _add_running(cli: argparse.ArgumentParser) -> None:
    group = cli.add_argument_group("running")
    group.add_argument("--config", help="name or file, if the checkpoint's own is wrong")
    group.add_argument(
        "--align-corners",
        choices=("true", "false"),
        help="how grids are sampled, if the checkpoint says otherwise than it was trained",
    )
    group.add_argument(
        "--precision", choices=get_args(Precision), default="float32", help="of convolutions"
    )
    group.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    group.add_argument("--threads", type=int, default=0, help="CPU threads; 0: one per core")
    group.add_argument("--batch", type=int, default=0, help="frames at a time; 0 chooses")
    _flag(group, "strict", "exit with 1 if parts of the driver were broken")


def _flag(group: Any, name: str, text: str) -> None:  # noqa: ANN401 - argparse's groups are private
    group.add_argument(f"--{name}", action="store_true", help=text)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    args = parser().parse_args(argv)
    try:
        with _terminable(), plain_warnings():
            summary = _run(args)
    except KeyboardInterrupt as stop:
        print(f"interrupted: {stop}" if str(stop) else "interrupted", file=sys.stderr)
        return INTERRUPTED
    except (MediaError, CheckpointError, ConfigError) as error:
        print(f"error: {error}", file=sys.stderr)
        return USAGE
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"error: {where}{reason(error)}", file=sys.stderr)
        return USAGE
    print(_told(summary))
    return FAILED if summary.broken and args.strict else DONE


def _told(summary: Summary) -> str:
    text = f"wrote {summary.path}: {summary.frames} frames"
    if summary.best_frame:
        text += f", motion counted from the driver's frame {summary.best_frame}"
    if summary.broken:
        text += f"; {summary.broken} broken parts of the driver were left out"
    return text


def _run(args: argparse.Namespace) -> Summary:
    most = THREADS_PER_CORE * (os.cpu_count() or 1)
    if not 0 <= args.threads <= most:
        raise ConfigError(f"--threads must be from 0 to {most} here, got {args.threads}")
    if args.threads:
        torch.set_num_threads(args.threads)
    options = Options(
        relative=args.relative,
        adapt_scale=args.adapt_scale,
        best_frame=args.best_frame,
        fit=args.fit,
        side_by_side=args.side_by_side,
        show_keypoints=args.show_keypoints,
        sound=not args.no_sound,
        precision=args.precision,
        device=args.device,
        batch=args.batch,
    )
    check(args.source, args.driving, out=args.out, device=args.device, checkpoint=args.checkpoint)
    align = None if args.align_corners is None else args.align_corners == "true"
    model = FOMM.load(args.checkpoint, config=args.config, align_corners=align)
    with progress() as report:
        return animate(
            args.source, args.driving, model, out=args.out, options=options, report=report
        )


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
