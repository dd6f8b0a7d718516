"""MediaPipe's body joints and face mesh, whose models come inside its pip package.

Both are run in static image mode, frame by frame: nothing is tracked or smoothed over time, so a
row depends on its frame alone. Source: MediaPipe 0.10.21, ``solutions.pose`` (BlazePose, the "full"
model) and ``solutions.face_mesh`` (short-range face detector, mesh without attention).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from datasets.quiet import quiet_stderr
from metrics.extractors import Array, in_chunks
from metrics.extractors.package_models import checked_digest, package_folder, package_version

Double = NDArray[np.float64]

PACKAGE = "mediapipe==0.10.21"
VISIBILITY = 0.5
"""Joints below are missing. Few values lie near it: `docs/metrics/detectors.md` counts them."""


class _MediaPipe:
    """What the two have in common; MediaPipe is imported by the first call.

    Raises:
        ExtractorUnavailable: The package is missing, or its models are not the expected ones.
    """

    name: ClassVar[str]
    models: ClassVar[tuple[str, ...]]
    digest: ClassVar[str]
    licence = "Apache-2.0"

    def __init__(self) -> None:
        folder = package_folder("mediapipe", needed_by=self.name, install=PACKAGE)
        self.sha256 = checked_digest(folder, self.models, self.digest, install=PACKAGE)
        self.version = f"1, {package_version('mediapipe')}"

    def __call__(self, frames: NDArray[np.uint8], /) -> Array:
        """Return points float64 (T, K, 2) of ``frames``, uint8 (T, H, W, 3) RGB."""
        with quiet_stderr():
            return in_chunks(
                lambda one: self._points(np.ascontiguousarray(one[0]))[None], frames, chunk=1
            )

    def _points(self, frame: NDArray[np.uint8]) -> Double:
        """Return (K, 2) of one frame (H, W, 3)."""
        raise NotImplementedError


class MediaPipePose(_MediaPipe):
    """An `Extractor` of 33 body joints: float64 (T, 33, 2), in MediaPipe's order.

    A joint is missing (NaN) if its visibility is below `VISIBILITY` or it lies outside the frame;
    all are without a person. Of several persons MediaPipe takes its best-scored detection; it
    looks for one person, and people who touch may be mixed up.
    """

    name = "mediapipe-pose"
    domain = "body"
    models = (
        "modules/pose_detection/pose_detection.tflite",
        "modules/pose_landmark/pose_landmark_full.tflite",
    )
    digest = "2f495635b49aebef27b9995d7e8a038edcd9407e6f68ce833e1570c9ea686e9f"

    @cached_property
    def _graph(self) -> Any:  # noqa: ANN401 - untyped package
        from mediapipe import solutions

        return solutions.pose.Pose(
            static_image_mode=True,
            model_complexity=1,  # the one model that the package contains
            smooth_landmarks=False,
            min_detection_confidence=0.5,
        )

    def visibility(self, frames: NDArray[np.uint8]) -> Double:
        """Return the visibility of the joints in [0, 1], (T, 33); NaN rows without a person."""
        with quiet_stderr():
            found = [self._joints(np.ascontiguousarray(frame)) for frame in frames]
        rows = [
            [joint.visibility for joint in joints] if joints else [np.nan] * 33 for joints in found
        ]
        return np.array(rows, np.float64)

    def _points(self, frame: NDArray[np.uint8]) -> Double:
        joints = self._joints(frame)
        if not joints:
            return np.full((33, 2), np.nan)
        points = in_pixels(joints, *frame.shape[:2])
        points[[joint.visibility < VISIBILITY for joint in joints]] = np.nan
        return points

    def _joints(self, frame: NDArray[np.uint8]) -> Sequence[Any]:
        found = self._graph.process(frame).pose_landmarks
        return found.landmark if found else ()


class MediaPipeFace(_MediaPipe):
    """An `Extractor` of 468 points of a face: float64 (T, 468, 2), in the mesh's order.

    The mesh is fitted as a whole: either all points are found, or none is (NaN); only points
    outside the frame are missing alone. Of several faces the best-scored detection is taken.
    """

    name = "mediapipe-face"
    domain = "face"
    models = (
        "modules/face_detection/face_detection_short_range.tflite",
        "modules/face_landmark/face_landmark.tflite",
    )
    digest = "23c4d67ab02b72062c27a6441371577b1282f22db1cd1b9bee33224fd321bc68"

    @cached_property
    def _graph(self) -> Any:  # noqa: ANN401 - untyped package
        from mediapipe import solutions

        return solutions.face_mesh.FaceMesh(
            static_image_mode=True,
            max_num_faces=1,
            refine_landmarks=False,  # 468 points, without the 10 of the irises
            min_detection_confidence=0.5,
        )

    def _points(self, frame: NDArray[np.uint8]) -> Double:
        faces = self._graph.process(frame).multi_face_landmarks
        if not faces:
            return np.full((468, 2), np.nan)
        return in_pixels(faces[0].landmark, *frame.shape[:2])


def in_pixels(landmarks: Sequence[Any], height: int, width: int) -> Double:
    """Return landmarks (fractions of width and height) as float64 (K, 2) pixels, (x, y).

    NaN where a point is outside the frame, that is not in [0, width) x [0, height).
    """
    size = np.array([width, height], np.float64)
    points = np.array([(mark.x, mark.y) for mark in landmarks], np.float64) * size
    points[~((points >= 0) & (points < size)).all(axis=1)] = np.nan
    return points
