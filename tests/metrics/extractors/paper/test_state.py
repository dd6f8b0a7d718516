"""Weight files: what is taken, and what each refusal says."""

from __future__ import annotations

import pickle
import re
from collections import OrderedDict

import pytest
import torch
from torch import nn

from datasets.files import sha256
from datasets.registry import UsageError
from metrics.extractors import ExtractorUnavailable
from metrics.extractors.paper.state import load


def make():
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))


def state():
    torch.manual_seed(0)
    drawn = {k: torch.randn(v.shape) for k, v in make().state_dict().items()}
    drawn["1.num_batches_tracked"] = torch.tensor(7)
    return drawn


@pytest.fixture
def file(tmp_path):
    return tmp_path / "tiny.pth"


def loaded(path):
    return load(make, path, sha256=sha256(path), needed="tiny.pth of the test")


def parameters(entries):
    """Some old files hold parameters, buffers among them, in the place of tensors."""
    return {k: nn.Parameter(v) if v.is_floating_point() else v for k, v in entries.items()}


@pytest.mark.parametrize("new", [True, False], ids=["zip", "pickle"])
@pytest.mark.parametrize("kind", [dict, OrderedDict, parameters])
def test_either_container(file, kind, new):
    torch.save(kind(state()), file, _use_new_zipfile_serialization=new)
    network = loaded(file)
    assert not network.training
    for key, value in network.state_dict().items():
        assert torch.equal(value, state()[key]), key
        assert not value.requires_grad
    assert network(torch.zeros(1, 3, 5, 5)).shape == (1, 4, 3, 3)


def test_counters_of_batches_may_be_missing(file):
    old = {k: v for k, v in state().items() if not k.endswith("num_batches_tracked")}
    torch.save(old, file)
    network = loaded(file)
    assert torch.equal(network[1].running_var, old["1.running_var"])
    assert network[1].num_batches_tracked == 0


def test_other_precisions_become_float32(file):
    torch.save({k: v.double() for k, v in state().items()}, file)
    assert {p.dtype for p in loaded(file).parameters()} == {torch.float32}


def without(key):
    return {k: v for k, v in state().items() if k != key}


WRONG = {
    "missing": (without("0.bias"), "1 keys are missing (first: 0.bias)"),
    "unknown": (state() | {"2.weight": torch.ones(1)}, "1 keys are unknown (first: 2.weight)"),
    "both": (
        without("0.bias") | {"fc.bias": torch.ones(4)},
        "1 keys are missing (first: 0.bias), 1 keys are unknown (first: fc.bias)",
    ),
    "shape": (state() | {"0.bias": torch.ones(5)}, "0.bias is (5,), not (4,)"),
    "prefix": ({f"module.{k}": v for k, v in state().items()}, "keys begin with 'module.'"),
    "nested": ({"state_dict": state()}, "entry 'state_dict' is a dict, not a tensor"),
    "counter": (state() | {"epoch": 3}, "entry 'epoch' is a int, not a tensor"),
    "list": ([torch.ones(1)], "holds a list, not a mapping"),
    "empty": ({}, "6 keys are missing (first: 0.weight)"),
}


@pytest.mark.parametrize("name", WRONG)
def test_other_contents_are_refused(file, name):
    content, message = WRONG[name]
    torch.save(content, file)
    with pytest.raises(UsageError, match=re.escape(message)) as caught:
        loaded(file)
    assert str(caught.value).startswith("tiny.pth: ")
    assert str(caught.value).endswith("; needed is tiny.pth of the test")


class Harmful:
    def __reduce__(self):
        return (exec, ("raise SystemExit('it ran')",))


def test_objects_are_not_run(file):
    torch.save({"0.weight": Harmful()}, file)
    with pytest.raises(UsageError, match=r"^tiny\.pth: cannot be read as tensors"):
        loaded(file)
    file.write_bytes(pickle.dumps(Harmful(), protocol=2))
    with pytest.raises(UsageError, match=r"^tiny\.pth: cannot be read as tensors"):
        loaded(file)


@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"<html>not found</html>", b"PK\x03\x04no"])
def test_what_is_no_such_file_at_all(file, content):
    file.write_bytes(content)
    with pytest.raises(UsageError, match=r"^tiny\.pth: cannot be read as tensors") as caught:
        loaded(file)
    assert str(file.parent) not in str(caught.value)


@pytest.mark.parametrize("new", [True, False], ids=["zip", "pickle"])
def test_a_truncated_file(file, new):
    torch.save(state(), file, _use_new_zipfile_serialization=new)
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(UsageError, match=r"^tiny\.pth: cannot be read as tensors"):
        loaded(file)


def test_another_digest_is_refused_before_reading(file):
    file.write_bytes(b"something else")
    with pytest.raises(UsageError, match=rf"has sha256 {sha256(file)}, expected {'0' * 64}"):
        load(make, file, sha256="0" * 64, needed="tiny.pth")


def test_no_file(file):
    with pytest.raises(ExtractorUnavailable, match=r"^tiny\.pth: not found; needed is it, sha256 "):
        load(make, file, sha256="0" * 64, needed="it")
