"""Model files that come inside pip packages: found, and checked, without importing the packages.

`face_recognition_models` imports ``pkg_resources``, which setuptools no longer has, and MediaPipe
takes seconds; their files can be read from the packages' folders as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from importlib.util import find_spec
from pathlib import Path

from datasets.files import sha256_of_files
from metrics.extractors import ExtractorUnavailable

SECOND_ENVIRONMENT = (
    "MediaPipe holds numpy below 2, so the detectors have an environment of their own: "
    "python3 -m venv .venv-detectors && .venv-detectors/bin/pip install "
    "-c constraints-detectors.txt -e '.[test,detectors]'"
)


def package_folder(package: str, *, needed_by: str, install: str) -> Path:
    """Return the folder of an installed package, without importing it.

    Args:
        package: Its import name.
        needed_by: The extractor, for the message.
        install: What to give to ``pip install``.

    Raises:
        ExtractorUnavailable: It is not installed; the message says how to install it.
    """
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ExtractorUnavailable(
            f"{needed_by}: the package {package} is not installed; pip install {install} "
            f"({SECOND_ENVIRONMENT})"
        )
    return Path(spec.origin).parent


def checked_digest(folder: Path, names: Sequence[str], expected: str, *, install: str) -> str:
    """Return the digest of the model files ``names`` of a package: `sha256_of_files`.

    That is the sha256 over one line ``NAME SHA256`` per file, sorted; names are relative to
    ``folder``.

    Raises:
        ExtractorUnavailable: A file is missing, or the files are not the expected ones.
    """
    for name in names:
        if not (folder / name).is_file():
            raise ExtractorUnavailable(f"{name} is missing; install {install} anew")
    found = sha256_of_files([folder / name for name in names], folder)
    if found != expected:
        raise ExtractorUnavailable(
            f"{', '.join(names)}: digest {found}, expected {expected}; install {install} anew"
        )
    return found


def package_version(*distributions: str) -> str:
    """Return ``NAME VERSION`` of the first of ``distributions`` that is installed."""
    for name in distributions:
        try:
            return f"{name} {installed_version(name)}"
        except PackageNotFoundError:
            continue
    return f"{distributions[0]} of unknown version"
