"""What finds persons and faces in new videos; every picture is looked at alone.

It is looked at as a whole and in overlapping squares, so that a subject in a wide picture is not
too small for the models, which see 224 (persons) and 128 (faces) pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from datasets.clips import Frames
from datasets.metadata import Box
from datasets.quiet import quiet_stderr
from datasets.track_boxes import distinct, face, windows
from datasets.track_mediapipe import LEAST_SCORE, MediaPipe, part
from datasets.track_persons import PersonDetector
from datasets.tracking import Detection

_SAME = 0.3  # overlap of two boxes of one face


class Detector(Protocol):
    """What finds the subjects of a picture, uint8 ``(H, W, 3)`` RGB."""

    @property
    def name(self) -> str:
        """Which one."""

    @property
    def version(self) -> str:
        """Of the package, and of what this module does with it."""

    @property
    def sha256(self) -> str:
        """Of the model files: `datasets.files.sha256_of_files`."""

    def __call__(self, frame: Frames, /) -> list[Detection]:
        """Return the subjects in ``frame``, best first."""


class FaceDetector(MediaPipe):
    """All faces: the detector's box, and an eighth of its height more above the brow."""

    name = "mediapipe-face-short-range"
    models = ("modules/face_detection/face_detection_short_range.tflite",)

    def _load(self) -> None:
        from mediapipe.python.solutions.face_detection import FaceDetection

        self._find = FaceDetection(min_detection_confidence=LEAST_SCORE, model_selection=0)
        self._find.process(np.zeros((64, 64, 3), np.uint8))  # the model warns when it is used first

    def __call__(self, frame: Frames, /) -> list[Detection]:
        """Return the faces in ``frame``, best first."""
        height, width = frame.shape[:2]
        faces: list[Detection | None] = []
        with quiet_stderr():
            for window in windows(width, height):
                seen = part(frame, window)
                for found in self._find.process(seen).detections or ():
                    box = _face_box(found, seen, window)
                    faces.append(face(box, float(found.score[0]), size=(width, height)))
        return distinct([found for found in faces if found], overlap=_SAME)


DETECTORS: dict[str, type[PersonDetector | FaceDetector]] = {
    "person": PersonDetector,
    "face": FaceDetector,
}


def _face_box(found: Any, seen: Frames, window: Box) -> Sequence[float]:  # noqa: ANN401 - untyped
    box = found.location_data.relative_bounding_box
    height, width = seen.shape[:2]
    left, top = window[0] + box.xmin * width, window[1] + box.ymin * height
    return left, top, left + box.width * width, top + box.height * height
