"""A figure that shows what the model does, step by step.

    python -m fomm.figure --source photo.png --driving clip.mp4 --checkpoint c.pth.tar --out f.png

One row per driving frame: source, driving frame, keypoints with their local affine frames, flow,
occlusion, the source warped by the flow, the result.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import get_args

from PIL import Image

from fomm.checkpoint import CheckpointError
from fomm.config import ConfigError
from fomm.media.errors import MediaError
from fomm.media.fit import Fit, fit
from fomm.media.picture import Picture
from fomm.media.read import Driver, first_frame, read_source
from fomm.model import FOMM
from fomm.pictures.columns import columns
from fomm.pictures.look import look
from fomm.pictures.sheet import sheet
from fomm.progress import plain_warnings

TILE = 192
"""Side in pixels that tiles have at least, if the scale is not given."""


def figure(
    model: FOMM,
    source: Picture,
    *,
    driving: Mapping[int, Picture],
    initial: Picture | None = None,
    scale: int | None = None,
) -> Picture:
    """Return the figure of a source and some driving frames, uint8 ``(H, W, 3)``.

    Args:
        model: In evaluation mode, on a CPU.
        source: uint8 ``(S, S, 3)``, S being the model's size.
        driving: Frames of that shape by their numbers.
        initial: The driver's first frame, for relative motion; None: absolute motion.
        scale: How many pixels a pixel is shown as; None: so many that a tile has `TILE`.

    Raises:
        ConfigError: The model has no dense motion.
    """
    seen = look(model, source, driving=list(driving.values()), initial=initial)
    side = len(source) * (scale or max(-(-TILE // len(source)), 1))
    shown = columns(seen, side=side, relative=initial is not None)
    return sheet(shown, rows=[f"frame {number}" for number in driving])


def pick(path: Path, count: int) -> dict[int, Picture]:
    """Return up to ``count`` frames of a driver by their numbers, evenly spread.

    The last is among them, the first only if there are no others: there nothing has moved yet.
    """
    with Driver(path) as driver:
        total = sum(1 for _ in driver)
        wanted = spread(total, count)
        return {n: frame for n, (frame, _) in enumerate(driver) if n in wanted}


def spread(total: int, count: int) -> list[int]:
    """Return up to ``count`` numbers from 1 to ``total - 1``, evenly spread; [0] for one frame.

    Example:
        >>> spread(101, 4)
        [25, 50, 75, 100]
    """
    last = total - 1
    return sorted({round(last * (k + 1) / count) for k in range(count)} - {0}) or [0]


def write_png(path: Path, picture: Picture) -> None:
    """Write a picture, atomically; the same picture gives the same bytes.

    Raises:
        OSError: The file cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        Image.fromarray(picture).save(part, format="png", optimize=True)
        part.replace(path)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    cli = argparse.ArgumentParser(
        prog="python -m fomm.figure",
        description="Show what the model does with a source and a driver, step by step.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    for name, text in (
        ("source", "picture of any size, or a video: its first frame"),
        ("driving", "video, gif or picture of any size"),
        ("checkpoint", "released .pth.tar, or one of ours (.safetensors)"),
        ("out", "the figure, a .png"),
    ):
        cli.add_argument(
            f"--{name}", type=Path, required=True, default=argparse.SUPPRESS, help=text
        )
    cli.add_argument("--frames", type=int, default=4, help="driving frames, evenly spread")
    cli.add_argument(
        "--relative",
        action="store_true",
        help="the source moves by what the driver did since its first frame",
    )
    cli.add_argument("--fit", choices=get_args(Fit), default="pad", help="how squares are made")
    cli.add_argument(
        "--scale", type=int, help=f"size of a pixel; None: so that tiles have {TILE} pixels"
    )
    return cli


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line: 0 done, 2 wrong usage or input."""
    args = parser().parse_args(argv)
    try:
        with plain_warnings():
            _run(args)
    except (CheckpointError, ConfigError, MediaError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"wrote {args.out}")
    return 0


def _run(args: argparse.Namespace) -> None:
    if args.out.suffix.lower() != ".png" or not args.out.parent.is_dir():
        raise ConfigError(f"{args.out}: expected the name of a .png in a folder that is there")
    if args.frames < 1 or (args.scale is not None and args.scale < 1):
        raise ConfigError("--frames and --scale must be at least 1")
    model = FOMM.load(args.checkpoint)

    def square(picture: Picture) -> Picture:
        return fit(picture, model.config.size, args.fit)

    drawn = figure(
        model,
        square(read_source(args.source)),
        driving={n: square(frame) for n, frame in pick(args.driving, args.frames).items()},
        initial=square(first_frame(args.driving)) if args.relative else None,
        scale=args.scale,
    )
    write_png(args.out, drawn)


if __name__ == "__main__":
    sys.exit(main())
