"""The figure: what is drawn is what the model computed, the same bytes each time."""

from __future__ import annotations

import math
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from fomm.checkpoint import Checkpoint, write_checkpoint
from fomm.config import ConfigError, FOMMConfig
from fomm.figure import figure, main, pick, spread
from fomm.model import FOMM
from fomm.pictures.columns import columns
from fomm.pictures.drawing import (
    ellipse,
    enlarged,
    faded,
    flow_picture,
    local_frames,
    reference_radii,
    wheel,
)
from fomm.pictures.look import Frames, look
from fomm.pictures.panels import colours
from fomm.pictures.sheet import Column, sheet
from fomm.sampling import pixel_flow

SIZE = 32
SMALL = {"block_expansion": 8, "max_features": 32, "num_blocks": 2}


def config(*, jacobian: bool = True, occlusion: bool = True, motion: bool = True) -> FOMMConfig:
    generator = {
        "block_expansion": 8,
        "max_features": 32,
        "num_down_blocks": 1,
        "num_bottleneck_blocks": 1,
        "estimate_occlusion_map": occlusion,
    }
    if motion:
        generator["dense_motion_params"] = SMALL | {"scale_factor": 0.5}
    return FOMMConfig.from_mapping(
        {
            "common_params": {"num_kp": 5, "estimate_jacobian": jacobian},
            "kp_detector_params": SMALL | {"scale_factor": 0.5},
            "generator_params": generator,
            "size": SIZE,
        }
    )


def make_model(**options: bool) -> FOMM:
    torch.manual_seed(0)
    model = FOMM(config(**options)).eval()
    if model.kp_detector.jacobian is not None:  # starts as the identity everywhere
        torch.nn.init.normal_(model.kp_detector.jacobian.weight, std=0.02)
    return model


def pictures(count: int, seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return list(rng.integers(0, 256, (count, SIZE, SIZE, 3), dtype=np.uint8))


# drawing


def test_an_ellipse_is_the_image_of_a_circle() -> None:
    turn = np.array([[0.0, -1.0], [1.0, 0.0]])
    curve = ellipse(np.array([0.1, 0.2]), 2 * turn, 0.25)
    np.testing.assert_allclose(curve[0], [0.1, 0.2 + 0.5], atol=1e-12)  # x of the reference
    np.testing.assert_allclose(np.hypot(*(curve - [0.1, 0.2]).T), 0.5)


def test_an_ellipse_is_sheared_and_grows_as_the_jacobian_says() -> None:
    jacobian = np.array([[1.5, 0.7], [0.0, 0.8]])
    x, y = ellipse(np.zeros(2), jacobian, 0.3, points=4096).T
    area = abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2
    assert area == pytest.approx(math.pi * 0.3**2 * 1.2, rel=1e-4)


def test_the_scale_of_the_reference_is_not_shown() -> None:
    jacobians = np.random.default_rng(0).normal(size=(6, 2, 2))
    radii = reference_radii(jacobians, radius=0.1)
    scales = np.array([0.2, 1, 3, 10, 0.5, 7])
    scaled = reference_radii(jacobians * scales[:, None, None], radius=0.1)
    np.testing.assert_allclose(scaled * scales, radii)
    np.testing.assert_allclose(radii**2 * abs(np.linalg.det(jacobians)), 0.01)


def test_keypoints_are_drawn_where_they_are_in_their_colours() -> None:
    side = 101
    white = np.full((side, side, 3), 255, np.uint8)
    values = np.array([[-0.5, -0.5], [0.5, 0.0], [0.0, 0.8]])
    drawn = local_frames(white, values, [])
    for (x, y), colour in zip(values, colours(3), strict=True):
        at = round((y + 1) / 2 * (side - 1)), round((x + 1) / 2 * (side - 1))
        assert tuple(drawn[at]) == colour
    assert (drawn != 255).any(-1).mean() < 0.02
    assert (white == 255).all()


def test_an_ellipse_is_drawn_with_its_line() -> None:
    side = 201
    white = np.full((side, side, 3), 255, np.uint8)
    curve = ellipse(np.zeros(2), np.eye(2), 0.5)
    drawn = local_frames(white, np.zeros((1, 2)), [curve])
    for at in ((100, 150), (50, 100), (100, 50), (150, 100)):  # right, top, left, bottom
        assert drawn[at].min() < 50
    assert drawn[100, 125].min() < 50  # the line towards x
    assert (drawn[100, 75] == 255).all()  # and none the other way


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e12])
def test_wild_ellipses_can_be_drawn(bad: float) -> None:
    white = np.full((64, 64, 3), 255, np.uint8)
    curve = ellipse(np.zeros(2), np.eye(2), 0.1)
    curve[1:5] = bad
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = local_frames(white, np.zeros((1, 2)), [curve])
    assert (drawn != 255).any(-1).mean() < 0.2


