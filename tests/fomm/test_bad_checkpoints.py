"""Files that are no checkpoint, damaged, hostile or of another method: one clear message each."""

from __future__ import annotations

import json
import os
import pickle
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from fomm import FOMM, FOMMConfig
from fomm.checkpoint import Checkpoint, CheckpointError, read_checkpoint, write_checkpoint
from tests.vectors import SHARED


@pytest.fixture
def values(configs) -> dict:
    torch.manual_seed(0)
    model = FOMM.from_config(configs["tiny32"])
    return {n: dict(getattr(model, n).state_dict()) for n in ("generator", "kp_detector")}


@pytest.fixture
def save(tmp_path):
    def write(values: object, *, legacy: bool = False, **options) -> Path:
        path = tmp_path / "cpk.pth.tar"
        torch.save(values, path, _use_new_zipfile_serialization=not legacy, **options)
        return path

    return write


def refused(path: Path, message: str, **options) -> str:
    """The message, which names the file, is one line and has ``message`` in it."""
    with pytest.raises(CheckpointError, match=message) as caught:
        FOMM.load(path, **options)
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert "\n" not in text and len(text) < 1500
    return text


def test_no_file_and_a_folder(tmp_path):
    refused(tmp_path / "none.pth.tar", "no such file")
    refused(tmp_path, "a folder; give the checkpoint file")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"Dear reader,\nthis is no checkpoint.\n", "a text file.*'Dear reader"),
        ("Größe".encode() * 200, "a text file"),
        (b"\n <!DOCTYPE html><html>quota exceeded</html>", "a web page.*download"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not a checkpoint.*PNG"),
        (b"a" * 257 + b"ustar\x00" + b"\0" * 300, "a tar archive"),
        (b"\x08\0\0\0\0\0\0\0{}      ", "no generator and no kp_detector, but nothing at all"),
        (b"\xff\0\0\0\0\0\0\0{}", "damaged or cut short"),
        (b"[1, 2, 3{]", "a text file"),
        (b"[1, 2, {}]", "a text file"),
        (b"\x08\0\0\0\0\0\0\0{\x00\x01\x02    ", "damaged or cut short"),
        (b"PK\x03\x04 and then nothing", "damaged or cut short"),
    ],
)
def test_files_that_are_something_else(tmp_path, content, message):
    path = tmp_path / "cpk.pth.tar"
    path.write_bytes(content)
    refused(path, message)


def test_a_zip_of_something_else(tmp_path):
    path = tmp_path / "cpk.pth.tar"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("photo.png", b"0")
    refused(path, "a zip archive, but not of torch.save; it holds 'photo.png'")


def test_a_program_of_torchscript(tmp_path):
    path = tmp_path / "cpk.pth.tar"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("data.pkl", "constants.pkl", "code/model.py"):
            archive.writestr(f"model/{name}", b"0")
    refused(path, "TorchScript")


@pytest.mark.parametrize("share", [0.001, 0.05, 0.3, 0.9, 0.999999])
@pytest.mark.parametrize("kind", ["zip", "legacy", "safetensors"])
def test_cut_short(values, save, tmp_path, kind, share):
    path = save(values, legacy=kind == "legacy")
    if kind == "safetensors":
        found = read_checkpoint(path)
        path = tmp_path / "cpk.safetensors"
        write_checkpoint(path, found)
    content = path.read_bytes()
    path.write_bytes(content[: max(30, int(len(content) * share))])
    refused(path, "damaged or cut short")


