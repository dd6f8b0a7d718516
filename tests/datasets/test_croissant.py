"""Croissant descriptions: up to date, valid for the reference reader, and readable through it."""

import csv
import json
import re
import shutil

import pytest

from datasets import croissant
from datasets.croissant import FOLDER, as_json, description, main, path_of
from datasets.files import sha256
from datasets.frozen import read_split
from datasets.pair_list import read_pair_list
from datasets.registry import DATASETS, PROFILES

ALL = [(dataset, profile) for dataset in DATASETS for profile in PROFILES]
MINI = [pair for pair in ALL if pair[1] == "mini"]


@pytest.fixture(scope="module")
def mlcroissant():
    return pytest.importorskip("mlcroissant", reason="mlcroissant (extra 'test') is not installed")


def test_the_committed_descriptions_are_what_the_split_files_say(capsys):
    assert main(["--check"]) == 0
    assert capsys.readouterr().err == ""
    assert {path.name for path in FOLDER.iterdir()} == {path_of(*pair).name for pair in ALL}


def test_a_stale_description_is_noticed_and_renewed(tmp_path, monkeypatch, capsys):
    shutil.copytree(FOLDER, tmp_path / "croissant")
    monkeypatch.setattr(croissant, "FOLDER", tmp_path / "croissant")
    path = path_of("mgif", "mini")
    path.write_text(path.read_text().replace("mgif-mini", "mgif"))
    assert main(["--check"]) == 1
    assert "mgif-mini@v1.json: is stale" in capsys.readouterr().err
    assert main([]) == 0 and path.read_text() == as_json("mgif", "mini")


@pytest.mark.parametrize(("dataset", "profile"), ALL)
def test_valid_without_errors_and_warnings(mlcroissant, dataset, profile):
    found = mlcroissant.Dataset(jsonld=str(path_of(dataset, profile)))
    issues = found.metadata.ctx.issues
    assert not issues.errors and not issues.warnings
    assert found.metadata.cite_as.startswith("@")
    assert found.metadata.version == "1.0.0"


def text_of(value):
    return value.decode() if isinstance(value, bytes) else value


@pytest.mark.parametrize(("dataset", "profile"), MINI)
def test_a_mini_list_can_be_read_through_it_offline(mlcroissant, dataset, profile):
    found = mlcroissant.Dataset(jsonld=str(path_of(dataset, profile)))
    rows = {row.clip_id: row for row in read_split(dataset, profile).rows}
    records = [
        {key.split("/")[1]: text_of(value) for key, value in record.items()}
        for record in found.records("clips")
    ]
    assert len(records) == len(rows) == 86
    for record, row in zip(records, rows.values(), strict=True):
        box = "-".join(map(str, row.bbox))
        wanted = {**vars(row), "bbox": box}
        assert record == {key: wanted[key] for key in record}
    pairs = [text_of(record["pairs/source"]) for record in found.records("pairs")]
    assert pairs == [pair.source for pair in read_pair_list(dataset, profile).pairs]


@pytest.mark.parametrize(("dataset", "profile"), MINI)
def test_the_digests_are_those_of_the_files_beside_it(dataset, profile):
    for file in description(dataset, profile)["distribution"]:
        path = FOLDER / file["contentUrl"]
        assert file["sha256"] == sha256(path)
        assert file["contentSize"] == f"{path.stat().st_size} B"


@pytest.mark.parametrize("name", ["taichi-hd", pytest.param("voxceleb", marks=pytest.mark.slow)])
def test_an_upstream_list_can_be_read_through_it(mlcroissant, shared, name):
    (file,) = description(name, "full")["distribution"]
    local = shared / "data/metadata" / file["name"]
    assert file["sha256"] == sha256(local)
    mapping = {file["@id"]: str(local)}
    found = mlcroissant.Dataset(jsonld=str(path_of(name, "full")), mapping=mapping)
    with local.open(newline="") as table:
        rows = list(csv.DictReader(table))
    records = list(found.records("rows"))
    assert len(records) == len(rows)
    for record, row in zip(records[::500], rows[::500], strict=True):
        told = {key.split("/")[1]: text_of(value) for key, value in record.items()}
        assert told.keys() == row.keys()
        assert {key: str(told[key]) for key in ("video_id", "bbox", "partition", "end")} == {
            key: row[key] for key in ("video_id", "bbox", "partition", "end")
        }


def test_real_lists_name_file_split_and_licence_and_no_data():
    found = description("voxceleb", "full")
    (file,) = found["distribution"]
    assert file["contentUrl"].startswith("https://") and re.fullmatch(
        "[0-9a-f]{64}", file["sha256"]
    )
    splits = {row["splits/name"]: row for row in found["recordSet"][0]["data"]}
    assert splits["test"]["splits/clips"] == 522 and splits["test"]["splits/persons"] == 12
    assert splits["val"]["splits/url"] == "cr:ValidationSplit"
    assert found["license"]["description"].startswith("annotations CC BY 4.0")
    assert found["isLiveDataset"] is False
    assert "leaked-videos (7 rows), duplicate-rows (307 rows)" in found["description"]


@pytest.mark.parametrize("name", ["fashion", "mgif"])
def test_a_list_that_is_not_pinned_has_no_file_and_says_why(name):
    found = description(name, "full")
    assert "distribution" not in found and [one["@id"] for one in found["recordSet"]] == ["splits"]
    assert "no citable id yet: the sha256 of" in found["description"]
    assert found["identifier"] == f"{name}@v1"
    assert "no video" in json.dumps(found["license"]) or "no licence" in json.dumps(
        found["license"]
    )
