"""MediaPipe in pictures of 1280x720: everybody is found, near the known place, and only them."""

import dataclasses

import numpy as np
import pytest

from datasets.track_detectors import DETECTORS
from datasets.tracking import iou
from tests.datasets.canvases import SIZE, area_of, canvas, frames_of

pytest.importorskip("mediapipe", reason="needs the second environment: make test-detectors")


@pytest.fixture(scope="module")
def persons():
    return DETECTORS["person"]()


@pytest.fixture(scope="module")
def faces():
    return DETECTORS["face"]()


@pytest.fixture
def taichi(shared):
    return frames_of(shared / "data" / "clips" / "taichi-driving1.mp4", 3, skip=120, every=100)


@pytest.fixture
def vox(shared):
    return frames_of(shared / "data" / "clips" / "vox-driving1.mp4", 3, every=50)


def inside(box, area):
    return all(a <= b for a, b in zip(area[:2], box[:2], strict=True)) and all(
        b <= a for a, b in zip(area[2:], box[2:], strict=True)
    )


def test_who_they_are(persons, faces):
    assert (persons.name, faces.name) == ("mediapipe-pose", "mediapipe-face-short-range")
    assert persons.version.startswith("1, mediapipe ")
    assert {len(one.sha256) for one in (persons, faces)} == {64}


@pytest.mark.slow
def test_nothing_is_written_to_standard_error(capfd, taichi):
    found = [make()(taichi[0]) for make in DETECTORS.values()]
    assert found[0]
    assert capfd.readouterr().err == ""


def test_an_empty_picture_has_nobody(persons, faces):
    for blank in (canvas(), np.zeros((40, 300, 3), np.uint8)):
        assert persons(blank) == []
        assert faces(blank) == []


@pytest.mark.slow
def test_one_person_has_the_landmarks_that_mediapipe_gives(persons, taichi):
    from mediapipe.python.solutions.pose import Pose

    pose = Pose(static_image_mode=True, model_complexity=1, smooth_landmarks=False)
    for frame in taichi:
        picture = canvas((frame, 0, 0, 600))[:600, :600]
        marks = pose.process(np.ascontiguousarray(picture)).pose_landmarks.landmark
        theirs = np.array([(m.x * 600, m.y * 600, m.visibility) for m in marks])
        ((score, ours),) = persons.landmarks(np.ascontiguousarray(picture))
        assert score > 0.9
        assert np.abs(ours - theirs).max() < 0.2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("left", "top", "side"), [(0, 0, 720), (700, 100, 560), (60, 300, 400), (400, 20, 320)]
)
def test_a_person_is_near_the_known_place(persons, taichi, left, top, side):
    """A crop by the recipe is the person's box, square and grown: its height fits within 20 %."""
    for frame in taichi:
        (found,) = [one for one in persons(canvas((frame, left, top, side))) if one.score > 0.7]
        assert found.head > 0.8808
        assert found.ankle > 0.8808
        grown = side // 16
        assert inside(found.box, area_of(left - grown, top - grown, side + 2 * grown))
        assert 0.8 * side < found.box[3] - found.box[1] < 1.1 * side


@pytest.mark.slow
def test_two_persons_are_two(persons, taichi):
    for frame in taichi:
        alone = [persons(canvas((frame, left, 100, 560)))[0] for left in (40, 680)]
        both = persons(canvas((frame, 40, 100, 560), (frame, 680, 100, 560)))
        assert len(both) == 2
        for one, found in zip(alone, sorted(both, key=lambda d: d.box), strict=True):
            assert iou(one.box, found.box) > 0.9
            assert found.score > 0.9


@pytest.mark.slow
def test_a_picture_is_seen_alone(persons, taichi):
    pictures = [canvas((frame, 300, 100, 560)) for frame in taichi]
    first = persons(pictures[0])
    persons(pictures[1])
    assert persons(pictures[0]) == first


def test_faces_are_near_the_known_place(faces, vox):
    """The clip is cut by the recipe: a face grown by a tenth on each side, over all frames."""
    for frame in vox:
        left, right = sorted(
            faces(canvas((frame, 30, 200, 420), (frame, 700, 60, 540))), key=lambda d: d.box
        )
        assert inside(left.box, area_of(30, 200, 420))
        assert inside(right.box, area_of(700, 60, 540))
        assert left.box[3] - left.box[1] > 0.6 * 420
        assert right.box[3] - right.box[1] > 0.6 * 540
        assert dataclasses.astuple(left)[2:] == (1.0, 1.0)
        assert left.box[2] < SIZE[0]
