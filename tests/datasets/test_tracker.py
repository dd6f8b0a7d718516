"""Where tracks begin, go on and end: detections made up by hand, frame by frame."""

import dataclasses

import pytest

from datasets.track_rules import RECIPES
from datasets.tracker import Tracker
from datasets.tracking import Detection, grown

TAICHI, VOX = RECIPES["taichi"], RECIPES["vox"]
SIZE = (1280, 720)
HERE = (300, 200, 400, 500)  # its square, grown: 185 185 515 515
THERE = (800, 200, 900, 500)  # 685 185 1015 515


def seen(box, score=0.95, **visible):
    return Detection(box, score, **visible)


def run(rules, frames, cuts=()):
    """The tracks of a list of lists of detections; ``cuts`` maps frames to kinds of cuts."""
    tracker = Tracker(rules, size=SIZE)
    for number, found in enumerate(frames):
        tracker.add(found, cut=dict(cuts).get(number, ""))
    return [(t.start, t.end, t.ended, t.status) for t in tracker.finish()]


# Tai-Chi: a fixed box


def test_a_person_who_stays_is_one_track():
    assert run(TAICHI, [[seen(HERE)]] * 130) == [(0, 130, "video-end", "ok")]


def test_the_first_frame_without_the_person_is_not_included():
    frames = [[]] * 3 + [[seen(HERE)]] * 130 + [[]] * 5
    assert run(TAICHI, frames) == [(3, 133, "lost", "ok")]


def test_a_person_of_low_score_or_without_ankles_is_not_followed():
    for poor in (seen(HERE, score=0.9), seen(HERE, ankle=0.5), seen((300, 200, 400, 328))):
        assert run(TAICHI, [[poor]] * 130) == []
        frames = [[seen(HERE)]] * 128 + [[poor]] + [[seen(HERE)]] * 2
        assert run(TAICHI, frames) == [
            (0, 128, "lost", "ok"),
            (129, 131, "video-end", "too-short"),
        ]


def test_1024_frames_are_the_most_and_the_next_track_begins_there():
    assert run(TAICHI, [[seen(HERE)]] * 1200) == [
        (0, 1024, "full", "ok"),
        (1024, 1200, "video-end", "ok"),
    ]
    assert run(TAICHI, [[seen(HERE)]] * 1024) == [(0, 1024, "video-end", "ok")]


def test_the_box_stays_as_it_began():
    tracker = Tracker(TAICHI, size=SIZE)
    for step in range(115):
        tracker.add([seen((300 - step, 200, 400 + step, 500))])
    (track,) = tracker.finish()
    assert track.box == grown(HERE, share=0.05, shape="square") == (185, 185, 515, 515)


def test_a_person_who_leaves_the_box_ends_the_track_and_begins_another():
    wide = (185, 200, 515, 500)  # exactly as wide as the box
    out = (184, 200, 515, 500)
    frames = [[seen(HERE)]] * 128 + [[seen(wide)]] * 2 + [[seen(out)]] * 130
    assert run(TAICHI, frames) == [(0, 130, "left-box", "ok"), (130, 260, "video-end", "ok")]


def test_a_second_person_who_touches_the_box_ends_the_track():
    beside = (516, 200, 616, 500)  # the first pixel beyond the box
    touching = (515, 200, 615, 500)
    frames = [[seen(HERE), seen(beside)]] * 128 + [[seen(HERE), seen(touching)]]
    found = run(TAICHI, frames)
    assert (0, 128, "crowded", "ok") in found


def test_a_second_person_counts_without_being_valid_but_not_without_being_counted():
    touching = (500, 200, 600, 500)
    hidden, doubtful = seen(touching, head=0.1), seen(touching, score=0.8)
    frames = [[seen(HERE)]] * 128
    assert run(TAICHI, [*frames, [seen(HERE), hidden]])[0] == (0, 128, "crowded", "ok")
    assert run(TAICHI, [*frames, [seen(HERE), doubtful]]) == [(0, 129, "video-end", "ok")]


