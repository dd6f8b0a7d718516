"""What a run takes: exact by hand, nothing left out, nothing unknown without its reason."""

from __future__ import annotations

import csv
import json
import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from jsonschema import validate

from baselines import plan, planned, rates
from baselines.augment import Augmentation
from baselines.monkey_net.method import MonkeyNetMethod
from baselines.pairs import TrainingClip
from baselines.plan_totals import wall_hours
from baselines.planned import Model
from baselines.rate_table import RATES, read_rates
from baselines.recipe import Recipe
from baselines.size_table import SIZES, read_sizes
from baselines.train_plan import TrainConfig, make_plan, plan_for, unit_of
from datasets.registry import DATASETS, UsageError
from fomm.settings.file import read_config
from tests.baselines.conftest import Blend

ROOT = Path(__file__).parents[2]
README = (ROOT / "baselines/README.md").read_text(encoding="utf-8")
RECIPE = Recipe(30, 100, 150, (60, 90), 0, True, Augmentation())
PARAMS = """
profile: full
profiles:
  full:
    download: {list: v1}
    crop: {size: 256}
    train:
      blend: {config: a.yaml}
"""
RATE = {
    "config": "a.yaml",
    "method": "blend",
    "size": "256",
    "batch": "10",
    "precision": "float32",
    "compiled": "false",
    "device": "GPU 9",
    "threads": "1",
    "kind": "cuda",
    "seconds_per_step": "2",
    "peak_memory_mib": "700",
    "how": "by hand",
    "torch": "2",
    "date": "2026-01-01",
    "command": "",
}
FIGURE = {"type": ["number", "null"]}
WORDS = {"type": "object", "additionalProperties": {"type": "string", "minLength": 1}}
LINE = {
    "type": "object",
    "required": ["dataset", "from", "missing"],
    "properties": {"from": WORDS, "missing": WORDS},
    "additionalProperties": {"type": ["number", "string", "null"]},
}
SUMS = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "required": ["value", "missing"],
        "additionalProperties": False,
        "properties": {"value": FIGURE, "missing": {"type": "array", "items": {"type": "string"}}},
    },
}
GROUPS = {"type": "object", "additionalProperties": SUMS}
SCHEMA = {
    "type": "object",
    "required": ["asked", "cells", "datasets", "totals"],
    "additionalProperties": False,
    "properties": {
        "asked": {"required": ["profile", "device", "precision", "gpus", "stated"]},
        "cells": {"type": "array", "minItems": 1, "items": LINE},
        "datasets": {"type": "array", "minItems": 1, "items": LINE},
        "totals": {
            "required": ["all", "datasets", "methods"],
            "properties": {"all": SUMS, "datasets": GROUPS, "methods": GROUPS},
        },
    },
}


UNFROZEN = ["fashion-blend", "mgif-blend"]


