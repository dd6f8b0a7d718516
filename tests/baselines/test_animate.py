"""The command line that animates with any method: it is that of `fomm.animate`."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from PIL import Image

import fomm.arguments
import fomm.cli
from baselines import METHODS, checkpoint, method_class
from baselines.animate import command, main
from baselines.train_plan import TrainConfig
from datasets import params
from fomm.media.read import Driver

ROOT = Path(__file__).parents[2]
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text())


@pytest.fixture(scope="module", params=METHODS)
def trained(request, tmp_path_factory) -> tuple[str, Path]:
    """A method of the list and its checkpoint, as the stage ``train`` writes it."""
    name = request.param
    train = params.section(PARAMS, TrainConfig, "profiles", "mini", "train", name)
    config = train.model() | ({"base": 8} if name == "x2face" else {})
    torch.manual_seed(0)
    method = method_class(name).from_config(config)
    with torch.no_grad():  # some first weights are zero
        for parameter in method.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.02)
    info = checkpoint.CheckpointInfo(name, config, "f" * 64, seed=0, steps=1, parameters=1, macs=1)
    path = tmp_path_factory.mktemp("weights") / f"{name}.safetensors"
    checkpoint.save(path, method.inference_state(), info)
    return name, path


@pytest.fixture
def files(tmp_path, trained) -> dict[str, object]:
    rng = np.random.default_rng(0)
    frames = [Image.fromarray(rng.integers(0, 256, (40, 50, 3), dtype=np.uint8)) for _ in range(9)]
    frames[-1].save(tmp_path / "photo.png")
    frames[0].save(tmp_path / "clip.gif", save_all=True, append_images=frames[1:], duration=100)
    return {
        "method": trained[0],
        "checkpoint": trained[1],
        "source": tmp_path / "photo.png",
        "driving": tmp_path / "clip.gif",
        "out": tmp_path / "result" / "out.mkv",
    }


def asked(files: dict[str, object], *more: str) -> list[str]:
    return [part for name, value in files.items() for part in (f"--{name}", str(value))] + [*more]


def decoded(path: Path) -> np.ndarray:
    with Driver(path) as driver:
        return np.stack([frame for frame, _ in driver])


def test_done(files, capsys):
    assert main(asked(files, "--side-by-side", "--fit", "stretch", "--threads", "1")) == 0
    out, err = capsys.readouterr()
    assert out.strip() == f"wrote {files['out']}: 9 frames"
    assert "animate 9/9 frames" in err
    assert decoded(files["out"]).shape == (9, 64, 3 * 64, 3)


def test_absolute_and_relative_differ(files):
    assert main(asked(files)) == 0
    relative = decoded(files["out"])
    assert main(asked(files, "--absolute")) == 0
    assert not np.array_equal(relative, decoded(files["out"]))


def test_it_has_the_options_of_fomm_and_the_method():
    def options(parser) -> set[str]:
        return {name for action in parser._actions for name in action.option_strings}

    assert options(command()) == options(fomm.arguments.parser()) | {"--method"}


@pytest.mark.parametrize("trained", ["fomm"], indirect=True)
def test_fomm_is_what_fomm_animate_makes(files):
    more = ("--best-frame", "--adapt-scale", "--show-keypoints", "--precision", "bf16")
    assert main(asked(files, *more)) == 0
    before = files["out"].read_bytes()
    files["out"].unlink()
    assert fomm.cli.main(asked({k: v for k, v in files.items() if k != "method"}, *more)) == 0
    assert files["out"].read_bytes() == before


@pytest.mark.parametrize("option", ["--adapt-scale", "--best-frame", "--show-keypoints"])
def test_what_needs_keypoints_is_done_or_refused(files, capsys, option):
    if files["method"] not in ("fomm", "monkey-net"):
        assert main(asked(files, option)) == 2
        text = capsys.readouterr().err
        assert "no keypoints" in text and option[2:].replace("-", "_") in text
        assert list(files["out"].parent.iterdir()) == []
        return
    assert main(asked(files)) == 0
    without = decoded(files["out"])
    assert main(asked(files, option)) == 0
    assert not np.array_equal(decoded(files["out"]), without)


@pytest.mark.parametrize("trained", ["monkey-net"], indirect=True)
def test_the_best_frame_is_told(files, capsys):
    assert main(asked(files, "--best-frame")) == 0
    assert "motion counted from the driver's frame 8" in capsys.readouterr().out


def test_bfloat16_is_only_for_fomm(files, capsys):
    status = main(asked(files, "--precision", "bf16"))
    assert status == (0 if files["method"] == "fomm" else 2)
    if status:
        assert f"{files['method']} computes in float32 only" in capsys.readouterr().err


def test_the_batch_does_not_matter(files):
    assert main(asked(files)) == 0
    before = decoded(files["out"]).astype(int)
    assert main(asked(files, "--batch", "2")) == 0
    assert np.abs(decoded(files["out"]) - before).max() <= 1


@pytest.mark.parametrize(
    "more",
    [
        ("--absolute", "--best-frame"),
        ("--method", "mine"),
        ("--checkpoint", "nothing-like-it.safetensors"),
        ("--config", "nothing-like-it"),
        ("--config", "full"),
        ("--device", "tpu"),
        ("--batch", "-1"),
        ("--threads", "-1"),
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_2(files, capsys, more):
    try:
        status = main(asked(files, *more))
    except SystemExit as stop:  # argparse
        status = stop.code
    assert status == 2
    assert capsys.readouterr().err
    assert not files["out"].exists()


def test_the_checkpoint_of_another_method_is_named(files, capsys):
    other = next(name for name in METHODS if name != files["method"])
    assert main(asked(files | {"method": other})) == 2
    text = capsys.readouterr().err
    assert str(files["checkpoint"]) in text and files["method"] in text


def test_the_checkpoint_is_not_written_over(files):
    path = files["out"].parent / "weights.mkv"
    path.parent.mkdir()
    path.write_bytes(files["checkpoint"].read_bytes())
    assert main(asked(files | {"checkpoint": path, "out": path})) == 2
    assert path.read_bytes() == files["checkpoint"].read_bytes()


def test_an_interruption_keeps_what_is_done(files, capsys, monkeypatch):
    def stop(what: str, done: int, total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr("fomm.cli.progress", lambda: nullcontext(stop))
    assert main(asked(files)) == 130
    assert "4 frames are kept in" in capsys.readouterr().err
    assert [path.name for path in files["out"].parent.iterdir()] == ["out.partial.mkv"]
    assert len(decoded(files["out"].with_name("out.partial.mkv"))) == 4
