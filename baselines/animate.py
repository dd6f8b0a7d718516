"""Animate a picture by a video, with any method.

    python -m baselines.animate --method monkey-net --checkpoint CHECKPOINT \
        --source PICTURE --driving VIDEO --out OUT.mp4

It is `fomm.animate` for all methods: the same options, files and exit status.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from baselines import METHODS
from baselines.animator import animator_of
from baselines.trained import load_trained
from datasets.registry import UsageError
from fomm import cli
from fomm.animator import device_of
from fomm.arguments import corners_of, parser
from fomm.model import FOMM
from fomm.mover import Mover


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    return cli.run(command(), load, argv, wrong=(UsageError,))


def command() -> argparse.ArgumentParser:
    """Return the parser: that of `fomm.animate`, and the method."""
    made = parser(
        "python -m baselines.animate",
        checkpoint="of the stage train (.safetensors), or as the method's authors released it",
    )
    made.add_argument(
        "--method",
        required=True,
        choices=list(METHODS),
        default=argparse.SUPPRESS,
        help="whose checkpoint it is",
    )
    return made


def load(args: argparse.Namespace) -> FOMM | Mover[Any]:
    """Return what the arguments ask for; FOMM as `fomm.animate` has it, which is faster.

    Raises:
        UsageError: There is no such checkpoint, or the method has no such precision.
    """
    if args.method == "fomm":
        return cli.load(args)
    if args.precision != "float32":
        raise UsageError(
            f"--precision {args.precision}: {args.method} computes in float32 only; leave it out"
        )
    trained = load_trained(
        args.checkpoint, args.method, config=args.config, align_corners=corners_of(args)
    )
    device = device_of(args.device)
    return animator_of(trained.method, size=trained.size, device=device, batch=args.batch)


if __name__ == "__main__":
    sys.exit(main())
