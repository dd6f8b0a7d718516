"""Frames per second: what is timed, what stands beside a figure, and how the table is kept."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path
from typing import ClassVar

import pytest
import torch

from baselines import checkpoint, predict, speed
from baselines.checkpoint import CheckpointInfo
from baselines.speed_table import COLUMNS, KEY
from datasets.clips import read_clip
from datasets.registry import UsageError
from leaderboards import speed as reader

PARAMS = "profile: mini\nprofiles:\n  mini:\n    predict: {batch: 3, threads: 1}\n"
CELL = ["--dataset", "taichi-hd", "--method", "blend"]


@pytest.fixture
def project(blend, clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to run in: parameters, the test clips of a data set and a trained method."""
    monkeypatch.setattr(predict, "method_class", lambda name: blend)
    monkeypatch.setattr(speed, "METHODS", {"blend": blend})
    monkeypatch.setattr(speed, "BATCHES", 4)
    (tmp_path / "params.yaml").write_text(PARAMS)
    home = tmp_path / "work/mini"
    (home / "clips").mkdir(parents=True)
    clips.rename(home / "clips/taichi-hd")
    info = CheckpointInfo("blend", {"start": 5.0}, "f" * 64, 0, 10, 3, 768)
    (home / "train").mkdir()
    weights = home / "train/taichi-hd-blend.safetensors"
    checkpoint.save(weights, blend(5.0).state_dict(), info)
    threads = torch.get_num_threads()
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    torch.set_num_threads(threads)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_row_says_what_it_holds_for(project: Path, capsys) -> None:
    assert speed.main([*CELL, "--out", "speed.csv"]) == 0
    (row,) = rows(Path("speed.csv"))
    assert row["dataset"] == "taichi-hd-mini"  # never the name of the real data
    assert (row["profile"], row["method"], row["precision"]) == ("mini", "blend", "float32")
    assert (row["batch"], row["threads"], row["frames"]) == ("3", "1", "12")
    assert row["torch"] == torch.__version__
    assert row["command"] == (
        "python -m baselines.speed --profile mini --dataset taichi-hd --method blend --device cpu"
    )
    assert row["device"].endswith(" logical cores")
    assert f"{row['frames_per_second']} frames per second on {row['device']}" in (
        capsys.readouterr().out
    )


def test_the_reader_of_the_boards_reads_what_is_written(project: Path) -> None:
    assert COLUMNS == reader.COLUMNS
    assert speed.main([*CELL, "--out", "speed.csv"]) == 0
    (read,), (written,) = reader.read_speed(Path("speed.csv")), rows(Path("speed.csv"))
    assert {name: str(value) for name, value in vars(read).items()} == written


def test_a_row_takes_the_place_of_the_same_measurement_alone(project: Path) -> None:
    table = Path("speed.csv")
    speed.main([*CELL, "--out", str(table)])
    old = {**rows(table)[0], "frames_per_second": "0.001", "torch": "0.1"}
    others = [{**old, name: f"~{old[name]}"} for name in KEY]
    with table.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows([old, *others])
    assert speed.main([*CELL, "--out", str(table)]) == 0
    found = rows(table)
    (new,) = [row for row in found if row not in others]
    assert new["torch"] == torch.__version__ and len(found) == 1 + len(others)
    assert found == sorted(found, key=lambda row: [row[name] for name in KEY])
    assert not list(project.glob(".*.part"))


def test_all_cells_are_measured_when_none_is_named(project: Path, capsys, monkeypatch) -> None:
    monkeypatch.setattr(speed, "DATASETS", ("taichi-hd", "mgif"))
    assert speed.main(["--out", "speed.csv"]) == 2
    said = capsys.readouterr().err
    assert "mgif-blend.safetensors: no such checkpoint; run the train stage" in said
    assert not Path("speed.csv").exists()
    home = project / "work/mini"
    shutil.copytree(home / "clips/taichi-hd", home / "clips/mgif")
    shutil.copy(home / "train/taichi-hd-blend.safetensors", home / "train/mgif-blend.safetensors")
    assert speed.main(["--out", "speed.csv"]) == 0
    found = rows(Path("speed.csv"))
    assert [row["dataset"] for row in found] == ["mgif-mini", "taichi-hd-mini"]
    assert "--dataset mgif " in found[0]["command"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "expected the columns profile,"),
        (",".join(COLUMNS) + "\nmini\n", "a line has not 12 cells"),
        (",".join(COLUMNS) + '\n"mini\n', "cannot be read as CSV"),
    ],
)
def test_another_table_is_neither_read_nor_overwritten(
    project: Path, capsys, text: str, said: str
) -> None:
    Path("notes.csv").write_text(text)
    assert speed.main([*CELL, "--out", "notes.csv"]) == 2
    assert f"notes.csv: {said}" in capsys.readouterr().err
    assert Path("notes.csv").read_text() == text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--dataset", "taichi"], "known: taichi-hd,"),
        (["--method", "fom"], "known: blend"),
        (["--profile", "tiny"], "known: mini, full"),
        (["--device", "abacus"], "known: cpu, cuda"),
    ],
)
def test_unknown_names_list_the_known_ones(project: Path, capsys, words, said) -> None:
    assert speed.main([*CELL, *words]) == 2
    assert said in capsys.readouterr().err


