"""``--init``: training that starts from a trained model's weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from baselines import checkpoint, method_class, train
from baselines.augment import Augmentation
from baselines.checkpoint import CheckpointInfo
from baselines.run import Run
from baselines.train_plan import TrainConfig
from baselines.training import train as train_run
from datasets.clips import write_clip
from datasets.files import sha256
from datasets.manifest import ManifestRow, write_manifest
from datasets.registry import UsageError
from fomm.settings.file import merge, read_config

TINY = {
    "inherits": "mini",
    "size": 32,
    "common_params": {"num_kp": 3},
    "kp_detector_params": {"block_expansion": 4, "max_features": 8, "num_blocks": 2},
    "generator_params": {
        "block_expansion": 4,
        "max_features": 8,
        "num_bottleneck_blocks": 1,
        "dense_motion_params": {"block_expansion": 4, "max_features": 8, "num_blocks": 2},
    },
    "train_params": {"loss_weights": {"perceptual": []}},
}
GAN = {
    "discriminator_params": {"block_expansion": 4, "max_features": 8, "num_blocks": 2},
    "train_params": {"loss_weights": {"generator_gan": 1, "feature_matching": [10, 10]}},
}
ADV = {"train_params": {"num_epochs": 6, "start_epoch": 4, "batch_size": 2, "num_repeats": 2}}


def method(*changes):
    """A tiny FOMM with its own random weights."""
    values = merge(read_config("mini"), {k: v for k, v in TINY.items() if k != "inherits"})
    for change in changes:
        values = merge(values, change)
    return method_class("fomm").from_config(values)


def saved(path: Path, made, **more) -> Path:
    config = made.fomm.config.to_mapping() | more
    info = CheckpointInfo("fomm", config, "f" * 64, 0, 10, 3, 768)
    checkpoint.save(path, made.inference_state(), info)
    return path


def original(path: Path, made) -> Path:
    """A file with the layout of the released ones."""
    names = ("generator", "discriminator", "kp_detector")
    parts = {name: getattr(made.fomm, name) for name in names}
    torch.save({k: v.state_dict() for k, v in parts.items() if v is not None}, path)
    return path


def equal(one, two) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))


def test_detector_and_generator_are_taken_over(tmp_path: Path) -> None:
    trained, fresh = method(), method()
    assert not equal(trained.fomm.generator, fresh.fomm.generator)
    assert fresh.start_from(saved(tmp_path / "a.safetensors", trained)) == []
    assert equal(trained.fomm, fresh.fomm)


def test_a_discriminator_that_is_not_there_starts_fresh(tmp_path: Path) -> None:
    trained, fresh = method(GAN), method(GAN)
    notes = fresh.start_from(saved(tmp_path / "a.safetensors", trained))
    assert notes == ["the discriminator starts fresh: the checkpoint has none"]
    assert equal(trained.fomm.generator, fresh.fomm.generator)


def test_a_discriminator_that_fits_is_taken_over(tmp_path: Path) -> None:
    trained, fresh = method(GAN), method(GAN)
    assert fresh.start_from(original(tmp_path / "a.pth.tar", trained)) == []
    assert equal(trained.fomm.discriminator, fresh.fomm.discriminator)


@pytest.mark.parametrize("change", [{"use_kp": True}, {"sn": True}])
def test_a_discriminator_that_does_not_fit_starts_fresh(tmp_path: Path, change) -> None:
    trained, fresh = method(GAN), method(GAN, {"discriminator_params": change})
    before = [p.clone() for p in fresh.fomm.discriminator.parameters()]
    (note,) = fresh.start_from(original(tmp_path / "a.pth.tar", trained))
    assert note.startswith("the discriminator starts fresh: that of the checkpoint does not fit: ")
    assert equal(trained.fomm.kp_detector, fresh.fomm.kp_detector)
    after = fresh.fomm.discriminator.parameters()
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


def test_a_discriminator_that_is_not_trained_is_left_alone(tmp_path: Path) -> None:
    plain = {"train_params": {"loss_weights": {"generator_gan": 0}}}
    assert method(GAN, plain).start_from(original(tmp_path / "a.pth.tar", method())) == []


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    other = saved(tmp_path / "a.safetensors", method({"common_params": {"num_kp": 5}}))
    with pytest.raises(
        UsageError, match=r"a.safetensors: its generator does not fit: .* has shape"
    ):
        method().start_from(other)
    native = saved(tmp_path / "b.safetensors", method(), align_corners=False)
    with pytest.raises(UsageError, match=r"b.safetensors: was trained with align_corners False"):
        method().start_from(native)
    (tmp_path / "text.pth.tar").write_text("no checkpoint")
    with pytest.raises(UsageError, match=r"text.pth.tar"):
        method().start_from(tmp_path / "text.pth.tar")


def test_a_method_without_knowledge_of_its_own_takes_all_or_nothing(blend, tmp_path: Path) -> None:
    trained, fresh = blend(3.0), blend(0.0)
    info = CheckpointInfo("blend", {}, "f" * 64, 0, 10, 3, 768)
    checkpoint.save(tmp_path / "a.safetensors", trained.state_dict(), info)
    assert fresh.start_from(tmp_path / "a.safetensors") == []
    assert torch.equal(fresh.weight, trained.weight)
    checkpoint.save(tmp_path / "b.safetensors", {"weight": torch.zeros(2, 1, 1)}, info)
    with pytest.raises(UsageError, match=r"does not fit: weight has shape \(2, 1, 1\), not \(3, 1"):
        fresh.start_from(tmp_path / "b.safetensors")
    checkpoint.save(tmp_path / "c.safetensors", {"mass": torch.zeros(3, 1, 1)}, info)
    with pytest.raises(UsageError, match=r"1 of 1 tensors are missing, e\.g\. weight"):
        fresh.start_from(tmp_path / "c.safetensors")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two clips of 32x32 and the configurations ``plain`` and ``adv``."""
    rng = np.random.default_rng(0)
    rows = []
    for video in "ab":
        path = tmp_path / "clips" / "train" / f"{video}#000000#000006.mkv"
        write_clip(path, rng.integers(0, 255, (6, 32, 32, 3), np.uint8))
        rows.append(
            ManifestRow(path.stem, "train", video, 6, 6, 25.0, 32, 32, sha256(path), "ok", "")
        )
    write_manifest(tmp_path / "clips" / "manifest.csv", rows)
    (tmp_path / "plain.yaml").write_text(yaml.safe_dump(TINY))
    (tmp_path / "adv.yaml").write_text(yaml.safe_dump({"inherits": "plain", **merge(GAN, ADV)}))
    return tmp_path


