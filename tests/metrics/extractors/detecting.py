"""The detectors of real people, where their packages are."""

from __future__ import annotations

from functools import cache

import pytest

from metrics.extractors import Extractor, ExtractorUnavailable
from metrics.extractors.detectors import DETECTORS


@cache
def detector(name: str) -> Extractor:
    """The detector ``name``, made once; the test is skipped where its packages are absent."""
    try:
        return DETECTORS[name]()
    except ExtractorUnavailable as why:
        return pytest.skip(str(why))