class Code:
    """Unpickled with full rights it writes ``marker``."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self):
        return os.system, (f"touch {self.marker}",)


class Eval(Code):
    def __reduce__(self):
        return eval, (f"open({str(self.marker)!r}, 'w')",)


@pytest.mark.parametrize("kind", [Code, Eval])
@pytest.mark.parametrize("options", [{}, {"legacy": True}, {"pickle_protocol": 4}])
@pytest.mark.parametrize("place", ["top", "epoch", "generator"])
def test_code_is_never_executed(values, save, tmp_path, kind, options, place):
    marker = tmp_path / "executed"
    if place == "top":
        values = kind(marker)
    elif place == "epoch":
        values["epoch"] = kind(marker)
    else:
        values["generator"]["final.bias"] = kind(marker)
    path = save(values, **options)
    text = refused(path, r"holds code.*(system|eval).*refused; nothing in it was executed")
    assert not marker.exists()
    torch.load(path, weights_only=False)  # the test's own bait works
    assert marker.exists()
    marker.unlink()

    command = re.search(r'python -c "(.*)" ', text)[1]
    listed = subprocess.run(
        [sys.executable, "-c", command, path], capture_output=True, text=True, check=True
    )
    assert re.search("system|eval", listed.stdout)
    assert not marker.exists()


def test_a_pickle_not_of_torch_is_never_executed(tmp_path):
    path, marker = tmp_path / "cpk.pth.tar", tmp_path / "executed"
    path.write_bytes(pickle.dumps(Code(marker)))
    refused(path, "a pickle, but not of torch.save: refused")
    assert not marker.exists()


def test_objects_that_are_harmless_but_no_weights(values, save):
    text = refused(save(values | {"when": pickle.PickleError("x")}), "holds code or objects")
    assert "PickleError" in text


@pytest.mark.parametrize(
    ("held", "message"),
    [
        ({"state_dict": {"pix2pixUnwrapped.netG.model.up.2.weight": 0}}, "of X2Face, not"),
        ({"pix2pixSampler.netG.model.up.2.weight": torch.ones(1)}, "of X2Face, not"),
        ({"generator": {}, "region_predictor": {}, "bg_predictor": {}}, "of MRAA, not"),
        ({"inpainting_network": {}, "kp_detector": {}}, "of TPSMM, not"),
        ({"generator": {}, "kp_detector": {}, "he_estimator": {}}, "of face-vid2vid, not"),
        ({"state_dict": {"conv.weight": torch.ones(1)}}, "under 'state_dict'"),
        ({"generator": {"conv.weight": torch.ones(2, 2, 1, 3, 3)}, "kp_detector": {}},
         "of Monkey-Net .*not of FOMM"),
        ({"conv.weight": torch.ones(1)}, "no generator and no kp_detector, but 'conv.weight'"),
        ({"generator": {}}, "no kp_detector, but 'generator'"),
        ([1, 2], r"expected a dict, got \[1, 2\]"),
        (torch.ones(2), "expected a dict, got tensor"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("legacy", [True, False])
def test_other_methods_and_other_things(save, held, message, legacy):
    refused(save(held, legacy=legacy), message)


def test_monkey_nets_published_layout(save, tmp_path):
    keys = SHARED / "spec" / "keys" / "monkeynet_taichi.json"
    if not keys.is_file():
        pytest.skip(f"no {keys}")
    held = {
        network: {key: torch.zeros(()).expand(shape) for key, shape in shapes.items()}
        for network, shapes in json.loads(keys.read_text()).items()
    }
    refused(save(held), "of Monkey-Net")


def test_networks_that_are_none(values, save):
    for bad in ([1], None, 3, torch.ones(3)):
        refused(save(values | {"generator": bad}), "generator: expected a state dict, got")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("final.bias", 3.0, "generator: 'final.bias': expected a tensor, got 3.0"),
        ("final.bias", [torch.ones(3)], "expected a tensor"),
        ("final.bias", torch.ones(3).to_sparse(), "expected a tensor"),
        ("final.bias", torch.ones(0), "expected weights"),
        ("final.bias", torch.ones(3, dtype=torch.complex64), "expected weights"),
        ("final.bias", torch.ones(3, dtype=torch.int64), "1 of another type .'final.bias'"),
        ("final.bias", torch.tensor([0, float("nan"), 1]), "'final.bias' holds NaN or infinite"),
        ("final.bias", torch.tensor([0, float("-inf"), 1]), "'final.bias' holds NaN or infinite"),
        ("final.bias", torch.ones(4), r"of another shape \('final.bias \(4,\) in the file, \(3,\)"),
        ("final.bias", torch.zeros(()).expand(10**12), "damaged: says to hold"),
        ("../../evil", torch.ones(3), "1 unknown .'../../evil'"),
        ("x" * 10_000, torch.ones(3), "1 unknown .'xxx"),
        (7, torch.ones(3), "expected names of tensors, got 7"),
    ],
)
def test_tensors_that_are_none(values, save, tmp_path, key, value, message):
    values["generator"][key] = value
    refused(save(values), message)
    assert [p.name for p in tmp_path.iterdir()] == ["cpk.pth.tar"]


def test_missing_and_unknown_keys_are_counted(values, save):
    del values["generator"]["first.norm.bias"], values["generator"]["first.norm.weight"]
    values["kp_detector"] |= {f"extra.{i}": torch.ones(1) for i in range(5)}
    text = refused(save(values), "config=")
    assert "tensors 2 missing ('first.norm.weight', 'first.norm.bias'); kp_detector: of" in text
    assert "5 unknown ('extra.0', 'extra.1', 'extra.2' and 2 more)" in text


def test_another_k_than_the_configuration(values, save, configs):
    config = dict(configs["tiny32"])
    config["common_params"] = config["common_params"] | {"num_kp": 7}
    text = refused(save(values), "does not fit the config: K = 5 in the file, 7 in", config=config)
    assert "'kp.weight (5, 11, 7, 7) in the file, (7, 11, 7, 7) expected'" in text


def test_another_depth_than_the_configuration(values, save, configs):
    text = refused(save(values), "does not fit the config", config=configs["tiny64"])
    assert "kp_detector_params.scale_factor = 1.0 in the file, 0.25 in the config" in text


def test_things_nested_a_hundred_thousand_deep(tmp_path):
    def text(word: str) -> bytes:
        return b"X" + len(word).to_bytes(4, "little") + word.encode()

    nested = b"]" * 100_000 + b"a" * 99_999
    path = tmp_path / "cpk.pth.tar"
    for key, message in {"generator": "expected a state dict, got", "x": "no generator"}.items():
        held = b"\x80\x02}" + b"".join(
            text(k) + v + b"s" for k, v in {"kp_detector": b"}", key: nested}.items()
        )
        parts = pickle.dumps(0x1950A86A20F9469CFC6C, 2), pickle.dumps(1001, 2), pickle.dumps({}, 2)
        path.write_bytes(b"".join(parts) + held + b"." + pickle.dumps([], 2))
        refused(path, message)


@pytest.mark.parametrize("legacy", [True, False])
def test_very_many_things(save, legacy):
    many = {f"key {i}": [i] for i in range(20_000)}
    refused(save(many, legacy=legacy), "no generator.*19,?997 more")


def test_an_archive_that_unpacks_to_much_more(values, save, tmp_path):
    values["generator"] = {"zeros": torch.zeros(1_000_000)}
    path, packed = save(values), tmp_path / "packed.pth.tar"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    refused(packed, "that unpack to 4,")


def test_a_flipped_byte_is_noticed(values, save):
    path = save(values)
    with zipfile.ZipFile(path) as archive:
        largest = max(archive.infolist(), key=lambda entry: entry.file_size)
    content = bytearray(path.read_bytes())
    content[largest.header_offset + 200] ^= 0x41
    path.write_bytes(content)
    refused(path, f"damaged.*checksum of {largest.filename}")


def test_sizes_of_a_far_larger_model_are_not_allocated(values, save, configs, tmp_path):
    many = values["kp_detector"] | {"kp.weight": torch.zeros(300_000, 1, 1, 1)}
    refused(save(values | {"kp_detector": many}), "far larger model")

    tensors = {f"{n}.{k}": v for n, state in values.items() for k, v in state.items()}
    config = configs["tiny32"] | {"common_params": {"num_kp": 10**6, "num_channels": 3}}
    text = json.dumps({"config": config})
    save_file(tensors, tmp_path / "cpk", metadata={"fomm": text})
    refused(tmp_path / "cpk", "far larger model")


def test_errors_that_nothing_foresees(values, save, monkeypatch):
    def fail(*_args: object) -> None:
        raise TypeError("strange\nthings")

    monkeypatch.setattr("fomm.checkpoint.fitted", fail)
    refused(save(values), "damaged, or not of FOMM .TypeError: strange things")


@pytest.mark.parametrize("epoch", ["99", 1.5, True, -1])
def test_an_epoch_that_is_none(values, save, epoch):
    refused(save(values | {"epoch": epoch}), "epoch: expected a whole number")


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ([], "expected the state of an optimizer"),
        ({"state": [], "param_groups": []}, "must be a list"),
        ({"state": {}, "param_groups": [3]}, "no list of them"),
        ({"state": {}, "param_groups": [{"params": [0]}]}, "for 1 parameters, there are"),
    ],
)
def test_optimizers_that_are_none(values, save, state, message):
    with pytest.warns(UserWarning, match=message):
        found = read_checkpoint(save(values | {"optimizer_generator": state}))
    assert found.optimizers == {}


def counted(values: dict, **changes) -> dict:
    """An optimizer's state for the detector of ``values``."""
    buffers = ("running_mean", "running_var", "tracked", "down.weight")
    shapes = [v.shape for k, v in values["kp_detector"].items() if not k.endswith(buffers)]
    state = {i: {"exp_avg": torch.zeros(shape)} for i, shape in enumerate(shapes)}
    group = {"lr": 1e-4, "betas": (0.5, 0.999), "params": list(range(len(shapes)))}
    return {"state": state | changes.pop("state", {}), "param_groups": [group | changes]}


