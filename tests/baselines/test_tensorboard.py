from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from baselines.tensorboard import Board
from datasets.registry import UsageError


def read(folder: Path) -> EventAccumulator:
    found = EventAccumulator(str(folder), size_guidance={"scalars": 0, "images": 0})
    found.Reload()
    return found


def points(folder: Path, name: str) -> list[tuple[int, float]]:
    return [(event.step, event.value) for event in read(folder).Scalars(name)]


def end_of_a_session(folder: Path, number: int) -> None:
    """Give its event file the name of an earlier second: files are read in order of their names."""
    (last,) = folder.glob("events.out.tfevents.*.*.*")
    last.rename(folder / f"events.out.tfevents.{number}")


def test_rows_and_pictures_are_read_back(tmp_path: Path) -> None:
    board = Board(tmp_path)
    assert not list(tmp_path.iterdir())  # nothing to say yet
    board.row({"step": 20.0, "l1": 0.5, "wait_share": 0.25})
    board.row({"step": 40.0, "l1": 0.25})
    picture = np.random.default_rng(0).integers(0, 255, (6, 9, 3)).astype(np.uint8)
    board.picture("validation", picture, 40)
    board.close()
    assert points(tmp_path, "l1") == [(20, 0.5), (40, 0.25)]
    assert points(tmp_path, "wait_share") == [(20, 0.25)]
    found = read(tmp_path)
    assert sorted(found.Tags()["scalars"]) == ["l1", "wait_share"]
    (image,) = found.Images("validation")
    assert image.step == 40
    shown = Image.open(BytesIO(image.encoded_image_string))
    assert (np.asarray(shown) == picture).all()


def test_a_killed_training_loses_nothing_and_a_resumed_one_repeats_nothing(tmp_path: Path) -> None:
    board = Board(tmp_path)
    for step in (10, 20, 30, 40):
        board.row({"step": step, "l1": 1 / step})
    board.picture("validation", np.zeros((4, 4, 3), np.uint8), 40)
    assert len(points(tmp_path, "l1")) == 4  # never closed
    end_of_a_session(tmp_path, 1)

    again = Board(tmp_path)  # resumes from the state of step 20
    for step in (30, 40, 50):
        again.row({"step": step, "l1": 1 / step})
    again.picture("validation", np.zeros((4, 4, 3), np.uint8), 40)
    again.close()
    found = points(tmp_path, "l1")
    assert [step for step, _ in found] == [10, 20, 30, 40, 50]
    assert [event.step for event in read(tmp_path).Images("validation")] == [40]


def test_without_tensorboard_the_extra_is_named(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(UsageError, match=r"pip install -e '\.\[watch\]'"):
        Board(tmp_path)


def test_a_board_that_was_told_nothing_can_be_closed(tmp_path: Path) -> None:
    Board(tmp_path).close()
    assert not list(tmp_path.iterdir())
