"""Which of our own files a module is made of: it, and all that it imports of ours."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from datasets.files import sha256_of_files

ROOT = Path(__file__).parents[1]
PACKAGES = ("datasets", "metrics")


@cache
def source_digest(module: str = "metrics.cell") -> str:
    """Return one sha256 over the files that ``module`` may run: what determines the numbers."""
    files = closure(_file(module))
    packages = {p.with_name("__init__.py") for p in files}
    return sha256_of_files(sorted(files | packages), ROOT)


@cache
def class_digest(cls: type) -> str:
    """Return one sha256 over the file that defines ``cls`` and all it imports of ours."""
    file = Path(inspect.getfile(cls)).resolve()
    root = ROOT if file.is_relative_to(ROOT) else file.parent
    ours = closure(file) - {file}
    return f"{sha256_of_files([file], root)} {sha256_of_files(sorted(ours), ROOT)}"


def closure(file: Path) -> set[Path]:
    """Return ``file`` and all our modules that it imports, directly or not.

    Raises:
        FileNotFoundError: An imported module of ours has no file; the message names both.
    """
    todo, seen = [file], set[Path]()
    while todo:
        current = todo.pop()
        if current not in seen:
            seen.add(current)
            todo += _imported(current)
    return seen


def _imported(file: Path) -> Iterator[Path]:
    for node in _statements(file):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
            for alias in node.names:  # a module, or a name in one
                if _ours(node.module) and _find(inner := f"{node.module}.{alias.name}"):
                    names.append(inner)
        for name in filter(_ours, names):
            if (found := _find(name)) is None:
                raise FileNotFoundError(f"{file.name} imports {name}, which has no file")
            yield found


def _statements(file: Path) -> Iterator[ast.AST]:
    """Yield what can run; functions of an ``__init__.py`` are there for users."""
    todo: list[ast.AST] = [ast.parse(file.read_text(encoding="utf-8"))]
    while todo:
        node = todo.pop()
        for_checkers = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for_users = isinstance(node, ast.FunctionDef) and file.name == "__init__.py"
        if not for_checkers and not for_users:
            yield node
            todo += ast.iter_child_nodes(node)


def _ours(name: str) -> bool:
    return name.split(".")[0] in PACKAGES


def _find(name: str) -> Path | None:
    path = ROOT.joinpath(*name.split("."))
    return next(filter(Path.is_file, (path.with_suffix(".py"), path / "__init__.py")), None)


def _file(name: str) -> Path:
    found = _find(name)
    if found is None:
        raise FileNotFoundError(f"{name} has no file")
    return found
