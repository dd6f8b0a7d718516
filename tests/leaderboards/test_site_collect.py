"""Reading what a site is made of: whole, or a message that names the file."""

import json
from types import SimpleNamespace

import pytest

from datasets.registry import UsageError
from leaderboards.board import sections_by_task
from leaderboards.loading import load_board
from leaderboards.site import beside
from leaderboards.site.collect import collect, read_losses
from leaderboards.site.model import Correction, Pairs
from leaderboards.site.split_facts import read_splits
from tests.leaderboards.conftest import make, save
from tests.leaderboards.galleries import write_gallery
from tests.leaderboards.pages import ROOT, SPLITS

FIGURES = {"l1@clip": 0.25}


def test_all_committed_splits_are_read():
    found = {split.id: split for split in SPLITS}
    assert len(found) == len(list((ROOT / "datasets" / "splits" / "v1").glob("*.toml")))
    mini, real = found["taichi-hd-mini@v1"], found["taichi-hd@v1"]
    assert (mini.dataset, mini.profile, mini.list_name) == ("taichi-hd", "mini", "v1")
    assert mini.partitions["test"].clips == 28
    assert mini.pairs == Pairs(24, 0, mini.pairs.sha256)
    assert isinstance(real.corrections[0], Correction)
    assert real.upstream[0].rows == 3334
    assert found["fashion@v1"].sha256 is None
    assert found["fashion@v1"].partitions == {}
    assert found["voxceleb@v1-asis"].partitions["val"].frames is None
    assert [split.profile for split in SPLITS] == sorted((s.profile for s in SPLITS), reverse=True)


@pytest.mark.parametrize("text", ["id = 3", 'id = "x@v1"', "no toml", 'id = "a@v1"\nsha256 = "b"'])
def test_a_damaged_split_is_named(tmp_path, text):
    (tmp_path / "x.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"x\.toml: is no description of a split"):
        read_splits(tmp_path)


def test_losses_are_read_with_what_was_not_computed(tmp_path):
    (tmp_path / "a.csv").write_text("step,l1,gan\n25,2.5,\n50,1,0.5\n", encoding="utf-8")
    curve = read_losses(tmp_path / "a.csv")
    assert curve.steps == (25, 50)
    assert curve.columns == {"l1": (2.5, 1.0), "gan": (None, 0.5)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected the columns step"),
        ("rate,step\n1,2\n", "expected the columns step"),
        ("step,l1\n25,2\n50\n", "line 3: 1 cells, expected 2"),
        ("step,l1\n2.5,2\n", "line 2"),
        ("step,l1\n25,much\n", "line 2"),
    ],
)
def test_damaged_losses_are_named(tmp_path, text, said):
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=rf"a\.csv.*{said}"):
        read_losses(tmp_path / "a.csv")


@pytest.fixture
def board(tmp_path):
    board = tmp_path / "v1" / "mini" / "board"
    save(board / "results", make("fomm"), make("copy-source"))
    (board / "training").mkdir()
    (board / "training" / "taichi-hd-fomm.csv").write_text("step,l1\n1,2\n", encoding="utf-8")
    (board / "training" / "taichi-hd-gone.csv").write_text("step,l1\n1,2\n", encoding="utf-8")
    return board


def site_of(board, profile="mini"):
    loaded = load_board(board / "results", profile="mini")
    return collect(
        board,
        version="v1",
        profile=profile,
        sections=sections_by_task(loaded.results, loaded.clips),
        tables={"table.csv": "a,b\n"},
        splits=ROOT / "datasets" / "splits",
    )


def test_a_board_is_read_with_its_files_to_download(board):
    site = site_of(board)
    results = board / "results"
    assert site.data["data/table.csv"] == "a,b\n"
    for name in ("taichi-hd-fomm.json", "taichi-hd-copy-source.clips.csv"):
        assert site.data[f"data/{name}"] == (results / name).read_text(encoding="utf-8")
    for name in ("taichi-hd-mini.csv", "mgif-mini.pairs.csv"):
        frozen = ROOT / "datasets" / "splits" / "v1" / name
        assert site.data[f"data/lists/{name}"] == frozen.read_text(encoding="utf-8")
    assert list(site.training) == [("taichi-hd", "fomm")], "of methods with a result only"
    assert site.splits == list(SPLITS)
    assert (site.cards, site.facts, site.galleries, site.media) == ({}, {}, {}, {})


def test_what_papers_say_is_read_for_full_boards_only(board):
    text = (ROOT / "leaderboards" / "v1" / "reported.csv").read_text(encoding="utf-8")
    (board.parent.parent / "reported.csv").write_text(text, encoding="utf-8")
    assert not site_of(board).reported
    assert "data/reported.csv" not in site_of(board).data
    full = site_of(board, "full")
    assert len(full.reported) == text.count("\n") - 1
    assert full.data["data/reported.csv"] == text
    assert not [name for name in full.data if "lists" in name], "upstream lists have no licence"


def test_cards_are_of_the_method_that_their_name_says(tmp_path):
    card = (ROOT / "leaderboards" / "v1" / "methods" / "fomm.toml").read_text(encoding="utf-8")
    (tmp_path / "fomm.toml").write_text(card, encoding="utf-8")
    assert list(beside.cards(tmp_path, tmp_path, [])) == ["fomm"]
    (tmp_path / "mine.toml").write_text(card, encoding="utf-8")
    with pytest.raises(UsageError, match=r"mine\.toml: is the card of 'fomm', not of 'mine'"):
        beside.cards(tmp_path, tmp_path, [])


def test_a_submission_without_a_card_is_named(tmp_path):
    row = SimpleNamespace(status="submitted", shown_name="mgif-mini", method="mine")
    with pytest.raises(UsageError, match=r"mgif-mini.mine.method\.toml"):
        beside.cards(tmp_path, tmp_path, [row])


def test_a_gallery_that_names_a_strip_that_is_gone_is_refused(tmp_path):
    gallery = write_gallery(tmp_path)
    found, media = beside.galleries(gallery.parent)
    assert list(found) == ["taichi-hd"]
    said = json.loads((gallery / "gallery.json").read_text(encoding="utf-8"))
    files = {t["file"] for scene in said["scenes"] for t in scene["tiles"] if t["file"]}
    assert set(media) == {f"taichi-hd/{name}" for name in files}
    (gallery / sorted(files)[0]).unlink()
    with pytest.raises(UsageError, match=r"\.webp"):
        beside.galleries(gallery.parent)
