from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from PIL import Image

from baselines import METHODS
from baselines.method import Output
from baselines.pairs import list_clips
from baselines.snapshot import moved, snapshot, write_snapshot
from baselines.validation import Validation
from fomm.settings.file import read_config

ROOT = Path(__file__).parents[2]
MINI = yaml.safe_load((ROOT / "params.yaml").read_text())["profiles"]["mini"]["train"]
CPU = torch.device("cpu")
COLUMNS = ("source", "driving", "warp", "occlusion", "prediction", "error")
SIDE = 160  # frames of 16x16, ten times larger


@pytest.fixture
def validation(clips: Path) -> Validation:
    return Validation(list_clips(clips, "train"), pairs=3)


def tile(picture: np.ndarray, row: int, column: str) -> np.ndarray:
    """A cell of the sheet; margins are those of `fomm.pictures.sheet`."""
    gap, strip = SIDE // 24, SIDE // 7
    top = 2 * gap + strip + row * (SIDE + gap)
    left = strip + gap + COLUMNS.index(column) * (SIDE + gap)
    return picture[top : top + SIDE, left : left + SIDE].astype(int)


def large(frame: np.ndarray) -> np.ndarray:
    return frame.repeat(10, axis=0).repeat(10, axis=1)


def inner(cell: np.ndarray) -> np.ndarray:
    """Without the sheet's frame around the cell."""
    return cell[1:-1, 1:-1]


def test_a_row_shows_the_pair_and_what_became_of_it(blend, validation: Validation) -> None:
    picture = snapshot(blend(start=20.0), validation, CPU, shown=2)  # makes the driving frame
    assert picture.dtype == np.uint8 and picture.ndim == 3 and picture.shape[2] == 3
    for row, pair in enumerate(validation.pairs[:2]):
        for column, frame in (
            ("source", pair.source),
            ("driving", pair.driving),
            ("warp", pair.source),  # the flow is zero
            ("prediction", pair.driving),
            ("error", np.zeros_like(pair.source)),
        ):
            assert (inner(tile(picture, row, column)) == inner(large(frame))).all(), column


def test_what_a_method_does_not_have_is_a_labelled_cell(blend, validation: Validation) -> None:
    class Bare(blend):
        def animate(self, state, driving, *, initial=None):
            return Output(prediction=driving)

    picture = snapshot(Bare(), validation, CPU, shown=1)
    for column in ("warp", "occlusion"):
        values, counts = np.unique(inner(tile(picture, 0, column)), return_counts=True)
        assert values[counts.argmax()] == 235 and values.min() < 120  # grey, with letters
    assert (tile(picture, 0, "warp") != tile(picture, 0, "occlusion")).any()


def test_occlusion_and_error_are_shades(blend, validation: Validation) -> None:
    class Shady(blend):
        def animate(self, state, driving, *, initial=None):
            hidden = torch.ones(1, 16, 16)
            hidden[:, :, :8] = 0.2
            return Output(prediction=driving + 0.1, occlusion=hidden)

    picture = snapshot(Shady(), validation, CPU, shown=1)
    occlusion, error = tile(picture, 0, "occlusion"), tile(picture, 0, "error")
    assert (inner(occlusion[:, :80]) == 51).all() and (inner(occlusion[:, 80:]) == 255).all()
    assert (inner(error) == 51).all()  # 0.1, twice as bright


def test_keypoints_are_where_they_belong(blend, validation: Validation) -> None:
    class Seeing(blend):
        def keypoints(self, frames):
            return torch.tensor([[[3.0, 11.0]]]).expand(len(frames), -1, -1)

    plain = snapshot(blend(), validation, CPU, shown=1)
    marked = snapshot(Seeing(), validation, CPU, shown=1)
    for column in ("source", "driving"):
        changed = (inner(tile(plain, 0, column)) != inner(tile(marked, 0, column))).any(axis=2)
        y, x = (axis.mean() + 1 for axis in np.nonzero(changed))
        # The centre of pixel (3, 11), when it is a square of 10x10.
        assert x == pytest.approx(34.5, abs=0.6) and y == pytest.approx(114.5, abs=0.6)
    for column in ("warp", "occlusion", "prediction", "error"):
        assert (tile(plain, 0, column) == tile(marked, 0, column)).all()


def test_a_warp_fetches_from_where_the_flow_points() -> None:
    source = torch.zeros(1, 3, 8, 12)
    source[..., 2, 7] = 1
    flow = torch.zeros(1, 8, 12, 2)
    flow[..., 0], flow[..., 1] = 3, -1  # everything comes from the right and from above
    found = moved(source, flow)
    assert torch.allclose(found[0, 0, 3, 4], torch.tensor(1.0), atol=1e-5)
    assert found.sum() == pytest.approx(3, abs=1e-4)
    assert torch.allclose(moved(source, torch.zeros_like(flow)), source, atol=1e-5)


@pytest.mark.parametrize(("name", "count"), [("fomm", 8), ("monkey-net", 8), ("x2face", None)])
def test_methods_say_where_their_keypoints_are(name: str, count: int | None) -> None:
    torch.manual_seed(0)
    method = METHODS[name].from_config(read_config(ROOT / MINI[name]["config"])).eval()
    with torch.inference_mode():
        found = method.keypoints(torch.rand(2, 3, 64, 64))
    if count is None:
        assert found is None
        return
    assert found.shape == (2, count, 2)
    assert (found - 31.5).abs().max() < 31.5  # in the picture
    assert (found - 31.5).abs().mean() < 16  # an even heat map has its mean in the middle


def test_the_same_picture_has_the_same_bytes(blend, validation: Validation, tmp_path) -> None:
    pictures = [snapshot(blend(), validation, CPU) for _ in range(2)]
    for name, picture in zip("ab", pictures, strict=True):
        write_snapshot(tmp_path / "deep" / f"{name}.png", picture)
    first, second = (tmp_path / "deep" / f"{name}.png" for name in "ab")
    assert first.read_bytes() == second.read_bytes()
    assert (np.asarray(Image.open(first)) == pictures[0]).all()
    assert sorted(first.parent.iterdir()) == [first, second]  # no half-written file


def test_fewer_pairs_are_fewer_rows(blend, clips: Path) -> None:
    one = Validation(list_clips(clips, "train"), pairs=1)
    many = Validation(list_clips(clips, "train"), pairs=6)
    method = blend()
    heights = [len(snapshot(method, pairs, CPU)) for pairs in (one, many)]
    assert heights[1] - heights[0] == 3 * (SIDE + SIDE // 24)