class Planned(Blend):
    """A method whose configuration prescribes a training."""

    def recipe(self):
        return RECIPE


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to run in, with one method and tables that are easy to reckon with."""
    monkeypatch.setattr(planned, "METHODS", {"blend": Planned})
    monkeypatch.setattr(planned, "method_class", lambda name: Planned)
    planned._model.cache_clear()
    (tmp_path / "params.yaml").write_text(PARAMS)
    (tmp_path / "a.yaml").write_text("start: 1.0\n")
    RATES.write(tmp_path / "rates.csv", {("",): RATE})
    size(tmp_path, "source_bytes_per_video", "7", size="")
    size(tmp_path, "pair_frames", "100", size="")
    size(tmp_path, "clip_bytes_per_frame", "10")
    size(tmp_path, "picture_ratio", "0.5", "taichi-hd-mini", "blend", "64")
    size(tmp_path, "motion_bytes_per_pixel", "0.25", "taichi-hd-mini", "blend", "64")
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    planned._model.cache_clear()


def size(folder: Path, what, value, dataset="taichi-hd", method="", size="256") -> None:
    row = {"dataset": dataset, "method": method, "size": size, "what": what, "value": value}
    SIZES.add(folder / "sizes.csv", [row | {"how": f"{what} by hand", "date": "", "command": ""}])


def report(capsys, *words: str) -> dict:
    assert plan.main([*words, "--rates", "rates.csv", "--sizes", "sizes.csv", "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_training_by_hand(project: Path, capsys) -> None:
    (cell,) = report(capsys, "--dataset", "taichi-hd")["cells"]
    assert (cell["train_clips"], cell["train_videos"]) == (2883, 239)
    assert (cell["unit"], cell["units"], cell["batch"], cell["epochs"]) == (
        "identity",
        239,
        30,
        100,
    )
    assert cell["steps"] == 239 * 150 // 30 * 100 == 119_500
    assert (cell["parameters"], cell["trained_parameters"], cell["macs"]) == (3, 3, 3 * 256**2)
    assert (cell["checkpoint_bytes"], cell["states_bytes"]) == (12, 2 * (12 + 2 * 12))
    assert cell["seconds_per_step"] == 2 * 30 / 10
    assert cell["device_hours"] == pytest.approx(119_500 * 6 / 3600)
    assert "GPU 9" in cell["from"]["device_hours"]
    assert "at a batch of 10: linear in the batch" in cell["from"]["device_hours"]
    assert cell["peak_memory_mib"] is None
    assert "only at a batch of 10" in cell["missing"]["peak_memory_mib"]
    # 75,273 test frames and twice those of the pairs; a picture, and motion of 256 x 256.
    assert cell["predictions_bytes"] == (75_273 + 2 * 100) * (10 * 0.5 + 0.25 * 256**2)
    assert "picture_ratio by hand" in cell["from"]["predictions_bytes"]


def test_a_data_set_by_hand(project: Path, capsys) -> None:
    (found,) = report(capsys, "--dataset", "taichi-hd")["datasets"]
    assert (found["train_clips"], found["val_clips"], found["test_clips"]) == (2883, 166, 285)
    assert (found["videos"], found["frames"]) == (280, 1_032_837)
    assert found["source_bytes"] == 280 * 7
    assert found["download_bytes"] == 280 * 7 + 196_418  # and the list that names them
    assert found["clips_bytes"] == 1_032_837 * 10
    assert found["checkpoints_bytes"] == 12 and found["states_bytes"] == 72
    assert found["from"]["clips_bytes"] == "clip_bytes_per_frame by hand"


def test_a_rate_at_the_planned_batch_wins_and_has_its_memory(project: Path, capsys) -> None:
    RATES.add(Path("rates.csv"), [{**RATE, "batch": "30", "seconds_per_step": "3"}])
    RATES.add(Path("rates.csv"), [{**RATE, "batch": "60", "seconds_per_step": "9"}])
    (cell,) = report(capsys, "--dataset", "taichi-hd")["cells"]
    assert (cell["seconds_per_step"], cell["peak_memory_mib"]) == (3, 700)
    assert "linear" not in cell["from"]["device_hours"]


@pytest.mark.parametrize(
    "changed",
    [{"size": "64"}, {"config": "b"}, {"method": "b"}, {"precision": "tf32"}, {"compiled": "true"}],
)
def test_a_rate_of_something_else_does_not_count(project: Path, capsys, changed) -> None:
    RATES.write(Path("rates.csv"), {("",): {**RATE, **changed}})
    (cell,) = report(capsys, "--dataset", "taichi-hd")["cells"]
    assert cell["device_hours"] is None
    why = "no rate of this configuration measured on GPU 9 with float32: run python -m base"
    assert cell["missing"]["device_hours"].startswith(why)


def test_the_settings_of_the_training_choose_the_rate(project: Path, capsys) -> None:
    Path("params.yaml").write_text(PARAMS.replace("a.yaml}", "a.yaml, compiled: true, ema: 0.9}"))
    RATES.add(Path("rates.csv"), [{**RATE, "compiled": "true", "seconds_per_step": "1"}])
    fast = {**RATE, "compiled": "true", "precision": "bf16", "seconds_per_step": "0.5"}
    RATES.add(Path("rates.csv"), [fast])
    (cell,) = report(capsys, "--dataset", "taichi-hd")["cells"]
    assert (cell["precision"], cell["seconds_per_step"]) == ("float32", 3)
    assert cell["states_bytes"] == 2 * (12 + 2 * 12 + 12)  # an average, too
    (cell,) = report(capsys, "--dataset", "taichi-hd", "--precision", "bf16")["cells"]
    assert (cell["precision"], cell["seconds_per_step"]) == ("bf16", 1.5)


def test_a_cpu_rounds_nothing_to_tf32(project: Path, capsys) -> None:
    RATES.add(Path("rates.csv"), [{**RATE, "kind": "cpu", "device": "CPU"}])
    for device, known in (("cpu", True), ("cuda", False)):
        words = ["--dataset", "taichi-hd", "--precision", "tf32", "--device", device]
        (cell,) = report(capsys, *words)["cells"]
        assert (cell["device_hours"] is not None) == known


def test_without_a_rate_nothing_is_guessed(project: Path, capsys) -> None:
    RATES.write(Path("rates.csv"), {("",): {**RATE, "kind": "cpu"}})
    found = report(capsys, "--dataset", "taichi-hd")
    command = "python -m baselines.rates --profile full --device cuda"
    why = f"no rate measured on cuda: run {command}"
    assert found["cells"][0]["missing"]["device_hours"] == why
    assert found["totals"]["all"]["device_hours"] == {
        "value": None,
        "missing": ["taichi-hd-blend"],
    }


def test_totals_are_over_what_is_known(project: Path, capsys) -> None:
    found = report(capsys, "--gpus", "2")
    hours = {cell["dataset"]: cell["device_hours"] for cell in found["cells"]}
    assert [name for name, value in hours.items() if value is not None] == ["taichi-hd", "voxceleb"]
    both = {"value": hours["taichi-hd"] + hours["voxceleb"], "missing": UNFROZEN}
    assert found["totals"]["methods"]["blend"]["device_hours"] == both
    assert found["totals"]["all"]["device_hours"] == both
    assert found["totals"]["all"]["wall_hours"]["value"] == max(
        hours["taichi-hd"], hours["voxceleb"]
    )
    assert found["totals"]["all"]["clips_bytes"]["missing"] == ["voxceleb", "fashion", "mgif"]


def test_what_the_literature_states_is_taken_on_demand_alone(project: Path, capsys) -> None:
    (cell,) = report(capsys, "--dataset", "mgif")["cells"]
    assert cell["train_clips"] is None and cell["steps"] is None
    assert "mgif@v1 is not frozen" in cell["missing"]["steps"]
    (cell,) = report(capsys, "--dataset", "mgif", "--stated")["cells"]
    assert (cell["train_clips"], cell["steps"]) == (900, 900 * 150 // 30 * 100)
    assert "the literature states 900 to train" in cell["from"]["steps"]


def test_a_count_of_units_is_enough_for_a_length() -> None:
    by_clip, config = replace(RECIPE, id_sampling=False), TrainConfig("a.yaml")
    assert [unit_of(one) for one in (RECIPE, by_clip, None)] == ["identity", "clip", "video"]
    clips = [TrainingClip(f"{v}#{i}", f"{v}", Path(), 8) for v in range(4) for i in range(3)]
    for recipe, count in ((RECIPE, 4), (by_clip, 12)):
        assert plan_for(config, recipe, count) == make_plan(config, recipe, clips)
        assert plan_for(config, recipe, count).schedule.steps == count * 150 // 30 * 100


def test_models_are_counted_by_their_shapes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MonkeyNetMethod, "macs", lambda self, size: size)  # takes its time
    path = ROOT / "baselines/monkey_net/configs/mini.yaml"
    found = planned.model_of("monkey-net", TrainConfig(str(path)), 64)
    with torch.device("meta"):
        method = planned.method_class("monkey-net").from_config(read_config(path))
    assert found.parameters == method.parameter_count() == 693_523
    discriminator = method.monkey_net.discriminator.parameters()
    assert found.trained_parameters == 693_523 + sum(p.numel() for p in discriminator)
    tensors = method.inference_state().values()
    assert found.checkpoint_bytes == sum(t.numel() * t.element_size() for t in tensors)
    assert found.recipe is None


def test_devices_take_a_training_at_a_time() -> None:
    assert wall_hours([3, 3, 2, 2, 2], 1) == 12
    assert wall_hours([5, 1, 1], 2) == 5
    assert wall_hours([2], 100) == 2


def test_a_device_is_one_device(project: Path, capsys) -> None:
    RATES.add(Path("rates.csv"), [{**RATE, "device": "GPU 8"}])
    words = ["--rates", "rates.csv", "--sizes", "sizes.csv"]
    assert plan.main(words) == 2
    assert "several devices were measured: GPU 8; GPU 9" in capsys.readouterr().err
    assert plan.main([*words, "--device", "abacus"]) == 2
    assert "known: cpu; cuda; GPU 8; GPU 9" in capsys.readouterr().err
    assert report(capsys, "--device", "gpu 8")["cells"][0]["device_hours"] is not None


def test_text_has_a_reason_for_each_dash(project: Path, capsys) -> None:
    assert plan.main(["--rates", "rates.csv", "--sizes", "sizes.csv"]) == 0
    tables, notes = re.split(r"\n\n(?=\[1\])", capsys.readouterr().out)
    numbers = {line.split("]")[0][1:] for line in notes.splitlines()}
    assert set(re.findall(r"\[(\d+)\]", tables)) == numbers
    lines = tables.split("\nTotals")[0]
    assert lines.count("—") == len(re.findall(r"— \[\d+\]", lines)) > 0


def test_csv_has_a_line_for_each_cell(project: Path, capsys) -> None:
    found = report(capsys, "--csv", "plan.csv")
    with Path("plan.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["dataset"] for line in lines] == list(DATASETS)
    assert lines[0]["steps"] == "119500" and lines[3]["steps"] == ""
    assert f"steps: {found['cells'][3]['missing']['steps']}" in lines[3]["missing"]


@pytest.fixture
def whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """The project itself; building the large networks takes long, so their shapes are made up."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(planned, "model_of", lambda *_: Model(RECIPE, 1, 2, 3, 4, 5, 6))


