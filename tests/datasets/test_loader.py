"""`datasets.load`: what a notebook sees."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import datasets
from datasets.crop import crop_folder
from datasets.crop_video import CropConfig
from datasets.registry import UsageError
from datasets.truth import Truth, save_truth


@pytest.fixture
def root(make_source, row, moving, tmp_path):
    rows = [
        row("a", 0, 4), row("b", 0, 5, partition="test"), row("gone", 0, 5, partition="test"),
    ]  # fmt: skip
    source = make_source(rows, {"a": moving(4), "b": moving(5)})
    truth = Truth(
        np.zeros((5, 2, 2), np.float32),
        np.ones((5, 2), bool),
        np.zeros((5, 40, 56), np.uint8),
        np.zeros((5, 1, 2, 3)),
    )
    save_truth(source / "b.truth.npz", truth)
    crop_folder(source, tmp_path / "work/mini/clips/mgif", config=CropConfig(size=16))
    return tmp_path


def test_clips_of_a_split(root):
    (clip,) = datasets.load("mgif", split="test", root=root)
    assert (clip.id, clip.split, clip.video_id, clip.length) == ("b#000000#000005", "test", "b", 5)
    assert clip.frames().shape == (5, 16, 16, 3)
    assert np.array_equal(clip.frames([3, 1]), clip.frames()[[3, 1]])
    assert clip.truth().part_map.shape == (5, 16, 16)


def test_all_splits_and_no_truth(root):
    clips = datasets.load("mgif", split=None, root=root)
    assert [clip.split for clip in clips] == ["test", "train"]
    assert clips[1].truth() is None


def test_wrong_names_and_nothing_there(root):
    with pytest.raises(UsageError, match="unknown dataset 'gifs'; known"):
        datasets.load("gifs", root=root)
    with pytest.raises(UsageError, match="unknown split 'dev'; known: train, val, test"):
        datasets.load("mgif", split="dev", root=root)
    with pytest.raises(UsageError, match=r"download --dataset fashion --profile mini' and"):
        datasets.load("fashion", root=root)
    with pytest.raises(UsageError, match=r"crop --dataset mgif --profile full'; what MGif"):
        datasets.load("mgif", profile="full", root=root)
    with pytest.raises(UsageError, match="unknown profile"):
        datasets.load("mgif", profile="big", root=root)


def test_importing_the_package_is_light():
    """`leaderboards` reads the registry without PyAV, OpenCV or torch."""
    heavy = {"av", "cv2", "torch", "numpy"}
    code = f"import sys, datasets, datasets.registry; print({heavy} & set(sys.modules))"
    root = Path(datasets.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


def test_what_the_package_offers_is_there():
    assert {name for name in datasets.__all__ if not callable(getattr(datasets, name))} == set()
    with pytest.raises(AttributeError, match="no attribute 'laod'"):
        datasets.laod  # noqa: B018


def test_five_lines_of_a_notebook(root):
    pairs = datasets.FramePairs(datasets.load("mgif", split="train", root=root), seed=0)
    source, driving, *ids = pairs[0]
    assert source.shape == driving.shape == (16, 16, 3)
    assert ids[:2] == ["a#000000#000004", "a"]
