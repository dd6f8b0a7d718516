"""What the legends of the gallery say is what the stage that draws it does."""

import re

import numpy as np

from leaderboards.site import legends
from metrics.gallery_tiles import ERROR_MAX, error_frames, flow_frames, visibility_frames


def rgb(colour):
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)]


def test_the_ramp_has_the_colours_of_errors_at_equal_distances():
    levels = np.linspace(0, ERROR_MAX * 255, len(legends.ERROR_STOPS))
    truth = np.zeros((1, 1, len(levels), 3), np.uint8)
    wrong = truth + np.rint(levels).astype(np.uint8)[:, None]
    shown = error_frames(truth, wrong)[0, 0].astype(int)
    assert np.abs(shown - [rgb(stop) for stop in legends.ERROR_STOPS]).max() <= 3


def test_the_wheel_has_the_colours_of_directions():
    paths = re.findall(r'<path d="M0 0 L.*?fill="(#[0-9a-f]{6})"', legends.flow_wheel())
    assert len(paths) == legends.WEDGES
    angles = np.arange(legends.WEDGES) / legends.WEDGES * 2 * np.pi
    flow = np.stack([np.cos(angles), np.sin(angles)], axis=-1)[None, None]
    shown = flow_frames(flow, longest=1.0)[0, 0].astype(int)
    assert np.abs(shown - [rgb(colour) for colour in paths]).max() <= 6


def test_hidden_is_black_and_still_is_white():
    assert visibility_frames(np.zeros((1, 1, 1))).max() == 0
    assert flow_frames(np.zeros((1, 1, 1, 2)), longest=1.0).min() == 255
    assert legends.OCCLUSION.startswith("black is what the source picture does not show")
    assert legends.FLOW.endswith("white does not move")
