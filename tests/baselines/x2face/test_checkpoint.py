"""The released files as they are, and files that are something else."""

from __future__ import annotations

import pickle
import struct
import types
from pathlib import Path

import pytest
import torch
from torch import nn

from baselines.x2face import load_x2face
from baselines.x2face.checkpoint import layout_of, load_pose
from datasets.registry import UsageError


class Python2Pickler(pickle._Pickler):
    """Writes text as python 2 wrote its byte strings."""

    def save_str(self, text: str) -> None:
        raw = text.encode("latin1")
        self.write(pickle.SHORT_BINSTRING + struct.pack("<B", len(raw)) + raw)
        self.memoize(text)

    dispatch = pickle._Pickler.dispatch | {str: save_str}


def save_as_python_2(content: object, path: Path) -> None:
    """As torch 0.2 did under python 2: no zip archive, byte strings for names."""
    module = types.ModuleType("pickle2")
    module.__dict__.update(vars(pickle), Pickler=Python2Pickler)
    torch.save(
        content, path, pickle_module=module, pickle_protocol=2,
        _use_new_zipfile_serialization=False,
    )  # fmt: skip


def without_counters(model: nn.Module) -> dict[str, torch.Tensor]:
    state = {k: v.clone() for k, v in model.state_dict().items()}
    return {k: v for k, v in state.items() if not k.endswith("num_batches_tracked")}


@pytest.fixture
def saved(small, tmp_path):
    """A model of unequal depths, and a released kind of file with its weights."""
    model = small(embedding_levels=5, driving_levels=6, inner_channels=7)
    path = tmp_path / "x2face_model.pth"
    torch.save({"state_dict": without_counters(model), "optimizer": {}, "epoch": 3}, path)
    return model, path


@torch.no_grad()
def test_the_layout_is_in_the_file(saved, image):
    model, path = saved
    loaded = load_x2face(path)
    assert not loaded.training
    frames = image(1, 64), image(2, 64)
    assert torch.equal(loaded(*frames), model(*frames))
    assert not any(v.any() for k, v in loaded.state_dict().items() if "num_batches" in k)
    other = load_x2face(path, align_corners=(False, False))
    assert not torch.allclose(other(*frames), model(*frames), atol=1e-2)


@pytest.mark.parametrize("kind", ["bare", "python 2"])
def test_other_kinds_of_the_same_file(saved, tmp_path, kind):
    model, _ = saved
    path = tmp_path / "model.cpk"
    state = without_counters(model)
    if kind == "bare":
        torch.save(model.state_dict(), path)
    else:
        save_as_python_2({"state_dict": state}, path)
        assert b"X" + struct.pack("<i", 10) + b"state_dict" not in path.read_bytes()
    assert without_counters(load_x2face(path)).keys() == state.keys()


def test_pose_models_are_known_by_their_keys(small, tmp_path):
    model = small(pose=True)
    assert layout_of(model.state_dict())["pose"]
    torch.save(model.state_dict(), tmp_path / "pose.pth")
    found = load_x2face(tmp_path / "pose.pth").state_dict()
    assert all(torch.equal(value, found[key]) for key, value in model.state_dict().items())


def test_pose_maps_are_filled_from_their_two_files(small, tmp_path):
    model, own = small(pose=True), small(pose=True).pix2pixSampler.innermost
    with torch.no_grad():
        own.posefrombottle.bias.fill_(0.5)
        own.bottlefrompose[1].running_mean.fill_(0.25)
    regression = {f"posefrombottle.{k}": v for k, v in own.posefrombottle.state_dict().items()}
    torch.save({"state_dict": regression}, tmp_path / "posereg.pth")
    torch.save({"state_dict": without_counters(own.bottlefrompose)}, tmp_path / "tobottle.pth")
    load_pose(model, posereg=tmp_path / "posereg.pth", posetobottle=tmp_path / "tobottle.pth")
    filled = model.pix2pixSampler.innermost
    assert filled.posefrombottle.bias.tolist() == [0.5] * 3
    assert filled.bottlefrompose[1].running_mean.tolist() == [0.25] * 6
    with pytest.raises(UsageError, match=r"tobottle.pth: .* it lacks: weight"):
        load_pose(model, posereg=tmp_path / "tobottle.pth", posetobottle=tmp_path / "tobottle.pth")
    with pytest.raises(UsageError, match="pose=True"):
        load_pose(small(), posereg=tmp_path / "posereg.pth", posetobottle=tmp_path / "tobottle.pth")


FIRST = "pix2pixUnwrapped.netG.model."


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: {"generator.first.conv.weight": torch.zeros(1)}, "no entry.*begins with gen"),
        (lambda s: {k: v for k, v in s.items() if "Sampler" not in k}, "no entry 'pix2pixSampler"),
        (lambda s: {k: v for k, v in s.items() if k != f"{FIRST}up.2.weight"}, "it lacks: pix2pix"),
        (lambda s: {**s, "extra.weight": torch.zeros(1)}, "it has unknown: extra.weight"),
        (lambda s: {**s, f"{FIRST}up.2.weight": torch.zeros(3, 8, 5, 5)}, "has a wrong shape: pix"),
        (lambda s: {**s, "epoch": 3}, "'epoch' is no tensor"),
        (lambda s: {}, "expected a state_dict, got dict"),
        (lambda s: [1, 2], "expected a state_dict, got list"),
    ],
)
def test_foreign_checkpoints_are_refused(saved, tmp_path, change, message):
    path = tmp_path / "foreign.pth"
    torch.save(change(without_counters(saved[0])), path)
    with pytest.raises(UsageError, match=f"foreign.pth: .*{message}"):
        load_x2face(path)


@pytest.mark.parametrize("content", [b"", b"\x80\x02garbage", b"PK\x03\x04broken", b"GIF89a"])
def test_files_that_are_no_weights_are_refused(tmp_path, content):
    path = tmp_path / "model.pth"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"model.pth: torch reads no tensors from it"):
        load_x2face(path)


def test_a_missing_file_and_one_with_code_are_refused(tmp_path):
    with pytest.raises(UsageError, match="no such file"):
        load_x2face(tmp_path / "none.pth")
    torch.save({"state_dict": Path("x")}, tmp_path / "code.pth")
    with pytest.raises(UsageError, match="torch reads no tensors from it"):
        load_x2face(tmp_path / "code.pth")
