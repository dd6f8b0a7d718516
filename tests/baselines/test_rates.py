"""Seconds per training step: what is timed, what stands beside a figure, how the table is kept."""

from __future__ import annotations

import csv
import shlex
from pathlib import Path

import pytest
import torch

from baselines import planned, rates
from baselines.fomm import FOMMMethod
from baselines.fresh_features import fresh_vgg19
from baselines.method import Batch
from baselines.rate_table import RATES, read_rates
from baselines.train_plan import TrainConfig
from datasets.registry import UsageError
from fomm.features import VGG19_WIDTHS
from fomm.settings.file import read_config
from tests.baselines.conftest import Blend

ROOT = Path(__file__).parents[2]
PARAMS = """
profile: mini
profiles:
  mini:
    crop: {size: 8}
    train:
      blend: {config: a.yaml, batch: 6, steps: 3, threads: 1}
      other:
        config: {taichi-hd: a.yaml, voxceleb: b.yaml, fashion: b.yaml, mgif: b.yaml}
        batch: 2
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to run in."""
    monkeypatch.setattr(planned, "METHODS", {"blend": Blend, "other": Blend})
    monkeypatch.setattr(planned, "method_class", lambda name: Blend)
    planned._model.cache_clear()
    (tmp_path / "params.yaml").write_text(PARAMS)
    for name in "ab":
        (tmp_path / f"{name}.yaml").write_text("start: 1.0\n")
    threads, exact = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(exact, warn_only=True)
    planned._model.cache_clear()


def rows(path: Path = Path("r.csv")) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


CELL = ["--dataset", "taichi-hd", "--method", "blend", "--device", "cpu", "--out", "r.csv"]


def test_a_row_says_what_it_holds_for(project: Path, capsys) -> None:
    assert rates.main(CELL) == 0
    (row,) = rows()
    assert tuple(row) == RATES.columns
    assert (row["config"], row["method"]) == ("a.yaml", "blend")
    assert (row["size"], row["batch"]) == ("8", "6")
    assert (row["precision"], row["threads"], row["kind"]) == ("float32", "1", "cpu")
    assert row["compiled"] == "false"
    assert row["how"] == "median of 5 steps after 2; frames of noise"
    assert row["device"].endswith(" logical cores") and row["torch"] == torch.__version__
    assert float(row["seconds_per_step"]) > 0 and int(row["peak_memory_mib"]) > 10
    assert "s per step of 6 pairs on" in capsys.readouterr().out
    (read,) = read_rates(Path("r.csv"))
    assert (read.seconds, read.batch) == (float(row["seconds_per_step"]), 6)
    words = shlex.split(row["command"])
    assert words[:3] == ["python", "-m", "baselines.rates"]
    assert rates.main([*words[3:], "--out", "again.csv"]) == 0
    (again,) = rows(Path("again.csv"))
    changes = {"seconds_per_step", "peak_memory_mib"}
    assert {k: v for k, v in again.items() if k not in changes} == {
        k: v for k, v in row.items() if k not in changes
    }


def test_a_configuration_is_measured_once(project: Path) -> None:
    assert rates.main(["--device", "cpu", "--threads", "1", "--steps", "1", "--out", "r.csv"]) == 0
    assert [(row["config"], row["method"]) for row in rows()] == [
        ("a.yaml", "blend"),
        ("a.yaml", "other"),
        ("b.yaml", "other"),
    ]
    assert {row["peak_memory_mib"] for row in rows()} == {""}  # one process measured them all


def test_a_step_moves_the_weights_and_sees_the_whole_batch(monkeypatch) -> None:
    method, seen = Blend(), []
    step = rates.stepper(
        method,
        Batch(torch.rand(6, 3, 8, 8), torch.rand(6, 3, 8, 8)),
        config=TrainConfig("a.yaml"),
        device=torch.device("cpu"),
    )
    inner = method.training_step

    def noted(batch: Batch):
        seen.append(len(batch.source))
        return inner(batch)

    monkeypatch.setattr(method, "training_step", noted)
    before = method.weight.detach().clone()
    step()
    assert seen == [6] and not torch.equal(method.weight, before)


def test_the_figure_is_a_median_after_a_warm_up() -> None:
    taken = iter([100, 50, 5, 1, 900, 3, 2])
    now = 0

    def step() -> None:
        nonlocal now
        now += next(taken)

    assert rates.time_steps(step, 5, clock=lambda: now) == 3


def test_the_settings_of_the_training_are_those_of_the_step(project: Path) -> None:
    text = Path("params.yaml").read_text()
    Path("params.yaml").write_text(text.replace("threads: 1", "threads: 1, accumulate: 3"))
    assert rates.main([*CELL, "--steps", "1"]) == 0
    assert rows()[0]["how"].endswith("; in 3 parts")
    assert rates.main([*CELL, "--steps", "1", "--batch", "4"]) == 0  # which three do not divide
    assert [row["batch"] for row in rows()] == ["4", "6"]
    assert "parts" not in rows()[0]["how"]


def test_memory_is_what_the_system_says(tmp_path: Path) -> None:
    cpu = torch.device("cpu")
    (tmp_path / "status").write_text("Name:\tx\nVmHWM:\t    4096 kB\nVmRSS:\t 1 kB\n")
    assert rates.peak_memory_mib(cpu, tmp_path / "status") == "4"
    assert rates.peak_memory_mib(cpu, tmp_path / "none") == ""


def test_other_tables_and_wrong_options_are_refused_before_the_work(project, capsys) -> None:
    Path("r.csv").write_text("a,b\n1,2\n")
    assert rates.main(CELL) == 2
    assert "r.csv: expected the columns config," in capsys.readouterr().err
    Path("r.csv").unlink()
    for words, said in (
        (["--steps", "0"], "--steps must be at least 1"),
        (["--batch", "-1"], "--batch must be at least 1"),
        (["--precision", "float7"], "known: float32, tf32"),
        (["--method", "fom"], "known: blend, other"),
        (["--profile", "tiny"], "known: mini, full"),
    ):
        assert rates.main([*CELL, *words]) == 2
        assert said in capsys.readouterr().err
    assert not Path("r.csv").exists()


def test_fresh_features_have_the_shape_of_vgg19() -> None:
    taps = fresh_vgg19()(torch.rand(1, 3, 32, 32))
    assert [tuple(tap.shape[1:]) for tap in taps] == [
        (width, 32 >> i, 32 >> i) for i, width in enumerate(VGG19_WIDTHS)
    ]
    assert all(0.01 < float(tap.std()) < 100 for tap in taps)  # neither swell nor fade
    assert len(fresh_vgg19(taps=2)(torch.rand(1, 3, 32, 32))) == 2


def test_only_measuring_goes_without_the_weights_of_vgg19(monkeypatch) -> None:
    monkeypatch.delenv("FOMM_VGG19_WEIGHTS", raising=False)
    values = read_config(ROOT / "fomm/configs/mini.yaml")
    values["train_params"] = {**values["train_params"], "features": "vgg19"}
    method = FOMMMethod.from_config(values)
    batch = Batch(torch.rand(1, 3, 64, 64), torch.rand(1, 3, 64, 64))
    with pytest.raises(UsageError, match="weights are needed"):
        next(iter(method.training_step(batch)))
    assert rates._give_features(method, torch.device("cpu")) == "; VGG19 with fresh weights"
    _, losses = next(iter(method.training_step(batch)))
    assert all(torch.isfinite(loss) for loss in losses.values())
