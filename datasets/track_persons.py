"""Persons in a picture by MediaPipe: BlazePose's detector and its "full" landmark model (0.10.21).

``solutions.pose`` gives the best-scored person only. The same two models are asked here one after
the other, so that all persons come out: the detector, then the landmarks of each one it found.
"""

from __future__ import annotations

import math

import numpy as np

from datasets.clips import Frames
from datasets.quiet import quiet_stderr
from datasets.track_boxes import Double, distinct, person, windows
from datasets.track_mediapipe import LEAST_SCORE, MediaPipe, part
from datasets.tracking import Detection

_SAME = 0.6  # overlap of two boxes of one person
_NEAR = 0.5  # of the distance from hips to top: nearer hips are those of one person, seen twice

_FIND = """
input_stream: "image"
output_stream: "detections"
node {
  calculator: "PoseDetectionCpu"
  input_stream: "IMAGE:image"
  output_stream: "DETECTIONS:detections"
}
"""
_THRESHOLD = "posedetectioncpu__TensorsToDetectionsCalculator.min_score_thresh"
_MARK = """
input_stream: "image"
input_stream: "region"
output_stream: "landmarks"
node {
  calculator: "ConstantSidePacketCalculator"
  output_side_packet: "PACKET:0:complexity"
  output_side_packet: "PACKET:1:segmentation"
  options {
    [mediapipe.ConstantSidePacketCalculatorOptions.ext] {
      packet { int_value: 1 }
      packet { bool_value: false }
    }
  }
}
node {
  calculator: "PoseLandmarkByRoiCpu"
  input_side_packet: "MODEL_COMPLEXITY:complexity"
  input_side_packet: "ENABLE_SEGMENTATION:segmentation"
  input_stream: "IMAGE:image"
  input_stream: "ROI:region"
  output_stream: "LANDMARKS:landmarks"
}
"""


class PersonDetector(MediaPipe):
    """All persons: a box around the landmarks, and how visible head and ankles are.

    Persons whose hips are nearer to each other than a third of their height are taken for one.
    """

    name = "mediapipe-pose"
    models = (
        "modules/pose_detection/pose_detection.tflite",
        "modules/pose_landmark/pose_landmark_full.tflite",
    )

    def _load(self) -> None:
        from mediapipe.framework.formats.rect_pb2 import NormalizedRect
        from mediapipe.python.solution_base import PacketDataType, SolutionBase

        self._rect = NormalizedRect
        self._find = SolutionBase(
            graph_config=_FIND,
            calculator_params={_THRESHOLD: LEAST_SCORE},
            outputs=["detections"],
            stream_type_hints={"detections": PacketDataType.PROTO_LIST},
        )
        self._mark = SolutionBase(
            graph_config=_MARK,
            outputs=["landmarks"],
            stream_type_hints={
                "image": PacketDataType.IMAGE_FRAME,
                "region": PacketDataType.PROTO,
            },
        )
        blank = np.zeros((64, 64, 3), np.uint8)  # models warn when they are used first
        self._regions(blank)
        self._marks(blank, np.array([[32.0, 32.0], [32.0, 8.0]]))

    def __call__(self, frame: Frames, /) -> list[Detection]:
        """Return the persons in ``frame``, best first."""
        height, width = frame.shape[:2]
        persons = [
            person(marks, score, size=(width, height)) for score, marks in self.landmarks(frame)
        ]
        return distinct([found for found in persons if found], overlap=_SAME)

    def landmarks(self, frame: Frames) -> list[tuple[float, Double]]:
        """Return score and landmarks of each person in ``frame``, best first.

        The landmarks are float64 ``(33, 3)``: x and y in pixels, also outside the picture, and
        visibility in [0, 1].
        """
        with quiet_stderr():
            found = [(score, self._marks(frame, region)) for score, region in self._regions(frame)]
        return [(score, marks) for score, marks in found if marks is not None]

    def _regions(self, frame: Frames) -> list[tuple[float, Double]]:
        """Return score and hips x, y and top x, y in pixels of each person, best first."""
        found: list[tuple[float, Double]] = []
        for window in windows(frame.shape[1], frame.shape[0]):
            seen = part(frame, window)
            for detection in self._find.process(seen).detections or ():
                marks = detection.location_data.relative_keypoints[:2]
                points = np.array([(mark.x, mark.y) for mark in marks], np.float64)
                points = points * (seen.shape[1], seen.shape[0]) + window[:2]
                found.append((float(detection.score[0]), points))
        kept: list[tuple[float, Double]] = []
        for score, points in sorted(found, key=lambda one: -one[0]):
            if all(not _same(points, other) for _, other in kept):
                kept.append((score, points))
        return kept

    def _marks(self, frame: Frames, region: Double) -> Double | None:
        """Return the landmarks of the person whose hips and top are ``region``, if there is one."""
        height, width = frame.shape[:2]
        (x, y), (up_x, up_y) = region
        side = 2.5 * math.hypot(up_x - x, up_y - y)  # a circle around the body, and a quarter more
        turn = math.pi / 2 - math.atan2(y - up_y, up_x - x)
        rect = self._rect()
        rect.x_center, rect.y_center = x / width, y / height
        rect.width, rect.height = side / width, side / height
        rect.rotation = turn - 2 * math.pi * math.floor((turn + math.pi) / (2 * math.pi))
        picture = np.ascontiguousarray(frame)
        found = self._mark.process({"image": picture, "region": rect}).landmarks
        if not found:
            return None
        marks = [(mark.x * width, mark.y * height, mark.visibility) for mark in found.landmark]
        return np.array(marks, np.float64)


def _same(a: Double, b: Double) -> bool:
    """Return whether two regions are of one person: hips that are close for their size.

    Where a window shows half a person, the hips are guessed; on real clips good scores go with
    guesses up to 0.35 of the distance from hips to top.
    """
    radius = max(math.dist(*a), math.dist(*b))
    return math.dist(a[0], b[0]) < _NEAR * radius
