"""Hostile submissions: each is refused with the name of its file, or shown without any harm."""

import json
import os
import re

import pytest

from leaderboards.card import read_card
from leaderboards.card_text import card_bibtex
from leaderboards.validate import main
from tests.leaderboards.submitted import ROOT, change_clips, change_result, problems, submission

HTML = "<img src=x onerror=alert(1)><script>alert(1)</script>"
MARKDOWN = "[click](https://evil.example) ![x](https://evil.example/x.png) @everyone `code`"
LATEX = r"\input{/etc/passwd} \write18{rm -rf /} $x$ %"
TABLE = "a | b --> <!-- END LEADERBOARD v1 mini taichi-hd -->"
TEXTS = [HTML, MARKDOWN, LATEX, TABLE]


@pytest.fixture
def mine(tmp_path):
    return submission(tmp_path / "submitted")


def refused(folder, file, message):
    found = problems(folder)
    wanted = f"{folder.as_posix()}/{file}".rstrip("/")
    assert any(line.startswith(wanted) and message in line for line in found), found


def report(capsys, folder):
    main([str(folder), "--repository", str(ROOT), "--report"])
    return capsys.readouterr().out


def harmless(text):
    """Nothing but lines of what can be seen; what is markup elsewhere is text in a report."""
    assert text.replace("\n", "").isprintable()


@pytest.mark.parametrize("text", TEXTS)
def test_text_of_a_card_harms_nobody(tmp_path, capsys, text):
    fields = ("title", "license", "summary", "venue", "contact")
    told = dict.fromkeys(fields, text) | {"notes": (text,), "authors": (text,)}
    folder = submission(tmp_path / "submitted", card=told)
    assert not problems(folder)
    card = read_card(folder / "method.toml")
    assert [getattr(card, field) for field in fields] == [text] * len(fields)
    assert card.notes == card.authors == (text,)
    assert not re.search(r"(?<!\\)(?:\\\\)*\\(?:input|write)|(?<!\\)[%$#]", card_bibtex(card))
    harmless(report(capsys, folder))


@pytest.mark.parametrize("text", TEXTS)
def test_text_of_a_result_harms_nobody(mine, capsys, text):
    change_result(
        mine / "result.json",
        lambda node: node["metrics"]["aed@clean"].update(unit=text, reason=text),
    )
    harmless(report(capsys, mine))


@pytest.mark.parametrize("char", ["\u202e", "\u200b", "\u3164"])
def test_text_that_shows_something_else_is_refused(mine, char):
    change_result(
        mine / "result.json", lambda node: node["metrics"]["fid"].update(reason=f"a{char}b")
    )
    refused(mine, "result.json", "metrics: fid: reason: ")
    path = mine / "result.provenance.json"
    path.write_text(path.read_text().replace("x86_64", f"x86{char}64"))
    refused(mine, "result.provenance.json", "processor: ")


@pytest.mark.parametrize("field", ["year", "revision"])
def test_a_number_of_thousands_of_digits_hides_nothing_else(mine, field):
    with (mine / "method.toml").open("a") as file:
        file.write(f"{field} = {'9' * 4400}\n")
    change_result(mine / "result.json", lambda node: node.update(status="anchor"))
    refused(mine, "method.toml", "is no TOML in UTF-8 (Exceeds the limit")
    refused(mine, "result.json", "status is 'anchor'")


TITLES = (
    *("First Order Motion Model", "fomm", "FOMM", "\u041conkey-Net", "X2F\u0430ce", "Mönkey-Net"),
    *("Copy Source", "ｆｏｍｍ", "F.O.M.M.", "Th\u0435irs", "theirs"),
)


@pytest.mark.parametrize("title", TITLES)
def test_the_title_of_somebody_else_is_refused(tmp_path, title):
    submission(tmp_path / "submitted", method="other", card={"title": "Theirs"})
    mine = submission(tmp_path / "submitted", card={"title": title})
    refused(mine, "method.toml", "the title ")


@pytest.mark.parametrize("title", ["Mine", "FOMM++ (large)", "Моя модель", "動き", "Ýmir", "mine"])
def test_a_title_of_ones_own_is_taken(tmp_path, title):
    submission(tmp_path / "submitted", method="other", card={"title": "Theirs"})
    submission(tmp_path / "submitted", dataset="mgif", card={"title": title})
    assert not problems(submission(tmp_path / "submitted", card={"title": title}))


@pytest.mark.parametrize(
    "key",
    [
        *("tai-chi-hd-benchmark-v1", "Tai-Chi-HD-Benchmark-v2", "taichi-hd-v1", "mgif-mini-v1"),
        *("siarohin2019first", "SIAROHIN2019FIRST"),
    ],
)
def test_the_key_of_an_entry_of_ours_is_refused(tmp_path, key):
    entry = f"@misc{{{key}, title = {{A}}}}"
    mine = submission(tmp_path / "submitted", card={"bibtex": entry})
    refused(mine, "method.toml", f"bibtex: the key '{key}' is that of ")


@pytest.mark.parametrize("field", ["paper", "code"])
@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd"]
)
def test_only_web_addresses_are_links(mine, field, address):
    with (mine / "method.toml").open("a") as file:
        text = (mine / "method.toml").read_text()
        file.write(f'{field} = "{address}"\n' if f"{field} =" not in text else "")
    if field == "paper":
        text = text.replace("https://example.org/p", address)
        (mine / "method.toml").write_text(text)
    refused(mine, "method.toml", f"{field}: ")