def test_colours_of_flow_tell_direction_and_length() -> None:
    flow = np.array([[[0, 0], [2, 0], [1, 0], [5, 0], [-2, 0]]], np.float32)
    none, full, half, more, back = flow_picture(flow, longest=2.0)[0].astype(int)
    assert tuple(none) == (255, 255, 255)
    assert tuple(full) == tuple(more) == (255, 0, 0)
    assert full.sum() < half.sum() < none.sum()
    assert tuple(back) == (0, 255, 255)


def test_the_wheel_is_the_legend_of_the_flow() -> None:
    legend = wheel(65)
    assert tuple(legend[0, 0]) == (255, 255, 255)
    assert legend[32, 32].min() > 240
    for at, flow in (((32, 60), (28, 0)), ((60, 32), (0, 28)), ((32, 4), (-28, 0))):
        expected = flow_picture(np.array([[flow]], np.float32), longest=32.5)[0, 0]
        assert np.abs(legend[at].astype(int) - expected).max() < 12


def test_pixels_stay_pixels_when_enlarged() -> None:
    picture = pictures(1)[0]
    big = enlarged(picture, 3 * SIZE)
    assert (big == picture.repeat(3, 0).repeat(3, 1)).all()
    assert enlarged(picture[..., 0], 2 * SIZE).shape == (2 * SIZE, 2 * SIZE, 3)
    assert (faded(picture, share=1.0) == 255).all()


# the sheet


def test_a_sheet_holds_every_tile() -> None:
    tiles = [np.full((48, 48, 3), shade, np.uint8) for shade in (10, 60, 110, 160)]
    page = sheet([Column("a", "", tiles[:2]), Column("b", "", tiles[2:])], rows=["0", "1"])
    places = [np.argwhere((page == tile[0, 0]).all(-1)) for tile in tiles]
    corners = [tuple(place.min(0)) for place in places]
    assert all(len(place) >= 48 * 48 for place in places)
    (top, left), (below, _), (_, right), _ = corners
    assert corners == [(top, left), (below, left), (top, right), (below, right)]
    assert top < below
    assert left < right