@pytest.mark.parametrize("device", ["cpu", "cuda"])
@pytest.mark.parametrize("profile", ["mini", "full"])
def test_the_whole_plan_has_all_cells_and_reasons(whole, capsys, profile: str, device: str) -> None:
    assert plan.main(["--profile", profile, "--device", device, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    validate(found, SCHEMA)
    cells = [(cell["dataset"], cell["method"]) for cell in found["cells"]]
    assert cells == [(d, m) for d in DATASETS for m in ("fomm", "monkey-net", "x2face")]
    assert [one["dataset"] for one in found["datasets"]] == list(DATASETS)
    for one in (*found["cells"], *found["datasets"]):
        values = {name: one[name] for name in one.keys() - {"from", "missing"}}
        unknown = {name for name, value in values.items() if value is None}
        assert unknown == one["missing"].keys()
        estimates = {name for name in values if name.endswith(("_bytes", "hours", "per_step"))}
        assert estimates <= one["from"].keys() | one["missing"].keys()


def test_the_tables_of_the_project_are_whole() -> None:
    assert {rate.kind for rate in read_rates()} <= {"cpu", "cuda"}
    known = {(row.dataset, row.what) for row in read_sizes().rows}
    assert {(f"{name}-mini", "clip_bytes_per_frame") for name in DATASETS} <= known
    assert ("taichi-hd", "pair_frames") in known


@pytest.mark.parametrize(
    ("table", "changed", "said"),
    [
        ("rates.csv", {"seconds_per_step": "-1"}, "must be positive"),
        ("rates.csv", {"batch": "many"}, "row a.yaml,blend,256,many"),
        ("rates.csv", {"kind": "abacus"}, "unknown kind 'abacus'"),
    ],
)
def test_a_damaged_table_is_named(project: Path, capsys, table: str, changed, said: str) -> None:
    RATES.write(Path(table), {("",): {**RATE, **changed}})
    assert plan.main(["--rates", "rates.csv", "--sizes", "sizes.csv"]) == 2
    assert f"{table}: row" in (text := capsys.readouterr().err) and said in text
    size(project, "picture_ratio", "0")
    with pytest.raises(UsageError, match=r"sizes\.csv: row .*value 0\.0 is not positive"):
        read_sizes(project / "sizes.csv")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--dataset", "taichi"], "known: taichi-hd,"),
        (["--method", "fom"], "known: blend"),
        (["--profile", "tiny"], "known: mini, full"),
        (["--gpus", "0"], "--gpus must be at least 1"),
        (["--precision", "float7"], "known: float32, tf32"),
    ],
)
def test_wrong_options_say_what_there_is(project: Path, capsys, words, said: str) -> None:
    assert plan.main(words) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("module", [plan, rates])
def test_help_shows_defaults(module, capsys) -> None:
    with pytest.raises(SystemExit) as stopped:
        module.main(["--help"])
    assert stopped.value.code == 0 and "(default: " in capsys.readouterr().out


def test_the_examples_of_the_page_run(whole, capsys, monkeypatch, tmp_path: Path) -> None:
    """Those of the plan; of what measures, the options and what they choose."""
    asked = []
    monkeypatch.setattr(rates, "measure_all", lambda jobs, device: asked.extend(jobs) or [])
    monkeypatch.setattr(rates, "device_of", lambda name: name)
    lines = re.findall(r"^\$ python -m baselines\.(plan|rates) (.*)$", README, re.M)
    assert {name for name, _ in lines} == {"plan", "rates"}
    for name, words in lines:
        out = ["--out", str(tmp_path / "r.csv")] if name == "rates" else []
        assert {"plan": plan, "rates": rates}[name].main([*shlex.split(words), *out]) == 0
    assert [(job.training.dataset, job.training.method) for job in asked] == [("taichi-hd", "fomm")]
    assert "Plan of profile full" in capsys.readouterr().out
