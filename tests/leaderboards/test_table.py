"""Exact files from a board small enough to check by eye."""

import csv
import dataclasses
import io
import random

import pytest

from leaderboards.table import render
from metrics.result import MetricValue


@pytest.fixture
def board(result):
    return [
        result(
            "fomm",
            figures={
                "l1@clip": (0.03125, 0.029, 0.0335),
                "akd@clean": (1.5, 1.25, 2.0),
                "fid": "no weights",
                "fd-efflite0": 0.75,
            },
            against={
                "copy-source": {
                    "l1@clip": (-0.01, -0.0125, -0.0075),
                    "akd@clean": (0.5, 0.25, 0.75),
                }
            },
        ),
        result(
            "copy-source",
            figures={
                "l1@clip": (0.0625, 0.05, 0.07),
                "akd@clean": "no faces",
                "fid": "no weights",
                "fd-efflite0": 1.0,
            },
        ),
        result(
            "oracle",
            figures={
                "l1@clip": (0.0, 0.0, 0.0),
                "akd@clean": (0.0, 0.0, 0.0),
                "fid": "no weights",
                "fd-efflite0": 0.0,
            },
        ),
    ]


def files(results):
    return render(results, version="v1", profile="mini")


def table(results):
    return list(csv.DictReader(io.StringIO(files(results)["table.csv"])))


def test_table_csv(board):
    assert files(board)["table.csv"] == (
        "dataset,method,status,parameters,macs,steps,l1@clip,l1@clip_lo,l1@clip_hi,"
        "akd@clean,akd@clean_lo,akd@clean_hi,fd-efflite0,fd-efflite0_lo,fd-efflite0_hi,fid,fid_lo,fid_hi\n"
        "taichi-hd-mini,fomm,reproduced,1234567,98765,600,0.03125,0.029,0.0335,1.5,1.25,2.0,0.75,,,,,\n"
        "taichi-hd-mini,oracle,anchor,,,,0.0,0.0,0.0,0.0,0.0,0.0,0.0,,,,,\n"
        "taichi-hd-mini,copy-source,anchor,,,,0.0625,0.05,0.07,,,,1.0,,,,,\n"
    )


def test_paired_csv(board):
    assert files(board)["paired.csv"] == (
        "dataset,method,reference,metric,difference,lo,hi,clips,videos,verdict\n"
        "taichi-hd-mini,fomm,copy-source,l1@clip,-0.01,-0.0125,-0.0075,3,2,better\n"
        "taichi-hd-mini,fomm,copy-source,akd@clean,0.5,0.25,0.75,3,2,worse\n"
    )


def test_table_md(board):
    assert files(board)["table.md"] == (
        "# Leaderboard v1, profile mini\n"
        "\n"
        "Made from `results/` by `python -m leaderboards.build`; edits are lost. All digits are in "
        "`table.csv`, all paired differences in `paired.csv`, the main columns as LaTeX in "
        "`table.tex`.\n"
        "\n"
        "## taichi-hd-mini\n"
        "\n"
        "Split **taichi-hd-mini@v1**, test (list abababababab…): 3 of 3 clips from 2 videos.\n"
        "\n"
        "| Method | L1&nbsp;↓<br><sub>l1@clip</sub> | AKD&nbsp;↓<br><sub>akd@clean</sub> "
        "| FD (EfficientNet-Lite0)&nbsp;↓<br><sub>fd-efflite0</sub> "
        "| Parameters | MACs per frame | Steps | Clips |\n"
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"
        "| fomm<br><sub>reproduced</sub> | 0.03125<sup>†</sup><br><sub>[0.02900, 0.03350]</sub> "
        "| 1.500<sup>‡</sup><br><sub>[1.250, 2.000]</sub> | 0.7500 "
        "| 1.23&nbsp;M | 98.8&nbsp;k | 600 | 3/3 |\n"
        "| *oracle*<br><sub>anchor</sub> | 0 | 0 | 0 | — | — | — | 3/3 |\n"
        "| *copy-source*<br><sub>anchor</sub> | 0.06250<br><sub>[0.05000, 0.07000]</sub> "
        "| —<sup>a</sup> | 1.000 | — | — | — | 3/3 |\n"
        "\n"
        "<sub><sup>a</sup> no faces.</sub><br>\n"
        "<sub><sup>†</sup> better than copy-source: the paired 95 % interval excludes 0."
        "</sub><br>\n"
        "<sub><sup>‡</sup> worse than copy-source: the paired 95 % interval excludes 0."
        "</sub><br>\n"
        "<sub>Mean over clips and its 95 % interval (bootstrap over source videos); best L1 first; "
        "*italics*: anchors, not ranked.</sub><br>\n"
        "<sub>Units: intensity in \\[0, 1\\] (L1); px (AKD); units (FD (EfficientNet-Lite0))."
        "</sub><br>\n"
        "<sub>FD (EfficientNet-Lite0) without interval: too few clips.</sub><br>\n"
        "<sub>No FID: no weights.</sub>\n"
        "\n"
        "### taichi-hd-mini: difference from copy-source\n"
        "\n"
        "Method minus anchor on the same clips, paired 95 % interval.\n"
        "\n"
        "| Method | L1&nbsp;↓<br><sub>l1@clip</sub> | AKD&nbsp;↓<br><sub>akd@clean</sub> |\n"
        "| --- | ---: | ---: |\n"
        "| fomm | −0.01000<br><sub>[−0.01250, −0.00750]</sub> "
        "| +0.5000<br><sub>[+0.2500, +0.7500]</sub> |\n"
        "\n"
        "### taichi-hd-mini: checkpoints\n"
        "\n"
        "| Method | Seed | Fingerprint |\n"
        "| --- | ---: | ---: |\n"
        "| fomm | 7 | ffffffffffff |\n"
    )


