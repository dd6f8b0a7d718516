"""The model's page: every function it names is there, links lead somewhere, shapes are true."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from fomm.config import FOMMConfig
from fomm.model import FOMM

PAGE = Path(__file__).parents[2] / "fomm" / "README.md"
TEXT = PAGE.read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::([\w.]+)`", TEXT)))
SHAPES = re.findall(r"\|[^|]*\| `([^`]+)` \| ([\d, ]+) \|", TEXT)


def defined(file: Path) -> set[str]:
    """Functions and classes of a module, methods as Class.method."""
    names = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{f.name}" for f in node.body if isinstance(f, ast.FunctionDef)}
    return names


def test_the_page_names_functions() -> None:
    assert len(NAMED) >= 20


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_every_function_that_the_page_names_is_there(file: str, name: str) -> None:
    assert name in defined(PAGE.parent / file)


def test_every_file_that_the_page_names_is_there() -> None:
    files = re.findall(r"`(\w+\.py)[`:]", TEXT)
    assert not [name for name in files if not (PAGE.parent / name).is_file()]


def test_local_links_lead_somewhere() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", TEXT) if "://" not in link]
    assert links
    assert not [link for link in links if not (PAGE.parent / link.split("#")[0]).exists()]


def test_equations_are_named_in_order() -> None:
    rows = re.findall(r"^\| eq\. ([\d, ]+) \|", TEXT, flags=re.MULTILINE)
    numbers = [int(n) for row in rows for n in row.split(",")]
    assert numbers == list(range(1, 16))


def observed(model: FOMM) -> dict[str, Tensor]:
    """What modules give out, and the outputs, for one picture on the meta device."""
    seen: dict[str, Tensor] = {}

    def keep(name: str, module: nn.Module) -> None:
        module.register_forward_hook(lambda _, __, out: seen.update({name: out}))

    for name, module in model.named_modules():
        keep(name, module)
    image = torch.empty(1, 3, 256, 256, device="meta")
    detector = model.kp_detector
    kp = detector(image)
    out = model.generator(image, kp_source=kp, kp_driving=kp)
    features = detector.features(image)
    heads = {"kp_detector.kp": detector.kp(features)}
    if detector.jacobian is not None:
        heads["kp_detector.jacobian"] = detector.jacobian(features)
    named = {f'kp["{k}"]': v for k, v in kp.items()} | {f'out["{k}"]': v for k, v in out.items()}
    return seen | heads | named


@pytest.fixture(scope="module")
def taichi() -> FOMM:
    with torch.device("meta"):
        return FOMM.from_config(FOMMConfig.load("taichi")).eval()


def test_the_shapes_are_true(taichi: FOMM) -> None:
    assert len(SHAPES) >= 15
    found = observed(taichi)
    for name, shape in SHAPES:
        assert tuple(found[name].shape[1:]) == tuple(int(n) for n in shape.split(",")), name


def test_the_parameters_are_counted(taichi: FOMM) -> None:
    for part in (taichi.kp_detector, taichi.generator):
        assert f"{sum(p.numel() for p in part.parameters()):,}" in TEXT
    with torch.device("meta"):
        mgif = FOMM.from_config(FOMMConfig.load("mgif")).kp_detector
    assert f"`mgif`: {sum(p.numel() for p in mgif.parameters()):,}" in TEXT
