"""Cards: ours are of the methods that are run, and nothing in a card is taken as it comes."""

from pathlib import Path

import pytest
import yaml

from datasets.registry import UsageError
from leaderboards.card import Card, read_card, read_cards

ROOT = Path(__file__).parents[2]
OURS = ROOT / "leaderboards" / "v1" / "methods"
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))


def write(path: Path, **fields: object) -> Path:
    """A card in TOML, ``fields`` beside the two that must be there."""
    lines = {"name": "mine", "title": "Mine", **fields}
    text = "".join(f"{key} = {toml(value)}\n" for key, value in lines.items())
    path.write_text(text, encoding="utf-8")
    return path


def toml(value: object) -> str:
    if isinstance(value, str):
        escaped = "".join(f"\\U{ord(c):08x}" if c in '\\"' or c < " " else c for c in value)
        return f'"{escaped}"'
    return f"[{', '.join(map(toml, value))}]" if isinstance(value, list) else str(value)


def test_every_method_and_anchor_has_a_card():
    cards = read_cards(OURS)
    kinds = {name: card.kind for name, card in cards.items()}
    assert kinds == dict.fromkeys(PARAMS["methods"], "method") | dict.fromkeys(
        PARAMS["anchors"], "anchor"
    )


@pytest.mark.parametrize("name", PARAMS["methods"])
def test_the_card_of_a_method_says_whose_it_is_and_what_differs(name):
    card = read_cards(OURS)[name]
    assert card.authors and card.year and card.paper and card.code and card.bibtex
    assert len(card.notes) >= 3


def test_what_is_not_known_stays_empty(tmp_path):
    card = read_card(write(tmp_path / "mine.toml"))
    assert card == Card(name="mine", title="Mine")
    assert (card.year, card.paper, card.authors, card.revision) == (None, "", (), 1)


def test_a_card_under_another_name_is_refused(tmp_path):
    write(tmp_path / "other.toml")
    with pytest.raises(UsageError, match=r"other\.toml: is the card of mine; rename"):
        read_cards(tmp_path)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("paper", "javascript:alert(1)", "paper: string should match"),
        ("paper", "https://", "paper: string should match"),
        ("code", "https://a b", "code: is no web address"),
        ("code", 'https://a/"onclick="x', "code: is no web address"),
        ("code", "https://github.com@evil.example/x", "code: must not name a user"),
        ("code", "https://[::1", "code: is no web address"),
        ("code", "file:///etc/passwd", "code: string should match"),
        ("code", "https://xn--a/" + "a" * 400, "code: string should have at most 300"),
        ("name", "../mine", "name: string should match"),
        ("name", "mine\n", "name: string should match"),
        ("name", "m" * 65, "name: string should have at most 64"),
        ("title", "", "title: string should have at least 1"),
        ("title", "a\u202eb", "title: has the control character"),
        ("title", "   ", "title: has no letter or digit"),
        ("title", "\u3164", "title: has the invisible character"),
        ("title", "a" + "\u0301" * 99, "title: has more than 2 combining marks"),
        ("authors", ["A\u2800B"], "authors: 0: has the invisible character"),
        ("summary", "\x1b[31m", "summary: has the control character"),
        ("notes", ["a\x00"], "notes: 0: has the control character"),
        ("authors", "A. Body", "authors: input should be a valid tuple"),
        ("year", "2019.0", "year: input should be a valid integer"),
        ("year", 1, "year: input should be greater than or equal to 1900"),
        ("kind", "board", "kind: input should be 'method' or 'anchor'"),
        ("rank", 1, "unknown key 'rank'"),
        ("revision", 2, "revision 2 needs 1 reasons"),
        ("changes", ["why"], "revision 1 needs 0 reasons"),
        ("bibtex", "see the paper", "bibtex: is no entry"),
        ("bibtex", "@preamble{a, x}", "bibtex: is no entry"),
        ("bibtex", "@misc{a, title = {\\input{/etc/passwd}}}", "bibtex: the command \\\\input"),
        ("bibtex", "@misc{a, title = {A}} \\end", "bibtex: the command \\\\end"),
        ("bibtex", "@misc{a, title = {A}} @misc{b, x = {}}", "bibtex: goes on after its end"),
        ("bibtex", "@misc{a, title = {A}", "bibtex: braces that are not closed"),
        ("bibtex", "@misc{a, title = {A % }}", "bibtex: a % would hide"),
        ("bibtex", "@misc{a, title = {^^5cinput{/etc/passwd}}}", r"bibtex: \^\^ would become"),
        ("bibtex", "@misc{a, title = {^^^^005cinput}}", r"bibtex: \^\^ would become"),
        ("bibtex", "@misc{a, ===}", "bibtex: is no list of fields"),
        ("bibtex", "@misc{a, title = x y}", "bibtex: is no list of fields"),
        ("bibtex", "@misc{a, title = {A} # {B}}", "bibtex: a # stops TeX"),
        ("bibtex", "@misc{a, title = {A # B}}", "bibtex: a # stops TeX"),
        ("bibtex", "@misc{a, title = {A & B}}", "bibtex: a & stops TeX"),
        ("bibtex", "@misc{a, title = {5 $ a day}}", "bibtex: title: a lone \\$ begins"),
        ("bibtex", "@misc{a, title = {$x}, note = {x$}}", "bibtex: title: a lone \\$ begins"),
        ("bibtex", '@misc{a, title = "A"B"}', "bibtex: is no list of fields"),
        ("bibtex", '@misc{a, title = "A}', "bibtex: title: braces or quotes that are not"),
        ("bibtex", "@misc{a, title = }", "bibtex: title: is no {text}"),
        ("bibtex", "@misc{a, title = {A}} x", "bibtex: goes on after its end"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, field, value, message):
    path = write(tmp_path / "method.toml", **{field: value})
    with pytest.raises(UsageError, match=f"method\\.toml: {message}"):
        read_card(path)


@pytest.mark.parametrize(
    "entry",
    [
        "@misc{a, title = {A}}",
        '@Article{a:1, title = "The {A} of {\\"u}", year = 2019, month = jan,}',
        "@misc{ a ,\n title={{A} {$x^2$}: 50 \\% of B \\& C}\n,note = {\\'e {\\aa}}\n}",
        '@book{a, title = "a {"} b"}',
    ],
)
def test_an_entry_as_it_should_be_is_taken(tmp_path, entry):
    assert read_card(write(tmp_path / "method.toml", bibtex=entry)).bibtex == entry


def test_all_faults_are_named_at_once(tmp_path):
    path = write(tmp_path / "a.toml", year=1, paper="ftp://a", rank=1)
    with pytest.raises(UsageError) as refused:
        read_card(path)
    assert len(str(refused.value).splitlines()) == 3


@pytest.mark.parametrize(
    "data",
    [b"\xff", b"name = ", b"a = " + b"[" * 15_000, b"#" * 16_001, b"name = 'a'\nname = 'b'"],
    ids=["no text", "no TOML", "deep", "large", "twice"],
)
def test_what_is_no_card_is_refused(tmp_path, data):
    (tmp_path / "a.toml").write_bytes(data)
    with pytest.raises(UsageError, match=r"a\.toml: "):
        read_card(tmp_path / "a.toml")
    with pytest.raises(UsageError, match="cannot be read"):
        read_card(tmp_path / "none.toml")
