"""What can be asked of a command line that animates."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, get_args

from fomm.media.fit import Fit
from fomm.options import Options, Precision


class _Help(argparse.ArgumentDefaultsHelpFormatter):
    """Says defaults, but not those of flags and of what has none."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if action.default is None or isinstance(action.default, bool):
            return action.help
        return super()._get_help_string(action)


def parser(
    prog: str = "python -m fomm.animate",
    *,
    checkpoint: str = "released .pth.tar, or one of ours (.safetensors)",
) -> argparse.ArgumentParser:
    """Return the parser of a command line.

    Args:
        prog: How it is called.
        checkpoint: What may be given as one, for the help.
    """
    cli = argparse.ArgumentParser(
        prog=prog,
        description="Move a source picture like a driving video.",
        epilog="Exit status: 0 done, 1 with --strict when parts of the driver were broken, 2 wrong "
        "usage or input, 130 interrupted (what was done is kept as NAME.partial.EXT).",
        formatter_class=_Help,
    )
    for name, text in (
        ("source", "picture of any size, or a video: its first frame"),
        ("driving", "video, gif, picture, or folder of numbered pictures, of any size"),
        ("checkpoint", checkpoint),
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
        help="the source takes the driver's pose as it is",
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
    group.add_argument(
        "--config", help="name or file, if the checkpoint has none or its own is wrong"
    )
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


def options_of(args: argparse.Namespace) -> Options:
    """Return what was asked for of `fomm.animation.animate`.

    Raises:
        ConfigError: The options contradict each other.
    """
    return Options(
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


def corners_of(args: argparse.Namespace) -> bool | None:
    """Return what was asked for as ``--align-corners``; None: what the checkpoint says."""
    return None if args.align_corners is None else args.align_corners == "true"
