"""Settings: filled once, wrong keys, values and types refused with the known ones listed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

from datasets.params import build, load, section
from datasets.registry import UsageError


@dataclass(frozen=True)
class Inner:
    steps: int
    rate: float = 0.5


@dataclass(frozen=True)
class Outer:
    inner: Inner
    names: tuple[str, ...] = ()
    mode: Literal["fast", "slow"] = "fast"
    limit: int | None = None
    flag: bool = False
    extra: Any = None


def test_nested_values_are_converted():
    values = {"inner": {"steps": 3, "rate": 1}, "names": ["a", "b"], "limit": None, "flag": True}
    found = build(Outer, values, where="x")
    assert found == Outer(Inner(3, 1.0), ("a", "b"), "fast", None, True)
    assert isinstance(found.inner.rate, float)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"inner": {"steps": 3}, "mod": 1}, "x: unknown key 'mod'; known: extra, flag, inner"),
        ({"inner": {"steps": 3, "rat": 1}}, "x.inner: unknown key 'rat'; known: rate, steps"),
        ({"inner": {}}, "x.inner: missing key 'steps'"),
        ({}, "x: missing key 'inner'"),
        ({"inner": 3}, "x.inner: expected a mapping"),
        ({"inner": {"steps": "3"}}, "x.inner.steps: expected int, got '3'"),
        ({"inner": {"steps": True}}, "x.inner.steps: expected int, got True"),
        ({"inner": {"steps": 1.5}}, "x.inner.steps: expected int, got 1.5"),
        ({"inner": {"steps": 3}, "mode": "mid"}, "unknown x.mode 'mid'; known: fast, slow"),
        ({"inner": {"steps": 3}, "names": [1]}, r"x.names\[0\]: expected str, got 1"),
        ({"inner": {"steps": 3}, "flag": 1}, "x.flag: expected bool, got 1"),
        ({"inner": {"steps": 3}, "limit": "no"}, "x.limit: expected int, got 'no'"),
    ],
)
def test_wrong_values_are_refused(values, message):
    with pytest.raises(UsageError, match=message):
        build(Outer, values, where="x")


def test_file_and_sections(tmp_path):
    path = tmp_path / "params.yaml"
    path.write_text("profile: mini\nprofiles: {mini: {train: {steps: 5}, crop: }}\n")
    params = load(path)
    assert section(params, Inner, "profiles", "mini", "train") == Inner(5)
    with pytest.raises(UsageError, match=r"no key 'tune' in profiles\.mini; it has train, crop"):
        section(params, Inner, "profiles", "mini", "tune")
    with pytest.raises(UsageError, match="missing key 'steps'"):
        section(params, Inner, "profiles", "mini", "crop")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a\n", "expected a mapping"),
        ("profile: big\n", "params.yaml: unknown profile 'big'; known: mini, full"),
        ("profile: [mini\n", r"params.yaml: is no YAML: .*line 2, column 1"),
        ("profile: mini\nsed: 1\n", "unknown key 'sed'; known: profile, splits, seed, datasets"),
        ("profile: mini\nseed: -1\n", "seed: expected a whole number, 0 or more, got -1"),
        ("profile: mini\nseed: 1.5\n", "seed: expected a whole number, 0 or more, got 1.5"),
        ("profile: mini\nseed: true\n", "seed: expected a whole number, 0 or more, got True"),
        ("profile: mini\ndatasets: [mgif, gifs]\n", "unknown dataset 'gifs'; known: taichi-hd"),
        ("profile: mini\ndatasets: mgif\n", "datasets: expected a list, got 'mgif'"),
        ("profile: mini\nprofiles: {midi: {}}\n", "unknown profile 'midi'; known: mini, full"),
        ("profile: mini\nprofiles: [mini]\n", "profiles: expected a mapping"),
        (
            "profile: mini\nprofiles: {mini: {corp: {}}}\n",
            r"unknown stage in profiles\.mini 'corp'; known: download, crop, train, predict, eval",
        ),
    ],
)
def test_bad_files(tmp_path, text, message):
    (tmp_path / "params.yaml").write_text(text)
    with pytest.raises(UsageError, match=message):
        load(tmp_path / "params.yaml")
    with pytest.raises(UsageError, match="not found; run from the repository root"):
        load(tmp_path / "gone.yaml")


def test_file_that_is_no_text(tmp_path):
    (tmp_path / "params.yaml").write_bytes(bytes(range(128, 256)))
    with pytest.raises(UsageError, match=r"params\.yaml: is no YAML"):
        load(tmp_path / "params.yaml")


def test_the_committed_file_is_accepted():
    import datasets

    path = Path(datasets.__file__).parents[1] / "params.yaml"
    assert load(path)["profile"] == "mini"