def test_notes_stay_in_their_columns() -> None:
    tile = np.full((96, 96, 3), 255, np.uint8)
    note = "a rather long note that needs several lines to be read"
    page = sheet([Column("t", note, [tile]), Column("", "", [tile])], rows=[""])
    foot = page[-40:]
    assert (foot[:, : page.shape[1] // 2] < 200).any()
    assert (foot[:, -96:] == 255).all()


# what the model computes


def test_a_picture_that_drives_itself_does_not_move() -> None:
    picture = pictures(1)[0]
    seen = look(make_model(), picture, driving=[picture, picture])
    assert np.abs(seen.flow).max() < 1e-3
    # the source is seen alone, the driving pictures as two: on some processors other last digits
    np.testing.assert_allclose(seen.kp_source.values[0], seen.kp_driving.values[1], atol=1e-6)


def test_relative_motion_starts_from_the_source() -> None:
    source, *driving = pictures(3)
    model = make_model()
    still = look(model, source, driving=driving[:1], initial=driving[0])
    np.testing.assert_allclose(still.kp_used.values, still.kp_source.values, atol=1e-6)
    assert np.abs(still.flow).max() < 1e-3
    moved = look(model, source, driving=driving[1:], initial=driving[0])
    shift = moved.kp_driving.values - still.kp_driving.values
    np.testing.assert_allclose(moved.kp_used.values, moved.kp_source.values + shift, atol=1e-6)


def test_what_is_shown_is_what_the_generator_gives() -> None:
    source, *driving = pictures(3)
    model = make_model()
    seen = look(model, source, driving=driving)
    image = [torch.from_numpy(p).permute(2, 0, 1)[None] / 255 for p in (source, driving[1])]
    with torch.no_grad():
        kp = [model.kp_detector(x) for x in image]
        out = model.generator(image[0], kp_source=kp[0], kp_driving=kp[1])
    assert seen.occlusion is not None
    np.testing.assert_allclose(seen.occlusion[1], out["occlusion_map"][0, 0], atol=1e-5)
    result = out["prediction"][0].permute(1, 2, 0).numpy() * 255
    assert np.abs(seen.result[1] - result).max() <= 0.51


def test_flow_of_one_cell_is_as_many_pixels_as_it_stands_for() -> None:
    grid = torch.stack(
        torch.meshgrid(torch.linspace(-1, 1, 8), torch.linspace(-1, 1, 8), indexing="xy"), dim=-1
    )
    moved = grid + torch.tensor([2 / 7, 0.0])
    flow = pixel_flow(moved[None], (32, 32))
    torch.testing.assert_close(flow, torch.tensor([4.0, 0.0]).expand(1, 8, 8, 2))


@pytest.mark.parametrize(
    ("options", "titles"),
    [
        ({}, 8),
        ({"occlusion": False}, 7),
        ({"jacobian": False}, 8),
    ],
)
def test_columns_follow_the_model(options: dict[str, bool], titles: int) -> None:
    source, *driving = pictures(3)
    seen = look(make_model(**options), source, driving=driving)
    many = columns(seen, side=SIZE)
    assert len({column.title for column in many}) == titles
    assert all(tile.shape == (SIZE, SIZE, 3) for column in many for tile in column.tiles)
    assert {len(column.tiles) for column in many} == {2}
    assert len(columns(seen, side=SIZE, relative=True)) == titles + 1


def test_columns_show_what_their_titles_say() -> None:
    source, *driving = pictures(3)
    seen = look(make_model(), source, driving=driving)
    shown = {column.title: column.tiles for column in columns(seen, side=SIZE)}
    assert seen.occlusion is not None
    assert (shown["source"][1] == source).all()
    assert (shown["driving"][1] == driving[1]).all()
    assert (shown["warped source"][1] == seen.warped[1]).all()
    assert (shown["result"][1] == seen.result[1]).all()
    occlusion = shown["occlusion"][1][::2, ::2, 0] / 255
    np.testing.assert_allclose(occlusion, seen.occlusion[1], atol=0.003)
    longest = max(round(float(np.percentile(np.hypot(*np.moveaxis(seen.flow, -1, 0)), 99))), 1)
    assert (shown["flow"][1][::2, ::2] == flow_picture(seen.flow[1], longest=longest)).all()


def test_keypoints_of_a_row_are_those_of_its_frame() -> None:
    source, *driving = pictures(3)
    found = look(make_model(), source, driving=driving)
    blank = np.full_like(source, 255)
    values = np.array([[[-0.5, -0.5]] * 5, [[0.5, 0.5]] * 5])
    seen = found._replace(source=blank, driving=[blank, blank], kp_driving=Frames(values, None))
    shown = {column.title: column.tiles for column in columns(seen, side=129)}
    for row, at in ((0, 32), (1, 96)):
        tile = shown["driving keypoints"][row]
        assert tuple(tile[at, at]) == colours(5)[-1]  # the last one lies on top
        assert (tile[128 - at, 128 - at] == 255).all()


def test_a_model_without_motion_has_nothing_to_show() -> None:
    source, frame = pictures(2)
    with pytest.raises(ConfigError, match="no dense motion"):
        look(make_model(motion=False), source, driving=[frame])


def test_the_scale_enlarges_the_tiles() -> None:
    source, frame = pictures(2)
    model = make_model()
    sizes = [figure(model, source, driving={3: frame}, scale=n).shape for n in (2, 4)]
    assert sizes[1][1] / sizes[0][1] == pytest.approx(2, rel=0.1)


# the command


@pytest.mark.parametrize(
    ("total", "count", "expected"),
    [(1, 4, [0]), (2, 4, [1]), (5, 4, [1, 2, 3, 4]), (101, 4, [25, 50, 75, 100]), (9, 1, [8])],
)
def test_frames_are_spread(total: int, count: int, expected: list[int]) -> None:
    assert spread(total, count) == expected


@pytest.fixture
def inputs(tmp_path: Path) -> list[str]:
    model = make_model()
    networks = {"generator": model.generator, "kp_detector": model.kp_detector}
    states = {name: dict(network.state_dict()) for name, network in networks.items()}
    write_checkpoint(tmp_path / "c.safetensors", Checkpoint(model.config, True, states))
    (tmp_path / "clip").mkdir()
    for number, picture in enumerate(pictures(6)):
        Image.fromarray(picture).save(tmp_path / "clip" / f"{number}.png")
    Image.fromarray(pictures(1, seed=1)[0][:, :20]).save(tmp_path / "photo.png")
    named = {"source": "photo.png", "driving": "clip", "checkpoint": "c.safetensors"}
    return [part for name, file in named.items() for part in (f"--{name}", str(tmp_path / file))]


def test_the_driver_gives_the_frames_that_were_picked(inputs: list[str], tmp_path: Path) -> None:
    chosen = pick(tmp_path / "clip", 2)
    assert list(chosen) == [2, 5]
    assert (chosen[5] == pictures(6)[5]).all()


def test_the_same_input_gives_the_same_bytes(inputs: list[str], tmp_path: Path) -> None:
    outs = [tmp_path / "a.png", tmp_path / "b.png"]
    for out in outs:
        assert main([*inputs, "--out", str(out), "--frames", "2", "--scale", "2"]) == 0
    assert outs[0].read_bytes() == outs[1].read_bytes()
    assert not list(tmp_path.glob(".*"))


def test_relative_motion_adds_a_column(inputs: list[str], tmp_path: Path) -> None:
    widths = []
    for extra in ([], ["--relative"]):
        out = tmp_path / "a.png"
        assert main([*inputs, "--out", str(out), "--scale", "2", *extra]) == 0
        widths.append(Image.open(out).width)
    assert 2 * SIZE < widths[1] - widths[0] < 2 * SIZE + 12


def test_a_video_can_be_the_source(inputs: list[str], tmp_path: Path) -> None:
    outs = []
    for source in ("clip", "clip/0.png"):
        given = [*inputs, "--source", str(tmp_path / source), "--out", str(tmp_path / "a.png")]
        assert main(given) == 0
        outs.append((tmp_path / "a.png").read_bytes())
    assert outs[0] == outs[1]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (["--source", "page.txt"], "page.txt"),
        (["--source", "nothing.png"], "nothing.png"),
        (["--driving", "nothing.mp4"], "nothing.mp4"),
        (["--checkpoint", "page.txt"], "page.txt"),
        (["--frames", "0"], "--frames"),
        (["--scale", "0"], "--scale"),
        (["--out", "figure.jpg"], ".png"),
        (["--out", "nowhere/figure.png"], "in a folder that is there"),
    ],
)
def test_bad_input_is_told_and_leaves_nothing(
    inputs: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    wrong: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("page.txt").write_text("no picture, no checkpoint")
    before = sorted(tmp_path.rglob("*"))
    assert main([*inputs, "--out", "figure.png", *wrong]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert message in error
    assert sorted(tmp_path.rglob("*")) == before
