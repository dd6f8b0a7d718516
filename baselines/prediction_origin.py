"""Of which run the predictions of a folder are, as a file beside them says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from datasets.files import write_new_text

_LONG = 12
"""Digits of a digest that are told to people."""


def write_origin(state: Path, facts: Mapping[str, Any], marks: Mapping[str, str]) -> None:
    """Say whose predictions a folder holds from now on.

    Args:
        state: Where the journals of the folder lie.
        facts: What is the same for all predictions of the run, JSON-able.
        marks: Those of all predictions of the run by name.
    """
    content = {"facts": facts, "marks": _digest(marks)}
    write_new_text(_file(state), json.dumps(content, indent=1, sort_keys=True) + "\n")


def is_origin(state: Path, marks: Mapping[str, str]) -> bool:
    """Return whether nobody has said since that the folder is of a run with other marks."""
    return _read(state).get("marks") in (None, _digest(marks))


def differences(state: Path, facts: Mapping[str, Any]) -> str:
    """Return what was otherwise for the predictions that are there, in words.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> write_origin(folder, {"batch": 16, "device": "NVIDIA H100"}, {})
        >>> differences(folder, {"batch": 16, "device": "cpu"})
        "device: there 'NVIDIA H100', here 'cpu'"
    """
    theirs = _read(state).get("facts")
    if not isinstance(theirs, dict):
        return "nothing says how they were made"
    told = [
        f"{key}: there {_short(theirs.get(key))}, here {_short(facts.get(key))}"
        for key in sorted(theirs.keys() | facts.keys())
        if theirs.get(key) != facts.get(key)
    ]
    return "; ".join(told) or "made alike, but of other clips, or not by this stage"


def _file(state: Path) -> Path:
    return state / "run.json"


def _read(state: Path) -> dict[str, Any]:
    try:
        content = json.loads(_file(state).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _digest(marks: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(marks, sort_keys=True).encode()).hexdigest()


def _short(value: object) -> str:
    text = repr(value)
    return f"{text[: _LONG + 1]}...'" if len(text) == len("''") + 64 else text
