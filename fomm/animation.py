"""Animate files: a picture and a video in, a video out. `fomm.animate` and the command line."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from fomm.animator import Animator, Moved, Picture, Source, device_of
from fomm.config import ConfigError
from fomm.media.errors import MediaError, reading, require_there
from fomm.media.fit import Box, Fit, content_box, fit, unfit
from fomm.media.read import Driver, read_source
from fomm.media.write import Writer, open_writer
from fomm.media.writer import part_name, partial_name
from fomm.model import FOMM
from fomm.pictures.panels import beside, with_keypoints

Path_ = str | os.PathLike[str]
Precision = Literal["float32", "bf16"]
MOST_AT_A_TIME = 256


@dataclass(frozen=True)
class Options:
    """How to animate.

    Attributes:
        relative: The source moves by what the driver did since its first frame, from its own pose
            (paper, section 3.4); otherwise it takes the driver's absolute keypoints.
        adapt_scale: Relative motion is scaled by the sizes of source and driver.
        best_frame: Relative motion is counted from the driver's frame whose pose is nearest to the
            source's, not from the first. Reads the driver twice.
        fit: How pictures become squares of the model's size, see `fomm.media.fit`.
        side_by_side: Source, driver and result beside each other.
        show_keypoints: Draw the keypoints on source, driver and result.
        sound: Keep the driver's sound.
        precision: Of the convolutions of motion and generator.
        device: "cpu", "cuda", or "auto": cuda where there is one.
        batch: Driving frames at a time, at most `MOST_AT_A_TIME`; 0 chooses.

    Raises:
        ConfigError: A value is none of these.
    """

    relative: bool = True
    adapt_scale: bool = False
    best_frame: bool = False
    fit: Fit = "pad"
    side_by_side: bool = False
    show_keypoints: bool = False
    sound: bool = True
    precision: Precision = "float32"
    device: str = "auto"
    batch: int = 0

    def __post_init__(self) -> None:
        if not self.relative and (self.adapt_scale or self.best_frame):
            raise ConfigError(
                "adapt_scale and best_frame change relative motion; with absolute keypoints they "
                "would do nothing: leave them out, or use relative motion"
            )
        for name, known in (("precision", get_args(Precision)), ("fit", get_args(Fit))):
            if getattr(self, name) not in known:
                text = f"{name} must be one of {', '.join(known)}"
                raise ConfigError(f"{text}, got {getattr(self, name)!r}")
        whole = isinstance(self.batch, int) and not isinstance(self.batch, bool)
        if not whole or not 0 <= self.batch <= MOST_AT_A_TIME:
            text = f"batch must be a whole number from 0 to {MOST_AT_A_TIME}"
            raise ConfigError(f"{text}, got {self.batch!r}")


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


Report = Callable[[str, int, int], None]
"""Called before the first frame and after each: what is being done, frames done, frames in all
(0: not known)."""


def animate(
    source: Path_,
    driving: Path_,
    model: FOMM | Path_,
    *,
    out: Path_,
    options: Options = Options(),
    report: Report = lambda what, done, total: None,
) -> Summary:
    """Animate a picture by a video, in memory that does not grow with its length.

    The result has the driver's time stamps and sound, and the shape of the source picture at the
    model's resolution. Interrupted work (Ctrl-C, an error) is kept as ``NAME.partial.EXT``.

    Args:
        source: Picture of any size, or a video, whose first frame is taken.
        driving: Video, animation or picture of any size.
        model: A model, or the path of a checkpoint for `FOMM.load`.
        out: .mp4, .webm, .mkv (lossless), .gif, or .png (a strip, held in memory).
        options: How.
        report: For progress.

    Raises:
        MediaError: A picture or video cannot be read, or the output cannot be written.
        CheckpointError: The checkpoint cannot be loaded.
        ConfigError: The device is not there.
        Interrupted: Ctrl-C; what was done is kept.
    """
    checkpoint = None if isinstance(model, FOMM) else model
    check(source, driving, out=out, device=options.device, checkpoint=checkpoint)
    picture = read_source(Path(source))
    if not isinstance(model, FOMM):
        model = FOMM.load(model)
    animator = Animator(
        model,
        device=device_of(options.device),
        bf16=options.precision == "bf16",
        batch=options.batch,
    )
    with Driver(Path(driving)) as driver:
        return _animate(animator, picture, driver, out=Path(out), options=options, report=report)


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
    animator: Animator,
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
            best = _write(animator, picture, driver, writer=writer, options=options, report=report)
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
    animator: Animator,
    picture: Picture,
    driver: Driver,
    *,
    writer: Writer,
    options: Options,
    report: Report,
) -> int:
    """Write all frames; return the index of the one that relative motion was counted from."""
    source = animator.encode(fit(picture, animator.size, options.fit))
    layout = _Layout(picture, source, driver, animator.size, options)
    frames = _Squares(driver, animator.size, options.fit)
    best, initial = 0, None
    if options.best_frame:
        best, initial = animator.nearest_pose(source, frames.counted(report))
    moved = animator.frames(
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


class _Squares:
    """The driver's frames as squares of the model's size; `times` holds when each was shown."""

    def __init__(self, driver: Driver, size: int, how: Fit) -> None:
        self._driver, self._size, self._how = driver, size, how
        self.times: deque[Fraction] = deque()

    def __iter__(self) -> Iterator[Picture]:
        self.times.clear()
        for frame, seconds in self._driver:
            self.times.append(seconds)
            yield fit(frame, self._size, self._how)

    def counted(self, report: Report) -> Iterator[Picture]:
        """Yield the frames once, reporting each."""
        report("best frame", 0, self._driver.frames)
        for done, frame in enumerate(self, 1):
            yield frame
            report("best frame", done, self._driver.frames)


class _Layout:
    """Cuts pictures back out of the model's squares and puts them together for the viewer."""

    def __init__(
        self, picture: Picture, source: Source, driver: Driver, size: int, options: Options
    ) -> None:
        self._options = options
        self._box = content_box(picture.shape[0], picture.shape[1], size, options.fit)
        self._driver_box = content_box(driver.size[0], driver.size[1], size, options.fit)
        square = fit(picture, size, options.fit)
        self._source = self._cut(square, source.keypoints["value"][0].cpu().numpy(), self._box)

    def arrange(self, frame: Moved) -> Picture:
        """Return the picture to be written, uint8 (H, W, 3)."""
        result = self._cut(frame.prediction, frame.kp_used, self._box)
        if not self._options.side_by_side:
            return result
        driving = self._cut(frame.driving, frame.kp_driving, self._driver_box)
        return beside([self._source, driving, result])

    def _cut(self, square: Picture, keypoints: NDArray[np.float32], box: Box) -> Picture:
        if self._options.show_keypoints:
            square = with_keypoints(square, keypoints)
        return unfit(square, box)
