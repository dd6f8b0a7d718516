"""The offline detectors of real people: weights inside pip packages, nothing is downloaded.

Light: MediaPipe and dlib are imported by the first call of an extractor. The packages need a second
environment (`constraints-detectors.txt`); `docs/metrics/detectors.md` says how they do on real
clips.
"""

from __future__ import annotations

from collections.abc import Callable

from metrics.extractors import Extractor
from metrics.extractors.dlib_models import DlibFace68, DlibFaceId
from metrics.extractors.mediapipe_models import MediaPipeFace, MediaPipePose

DETECTORS: dict[str, Callable[[], Extractor]] = {
    detector.name: detector for detector in (MediaPipePose, MediaPipeFace, DlibFace68, DlibFaceId)
}
"""Name -> what makes the extractor; `ExtractorUnavailable` where its packages are absent."""
