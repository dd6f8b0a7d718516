"""The steps of CONTRIBUTING.md ("Add a method, by code"), taken with `global_affine`."""

from __future__ import annotations

import copy
import csv
import json
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

import metrics.cell
import metrics.eval
from baselines import METHODS, checkpoint, predict, train
from datasets.clips import read_clip
from datasets.registry import UsageError
from fomm.transform import Transform
from metrics.tools import Tools
from tests import test_stages
from tests.baselines import test_methods
from tests.baselines.global_affine import GlobalAffine

NAME = "global-affine"
HERE = Path(__file__).parent
CONFIG = yaml.safe_load((HERE / "global_affine.yaml").read_text())
SMALL = CONFIG | {"size": 16, "width": 4}


def of_the_list(module) -> list:
    """The tests of ``module`` that run over the list of methods."""
    return [
        test
        for test in vars(module).values()
        if any(mark.args[1] is METHODS for mark in getattr(test, "pytestmark", ()))
    ]


PROMISES = [
    *of_the_list(test_methods),
    test_stages.test_the_fingerprint_covers_what_decides_a_weight,
]


@pytest.fixture(autouse=True)
def params(monkeypatch: pytest.MonkeyPatch) -> dict:
    """Step 2 and step 3: the section and the names in params.yaml, and the entry in METHODS."""
    monkeypatch.setitem(METHODS._homes, NAME, "tests.baselines.global_affine:GlobalAffine")
    values = copy.deepcopy(test_methods.PARAMS)
    section = values["profiles"]["mini"]["train"]
    section[NAME] = section["fomm"] | {"config": str(HERE / "global_affine.yaml")}
    values["methods"].append(NAME)
    values["scored"].insert(values["scored"].index(values["anchors"][0]), NAME)
    monkeypatch.setattr(test_methods, "PARAMS", values)
    return values


