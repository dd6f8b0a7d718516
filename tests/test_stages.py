"""A stage depends on exactly the files that its command imports: no more, no less."""

from __future__ import annotations

import ast
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
METHODS = ("baselines.fomm",)  # imported by name when asked for
PACKAGES = ("datasets", "fomm", "baselines", "metrics", "leaderboards")
STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]


def module_file(name: str) -> Path | None:
    path = ROOT.joinpath(*name.split("."))
    for file in (path.with_suffix(".py"), path / "__init__.py"):
        if file.is_file():
            return file
    return None


def statements(file: Path) -> Iterator[ast.AST]:
    """The nodes of ``file`` that can run: not those for type checkers, and of an ``__init__.py``
    not the insides of functions, which are there for users and run in no stage."""
    todo: list[ast.AST] = [ast.parse(file.read_text(encoding="utf-8"))]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.FunctionDef) and file.name == "__init__.py":
            continue
        yield node
        todo += ast.iter_child_nodes(node)


@cache
def imported(file: Path) -> frozenset[Path]:
    """Our modules that ``file`` imports."""
    found = set()
    for node in statements(file):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Constant) and file.parent.name == "worlds":
            names = [str(node.value).split(":")[0]]  # "package.module:NAME", imported if asked for
        for name in names:
            if name.split(".")[0] in PACKAGES and (target := module_file(name)):
                found.add(target)
    return frozenset(found)


def closure(file: Path, methods: tuple[str, ...] = ()) -> set[Path]:
    """All our modules that running ``file`` may import, and their packages."""
    todo, seen = [file, *filter(None, map(module_file, methods))], set()
    while todo:
        current = todo.pop()
        if current in seen:
            continue
        seen.add(current)
        todo += imported(current)
        package = current.parent / "__init__.py"
        if package.is_file():
            todo.append(package)
    return seen


def declared(stage: dict) -> set[Path]:
    files: set[Path] = set()
    for dep in stage["deps"]:
        path = ROOT / str(dep).replace("${item.method}", "fomm")
        if path.is_dir() and not str(dep).startswith("work"):
            files |= set(path.rglob("*.py"))
        elif path.suffix == ".py":
            files.add(path)
    return files


@pytest.mark.parametrize("name", STAGES)
def test_deps_are_what_the_command_imports(name: str) -> None:
    words = shlex.split(STAGES[name]["cmd"])
    entry = module_file(words[words.index("-m") + 1])
    assert entry is not None
    methods = METHODS if STAGES[name]["matrix"].get("method") == "${methods}" else ()
    needed, given = closure(entry, methods), declared(STAGES[name])
    missing = sorted(str(p.relative_to(ROOT)) for p in needed - given)
    extra = sorted(str(p.relative_to(ROOT)) for p in given - needed)
    assert not missing, f"{name} in dvc.yaml lacks deps: {missing}"
    assert not extra, f"{name} in dvc.yaml has deps that it does not import: {extra}"
