from __future__ import annotations

import csv
from pathlib import Path

import pytest
import torch

from baselines.pairs import list_clips
from baselines.validation import Validation
from baselines.watch import Watch, read_rows
from datasets.registry import UsageError

CPU = torch.device("cpu")


class Told:
    """What a board was told."""

    def __init__(self) -> None:
        self.rows, self.pictures = [], []

    def row(self, row) -> None:
        self.rows.append(dict(row))

    def picture(self, name, picture, step) -> None:
        self.pictures.append((name, picture.shape[2], step))


@pytest.fixture
def validation(clips: Path) -> Validation:
    return Validation(list_clips(clips, "train"), pairs=2)


def row(step: int) -> dict[str, float]:
    return {"step": float(step), "steps_per_second": 2.5, "wait_share": 0.0625, "grad_norm": 1e-5}


def watch(folder: Path, validation: Validation | None, every: int = 20, **options) -> Watch:
    options = {"pictures": True, "board": None, **options}
    return Watch(folder, validation=validation, every=every, **options)


def steps_of(folder: Path) -> list[float]:
    return [row["step"] for row in read_rows(folder / "watch.csv")]


def pictures_of(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "pictures").iterdir())


def test_rows_pictures_and_the_board(blend, validation: Validation, tmp_path: Path) -> None:
    board, method, folder = Told(), blend(), tmp_path / "a.run"
    looking = watch(folder, validation, board=board)
    found = [looking.after(step, method, CPU, row(step)) for step in (10, 20, 30, 40)]
    l1 = validation.l1(method, CPU)
    assert found == [None, l1, None, l1]
    assert pictures_of(folder) == ["step-00000020.png", "step-00000040.png"]
    with (folder / "watch.csv").open() as file:
        lines = list(csv.reader(file))
    assert lines[0] == ["step", "steps_per_second", "wait_share", "grad_norm", "l1_val"]
    assert lines[1] == ["10", "2.5", "0.0625", "1e-05", ""]
    assert lines[2] == ["20", "2.5", "0.0625", "1e-05", f"{l1:.9g}"]
    assert board.rows == [row(10), {**row(20), "l1_val": l1}, row(30), {**row(40), "l1_val": l1}]
    assert board.pictures == [("validation", 3, 20), ("validation", 3, 40)]


def test_a_resumed_run_cuts_what_it_does_again(blend, validation, tmp_path: Path) -> None:
    first = watch(tmp_path, validation, every=10)
    for step in (10, 20, 30, 40):
        first.after(step, blend(), CPU, row(step))
    (tmp_path / "pictures" / "step-notes.png").touch()
    early = (tmp_path / "watch.csv").read_text().splitlines()[:3]
    again = watch(tmp_path, validation, every=10)  # from the state of step 20
    again.after(30, blend(start=1.0), CPU, {**row(30), "cuda_mib": 7.0})
    assert steps_of(tmp_path) == [10, 20, 30]
    lines = (tmp_path / "watch.csv").read_text().splitlines()
    assert lines[0] == "step,steps_per_second,wait_share,grad_norm,cuda_mib,l1_val"
    for old, new in zip(early[1:], lines[1:], strict=False):  # with the new column, else as before
        assert new.split(",")[:4] + new.split(",")[5:] == old.split(",")
    names = [f"step-000000{step}.png" for step in (10, 20, 30)]
    assert pictures_of(tmp_path) == [*names, "step-notes.png"]


def test_rows_between_looks_and_looks_between_rows(blend, validation, tmp_path: Path) -> None:
    looking = watch(tmp_path, validation, every=25, pictures=False)
    steps = (10, 20, 30, 40, 50, 60, 100)
    found = [looking.after(step, blend(), CPU, row(step)) is not None for step in steps]
    assert found == [False, False, True, False, True, False, True]
    # A resumed run looks at the same steps: where it stands it knows from the rows.
    again = watch(tmp_path, validation, every=25, pictures=False)
    found = [again.after(step, blend(), CPU, row(step)) is not None for step in (40, 50, 60)]
    assert found == [False, True, False]
    assert not (tmp_path / "pictures").exists()


def test_without_validation_there_are_rows_only(blend, tmp_path: Path) -> None:
    looking = watch(tmp_path, None, every=1)
    assert looking.after(1, blend(), CPU, row(1)) is None
    assert [path.name for path in tmp_path.iterdir() if path.name != "clips"] == ["watch.csv"]


def test_a_new_run_in_an_old_folder_keeps_nothing(blend, validation, tmp_path: Path) -> None:
    for step in (10, 20):
        watch(tmp_path, validation, every=10).after(step, blend(), CPU, row(step))
    watch(tmp_path, validation, every=10).after(5, blend(), CPU, row(5))
    assert steps_of(tmp_path) == [5]
    assert pictures_of(tmp_path) == []


@pytest.mark.parametrize(
    "text", ["step,l1\n10,many\n", "step\n1,2\n", "l1\n0.5\n", "step,l1\n1,\x00", "step\n\xff"]
)
def test_a_table_that_cannot_be_read_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "watch.csv").write_text(text, encoding="latin-1")
    with pytest.raises(UsageError, match=r"watch\.csv: .*remove"):
        watch(tmp_path, None)


def test_every_is_positive(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="at least 1, got 0"):
        watch(tmp_path, None, every=0)