@pytest.fixture
def project(params: dict, clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with params.yaml, a configuration for 16x16, and clips: where commands are run."""
    short = {"steps": 3, "batch": 2, "save_every": 1, "log_every": 2, "config": "small.yaml"}
    params["profiles"]["mini"]["train"][NAME] |= short
    params["profiles"]["mini"]["evaluate"]["bootstrap"] = 100
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params))
    (tmp_path / "small.yaml").write_text(yaml.safe_dump(SMALL))
    (tmp_path / "work/mini/clips").mkdir(parents=True)
    clips.rename(tmp_path / "work/mini/clips/taichi-hd")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(metrics.cell, "load_tools", lambda *_args, **_more: Tools({}, {}))
    monkeypatch.setattr(metrics.eval, "fix_threads", lambda threads: None)
    return tmp_path


CELL = ["--profile", "mini", "--dataset", "taichi-hd", "--method", NAME]


def test_params_list_it() -> None:
    test_methods.test_params_list_what_the_code_has()
    assert list(METHODS)[-1] == NAME


@pytest.mark.parametrize("promise", PROMISES, ids=lambda test: test.__name__)
def test_it_keeps_the_promises_of_all_methods(promise) -> None:
    assert len(PROMISES) > 5
    promise(NAME)


def test_it_is_trained_predicted_and_scored(project: Path, capsys) -> None:
    assert train.main(CELL) == 0
    assert train.main(CELL) == 0
    assert "kept" in capsys.readouterr().out.splitlines()[-1]
    made = project / "work/mini/train" / f"taichi-hd-{NAME}.safetensors"
    weights, info = checkpoint.load(made)
    assert (info.method, info.steps, info.config) == (NAME, 3, SMALL)
    assert info.parameters == sum(p.numel() for p in GlobalAffine.from_config(SMALL).parameters())
    assert weights["head.weight"].any(), "the pose has learnt nothing in three steps"
    with (project / "work/mini/train" / f"taichi-hd-{NAME}-loss.csv").open() as file:
        assert [row["step"] for row in csv.DictReader(file) if float(row["l1"]) > 0] == ["2", "3"]

    assert predict.main(CELL) == 0
    folder = project / "work/mini/predictions" / f"taichi-hd-{NAME}"
    assert json.loads((folder / "method.json").read_text())["checkpoint"]["macs"] == info.macs
    assert len(list(folder.glob("*.motion.npz"))) == len(list(folder.glob("*.mkv"))) == 2

    # One test clip of the folder is broken, on purpose.
    assert metrics.eval.main([*CELL, "--json", "--no-cache", "--allow-missing"]) == 0
    [result] = json.loads(capsys.readouterr().out.split("\n", 1)[1])
    assert result["method"] == NAME and result["status"] == "reproduced"
    truth = project / "work/mini/clips/taichi-hd/test"
    errors = [
        np.abs(read_clip(clip).astype(float) - read_clip(truth / clip.name)).mean() / 255
        for clip in folder.glob("*.mkv")
    ]
    assert result["metrics"]["l1@clip"]["value"] == pytest.approx(np.mean(errors))


def test_clips_of_another_size_are_refused(project: Path, capsys) -> None:
    (project / "small.yaml").write_text(yaml.safe_dump(SMALL | {"size": 32}))
    assert train.main(CELL) == 2
    assert "small.yaml: not for clips of 16x16 (made for 32x32)" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", [{"sizze": 3}, {"size": 20}, {"width": "wide"}])
def test_wrong_configurations_are_refused(wrong: dict) -> None:
    with pytest.raises(UsageError, match=f"global-affine.*{next(iter(wrong))}"):
        GlobalAffine.from_config(CONFIG | wrong)


@torch.inference_mode()
def test_a_driver_that_moved_right_moves_the_source_right() -> None:
    """Motion maps of 32 cells: 4 / 31 are two cells, which are four pixels."""
    torch.manual_seed(0)
    method = GlobalAffine.from_config(CONFIG).eval()
    method.occlusion.weight.zero_()  # it knows places; all else looks the same everywhere
    frame = torch.rand(1, 3, 64, 64)
    state = method.encode(frame)
    still = method.animate(state, frame)
    assert still.flow.abs().max() < 1e-4
    method.head.bias[0] += 4 / 31
    moved = method.animate(state, frame)
    expected = torch.tensor([-4.0, 0.0]).expand(1, 64, 64, 2)
    assert torch.allclose(moved.flow, expected, atol=1e-4)
    inner = slice(20, 44)  # what the borders do not reach
    shifted = still.prediction[..., inner, 16:40]
    assert torch.allclose(moved.prediction[..., inner, inner], shifted, atol=1e-5)
    assert shifted.std() > 1e-3


@torch.inference_mode()
def test_a_driver_twice_as_wide_shrinks_the_flow() -> None:
    method = GlobalAffine.from_config(CONFIG).eval()
    frame = torch.rand(1, 3, 64, 64)
    state = method.encode(frame)
    method.head.bias[2] *= 2
    flow = method.animate(state, frame).flow[0]
    # Half of the way to the centre; the border cells' centres, 0.5 pixels in, are 31 pixels away.
    assert flow[32, 0, 0] == pytest.approx(15.5, abs=0.01)
    assert flow[32, -1, 0] == pytest.approx(-15.5, abs=0.01)
    assert flow[..., 1].abs().max() < 1e-4


@torch.inference_mode()
def test_relative_motion_is_what_the_driver_did_since_its_first_frame() -> None:
    torch.manual_seed(0)
    method = GlobalAffine.from_config(CONFIG).eval()
    method.head.weight[:2].normal_(std=20.0)  # of the place; the jacobian stays the identity
    source, first, later = torch.rand(3, 1, 3, 64, 64)
    state = method.encode(source)
    assert method.animate(state, later).flow.abs().max() > 1
    assert method.animate(state, first, initial=first).flow.abs().max() < 1e-4
    step = method.pose(later)["value"][0, 0] - method.pose(first)["value"][0, 0]
    flow = method.animate(state, later, initial=first).flow
    assert step.abs().max() > 0.1
    assert torch.allclose(flow, -31 * step.expand_as(flow), atol=1e-3)


def test_equivariance_knows_which_way_a_turned_frame_is_turned(monkeypatch) -> None:
    """A pose that follows the turn as a point of the picture does has no error."""
    method = GlobalAffine.from_config(CONFIG)
    theta = torch.tensor([[[1.0, 0.2, 0.1], [-0.2, 1.0, 0.3]]])
    turn = Transform(theta, torch.zeros(1, 25))
    monkeypatch.setattr(Transform, "random", lambda *_args, **_more: turn)
    turned = {
        "value": torch.linalg.solve(theta[..., :2], -theta[..., 2:]).mT,
        "jacobian": torch.linalg.inv(theta[..., :2])[:, None],
    }
    monkeypatch.setattr(method, "pose", lambda _frames: turned)
    centre = {"value": torch.zeros(1, 1, 2), "jacobian": torch.eye(2)[None, None]}
    frames = torch.rand(1, 3, 64, 64)
    assert method.equivariance_error(frames, centre) < 1e-6
    assert method.equivariance_error(frames, turned) > 0.1
