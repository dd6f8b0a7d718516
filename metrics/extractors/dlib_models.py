"""dlib's face landmarks and face embedding, with weights of the face-recognition-models package.

Both start from dlib's frontal face detector (HOG; compiled into dlib). Source: dlib's example
programs ``face_landmark_detection.py`` and ``face_recognition.py``.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from metrics.extractors import Array, in_chunks
from metrics.extractors.package_models import checked_digest, package_folder, package_version

Frame = NDArray[np.uint8]
Double = NDArray[np.float64]

DLIB, MODELS = "dlib-bin==20.0.1.post1", "face-recognition-models==0.3.0"
SIDE = 512
MOST_UPSAMPLING = 3
SHAPE_68 = "models/shape_predictor_68_face_landmarks.dat"
SHAPE_5 = "models/shape_predictor_5_face_landmarks.dat"
RESNET = "models/dlib_face_recognition_resnet_model_v1.dat"


class _Dlib:
    """What the two have in common; dlib is imported by the first call.

    Raises:
        ExtractorUnavailable: A package is missing, or its weights are not the expected ones.
    """

    name: ClassVar[str]
    domain = "face"
    models: ClassVar[tuple[str, ...]]
    digest: ClassVar[str]

    def __init__(self) -> None:
        package_folder("dlib", needed_by=self.name, install=DLIB)
        self._folder: Path = package_folder(
            "face_recognition_models", needed_by=self.name, install=MODELS
        )
        self.sha256 = checked_digest(self._folder, self.models, self.digest, install=MODELS)
        self.version = f"1, {package_version('dlib-bin', 'dlib')}"  # the detector is in there

    def __call__(self, frames: NDArray[np.uint8], /) -> Array:
        """Return one float64 row per frame of ``frames``, uint8 (T, H, W, 3) RGB."""
        return in_chunks(lambda one: self._row(np.ascontiguousarray(one[0]))[None], frames, chunk=1)

    def _row(self, frame: Frame) -> Double:
        raise NotImplementedError

    def _face(self, frame: Frame) -> Any:  # noqa: ANN401 - untyped package
        """Return the rectangle of the face that `first_face` takes, None without one."""
        boxes, scores, _ = self._detector.run(frame, upsampling(*frame.shape[:2]), 0.0)
        return first_face(boxes, scores)

    @cached_property
    def _detector(self) -> Any:  # noqa: ANN401 - untyped package
        import dlib

        return dlib.get_frontal_face_detector()


class DlibFace68(_Dlib):
    """An `Extractor` of 68 face landmarks: float64 (T, 68, 2), whole pixels, in the iBUG order.

    All are found, or none is (NaN); only points outside the frame are missing alone.
    """

    name = "dlib-face68"
    models = (SHAPE_68,)
    digest = "0b42c5e83afd1541426d663a84f8af8ed6be14e5fa13cb576abc505aaa128a6d"
    licence = "CC0-1.0; trained on iBUG 300-W, whose licence excludes commercial use"

    def _row(self, frame: Frame) -> Double:
        face = self._face(frame)
        if face is None:
            return np.full((68, 2), np.nan)
        found = [(point.x, point.y) for point in self._shape(frame, face).parts()]
        points = np.array(found, np.float64)  # (68, 2)
        height, width = frame.shape[:2]
        points[~((points >= 0) & (points < (width, height))).all(axis=1)] = np.nan
        return points

    @cached_property
    def _shape(self) -> Any:  # noqa: ANN401 - untyped package
        import dlib

        return dlib.shape_predictor(str(self._folder / SHAPE_68))


class DlibFaceId(_Dlib):
    """An `Extractor` of identity: float64 (T, 128), unit length, NaN rows without a face.

    The face is aligned by five landmarks, cut out as dlib's chip of 150x150 pixels and embedded by
    its ResNet, without jitter. The network's own vectors are about 1.5 long (two of one person are
    nearer than 0.6, dlib says); they are divided by their length here.
    """

    name = "dlib-faceid"
    models = (SHAPE_5, RESNET)
    digest = "8346b4ac1592af5fa30c29dde1ac0fc683dda98617799c037e66defde684fc66"
    licence = "CC0-1.0"

    def _row(self, frame: Frame) -> Double:
        face = self._face(frame)
        if face is None:
            return np.full(128, np.nan)
        shape, network = self._networks
        vector = np.array(network.compute_face_descriptor(frame, shape(frame, face)), np.float64)
        return np.asarray(vector / np.linalg.norm(vector))

    @cached_property
    def _networks(self) -> tuple[Any, Any]:
        import dlib

        return (
            dlib.shape_predictor(str(self._folder / SHAPE_5)),
            dlib.face_recognition_model_v1(str(self._folder / RESNET)),
        )


def upsampling(height: int, width: int) -> int:
    """Return how often a frame is doubled before detection.

    Until its shorter side has `SIDE` pixels, at most `MOST_UPSAMPLING` times. The detector's window
    has 80 pixels, so that it finds faces that are at least a sixth of a frame of 64 to 512 pixels.

    Example:
        >>> upsampling(256, 300), upsampling(64, 64), upsampling(720, 1280), upsampling(10, 10)
        (1, 3, 0, 3)
    """
    times = 0
    while min(height, width) * 2**times < SIDE and times < MOST_UPSAMPLING:
        times += 1
    return times


def first_face(boxes: Any, scores: Any) -> Any:  # noqa: ANN401 - untyped package
    """Return the face of best score; of equal ones the largest, then the leftmost, then topmost.

    None without a face. The rule sees one frame alone, and is the same for truth and prediction.
    """
    faces = zip(boxes, scores, strict=True)
    best = min(
        faces,
        key=lambda face: (-face[1], -face[0].area(), face[0].left(), face[0].top()),
        default=None,
    )
    return None if best is None else best[0]
