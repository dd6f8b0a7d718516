"""Which run it is: everything that determines its weights, and how two runs differ."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from datasets.code import code_sha256
from datasets.files import sha256

Identity = dict[str, Any]
"""``settings`` (a JSON-able mapping), ``code`` (source file -> digest), ``data`` (a sha256)."""


def identity_of(
    settings: Mapping[str, Any], files: Iterable[str], data: Path, root: Path
) -> Identity:
    """Return what a run is; comments and docstrings of its code do not count.

    Args:
        settings: JSON-able; key order does not matter.
        files: Source files, relative to ``root``.
        data: The manifest of the clips, which holds the digest of each.
        root: The repository.
    """
    plain: Any = json.loads(json.dumps(settings, sort_keys=True))
    code = {name: code_sha256([root / name]) for name in sorted(files)}
    return {"settings": plain, "code": code, "data": sha256(data)}


def fingerprint(identity: Identity) -> str:
    """Return the sha256 of an identity."""
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()


def differences(before: Identity, now: Identity) -> list[str]:
    """Return what differs, one line each; empty if it is the same run.

    Example:
        >>> then = {"settings": {"train": {"steps": 2}}, "code": {}, "data": "a"}
        >>> differences(then, {"settings": {"train": {"steps": 3}}, "code": {}, "data": "b"})
        ['train.steps: 2 before, 3 now', 'the clips: another manifest']
    """
    lines = list(_settings(before["settings"], now["settings"]))
    names = sorted({*before["code"], *now["code"]})
    lines += [f"code: {n}" for n in names if before["code"].get(n) != now["code"].get(n)]
    return lines + ["the clips: another manifest"] * (before["data"] != now["data"])


def _settings(before: Any, now: Any, name: str = "") -> Iterator[str]:  # noqa: ANN401 - JSON
    if isinstance(before, dict) and isinstance(now, dict):
        for key in sorted({*before, *now}):
            inner = f"{name}.{key}" if name else key
            yield from _settings(before.get(key), now.get(key), inner)
    elif before != now:
        yield f"{name}: {json.dumps(before)} before, {json.dumps(now)} now"