def run(folder: Path, name: str, config: str, *, init: Path | None = None) -> CheckpointInfo:
    out = folder / f"{name}.safetensors"
    settings = TrainConfig(str(folder / f"{config}.yaml"), threads=1, augmentation=Augmentation())
    if config == "plain":
        settings = replace(settings, steps=2, batch=2)
    train_run(Run("fomm", settings, folder / "clips", out, seed=0, init=init))
    return checkpoint.load(out)[1]


def test_a_continued_run_from_beginning_to_end(folder: Path, capsys) -> None:
    run(folder, "first", "plain")
    info = run(folder, "adv", "adv", init=folder / "first.safetensors")
    assert "first.safetensors: the discriminator starts fresh" in capsys.readouterr().err
    assert info.steps == (6 - 4) * 2  # 2 clips x 2 / 2 pairs
    rows = (folder / "adv-loss.csv").read_text().splitlines()
    assert "disc_gan" in rows[0] and rows[1].split(",")[1] == "1", "rate set explicitly"


def test_the_checkpoint_to_start_from_is_part_of_the_fingerprint(folder: Path) -> None:
    marks = {run(folder, "fresh", "plain").fingerprint}
    for seed, name in enumerate(("one", "two")):
        torch.manual_seed(seed)
        init = saved(folder / f"{name}-init.safetensors", method())
        marks.add(run(folder, name, "plain", init=init).fingerprint)
    assert len(marks) == 3
    assert run(folder, "again", "plain").fingerprint in marks


def test_the_best_weights_in_place_of_the_last_are_not_taken_for_them(folder: Path) -> None:
    info = run(folder, "first", "plain")
    made = (folder / "first.safetensors").read_bytes()
    weights, _ = checkpoint.load(folder / "first.safetensors")
    weights = {name: value * 0 for name, value in weights.items()}
    checkpoint.save(folder / "first.safetensors", weights, replace(info, steps=info.steps - 1))
    assert run(folder, "first", "plain") == info
    assert (folder / "first.safetensors").read_bytes() == made


def command(folder: Path, *more: str) -> list[str]:
    section = {"config": str(folder / "adv.yaml"), "threads": 1}
    values = {"profile": "mini", "profiles": {"mini": {"train": {"fomm": section}}}, "seed": 0}
    (folder / "params.yaml").write_text(yaml.safe_dump(values))
    words = ["--dataset", "taichi-hd", "--method", "fomm", "--clips", str(folder / "clips")]
    words += ["--params", str(folder / "params.yaml"), "--out", str(folder / "x.safetensors")]
    return [*words, *more]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ((), "continues a model trained for 4 epochs: give its checkpoint with --init"),
        (("--init", "nowhere.pth.tar"), "--init nowhere.pth.tar: no such checkpoint"),
        (("--init", "params.yaml"), "params.yaml"),
    ],
)
def test_wrong_uses_exit_2(folder: Path, capsys, monkeypatch, more, message: str) -> None:
    monkeypatch.chdir(folder)
    assert train.main(command(folder, *more)) == 2
    assert message in capsys.readouterr().err
    assert not (folder / "x.safetensors").exists()


def test_the_command_line_starts_from_a_checkpoint(folder: Path) -> None:
    init = original(folder / "i.pth.tar", method(GAN))
    assert train.main(command(folder, "--init", str(init), "--steps", "1")) == 0
    assert checkpoint.load(folder / "x.safetensors")[1].steps == 1
