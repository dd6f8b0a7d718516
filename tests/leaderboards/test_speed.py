"""The committed speeds, and what their reader refuses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from baselines import METHODS
from datasets.registry import DATASETS, UsageError, shown_name
from leaderboards.speed import COLUMNS, Speed, read_speed

HEAD = ",".join(COLUMNS)
LINE = (
    'mini,mgif-mini,fomm,"CPU 9, 2 logical cores",float32,16,1,96,67.09,2.9.1,2026-11-28,python x'
)


ROOT = Path(__file__).parents[2]


def test_every_trained_cell_of_the_mini_board_was_measured_alike() -> None:
    rows = [row for row in read_speed(ROOT / "leaderboards/v1/speed.csv") if row.profile == "mini"]
    cells = {(shown_name(dataset, "mini"), method) for dataset in DATASETS for method in METHODS}
    devices = {(row.device, row.precision, row.batch, row.threads) for row in rows}
    assert {(row.dataset, row.method) for row in rows} == cells
    assert len(rows) == len(cells) * len(devices)


def table(folder: Path, *lines: str) -> Path:
    path = folder / "speed.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_row_is_read(tmp_path: Path) -> None:
    (row,) = read_speed(table(tmp_path, HEAD, LINE))
    assert row == Speed(
        profile="mini",
        dataset="mgif-mini",
        method="fomm",
        device="CPU 9, 2 logical cores",
        precision="float32",
        batch=16,
        threads=1,
        frames=96,
        frames_per_second=67.09,
        torch="2.9.1",
        date="2026-11-28",
        command="python x",
    )


def test_without_a_table_there_are_no_speeds(tmp_path: Path) -> None:
    assert read_speed(tmp_path / "speed.csv") == []
    assert read_speed(table(tmp_path, HEAD)) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("67.09", "nan", "frames_per_second is nan"),
        ("67.09", "0", "frames_per_second is 0.0"),
        ("67.09", "1e999", "frames_per_second is inf"),
        ("67.09", "fast", "could not convert"),
        (",16,", ",0,", "batch is '0'"),
        (",16,", ",-1,", "batch is '-1'"),
        (",96,", ",9.5,", "frames is '9.5'"),
        (",1,", ",²,", "threads is '²'"),
        ("mgif-mini", "mgif", "known: taichi-hd-mini,"),  # a mini figure is never a real one
        ("mini,mgif-mini", "full,mgif-mini", "known: taichi-hd,"),
        ("mini,mgif", "tiny,mgif", "known: mini, full"),
        ("2026-11-28", "yesterday", "isoformat"),
        (",fomm,", ",,", "method is empty"),
        (",fomm,", ",", "11 cells, expected 12"),
    ],
)
def test_a_bad_cell_is_named_with_file_and_line(tmp_path: Path, old, new, said) -> None:
    path = table(tmp_path, HEAD, LINE.replace("fomm", "x2face"), LINE.replace(old, new, 1))
    with pytest.raises(UsageError) as error:
        read_speed(path)
    assert str(error.value).startswith(f"{path}, line 3: ") and said in str(error.value)


def test_the_same_measurement_twice_is_refused(tmp_path: Path) -> None:
    path = table(tmp_path, HEAD, LINE, LINE.replace("67.09", "70.0"))
    with pytest.raises(UsageError, match="line 3: measures the same as line 2"):
        read_speed(path)
    assert len(read_speed(table(tmp_path, HEAD, LINE, LINE.replace("CPU 9", "CPU 8")))) == 2


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "line 1: expected the columns"),
        (b"a,b\n", "line 1: expected the columns"),
        (HEAD.encode() + b"\n\xff\n", "no CSV in UTF-8"),
        (HEAD.encode() + b'\n"mini\n', "no CSV in UTF-8"),
        (b"x" * 1_000_001, "larger than"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "speed.csv"
    path.write_bytes(data)
    with pytest.raises(UsageError, match=said):
        read_speed(path)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_speed(tmp_path)


def test_reading_needs_no_torch() -> None:
    code = "import sys, leaderboards.speed; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
