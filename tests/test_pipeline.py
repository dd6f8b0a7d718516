"""What must hold after ``make repro``: run with ``pytest -m pipeline`` in the clone that ran it."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from baselines import METHODS
from datasets.clips import read_clip
from datasets.registry import DATASETS, shown_name
from fomm import FOMM
from fomm.fast import for_inference

ROOT = Path(__file__).parents[1]
BOARD = ROOT / "leaderboards" / "v1" / "mini" / "board"
SCORES = ROOT / "work" / "mini" / "scores"
README = (ROOT / "README.md").read_text(encoding="utf-8")
USE = README[README.index("## Use it") :]
COMMANDS = re.findall(r"^\$ (.+)$", USE[: USE.index("\n## ", 5)], flags=re.MULTILINE)

ANIMATIONS = ("animation-absolute", "animation-relative")

pytestmark = pytest.mark.pipeline


@pytest.fixture(scope="module", autouse=True)
def reproduced() -> None:
    if not SCORES.is_dir():
        pytest.skip(f"{SCORES} is not there: run make repro first")


def result(dataset: str, method: str, task: str = "") -> dict:
    path = SCORES / task / f"{dataset}-{method}.json"
    return json.loads(path.read_text(encoding="utf-8"))


def run(command: str) -> subprocess.CompletedProcess[str]:
    words = shlex.split(command)
    program = str(Path(sys.executable).with_name(words[0]))
    return subprocess.run([program, *words[1:]], cwd=ROOT, capture_output=True, text=True)


def changes() -> str:
    command = ["git", "status", "--porcelain"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_there_is_nothing_to_do_the_second_time() -> None:
    done = run("dvc repro")
    assert done.returncode == 0, done.stderr
    assert "Data and pipelines are up to date." in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_of_the_readme_work(command: str) -> None:
    before = changes()
    done = run(command)
    assert done.returncode == 0, done.stdout + done.stderr
    assert changes() == before


@pytest.mark.parametrize("dataset", DATASETS)
def test_the_oracle_is_exact(dataset: str) -> None:
    metrics = result(dataset, "oracle")["metrics"]
    for name in ("l1@paper", "l1@clip", "l1-foreground"):
        assert metrics[name]["value"] == 0
    if DATASETS[dataset].has_keypoints:
        for name in ("akd@clean", "mkr@clean", "aed@clean"):
            assert metrics[name]["value"] == 0
    assert metrics["occlusion-iou"]["value"] == 1
    assert metrics["flow-epe"]["value"] < 0.02  # motion files hold float16
    assert result(dataset, "oracle")["shown_name"] == shown_name(dataset, "mini")


@pytest.mark.parametrize(
    ("dataset", "metric"),
    [
        ("taichi-hd", "l1@clip"),
        ("voxceleb", "l1@clip"),
        ("fashion", "l1@clip"),
        ("taichi-hd", "akd@clean"),
        ("taichi-hd", "flow-epe"),
    ],
)
def test_fomm_is_better_than_copying_the_source(dataset: str, metric: str) -> None:
    difference = result(dataset, "fomm")["paired"]["copy-source"][metric]
    assert difference["videos"] >= 24
    assert difference["hi"] < 0, difference


@pytest.mark.parametrize("method", METHODS)
def test_every_method_is_better_than_copying_the_source(method: str) -> None:
    difference = result("taichi-hd", method)["paired"]["copy-source"]["l1@clip"]
    assert difference["videos"] >= 24
    assert difference["hi"] < 0, difference


def test_the_methods_are_of_like_size() -> None:
    """Multiply-accumulates per frame within a quarter of each other, and as many steps."""
    made = [result("taichi-hd", method)["checkpoint"] for method in METHODS]
    macs = [checkpoint["macs"] for checkpoint in made]
    assert max(macs) <= 1.25 * min(macs), macs
    assert len({checkpoint["steps"] for checkpoint in made}) == 1


@pytest.mark.parametrize("task", ANIMATIONS)
@pytest.mark.parametrize("dataset", DATASETS)
def test_the_truth_of_animation_is_exact(dataset: str, task: str) -> None:
    metrics = result(dataset, "oracle", task)["metrics"]
    assert metrics["l1@clip"]["value"] == metrics["l1-foreground"]["value"] == 0
    assert metrics["occlusion-iou"]["value"] == 1
    assert metrics["flow-epe"]["value"] < 0.05  # motion files hold float16
    assert result(dataset, "copy-source", task)["metrics"]["l1@clip"]["value"] > 0.01


def test_the_reference_in_a_result_is_the_copy_source_cell() -> None:
    """Paired differences come from the truth itself; they must be those between the two cells."""
    for dataset in DATASETS:
        ours, copied = (result(dataset, m)["metrics"] for m in ("fomm", "copy-source"))
        paired = result(dataset, "fomm")["paired"]["copy-source"]
        for name in ("l1@clip", "flow-epe"):
            wanted = ours[name]["value"] - copied[name]["value"]
            assert paired[name]["difference"] == pytest.approx(wanted, abs=1e-9)


def test_every_clip_is_covered() -> None:
    for path in SCORES.rglob("*.json"):
        coverage = json.loads(path.read_text(encoding="utf-8"))["coverage"]
        assert coverage["scored"] == coverage["expected"] >= 24


def test_the_board_has_all_cells() -> None:
    rows = (BOARD / "table.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0].startswith("dataset,method,status,parameters,macs,steps,l1@clip,l1@clip_lo")
    assert len(rows) == 1 + 4 * (len(METHODS) + 3)
    rows = (BOARD / "animation.csv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 1 + 2 * 4 * (len(METHODS) + 3)


def test_dvc_shows_few_numbers_and_the_curves(tmp_path: Path) -> None:
    shown = json.loads(run("dvc metrics show --json").stdout)[""]["data"]
    cells = {
        (d, m): f"{BOARD.relative_to(ROOT)}/metrics/{d}-{m}.json" for d in DATASETS for m in METHODS
    }
    assert set(shown) == set(cells.values())
    for (dataset, method), path in cells.items():
        numbers, scored = shown[path]["data"], result(dataset, method)["metrics"]
        assert numbers["L1"] == scored["l1@clip"]["value"]
        assert ("AKD" in numbers) is DATASETS[dataset].has_keypoints  # DVC leaves nulls out
        assert len(numbers) <= 8
    done = run(f"dvc plots show --json --out {tmp_path}")
    plots = json.loads(done.stdout)["data"]
    assert set(plots) == {f"loss-{method}" for method in METHODS}
    assert "WARNING" not in done.stderr


@pytest.mark.parametrize("dataset", DATASETS)
def test_animation_computes_what_the_trained_model_does(dataset: str) -> None:
    """Folded and tiled: equal to 1e-3; bfloat16: 1/255 in the mean, and the same L1 to 1e-3."""
    model = FOMM.load(ROOT / "work" / "mini" / "train" / f"{dataset}-fomm.safetensors")
    clips = sorted((ROOT / "work" / "mini" / "clips" / dataset / "test").glob("*.mkv"))[:4]
    copies = {"model": model, "fast": for_inference(model), "bf16": for_inference(model, bf16=True)}
    found: dict[str, list[torch.Tensor]] = {name: [] for name in copies}
    for clip in clips:
        frames = torch.from_numpy(read_clip(clip)[::5]).permute(0, 3, 1, 2).float() / 255
        for name, copy in copies.items():
            with torch.inference_mode():
                source, driving = copy.kp_detector(frames[:1]), copy.kp_detector(frames)
                encoded = copy.generator.encode_source(frames[:1])
                out = copy.generator.animate(encoded, kp_source=source, kp_driving=driving)
            found[name].append(out["prediction"] - frames)
    errors = {name: torch.cat(parts) for name, parts in found.items()}
    assert (errors["fast"] - errors["model"]).abs().max() < 1e-3
    assert (errors["bf16"] - errors["model"]).abs().mean() <= 1 / 255
    l1 = {name: float(error.abs().mean()) for name, error in errors.items()}
    assert l1["bf16"] == pytest.approx(l1["model"], abs=1e-3)
