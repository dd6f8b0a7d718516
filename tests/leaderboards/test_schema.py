"""The committed JSON Schemas are those of the code, and say what the readers say."""

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from leaderboards import schema
from leaderboards.schema import NAMES

ROOT = Path(__file__).parents[2]
V1 = ROOT / "leaderboards" / "v1"
RESULTS = sorted(V1.rglob("results/**/*.json"))
SHA = "ab" * 32
FILE = {"file": "a#000001#000002.mkv", "bytes": 10, "sha256": SHA}
WHERE = {
    "command": ["metrics.eval", "--method", "mine"],
    "commit": "ab" * 20,
    "dirty": False,
    "started": "2026-01-31T12:00:00+00:00",
    "seconds": 1.5,
    "host": "",
    "device": "cpu",
    "processor": "x86_64, 2 cores",
    "threads": 1,
    "python": "3.11.2",
    "platform": "Linux",
    "packages": {"numpy": "2.0.0", "dlib-bin": None},
}


def problems(name: str, document: object) -> list[str]:
    """What the library that others use says of ``document``."""
    text = (V1 / "schema" / f"{name}.schema.json").read_text(encoding="utf-8")
    return [
        e.message for e in jsonschema.Draft202012Validator(json.loads(text)).iter_errors(document)
    ]


def changed(path: tuple[str, ...], value: object) -> dict:
    """A committed result with another value at ``path``; None: without it."""
    whole = json.loads(RESULTS[0].read_text(encoding="utf-8"))
    node = whole
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    return whole


def test_the_committed_schemas_are_those_of_the_code():
    committed = {path.name: path.read_text(encoding="utf-8") for path in (V1 / "schema").iterdir()}
    assert committed == schema.texts(), "run 'python -m leaderboards.schema --out ...' again"


@pytest.mark.parametrize("name", NAMES)
def test_each_is_a_schema(name):
    jsonschema.Draft202012Validator.check_schema(schema.schema(name))


def test_committed_results_and_cards_fit():
    assert len(RESULTS) > 50
    for path in RESULTS[::4]:
        assert not problems("result", json.loads(path.read_text(encoding="utf-8"))), path
    for path in sorted((V1 / "methods").glob("*.toml")):
        assert not problems("card", tomllib.loads(path.read_text(encoding="utf-8"))), path
    assert not problems("predictions", FILE)
    assert not problems("provenance", WHERE)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("method",), "../x"),
        (("method",), "m" * 65),
        (("status",), "best"),
        (("task",), "animation"),
        (("lossy",), 0),
        (("rank",), 1),
        (("split", "sha256"), "AB" * 32),
        (("coverage", "scored"), -1),
        (("coverage", "missing"), ["../a"]),
        (("metrics", "l1@clip", "value"), "0.1"),
        (("metrics", "l1@clip", "unit"), 3),
        (("metrics", "<b>"), None),
        (("extractors", "efflite0"), "none"),
    ],
)
def test_a_broken_result_does_not_fit(path, value):
    assert problems("result", changed(path, value))


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("card", {"name": "a"}),
        ("card", {"name": "a", "title": "A", "paper": "javascript:alert(1)"}),
        ("card", {"name": "a/b", "title": "A"}),
        ("card", {"name": "a", "title": "A", "rank": 1}),
        ("predictions", FILE | {"file": "../a.mkv"}),
        ("predictions", FILE | {"file": "/etc/passwd"}),
        ("predictions", FILE | {"bytes": -1}),
        ("predictions", FILE | {"sha256": "ab"}),
        ("provenance", WHERE | {"commit": "main; rm"}),
        ("provenance", WHERE | {"command": "metrics.eval"}),
        ("provenance", WHERE | {"mood": "good"}),
    ],
)
def test_other_broken_documents_do_not_fit(name, document):
    assert problems(name, document)


def test_the_command_line_shows_and_writes(tmp_path, capsys):
    assert schema.main(["result"]) == 0
    assert json.loads(capsys.readouterr().out) == schema.schema("result")
    assert schema.main([]) == 0
    assert set(json.loads(capsys.readouterr().out)) == set(NAMES)

    assert schema.main(["card", "--out", str(tmp_path)]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["card.schema.json"]
    assert capsys.readouterr().out.strip() == str(tmp_path / "card.schema.json")
    assert schema.main(["--out", str(tmp_path)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(NAMES) - 1, "one was there already"

    assert schema.main(["table"]) == 2
    assert "unknown schema 'table'; known: result" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_named(tmp_path, capsys):
    (tmp_path / "a").touch()
    assert schema.main(["--out", str(tmp_path / "a" / "b")]) == 2
    assert capsys.readouterr().err == f"{tmp_path / 'a' / 'b'}: not a directory\n"
