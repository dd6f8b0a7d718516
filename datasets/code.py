"""Digest of source code by what it does: comments, docstrings and layout do not count."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable
from pathlib import Path


def code_sha256(files: Iterable[Path]) -> str:
    """Return one digest over the names and the code of ``files``.

    Work that was recorded under one digest can be kept as long as the digest stays.
    """
    digest = hashlib.sha256()
    for path in sorted(files):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        digest.update(f"{path.name}\n{ast.unparse(_bare(tree))}\n".encode())
    return digest.hexdigest()


def _bare(tree: ast.Module) -> ast.Module:
    """Remove the docstrings from ``tree``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            has_text = node.body and isinstance(node.body[0], ast.Expr)
            if has_text and ast.get_docstring(node, clean=False) is not None:
                node.body[0] = ast.Pass()
    return tree
