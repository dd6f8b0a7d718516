"""Exact files of the animation task, from a board small enough to check by eye."""

import pytest

from leaderboards.animation import FILES
from leaderboards.board import key
from leaderboards.table import render
from tests.leaderboards.scored import scored

ABSOLUTE, RELATIVE = "animation-absolute", "animation-relative"


@pytest.fixture
def board(result):
    paired = {"copy-source": {"l1@clip": (-0.01, -0.0125, -0.0075)}}
    return [
        result(
            task=ABSOLUTE,
            figures={"l1@clip": (0.03125, 0.029, 0.0335), "akd-motion@clean": "relative only"},
            against=paired,
        ),
        result(
            task=RELATIVE,
            figures={"l1@clip": (0.0625, 0.05, 0.07), "akd-motion@clean": (1.5, 1.25, 2.0)},
        ),
        result(
            "copy-source",
            task=RELATIVE,
            figures={"l1@clip": (0.5, 0.25, 0.75), "akd-motion@clean": "no faces"},
        ),
    ]


def files(results):
    made = render(results, version="v1", profile="mini")
    return {name: text for name, text in made.items() if name in FILES}


def test_animation_csv(board):
    assert files(board)["animation.csv"] == (
        "dataset,mode,method,status,parameters,macs,steps,l1@clip,l1@clip_lo,l1@clip_hi,"
        "akd-motion@clean,akd-motion@clean_lo,akd-motion@clean_hi\n"
        "taichi-hd-mini,absolute,fomm,reproduced,1234567,98765,600,0.03125,0.029,0.0335,,,\n"
        "taichi-hd-mini,relative,fomm,reproduced,1234567,98765,600,0.0625,0.05,0.07,1.5,1.25,2.0\n"
        "taichi-hd-mini,relative,copy-source,anchor,,,,0.5,0.25,0.75,,,\n"
    )


def test_animation_paired_csv(board):
    assert files(board)["animation-paired.csv"] == (
        "dataset,mode,method,reference,metric,difference,lo,hi,clips,videos,verdict\n"
        "taichi-hd-mini,absolute,fomm,copy-source,l1@clip,-0.01,-0.0125,-0.0075,3,2,better\n"
    )


def test_animation_md(board):
    split = "Split **taichi-hd-mini@v1**, test (list abababababab…): 3 of 3 pairs from 2 driving"
    assert files(board)["animation.md"].partition("## ")[2] == (
        "taichi-hd-mini\n"
        "\n"
        f"**absolute**: {split} videos.\n"
        "\n"
        "| Method | L1&nbsp;↓<br><sub>l1@clip</sub> | Pairs |\n"
        "| --- | ---: | ---: |\n"
        "| fomm<br><sub>reproduced</sub> | 0.03125<sup>†</sup><br><sub>[0.02900, 0.03350]</sub> "
        "| 3/3 |\n"
        "\n"
        f"**relative**: {split} videos.\n"
        "\n"
        "| Method | L1&nbsp;↓<br><sub>l1@clip</sub> "
        "| AKD of motion&nbsp;↓<br><sub>akd-motion@clean</sub> | Pairs |\n"
        "| --- | ---: | ---: | ---: |\n"
        "| fomm<br><sub>reproduced</sub> | 0.06250<br><sub>[0.05000, 0.07000]</sub> "
        "| 1.500<br><sub>[1.250, 2.000]</sub> | 3/3 |\n"
        "| *copy-source*<br><sub>anchor</sub> | 0.5000<br><sub>[0.2500, 0.7500]</sub> "
        "| —<sup>a</sup> | 3/3 |\n"
        "\n"
        "<sub><sup>a</sup> no faces.</sub><br>\n"
        "<sub><sup>†</sup> better than copy-source: the paired 95 % interval excludes 0."
        "</sub><br>\n"
        "<sub>Mean over pairs and its 95 % interval (bootstrap over driving videos); best L1 "
        "first; *italics*: anchors, not ranked.</sub><br>\n"
        "<sub>Units: intensity in \\[0, 1\\] (L1); units (AKD of motion).</sub><br>\n"
        "<sub>No AKD of motion (absolute): relative only.</sub>\n"
        "\n"
        "### taichi-hd-mini: difference from copy-source\n"
        "\n"
        "Method minus anchor on the same pairs, paired 95 % interval.\n"
        "\n"
        "| Method | L1&nbsp;↓<br><sub>l1@clip</sub> |\n"
        "| --- | ---: |\n"
        "| fomm<br><sub>absolute</sub> | −0.01000<br><sub>[−0.01250, −0.00750]</sub> |\n"
    )


def test_what_neither_mode_has_is_said_once(result):
    rows = [
        result(task=task, figures={"l1@clip": 1.0, "fid": "none"}) for task in (ABSOLUTE, RELATIVE)
    ]

    assert files(rows)["animation.md"].count("No FID: none.") == 1


def test_reconstructions_and_animations_do_not_touch_each_other(result, board):
    plain = render([result()], version="v1", profile="mini")
    both = render([*board, result()], version="v1", profile="mini")

    assert files([result()]) == {}
    assert files([*board, result()]) == files(board)
    assert {name: both[name] for name in plain} == plain


def test_a_method_wins_within_its_mode_only():
    low, high = [0.1] * 9, [0.7] * 9
    made = [
        scored("a", {"l1@clip": low}, task=ABSOLUTE),
        scored("b", {"l1@clip": [0.9] * 9}, task=ABSOLUTE),
        scored("b", {"l1@clip": high}, task=RELATIVE),
    ]
    clips = {key(row): rows for row, rows in made}
    page = render([row for row, _ in made], clips, version="v1", profile="mini")["animation.md"]

    assert page.count("**0.1000**") == 1
    assert "**0.7000**" not in page


@pytest.mark.parametrize("told", ["no value on 1 of 3 pairs", "no value on 1 of 3 clips"])
def test_pairs_without_a_value_are_said_once(result, told):
    row = result(task=ABSOLUTE, figures={"l1@clip": 1.0, "akd@clean": 2.0})
    figure = row.metrics["akd@clean"]
    for reason, said in ((told, told), (None, "a value on 2 of 3 pairs only")):
        changed = {"clips": 2, "videos": 2, "reason": reason, "lo": 1.0, "hi": 3.0}
        row.metrics["akd@clean"] = type(figure)(**(figure.__dict__ | changed))
        assert f"<sup>a</sup> {said}.</sub>" in files([row])["animation.md"]