def test_two_persons_apart_are_two_tracks():
    frames = [[seen(HERE), seen(THERE)]] * 130 + [[seen(THERE)]] * 10
    assert run(TAICHI, frames) == [(0, 130, "lost", "ok"), (0, 140, "video-end", "ok")]


@pytest.mark.parametrize("kind", ["cut-flow", "cut-intensity"])
def test_a_cut_ends_all_tracks_before_the_frame_after_it(kind):
    frames = [[seen(HERE), seen(THERE)]] * 300
    assert run(TAICHI, frames, {150: kind}) == [
        (0, 150, kind, "ok"),
        (0, 150, kind, "ok"),
        (150, 300, "video-end", "ok"),
        (150, 300, "video-end", "ok"),
    ]


def test_every_track_that_began_comes_out():
    frames = [[seen(HERE)], [], [seen(THERE)], [seen(HERE)]]
    assert run(TAICHI, frames) == [
        (0, 1, "lost", "too-short"),
        (2, 3, "lost", "too-short"),
        (3, 4, "video-end", "too-short"),
    ]


# Vox: the union of the boxes

FACE = (400, 200, 600, 480)


def moved(x, y=0, score=0.9):
    return seen((FACE[0] + x, FACE[1] + y, FACE[2] + x, FACE[3] + y), score)


def test_the_box_of_a_face_is_the_union_grown_by_a_tenth():
    tracker = Tracker(VOX, size=SIZE)
    for x in range(64):
        tracker.add([moved(x, -x)])
    (track,) = tracker.finish()
    assert (track.start, track.end, track.status) == (0, 64, "ok")
    # the union is 400 137 663 480: 263 x 343
    assert track.box == (373, 102, 689, 514)


def test_a_face_far_from_its_first_box_ends_the_track():
    """IoU with the first box: (201 - x) / (201 + x); 0.25 exactly would be at x = 120.6."""
    frames = [[moved(0)]] * 64 + [[moved(60)], [moved(120)]] + [[moved(121)]] * 64
    assert run(VOX, frames) == [(0, 66, "moved", "ok"), (66, 130, "video-end", "ok")]


def test_a_face_is_the_one_that_overlaps_the_last_most():
    other = seen((560, 200, 760, 480), 0.99)  # better, but another one
    tracker = Tracker(VOX, size=SIZE)
    for found in [[moved(0)]] + [[other, moved(5)]] * 80:
        tracker.add(found)
    (track,) = tracker.finish()
    assert track.box == (379, 172, 625, 508)  # the union 400 200 605 480, grown


def test_two_tracks_never_follow_one_face():
    left, right = (100, 200, 300, 480), (320, 200, 520, 480)
    between = seen((210, 200, 410, 480))
    frames = [[seen(left), seen(right)]] * 64 + [[between]]
    assert run(VOX, frames) == [(0, 64, "lost", "ok"), (0, 65, "video-end", "ok")]


def test_a_second_face_does_not_end_a_track():
    frames = [[moved(0)]] * 10 + [[moved(0), moved(150)]] * 60
    assert run(VOX, frames) == [(0, 70, "video-end", "ok")]


# Nemo: the first box for the whole video


def test_the_first_face_gives_the_box_of_the_whole_video():
    rules = RECIPES["nemo"]
    tracker = Tracker(rules, size=SIZE)
    assert tracker.wants_detections
    tracker.add([moved(0, score=0.9), moved(500, score=0.8)])
    for _ in range(9):
        assert not tracker.wants_detections
        tracker.add([])
    (track,) = tracker.finish()
    assert (track.start, track.end, track.ended, track.status) == (0, 10, "video-end", "ok")
    assert track.box == (332, 172, 668, 508)


def test_without_a_face_in_the_first_frame_there_is_none():
    assert run(RECIPES["nemo"], [[], [moved(0)]]) == []


def test_the_end_of_the_video_can_be_told():
    tracker = Tracker(dataclasses.replace(TAICHI, min_frames=1), size=SIZE)
    for _ in range(5):
        tracker.add([seen(HERE)])
    (track,) = tracker.finish(4)
    assert (track.end, track.status) == (4, "ok")
