"""The data set cards: complete, up to date, and with links that lead somewhere."""

import re
import shutil

import pytest

from datasets import cards
from datasets.cards import FOLDER, filled, main
from datasets.registry import DATASETS, UsageError

CARDS = [*DATASETS, "mini-worlds"]
SECTIONS = [
    "Composition", "How it was", "Splits and pixels", "Known problems", "Licences",
    "Uses and misuse", "How to get it", "Citation",
]  # fmt: skip


def card(name):
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


def test_every_data_set_of_the_boards_has_a_card_and_so_have_the_mini_worlds():
    assert sorted(path.stem for path in FOLDER.glob("*.md")) == sorted(CARDS)


@pytest.mark.parametrize("name", CARDS)
def test_a_card_says_all_that_a_card_must_in_that_order(name):
    titles = re.findall(r"^## (.*)", card(name), re.MULTILINE)
    assert len(titles) == len(SECTIONS)
    assert all(title.startswith(wanted) for title, wanted in zip(titles, SECTIONS, strict=True))
    assert card(name).splitlines()[0].startswith("# ")


@pytest.mark.parametrize("name", CARDS)
def test_links_lead_somewhere_and_cards_stay_short(name):
    text = card(name)
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    assert not [link for link in links if not (FOLDER / link.split("#")[0]).exists()]
    assert len(text.splitlines()) <= 200


def test_the_committed_cards_are_what_the_split_files_say(capsys):
    assert main(["--check"]) == 0
    assert capsys.readouterr().err == ""


def test_what_the_split_files_say_is_in_them():
    taichi, vox = card("taichi-hd"), card("voxceleb")
    assert "| taichi-hd@v1 | test | 285 | 28 | 75,273 | 0.64 |" in taichi
    assert "1f9dcf5af96c1eb7aceb9afdf796f81668a0f8d8fc58c910369dedaab04fe12f" in taichi
    assert "| voxceleb@v1 | test | 522 | 88 | 12 | 131,932 | 1.47 |" in vox
    assert "| 4 train, 3 test | 4 train, 3 test |" in vox
    assert "**Annotations CC BY 4.0; YouTube videos belong to their uploaders.**" in vox
    assert "@inproceedings{nagrani2017voxceleb" in vox
    assert "`mgif@v1` is not frozen yet; the literature states 900 train, 100 test" in card("mgif")
    assert "| mgif-mini@v1 | val | 5 | 4 |" in card("mini-worlds")


def test_the_commands_of_a_card_exist():
    from importlib.util import find_spec

    text = "\n".join(map(card, CARDS))
    modules = set(re.findall(r"python -m (datasets\.\w+)", text))
    assert {"datasets.splits", "datasets.audit"} <= modules
    assert not {name for name in modules if find_spec(name) is None}


def test_a_stale_card_is_noticed_and_renewed(tmp_path, monkeypatch, capsys):
    shutil.copy(FOLDER / "taichi-hd.md", tmp_path)
    monkeypatch.setattr(cards, "FOLDER", tmp_path)
    path = tmp_path / "taichi-hd.md"
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole.replace("| 285 | 28 |", "| 286 | 28 |"), encoding="utf-8")
    assert main(["--check"]) == 1
    assert "taichi-hd.md: is stale; run 'python -m datasets.cards'" in capsys.readouterr().err
    assert main([]) == 0 and path.read_text(encoding="utf-8") == whole
    assert main(["--check"]) == 0


def test_only_what_is_between_markers_changes():
    text = "a\n<!-- BEGIN licence mgif@v1 -->\nold\n<!-- END licence -->\nb\n"
    assert re.fullmatch(
        r"a\n<!-- BEGIN licence mgif@v1 -->\n\*\*Collected .*\*\*\n<!-- END licence -->\nb\n",
        filled(text),
    )
    assert filled(filled(text)) == filled(text)


@pytest.mark.parametrize(
    ("marker", "message"),
    [("count mgif@v1", "unknown section 'count'"), ("counts mgif@v9", "unknown split 'mgif@v9'")],
)
def test_a_wrong_marker_is_named(tmp_path, monkeypatch, capsys, marker, message):
    text = f"<!-- BEGIN {marker} -->\n<!-- END {marker.split()[0]} -->\n"
    with pytest.raises(UsageError, match=message):
        filled(text)
    (tmp_path / "a.md").write_text(text)
    monkeypatch.setattr(cards, "FOLDER", tmp_path)
    assert main([]) == 2
    assert "a.md: " in capsys.readouterr().err
