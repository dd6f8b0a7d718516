"""The small parts that every mover is made of: chunks, poses, pictures as tensors."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from fomm.mover import chunks, nearest_pose
from fomm.pixels import images_of, pictures_of


def plain(value: int) -> np.ndarray:
    return np.full((2, 2, 3), value, np.uint8)


@pytest.mark.parametrize(("size", "lengths"), [(1, [1] * 5), (2, [2, 2, 1]), (7, [5])])
def test_chunks_have_all_frames_in_order(size, lengths):
    found = list(chunks((plain(i) for i in range(5)), size))
    assert [len(chunk) for chunk in found] == lengths
    assert [int(frame[0, 0, 0]) for chunk in found for frame in chunk] == list(range(5))


def test_no_more_frames_are_read_than_needed():
    rest = iter(range(10))
    next(chunks((plain(i) for i in rest), 3))
    assert next(rest) == 3


SQUARE = torch.tensor([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])


def found(frames: list[np.ndarray]) -> torch.Tensor:
    """Frame 0: a bar; frames 1 and 3: a square, small and elsewhere; frame 2: a tall one."""
    shapes = {
        0: SQUARE * torch.tensor([1.0, 0.0]),
        1: SQUARE * 0.25 + 0.5,
        2: SQUARE * torch.tensor([0.5, 0.9]),
        3: SQUARE * 0.5 - 0.5,
    }
    return torch.stack([shapes[int(frame[0, 0, 0])] for frame in frames])


@pytest.mark.parametrize("size", [1, 3])
def test_the_nearest_pose_ignores_place_and_size_and_the_first_of_equals_wins(size):
    driving = chunks(map(plain, (0, 2, 1, 3)), size)
    index, frame = nearest_pose(SQUARE[None], driving, keypoints=found)
    assert index == 2
    assert np.array_equal(frame, plain(1))


def test_without_frames_there_is_no_nearest_pose():
    with pytest.raises(ValueError, match="no driving frame"):
        nearest_pose(SQUARE[None], [], keypoints=found)


def test_pictures_become_images_and_come_back():
    pictures = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3), dtype=np.uint8)
    images = images_of(list(pictures), size=8)
    assert images.shape == (3, 3, 8, 8) and images.dtype == torch.float32
    assert images.is_contiguous(memory_format=torch.channels_last)
    assert images[2, 1, 5, 7] == pictures[2, 5, 7, 1] / np.float32(255)
    assert np.array_equal(pictures_of(images), pictures)


def test_what_leaves_the_range_is_clipped_and_halves_are_rounded_to_nearest():
    image = torch.tensor([-0.5, 1.5, 100.4 / 255, 100.6 / 255]).view(1, 1, 2, 2).expand(1, 3, 2, 2)
    assert pictures_of(image)[0, ..., 0].tolist() == [[0, 255], [100, 101]]


@pytest.mark.parametrize("shape", [(4, 8, 3), (8, 8), (8, 8, 4)])
def test_pictures_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match=r"expected pictures of \(8, 8, 3\)"):
        images_of([np.zeros(shape, np.uint8)], size=8)
