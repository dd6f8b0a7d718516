"""Small results made by hand; every number is exact in binary where a test prints it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from datasets.registry import shown_name, split_id
from metrics.result import (
    Checkpoint,
    ClipRow,
    Coverage,
    MetricValue,
    PairedDifference,
    Result,
    Split,
    clips_digest,
    write_clips,
    write_result,
)
from tests.leaderboards.boards import board_command, study_command
from tests.leaderboards.scored import PROTOCOL

UNITS = {"l1@clip": "intensity in [0, 1]", "akd@clean": "px", "occlusion-iou": "fraction"}
CLIPS = ("a#000000#000024", "b#000000#000024", "c#000000#000024")
VIDEOS = dict(zip(CLIPS, "abb", strict=True))
ANCHORS = ("oracle", "reencoded", "copy-source")

Figure = tuple[float, float, float] | float | str


def metric(name: str, figure: Figure) -> MetricValue:
    """A value with interval, a value without, or the reason of a null."""
    unit = UNITS.get(name, "units")
    if isinstance(figure, str):
        return MetricValue(None, None, None, unit, 0, 0, figure)
    if isinstance(figure, tuple):
        return MetricValue(*figure, unit, 3, 2)
    return MetricValue(figure, None, None, unit, 3, 2, "too few clips")


def make(
    method: str = "fomm",
    dataset: str = "taichi-hd",
    *,
    figures: dict[str, Figure] | None = None,
    against: dict[str, dict[str, tuple[float, float, float]]] | None = None,
    **changes: object,
) -> Result:
    anchor = method in ANCHORS
    figures = {"l1@clip": (0.25, 0.125, 0.5)} if figures is None else figures
    if changes.get("status") == "submitted":  # those are made again from the values per clip
        figures = {name: f[0] if isinstance(f, tuple) else f for name, f in figures.items()}
        level = PairedDifference(0.0, None, None, 3, 2)  # copy-source has the same value
        changes = {"protocol": PROTOCOL, "paired": {"copy-source": {"l1@clip": level}}} | changes
    fields = {
        "dataset": dataset,
        "profile": "mini",
        "shown_name": shown_name(dataset, "mini"),
        "method": method,
        "status": "anchor" if anchor else "reproduced",
        "split": Split(split_id(dataset, "mini"), "test", "ab" * 32),
        "coverage": Coverage(3, 3, clips_digest(CLIPS)),
        "metrics": {name: metric(name, figure) for name, figure in figures.items()},
        "source_sha256": "cd" * 32,
        "paired": {
            other: {name: PairedDifference(*numbers, 3, 2) for name, numbers in pairs.items()}
            for other, pairs in (against or {}).items()
        },
        "checkpoint": None if anchor else Checkpoint("f" * 64, "e" * 64, 7, 1_234_567, 98_765, 600),
    }
    return Result(**(fields | changes))


def save(folder: Path, *results: Result) -> Path:
    """Write results, and per-clip values that are all equal to the figure they are the mean of."""
    for result in results:
        home = folder if result.task == "reconstruction" else folder / result.task
        name = f"{result.dataset}-{result.method}"
        write_result(home / f"{name}.json", result)
        values = {of: figure.value for of, figure in result.metrics.items()}
        rows = [ClipRow(clip, VIDEOS[clip], 24, values) for clip in CLIPS]
        write_clips(home / f"{name}.clips.csv", rows, list(values))
    return folder


@pytest.fixture
def result() -> Callable[..., Result]:
    """Make one result: ``result("fomm", figures={"l1@clip": (value, lo, hi)}, against=...)``."""
    return make


@pytest.fixture
def scores(tmp_path: Path) -> Callable[..., Path]:
    """Write results with their per-clip files into a folder of this test, animations below it."""

    def write(*results: Result, name: str = "scores") -> Path:
        return save(tmp_path / name, *results)

    return write


@pytest.fixture
def command(tmp_path: Path, scores: Callable[..., Path]) -> Callable[..., int]:
    """A folder with two scored methods and a README; runs the command line in it."""
    scores(make("fomm"), make("copy-source"), name="scores")
    return board_command(tmp_path)


@pytest.fixture
def board(tmp_path: Path) -> Path:
    """Where `command` builds the board."""
    return tmp_path / "v1" / "mini" / "board"


@pytest.fixture
def study(tmp_path: Path) -> Callable[..., int]:
    """Two seeds of three methods and their differences; runs the command line on them."""
    return study_command(tmp_path, make)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Where `study` writes."""
    return tmp_path / "studies"