def test_states_of_an_optimizer_that_do_not_fit(values, save):
    read_checkpoint(save(values | {"optimizer_kp_detector": counted(values)}))
    wrong = {
        "its state names parameters of no group": {"state": {999: {}}},
        "another shape": {"state": {0: {"exp_avg": torch.zeros(2)}}},
        "parameter 0: expected a dict": {"state": {0: 1}},
        "parameter 0: 'step': got 'x'": {"state": {0: {"step": "x"}}},
        "setting 'lr': got": {"lr": [1, 2]},
        "parameter 0: 'exp_avg': got": {"state": {0: {"exp_avg": torch.ones(2).to("meta")}}},
        "parameter 0: 'step': got 1": {"state": {0: {"step": 1 << 70}}},
        "expected numbers of parameters": {"params": [[0]]},
        "'one of param_names': got": {"param_names": [torch.ones(1)]},
    }
    for message, changes in wrong.items():
        state = counted(values, **changes)
        with pytest.warns(UserWarning, match=message):
            read_checkpoint(save(values | {"optimizer_kp_detector": state}))


@pytest.mark.parametrize(
    ("about", "message"),
    [
        ({"format": 2}, "its format is 2, this program reads 1"),
        ({"align_corners": "yes"}, "align_corners: expected true or false, got 'yes'"),
        ({"config": [1]}, "its config: expected a mapping"),
        ({"config": {"sise": 3}}, "its config is wrong: .*'sise'"),
        ({"epoch": 0.5}, "epoch: expected a whole number"),
        ({"optimizers": 3}, "metadata 'optimizers'"),
        ([], "expected a JSON object"),
        ("[" * 100_000, "is no JSON"),
        ("{", "is no JSON"),
    ],
)
def test_metadata_that_are_none(values, tmp_path, about, message):
    tensors = {f"{n}.{k}": v for n, state in values.items() for k, v in state.items()}
    text = about if isinstance(about, str) else json.dumps(about)
    save_file(tensors, tmp_path / "cpk", metadata={"fomm": text})
    refused(tmp_path / "cpk", message)


@pytest.fixture
def checkpoint(values, configs) -> Checkpoint:
    return Checkpoint(FOMMConfig.from_mapping(configs["tiny32"]), True, values)


def test_names_that_cannot_be_written(checkpoint, tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.pth").mkdir()
    for name, message in {
        "cpk.ckpt": "ends in .safetensors or .pth.tar",
        "folder.pth": "a folder",
        "file/cpk.pth.tar": "[Nn]ot a directory|File exists",
        f"{'x' * 300}.safetensors": "name too long",
    }.items():
        with pytest.raises(CheckpointError, match=message):
            write_checkpoint(tmp_path / name, checkpoint)
    assert {p.name for p in tmp_path.rglob("*")} == {"file", "folder.pth"}


@pytest.mark.parametrize("suffix", [".pth.tar", ".safetensors"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(checkpoint, tmp_path, suffix):
    resource = pytest.importorskip("resource")
    path = tmp_path / f"cpk{suffix}"
    path.write_text("old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
    try:
        with pytest.raises(CheckpointError, match=r"could not be written|File too large"):
            write_checkpoint(path, checkpoint)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
