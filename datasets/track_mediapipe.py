"""What the detectors for `datasets.track` have in common: MediaPipe, found and kept quiet.

Its models come inside its pip package; nothing is downloaded.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

import numpy as np

from datasets.clips import Frames
from datasets.files import sha256_of_files
from datasets.metadata import Box
from datasets.quiet import quiet_stderr
from datasets.registry import UsageError

LEAST_SCORE = 0.5  # MediaPipe's own; recipes ask for more


class MediaPipe:
    """A detector of which one model or more lie in the package.

    Raises:
        UsageError: The package is not installed.
    """

    name: ClassVar[str]
    models: ClassVar[tuple[str, ...]]

    def __init__(self) -> None:
        spec = find_spec("mediapipe")
        if spec is None or spec.origin is None:
            raise UsageError(
                "finding people needs MediaPipe, which is not installed here. It holds numpy "
                "below 2 and has an environment of its own: 'make detectors', then "
                ".venv-detectors/bin/python -m datasets.track ..."
            )
        folder = Path(spec.origin).parent
        self.sha256 = sha256_of_files([folder / name for name in self.models], folder)
        self.version = f"1, mediapipe {_package_version()}"
        with quiet_stderr():
            self._load()

    def _load(self) -> None:
        """Make the graphs, and run each once."""
        raise NotImplementedError


def part(frame: Frames, window: Box) -> Frames:
    """Return what lies in ``window`` (left, top, right, bottom; the end excluded), contiguous."""
    left, top, right, bottom = window
    return np.ascontiguousarray(frame[top:bottom, left:right])


def _package_version() -> str:
    try:
        return version("mediapipe")
    except PackageNotFoundError:
        return "of unknown version"
