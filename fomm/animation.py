"""Animate files: a picture and a video in, a video out. `fomm.animate` and the command line."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from fomm.animator import Animator, device_of
from fomm.config import ConfigError
from fomm.framing import Layout, Squares
from fomm.media.errors import MediaError, reading, require_there
from fomm.media.fit import fit
from fomm.media.picture import Picture
from fomm.media.read import Driver, read_source
from fomm.media.write import Writer, open_writer
from fomm.media.writer import part_name, partial_name
from fomm.model import FOMM
from fomm.mover import Mover, Points
from fomm.options import Options
from fomm.progress import Report

__all__ = ["Interrupted", "Options", "Summary", "animate", "check"]

Path_ = str | os.PathLike[str]
S = TypeVar("S")

_OF_KEYPOINTS = ("adapt_scale", "best_frame", "show_keypoints")


class Interrupted(KeyboardInterrupt):
    """Animation was interrupted; the text says where the frames made so far are."""


class Summary(NamedTuple):
    """What `animate` did.

    Attributes:
        path: The file that was written.
        frames: Frames written.
        broken: Parts of the driver that could not be decoded and were left out.
        best_frame: Index of the driver's frame that relative motion was counted from.
    """

    path: Path
    frames: int
    broken: int
    best_frame: int


def animate(
    source: Path_,
    driving: Path_,
    model: FOMM | Path_ | Mover[Any],
    *,
    out: Path_,
    options: Options = Options(),  # noqa: B008 - frozen
    report: Report = lambda what, done, total: None,
) -> Summary:
    """Animate a picture by a video, in memory that does not grow with its length.

    The result has the driver's time stamps and sound, and the shape of the source picture at the
    model's resolution. Interrupted work (Ctrl-C, an error) is kept as ``NAME.partial.EXT``.

    Args:
        source: Picture of any size, or a video, whose first frame is taken.
        driving: Video, animation or picture of any size.
        model: A model, or the path of a checkpoint for `FOMM.load`, or a method made ready, on
            the device, in the precision and batches that it was made for.
        out: .mp4, .webm, .mkv (lossless), .gif, or .png (a strip, held in memory).
        options: How.
        report: For progress.

    Raises:
        MediaError: A picture or video cannot be read, or the output cannot be written.
        CheckpointError: The checkpoint cannot be loaded.
        ConfigError: The device is not there, or an option needs keypoints and the method has none.
        Interrupted: Ctrl-C; what was done is kept.
    """
    checkpoint = model if isinstance(model, str | os.PathLike) else None
    check(source, driving, out=out, device=options.device, checkpoint=checkpoint)
    picture = read_source(Path(source))
    if isinstance(model, str | os.PathLike):
        model = FOMM.load(model)
    if isinstance(model, FOMM):
        model = Animator(
            model,
            device=device_of(options.device),
            bf16=options.precision == "bf16",
            batch=options.batch,
        )
    with Driver(Path(driving)) as driver:
        return _animate(model, picture, driver, out=Path(out), options=options, report=report)


def check(
    source: Path_, driving: Path_, *, out: Path_, device: str, checkpoint: Path_ | None = None
) -> None:
    """Check what is quick to check, before anything is loaded; makes the folder of ``out``.

    Args:
        source: As for `animate`.
        driving: As for `animate`.
        out: As for `animate`.
        device: As in `Options`.
        checkpoint: A file that must not be written over either, if the model comes from one.

    Raises:
        MediaError: An input is missing, or ``out`` is an input or cannot be written.
        ConfigError: The device is not there.
    """
    device_of(device)
    inputs = [Path(source), Path(driving)]
    for path, what in zip(inputs, ("picture", "video"), strict=True):
        require_there(path, what=what)
    _check_out(Path(out), inputs if checkpoint is None else [*inputs, Path(checkpoint)])
    open_writer(Path(out), fps=Fraction(1)).abandon()


def _check_out(out: Path, inputs: list[Path]) -> None:
    if not out.name:
        return  # a folder, which `open_writer` refuses
    for path in inputs:
        for written in (out, partial_name(out), part_name(out)):
            with reading(written):
                same = written.exists() and path.exists() and written.samefile(path)
            if same:
                text = f"{out}: {path.name} is to be read, and would be written over"
                raise MediaError(f"{text}; name the result otherwise")


def _animate(
    mover: Mover[S],
    picture: Picture,
    driver: Driver,
    *,
    out: Path,
    options: Options,
    report: Report,
) -> Summary:
    sound = driver.path if options.sound and driver.has_sound else None
    writer = open_writer(out, fps=driver.fps, sound=sound)
    try:
        with writer:
            best = _write(mover, picture, driver, writer=writer, options=options, report=report)
    except KeyboardInterrupt as stop:
        raise Interrupted(_kept(writer)) from stop
    except MediaError as error:
        if writer.saved is None:
            raise
        raise MediaError(f"{error}; {_kept(writer)}") from error
    return Summary(out, writer.count, driver.broken, best)


def _kept(writer: Writer) -> str:
    if writer.saved is None:
        return "nothing was kept"
    return f"{writer.count} frames are kept in {writer.saved}"


def _write(
    mover: Mover[S],
    picture: Picture,
    driver: Driver,
    *,
    writer: Writer,
    options: Options,
    report: Report,
) -> int:
    """Write all frames; return the index of the one that relative motion was counted from."""
    source = mover.encode(fit(picture, mover.size, options.fit))
    pose = mover.pose(source)
    _check_pose(pose, options)
    layout = Layout(picture, pose, driver, mover.size, options)
    frames = Squares(driver, mover.size, options.fit)
    best, initial = 0, None
    if options.best_frame:
        best, initial = mover.nearest_pose(source, frames.counted(report))
    moved = mover.frames(
        source,
        frames,
        relative=options.relative,
        adapt_scale=options.adapt_scale,
        initial=initial,
    )
    report("animate", 0, driver.frames)
    for frame in moved:
        writer.write(layout.arrange(frame), frames.times.popleft())
        report("animate", writer.count, driver.frames)
    return best


def _check_pose(pose: Points | None, options: Options) -> None:
    wanted = [name for name in _OF_KEYPOINTS if getattr(options, name)]
    if pose is None and wanted:
        raise ConfigError(
            f"{', '.join(wanted)}: the method has no keypoints to draw, compare or measure; "
            "leave that out"
        )