class Slow:
    """A method on a clock of its own: encoding takes 100 seconds, a frame 2, earlier ones more."""

    now = 0.0  # of all
    order: ClassVar[list[str]] = []

    def __init__(self, name: str = "one", seconds: float = 2, disturbed: int | None = None) -> None:
        self.name, self.seconds, self.disturbed = name, seconds, disturbed
        self.batches: list[int] = []
        self.sources = 0

    def encode(self, source):
        Slow.now += 100
        self.sources += len(source)
        return self.name

    def animate(self, state, driving):
        assert state == self.name
        self.batches.append(len(driving))
        Slow.order.append(self.name)
        done = len(self.batches) // 3  # three batches are a repeat
        warm = len(self.batches) > 3 * speed.WARM_UPS
        Slow.now += len(driving) * (self.seconds if warm else 1000)
        Slow.now += 1e6 * (done == self.disturbed)


def figures(*methods: Slow) -> list[float]:
    frames = torch.zeros(10, 3, 4, 4)
    Slow.order.clear()
    return speed.frames_per_second([(m, frames) for m in methods], 4, clock=lambda: Slow.now)


def test_encoding_and_warm_up_are_not_in_the_figure() -> None:
    slow = Slow()
    assert figures(slow) == [0.5]
    assert slow.sources == 1
    assert slow.batches == [4, 4, 2] * (speed.WARM_UPS + speed.REPEATS)


def test_one_slow_repeat_does_not_matter() -> None:
    assert figures(Slow(disturbed=speed.WARM_UPS + 3)) == [0.5]


def test_cells_take_turns_and_keep_their_own_time() -> None:
    assert figures(Slow("one", 2), Slow("two", 4)) == [0.5, 0.25]
    assert Slow.order == [*["one"] * 3, *["two"] * 3] * (speed.WARM_UPS + speed.REPEATS)


def test_the_frames_are_those_of_the_test_clips(project: Path) -> None:
    folder = Path("work/mini/clips/taichi-hd")
    names = ("c#000000#000008", "d#000000#000008")
    first, second = (read_clip(folder / "test" / f"{name}.mkv") for name in names)
    found = (speed.driving_frames(folder, 11) * 255).round().byte().permute(0, 2, 3, 1).numpy()
    assert (found[:8] == first).all() and (found[8:] == second[:3]).all()
    assert len(speed.driving_frames(folder, 99)) == 16  # all that there are


def test_a_processor_names_itself(tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nmodel name\t: A  B 9\nmodel name\t: C\n")
    assert speed._processor(tmp_path / "cpuinfo") == "A B 9"
    assert speed._processor(tmp_path / "none").strip()


def test_a_gpu_names_itself_and_its_rounding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: f"GPU at {device}")
    gpu = torch.device("cuda:1")
    assert speed.device_name(gpu) == "GPU at cuda:1"
    for allowed, said in ((True, "tf32"), (False, "float32")):
        monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", allowed)
        assert speed.precision_of(gpu) == said
        assert speed.precision_of(torch.device("cpu")) == "float32"


def test_the_clock_waits_for_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    waited = []
    monkeypatch.setattr(torch.cuda, "synchronize", waited.append)
    gpu = torch.device("cuda")
    speed.clock_of(gpu, 1)()
    assert waited == [gpu]
    assert speed.clock_of(torch.device("cpu"), 1) is not speed.clock_of(torch.device("cpu"), 2)


def test_a_missing_device_is_refused(project: Path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert speed.main([*CELL, "--device", "cuda"]) == 2
    assert "no CUDA device is there" in capsys.readouterr().err
    with pytest.raises(UsageError):
        speed.device_of("cuda")