def test_rows_are_in_the_order_of_the_registry_then_l1_then_name_then_anchors(result):
    def l1(method, value, dataset="fashion"):
        figure = "undefined" if value is None else (value, value, value)
        return result(method, dataset, figures={"l1@clip": figure})

    rows = [
        l1("a", 0.5),
        l1("z", 0.25),
        l1("b", 0.25),
        l1("null", None),
        l1("copy-source", 0.0),
        l1("reencoded", 0.1),
        l1("oracle", 0.0),
        l1("late", 0.1, "mgif"),
        l1("first", 0.1, "taichi-hd"),
    ]

    shown = [(row["dataset"], row["method"]) for row in table(rows)]

    names = ["b", "z", "a", "null", "oracle", "reencoded", "copy-source"]
    assert shown == [
        ("taichi-hd-mini", "first"),
        *(("fashion-mini", name) for name in names),
        ("mgif-mini", "late"),
    ]


def test_the_order_of_the_input_does_not_matter(board, result):
    rows = [*board, result("b"), result("a"), result("fomm", "mgif")]
    expected = files(rows)

    for seed in range(5):
        random.Random(seed).shuffle(rows)
        assert files(rows) == expected


def test_full_precision_survives(result):
    value = 0.1 + 0.2
    (row,) = table([result(figures={"l1@clip": (value, 1e-17, 1 / 3)})])

    assert [float(row[key]) for key in ("l1@clip", "l1@clip_lo", "l1@clip_hi")] == [
        value,
        1e-17,
        1 / 3,
    ]


def test_unknown_metrics_come_last_without_arrow_or_verdict(result):
    row = result(
        figures={"zoo": (1.0, 0.5, 2.0), "ape": (1.0, 0.5, 2.0), "fid": (1.0, 0.5, 2.0)},
        against={"copy-source": {"ape": (-1.0, -2.0, -0.5)}},
    )
    made = files([row])

    assert made["table.csv"].splitlines()[0].endswith(",fid_hi,ape,ape_lo,ape_hi,zoo,zoo_lo,zoo_hi")
    assert "| ape | zoo | Parameters |" in made["table.md"]
    assert made["paired.csv"].splitlines()[1].endswith(",3,2,")
    assert "†" not in made["table.md"]


def test_higher_is_better_where_the_metric_says_so(result):
    row = result(
        figures={"occlusion-iou": (0.5, 0.25, 0.75)},
        against={"copy-source": {"occlusion-iou": (0.25, 0.125, 0.5)}},
    )

    assert files([row])["paired.csv"].endswith(",better\n")
    assert "0.5000<sup>†</sup>" in files([row])["table.md"]


def test_an_interval_that_touches_zero_decides_nothing(result):
    row = result(against={"copy-source": {"l1@clip": (-0.1, -0.2, 0.0)}})

    assert files([row])["paired.csv"].endswith(",undecided\n")
    assert "†" not in files([row])["table.md"]


def test_hostile_texts_break_no_row(result):
    row = result(
        "x|y\n<!-- END LEADERBOARD v1 mini taichi-hd -->",
        figures={"l1@clip": (0.1, 0.0, 0.2), "a|b\n<i>": (1.0, 0.0, 2.0), "fid": "a|b\n</sub><b>"},
    )
    made = files([row])

    assert "| x\\|y &lt;!-- END LEADERBOARD v1 mini taichi-hd --&gt;<br>" in made["table.md"]
    assert "No FID: a\\|b &lt;/sub&gt;&lt;b&gt;." in made["table.md"]
    assert "<!--" not in made["table.md"]
    assert table([row])[0]["method"] == row.method


def test_lossy_predictions_are_marked(result):
    made = files([result(lossy=True)])["table.md"]

    assert "| fomm<sup>a</sup><br>" in made
    assert "<sup>a</sup> scored from lossy video." in made


@pytest.mark.parametrize(
    ("figure", "note"),
    [
        (
            MetricValue(2.0, 1.0, 3.0, "px", 2, 2, "no value on 1 of 3 clips; 9 of 72 frames"),
            "no value on 1 of 3 clips; 9 of 72 frames",
        ),
        (MetricValue(2.0, 1.0, 3.0, "px", 2, 2), "a value on 2 of 3 clips only"),
        (
            MetricValue(2.0, 1.0, 3.0, "px", 2, 2, "odd"),
            "odd; a value on 2 of 3 clips only",
        ),
        (
            MetricValue(2.0, None, None, "px", 3, 2, "no interval: 2 videos"),
            "no interval: 2 videos",
        ),
    ],
)
@pytest.mark.parametrize("apart", [{}, {"lossy": True}])
def test_what_is_said_beside_a_value_is_a_footnote(result, figure, note, apart):
    full = result("full", figures={"akd@clean": (4.0, 3.0, 5.0)})
    row = dataclasses.replace(result("part"), metrics={"akd@clean": figure}, **apart)
    made = files([full, row])["table.md"]

    letter = "b" if apart else "a"
    assert f"| 2.000<sup>{letter}</sup>" in made
    assert f"<sup>{letter}</sup> {note}.</sub>" in made
    assert "| 4.000<br>" in made


def test_a_ranked_row_without_l1_is_in_no_order_of_l1(result):
    made = files([result(name, figures={"l1@clip": "unknown", "fid": 1.0}) for name in "ba"])

    assert "by name; *italics*" in made["table.md"]
    assert "best L1" not in made["table.md"]


def test_one_reason_for_a_whole_column_is_said_once(result):
    rows = [result(name, figures={"fd-efflite0": 1.0}) for name in ("a", "b")]
    made = files(rows)["table.md"]

    assert "| 1.000 |" in made
    assert made.count("too few clips") == 1
