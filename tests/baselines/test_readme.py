"""The methods' page: names, links, sizes and differences of configurations are true, code runs."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from baselines import METHODS
from baselines.monkey_net import MonkeyNet
from baselines.x2face import X2Face
from fomm.settings.file import read_config

FOLDER = Path(__file__).parents[2] / "baselines"
TEXT = (FOLDER / "README.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::([\w.]+)`", TEXT)))
SIZES = re.findall(
    r"^\| \[([\w-]+) [\w-]+\]\(([^)]+)\) \| (\d+) \| ([\d,]+) \| ([\d,]+) \|$", TEXT, re.M
)
ROW = re.compile(r"^\| `([a-z_.]+)` \| ([^|]+) \| ([^|]+) \| [^|]+ \|$", re.M)
PARTS = TEXT.split("\n## X2Face\n")
CHANGES = [
    (f"{configs}/{name}.yaml", *row)
    for part, configs, published in zip(
        PARTS, ("monkey_net/configs", "x2face/configs"), ("taichi", "full"), strict=True
    )
    for key, *values in ROW.findall(part)
    for name, row in zip((published, "mini"), ((key, v) for v in values), strict=True)
]
CODE = "\n".join(re.findall(r"^```python\n(.*?)^```$", TEXT, re.M | re.S))


def defined(file: Path) -> set[str]:
    """Functions and classes of a module, methods as Class.method."""
    names = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{f.name}" for f in node.body if isinstance(f, ast.FunctionDef)}
    return names


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_every_function_that_the_page_names_is_there(file: str, name: str) -> None:
    assert name in defined(FOLDER / file)


def test_local_links_lead_somewhere() -> None:
    links = [link for link in re.findall(r"\]\(([^)]+)\)", TEXT) if "://" not in link]
    assert len(links) > 10
    assert not [link for link in links if not (FOLDER / link.split("#")[0]).exists()]


@pytest.mark.parametrize(("name", "file", "side", "parameters", "products"), SIZES)
def test_sizes_are_true(name, file, side, parameters, products) -> None:
    with torch.device("meta"):
        method = METHODS[name].from_config(read_config(FOLDER / file))
    found = method.parameter_count(), method.macs(int(side))
    assert [f"{number:,}" for number in found] == [parameters, products]


@pytest.mark.parametrize(("file", "key", "text"), CHANGES)
def test_differences_of_mini_are_true(file: str, key: str, text: str) -> None:
    value: Any = read_config(FOLDER / file)
    for part in key.split("."):
        value = value.get(part, 1)  # left out: a factor of 1
    assert value == yaml.safe_load(text)


def test_there_is_something_to_check() -> None:
    assert len(NAMED) > 25 and len(SIZES) == 8 and len(CHANGES) == 30


def test_the_code_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shapes = MonkeyNet.from_config(read_config(FOLDER / "monkey_net/configs/shapes.yaml"))
    torch.save({n: part.state_dict() for n, part in shapes.named_children()}, "shapes.pth.tar")
    small = {"embedding_levels": 5, "driving_levels": 5, "base": 4, "inner_channels": 6}
    torch.save({"state_dict": X2Face(**small).state_dict()}, "x2face_model.pth")
    innermost = X2Face(**small, pose=True).pix2pixSampler.innermost
    pose = {f"posefrombottle.{k}": v for k, v in innermost.posefrombottle.state_dict().items()}
    torch.save({"state_dict": pose}, "posereg.pth")
    torch.save({"state_dict": innermost.bottlefrompose.state_dict()}, "posetobottle.pth")
    exec(compile(CODE, "README.md", "exec"), {})