@pytest.mark.parametrize(
    "name", ["../fomm", "/etc/passwd", "a/b", "..", ".hidden", "-rf", "a b", "é"]
)
def test_names_that_escape_are_refused(mine, name):
    change_result(mine / "result.json", lambda node: node.update(method=name))
    refused(mine, "result.json", "method: string should match pattern")
    text = (mine / "method.toml").read_text().replace('name = "mine"', f'name = "{name}"')
    (mine / "method.toml").write_text(text)
    refused(mine, "method.toml", "name: string should match pattern")


@pytest.mark.parametrize("dataset", ["..", "../taichi-hd", "taichi-hd/../x", "/", "taichi", ""])
def test_data_sets_that_escape_are_refused(mine, dataset):
    change_result(mine / "result.json", lambda node: node.update(dataset=dataset))
    refused(mine, "result.json", "dataset")


@pytest.mark.parametrize("file", ["/etc/passwd", "../../secret.mkv", "C:\\x.mkv", "a/../b.mkv"])
def test_files_elsewhere_are_no_predictions(mine, file):
    path = mine / "predictions.csv"
    path.write_text(path.read_text().replace("taichi-0048#000001#000026.mkv", file, 1))
    refused(mine, "predictions.csv", "string should match")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("1e308", "1e+308 is not in its interval"),
        ("1e999", "finite number"),
        ("NaN", "finite number"),
        ("Infinity", "finite number"),
        ("-Infinity", "finite number"),
        ('"0.06"', "valid number"),
        ("true", "valid number"),
        ("9" * 5000, ""),
        ("[0.06]", "valid number"),
    ],
)
def test_numbers_are_finite_numbers(mine, value, message):
    path = mine / "result.json"
    known = json.loads(path.read_text())["metrics"]["l1@clip"]["value"]
    path.write_text(path.read_text().replace(f'"value": {known!r}', f'"value": {value}'))
    refused(mine, "result.json", message)


def test_a_huge_number_without_a_bound_is_refused(mine):
    def huge(rows):
        rows[0].values["akd@clean"] = 1e308
        return rows

    change_clips(mine / "result.clips.csv", huge)
    refused(mine, "result.json", "akd@clean of taichi-0048#000001#000026 is 1e+308")


@pytest.mark.parametrize("cell", ["nan", "inf", "1e999", "0x10", "1_0", " 1", "\u0661"])
def test_cells_are_finite_numbers(mine, cell):
    path = mine / "result.clips.csv"
    head, first, *rest = path.read_text().splitlines()
    cells = first.split(",")
    cells[3] = cell
    path.write_text("\n".join([head, ",".join(cells), *rest]) + "\n", encoding="utf-8")
    refused(mine, "result.clips.csv", "")


@pytest.mark.parametrize("name", ["result.clips.csv", "predictions.csv"])
def test_a_million_rows_are_refused_unread(mine, name):
    path = mine / name
    path.write_text(path.read_text() + "a,1,1\n" * 1_000_000)
    refused(mine, name, "more than 20000 rows")


@pytest.mark.parametrize("size", [10_000_001, 100_000_000])
def test_a_large_file_is_refused_unread(mine, size):
    with (mine / "result.json").open("ab") as file:
        file.truncate(size)
    refused(mine, "result.json", "larger than 10 MB")


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":['])
@pytest.mark.parametrize("name", ["result.json", "result.provenance.json"])
def test_deep_nesting_is_refused(mine, name, opening):
    (mine / name).write_text(opening * 200_000)
    refused(mine, name, "recursion limit")


@pytest.mark.parametrize("text", ["a = " + "[" * 15_000, "a" + ".a" * 40_000, "\x00"])
def test_a_card_that_is_deep_or_no_text_is_refused(mine, text):
    (mine / "method.toml").write_text(text)
    refused(mine, "method.toml", "")


def test_links_are_refused_wherever_they_lead(mine, tmp_path):
    secret = tmp_path / "secret.json"
    secret.write_text((mine / "result.json").read_text())
    (mine / "result.json").unlink()
    (mine / "result.json").symlink_to(secret)
    (mine / "animation-absolute").symlink_to("/etc")
    refused(mine, "result.json", "is a link to")
    refused(mine, "animation-absolute", "is a link to")
    elsewhere = mine.with_name("elsewhere")
    elsewhere.symlink_to(mine)
    refused(elsewhere, "", "is no folder")


@pytest.mark.parametrize(
    "name", ["predictions.zip", "setup.py", ".gitattributes", "result.json.bak", "a\nb", "a\x1b[2J"]
)
def test_other_files_are_refused(mine, name):
    (mine / name).write_text("x")
    found = problems(mine)
    assert len(found) == 1 and "does not belong here" in found[0]
    assert found[0].isprintable()


def test_other_folders_and_pipes_are_refused(mine):
    (mine / "animation-sideways").mkdir()
    os.mkfifo(mine / "pipe")
    refused(mine, "animation-sideways", "is an unknown folder")
    refused(mine, "pipe", "is no file")


def test_a_folder_of_many_files_is_refused_at_once(mine):
    for number in range(150):
        (mine / f"{number}.txt").touch()
    refused(mine, "", "files; 5 belong here")


@pytest.mark.parametrize("name", ["FOMM", "Monkey-Net", "monkey_net", "x2face.", "ORACLE"])
def test_the_name_of_somebody_else_is_refused(tmp_path, name):
    refused(submission(tmp_path / "submitted", method=name), "", "the name is that of our")


def test_a_table_as_long_as_may_be_is_read_to_its_end(mine):
    head, *lines = (mine / "predictions.csv").read_text().splitlines()
    more = [f"zz{number:05},1,{'ab' * 32}" for number in range(20_000 - len(lines))]
    (mine / "predictions.csv").write_text("\n".join([head, *lines, *more]) + "\n")
    refused(mine, "predictions.csv", "of no scored clip: zz00000")
