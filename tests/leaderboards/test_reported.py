"""What papers report: the committed table, read and derived again."""

import csv
import dataclasses
import io
import os
from decimal import Decimal
from pathlib import Path

import pytest

from datasets.registry import DATASETS, UsageError
from leaderboards.reported import COLUMNS, KINDS, beside, read_reported
from metrics import METRICS

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "leaderboards" / "v1" / "reported.csv"
PUBLISHED = Path(os.environ.get("TCHD_SHARED", ROOT.parent / "shared")) / "data" / "published.csv"
NAMES = {"Tai-Chi-HD": "taichi-hd", "VoxCeleb": "voxceleb", "MGif": "mgif"}
METHODS = {"FOMM": "fomm", "Monkey-Net": "monkey-net", "X2Face": "x2face"}
UNITS = {
    "L1": "intensity in [0, 1]",
    "AKD": "pixels per coordinate",
    "MKR": "fraction",
    "AED": "squared norm of the embedding",
    "FID": "squared feature distance",
    "preference": "fraction",
}


def kind(row):
    if row["metric"].startswith("preference"):
        return "user-study"
    if row["split_note"].startswith("image-to-video"):
        return "image-to-video"
    in_ablation = "ablation" in row["source"] or "ablation" in row["method"]
    in_ablation |= row["paper"] == "TPSMM" and "table 4" in row["source"]
    return "ablation" if in_ablation else "main"


def derived(row):
    """One row of the committed table from one of the published numbers."""
    metric = row["metric"].removesuffix(" %")
    percent = row["value"].endswith("%") or row["metric"].endswith("%")
    value = Decimal(row["value"].removesuffix("%")) / (100 if percent else 1)
    of = kind(row)
    method = row["method"].replace(" ablation: ", ": ")
    if method == "TPSMM (full)":
        method = "TPSMM: full"
    measured = of in ("main", "ablation")
    return [
        row["paper"],
        row["year"],
        method,
        METHODS.get(row["method"], "") if measured or of == "image-to-video" else "",
        NAMES.get(row["dataset"], row["dataset"]),
        row["split_note"],
        metric,
        f"{metric.lower()}@paper" if measured else "",
        str(value),
        UNITS[metric],
        of,
        row["source"],
        row["confidence"],
    ]


@pytest.mark.skipif(not PUBLISHED.is_file(), reason="no shared data: set TCHD_SHARED")
def test_every_row_is_a_published_one_and_none_is_lost():
    with PUBLISHED.open(encoding="utf-8", newline="") as file:
        published = list(csv.DictReader(file))
    kept = [derived(row) for row in published if row["confidence"] != "recalled-low"]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([COLUMNS, *kept])

    assert len(published) - len(kept) == 15
    assert TABLE.read_bytes() == text.getvalue().encode()


ROWS = read_reported(TABLE)


def test_nothing_is_a_guess_and_every_number_has_its_source():
    assert len(ROWS) == 196
    assert {row.confidence for row in ROWS} == {"confirmed", "recalled"}
    assert {row.kind for row in ROWS} == set(KINDS)
    assert all("20" in row.source for row in ROWS)


def test_ids_are_ours_or_empty():
    assert {row.metric_id for row in ROWS} - {""} <= set(METRICS)
    assert {row.method_id for row in ROWS} - {""} == set(METHODS.values())
    for row in ROWS:
        assert (row.metric_id == "") == (row.kind in ("image-to-video", "user-study"))
        if row.metric_id:
            assert row.unit == METRICS[row.metric_id].unit or row.metric_id == "mkr@paper"


def test_small_pictures_are_other_data_sets():
    for row in ROWS:
        small = "64" in row.setting.split(",")[0] or row.paper == "Monkey-Net"
        assert row.dataset.endswith(" (64)") == small
        assert (row.dataset in DATASETS) == (row.dataset in NAMES.values())


def test_shares_are_fractions():
    for row in ROWS:
        if row.unit == "fraction":
            assert 0.0 < row.value < 1.0


def test_the_main_tables_are_there():
    def block(dataset, method, paper="FOMM"):
        return {
            row.metric: row.value
            for row in ROWS
            if (row.dataset, row.method, row.paper, row.kind) == (dataset, method, paper, "main")
        }

    assert block("taichi-hd", "FOMM") == {"L1": 0.063, "AKD": 6.862, "MKR": 0.036, "AED": 0.179}
    assert block("voxceleb", "FOMM") == {"L1": 0.043, "AKD": 1.294, "AED": 0.140}
    assert block("mgif", "FOMM", "MRAA") == {}
    assert {"TED-talks", "UvA-Nemo", "BAIR", "BAIR (64)"} <= {row.dataset for row in ROWS}


def test_beside_a_measured_value_stands_the_first_paper():
    found = beside(ROWS, method="fomm", dataset="taichi-hd", metric="l1@clip")
    assert (found.paper, found.value) == ("FOMM", 0.063)
    assert beside(ROWS, method="fomm", dataset="taichi-hd", metric="akd@clean").text == "6.862"
    assert beside(ROWS, method="x2face", dataset="taichi-hd", metric="l1@clip").text == "0.080"
    assert dataclasses.replace(ROWS[0], printed="").text == "0.08"
    assert beside(ROWS, method="fomm", dataset="mgif", metric="l1@clip") is None
    assert beside(ROWS, method="fomm", dataset="taichi-hd", metric="psnr") is None
    assert beside(ROWS, method="mraa", dataset="taichi-hd", metric="l1@clip") is None
    later = [dataclasses.replace(ROWS[0], method_id="fomm", year=year) for year in (2024, 2022)]
    assert beside(later, method="fomm", dataset="taichi-hd", metric="l1@paper").year == 2022


GOOD = "P,2019,M,,taichi-hd,256x256,L1,l1@paper,0.1,intensity,main,P 2019 table 1,confirmed"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (GOOD + ",", "14 cells, expected 13"),
        (GOOD.replace("0.1", "nan"), "nan is not a finite number"),
        (GOOD.replace("0.1", "12%"), "could not convert"),
        (GOOD.replace("2019,M", "soon,M"), "invalid literal"),
        (GOOD.replace("main", "best"), "unknown kind 'best'; known: main"),
        (GOOD.replace("confirmed", "recalled-low"), "unknown confidence 'recalled-low'"),
        (GOOD.replace("P 2019 table 1", ""), "source is empty"),
        (GOOD, "the same number as line 2"),
    ],
)
def test_a_row_that_cannot_be_is_named(tmp_path, line, message):
    path = tmp_path / "reported.csv"
    path.write_text("\n".join([",".join(COLUMNS), GOOD, line, ""]))

    with pytest.raises(UsageError, match=rf"reported\.csv, line 3: {message}"):
        read_reported(path)


def test_other_columns_and_missing_files_are_refused(tmp_path):
    path = tmp_path / "reported.csv"
    path.write_text("paper,value\n")
    with pytest.raises(UsageError, match="expected the columns paper,year"):
        read_reported(path)
    with pytest.raises(UsageError, match="cannot be read"):
        read_reported(tmp_path / "none.csv")
