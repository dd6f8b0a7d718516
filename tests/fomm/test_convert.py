"""The command line that converts checkpoints and says what is in them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from fomm import FOMM, FOMMConfig
from fomm.checkpoint import read_checkpoint, write_checkpoint
from fomm.convert import main

NETWORKS = ("generator", "discriminator", "kp_detector")
DISC = {"scales": [1], "block_expansion": 8, "max_features": 16, "num_blocks": 2, "use_kp": True}


@pytest.fixture
def original(configs, tmp_path) -> Path:
    torch.manual_seed(0)
    model = FOMM.from_config(dict(configs["tiny32"], discriminator_params=DISC))
    values: dict = {name: getattr(model, name).state_dict() for name in NETWORKS}
    for name in NETWORKS:
        parameters = list(getattr(model, name).parameters())
        adam = torch.optim.Adam(parameters, 2e-4, (0.5, 0.999))
        if name != "discriminator":
            for parameter in parameters:
                parameter.grad = torch.randn_like(parameter)
            adam.step()
        values[f"optimizer_{name}"] = adam.state_dict()
    path = tmp_path / "tiny-cpk.pth.tar"
    torch.save(values | {"epoch": 41}, path, _use_new_zipfile_serialization=False)
    return path


def equal(one: object, other: object) -> bool:
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return list(one) == list(other) and all(equal(one[k], other[k]) for k in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(equal, one, other))
    return one == other


def test_there_and_back(original, tmp_path, capsys):
    ours, back = tmp_path / "ours.safetensors", tmp_path / "new" / "back.pth.tar"
    assert main([str(original), str(ours)]) == 0
    assert main([str(ours), str(back)]) == 0
    before, after = (torch.load(p, weights_only=True) for p in (original, back))
    assert list(after) == list(before)
    assert all(equal(after[key], before[key]) for key in before)
    out, err = capsys.readouterr()
    assert err == ""
    assert f"wrote {ours}, {ours.stat().st_size:,} bytes" in out
    assert f"wrote {back}, {back.stat().st_size:,} bytes" in out


def test_it_says_what_is_in_a_file(original, capsys):
    assert main([str(original)]) == 0
    out = capsys.readouterr().out
    model = FOMM.load(original)
    for name in NETWORKS:
        number = sum(p.numel() for p in getattr(model, name).parameters())
        assert f"{name}: {number:,} parameters in " in out
    for text in (
        f"{original}: torch's first format (before torch 1.6), {original.stat().st_size:,} bytes",
        "tensors, optimizer with the state of 0 parameters",
        "epoch: 41 (the last finished)",
        "K = 5 keypoints with jacobians, pictures of 256x256 with 3 channels (from the shapes)",
        "kp_detector_params: block_expansion 8, max_features 64, num_blocks 3, temperature 0.1,",
        "dense_motion_params: block_expansion 8",
        "use_kp True",
        "published values, since no shape tells them: temperature, kp_variance, pad, size",
        "align_corners: true (what released weights need; the file does not say)",
    ):
        assert text in out
    assert "wrote" not in out
    assert [p.name for p in original.parent.iterdir()] == [original.name]


def test_options_override_and_are_kept(original, tmp_path, capsys):
    ours = tmp_path / "ours.safetensors"
    config = tmp_path / "config.yaml"
    values = FOMM.load(original).config.to_mapping() | {"size": 32}
    values["kp_detector_params"]["temperature"] = 0.3
    config.write_text(str(values).replace("'", '"').replace("None", "null"))
    config.write_text(config.read_text().replace("True", "true").replace("False", "false"))
    options = ["--config", str(config), "--align-corners", "false"]
    assert main([str(original), str(ours), *options]) == 0
    assert "32x32 with 3 channels (as --config says)" in capsys.readouterr().out
    found = read_checkpoint(ours)
    assert found.config == FOMMConfig.from_mapping(values)
    assert found.align_corners is False

    assert main([str(ours), str(tmp_path / "back.pth.tar")]) == 0
    out = capsys.readouterr().out
    assert "align_corners: false (as the file says)" in out
    lost = "kp_detector_params.temperature 0.3, size 32"
    assert f"note: the original's layout has no place for: align_corners false, {lost}\n" in out


def test_weights_only(original, tmp_path):
    out = tmp_path / "weights.pth.tar"
    assert main([str(original), str(out), "--weights-only"]) == 0
    assert list(torch.load(out, weights_only=True)) == list(NETWORKS)
    assert out.stat().st_size < original.stat().st_size / 2


def test_a_file_may_be_replaced_by_itself(original, tmp_path):
    ours = tmp_path / "a.safetensors"
    assert main([str(original), str(ours)]) == 0
    before = ours.read_bytes()
    assert main([str(ours), str(ours)]) == 0
    assert ours.read_bytes() == before


def test_what_is_left_out_is_said(original, tmp_path, capsys):
    values = torch.load(original, weights_only=True) | {"note": "mine"}
    torch.save(values, original)
    assert main([str(original), str(tmp_path / "out.pth.tar")]) == 0
    err = capsys.readouterr().err
    assert err.startswith("warning: ") and "'note'" in err and err.count("\n") == 1


def test_training_options_are_no_part_of_the_originals_layout(original, tmp_path, capsys):
    found = read_checkpoint(original)
    mini = FOMMConfig.load("mini")
    write_checkpoint(
        tmp_path / "ours.safetensors",
        replace(found, config=replace(found.config, train_params=mini.train_params)),
    )
    capsys.readouterr()
    assert main([str(tmp_path / "ours.safetensors"), str(tmp_path / "out.pth")]) == 0
    assert "no place for: train_params\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.pth.tar", "out.pth.tar"], "none.pth.tar: no such file"),
        (["text.txt"], "a text file, not a checkpoint"),
        (["tiny-cpk.pth.tar", "out.ckpt"], "out.ckpt: the name of a checkpoint to write ends in"),
        (["tiny-cpk.pth.tar", "text.txt/out.pth"], "text.txt/out.pth: "),
        (["tiny-cpk.pth.tar", "--config", "nothing"], "nothing.yaml: not found"),
        (["tiny-cpk.pth.tar", "out.pth", "--config", "mini"],
         "does not fit the config: K = 5 in the file, 8 in the config"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_and_exit_2(
    original, tmp_path, capsys, monkeypatch, arguments, message
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.txt").write_text("not a checkpoint\n")
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ") and err.count("\n") == 1
    assert message in err
    assert {p.name for p in tmp_path.iterdir()} == {"text.txt", original.name}


@pytest.mark.parametrize("arguments", [[], ["a", "b", "c"], ["a", "--align-corners", "maybe"]])
def test_wrong_usage_is_exit_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: python -m fomm.convert" in capsys.readouterr().err
