"""The list of weights files, where they are looked for, and which file is refused."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from datasets.registry import UsageError
from metrics import METRICS
from metrics.extractors import ExtractorUnavailable, weight_digests, weight_files
from metrics.extractors.weight_digests import git_blob_once, read_pins, sha256_once, write_pin
from metrics.extractors.weight_files import KnownWeights, find, known

CONTENT = b"these are the weights"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
BLOB = hashlib.sha1(b"blob %d\0" % len(CONTENT) + CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def places(tmp_path, monkeypatch) -> tuple[Path, Path]:
    """An empty weights folder and an empty torch hub; no variable of this shell is seen."""
    for variable in [v for v in os.environ if v.startswith(("TCHD_WEIGHTS", "FID_INCEPTION"))]:
        monkeypatch.delenv(variable)
    folder, hub = tmp_path / "weights", tmp_path / "torch" / "hub" / "checkpoints"
    monkeypatch.setenv("TCHD_WEIGHTS", str(folder))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    folder.mkdir()
    hub.mkdir(parents=True)
    return folder, hub


def entry(**changed: object) -> KnownWeights:
    base = {"name": "net", "file": "net.pth", "used_by": ("x",), "licence": "MIT", "note": "A net."}
    return KnownWeights(**(base | changed))


@pytest.fixture
def listed(monkeypatch):
    """Makes the list consist of one entry."""

    def make(**changed: object) -> KnownWeights:
        made = entry(**changed)
        monkeypatch.setattr(weight_files, "known", lambda: {"net": made})
        return made

    return make


def put(path: Path, content: bytes = CONTENT) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("name", known())
def test_the_committed_list_is_complete(name: str) -> None:
    weights = known()[name]
    assert weights.file == Path(weights.file).name, "a plain name, no folder"
    assert weights.licence
    assert weights.note
    assert weights.urls or weights.pages
    assert {used.split()[0] for used in weights.used_by} <= set(METRICS) | {"lpips"}
    for link in (*weights.urls, *weights.pages):
        assert link.startswith("https://")
    assert re.fullmatch(r"|[0-9a-f]{8,64}", weights.sha256 or "")
    assert re.fullmatch(r"|[0-9a-f]{40}", weights.git_blob or "")
    if weights.sha256:  # torch hub's convention: the file carries the digits
        assert weights.sha256 in weights.file


def test_names_are_unique_and_make_variables() -> None:
    files = [f for w in known().values() for f in (w.file, *w.other_names)]
    assert len(set(files)) == len(files)
    assert known()["s3fd"].variable == "TCHD_WEIGHTS_S3FD"
    assert {n for n, w in known().items() if w.unpinned} == {"pose", "reid"}


def test_unknown_names_are_listed() -> None:
    with pytest.raises(UsageError, match=r"'s3df'; known: s3fd, fan4, openface"):
        find("s3df")


def test_places_in_their_order(places, listed, tmp_path, monkeypatch) -> None:
    folder, hub = places
    listed(other_names=("old.pth",), variables=("OLD_VARIABLE",), sha256=SHA256[:8])
    expected = []
    for file in (hub / "old.pth", hub / "net.pth", folder / "old.pth", folder / "net.pth"):
        expected.append(put(file))
        assert find("net").path == expected[-1]
    monkeypatch.setenv("OLD_VARIABLE", str(put(tmp_path / "by variable")))
    assert find("net").path == tmp_path / "by variable"
    monkeypatch.setenv("TCHD_WEIGHTS_NET", str(put(tmp_path / "by its own variable")))
    assert find("net").path == tmp_path / "by its own variable"
    explicit = put(tmp_path / "explicit")
    assert find("net", path=explicit) == weight_files.WeightFile("net", explicit, SHA256)


def test_the_usual_places_without_variables(monkeypatch) -> None:
    monkeypatch.delenv("TCHD_WEIGHTS")
    monkeypatch.delenv("TORCH_HOME")
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    assert list(weight_files._usual_places(entry())) == [
        Path("/caches/tai-chi-hd-benchmark/weights/net.pth"),
        Path("/caches/torch/hub/checkpoints/net.pth"),
    ]
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/home/me")
    assert weight_files.weights_folder() == Path("/home/me/.cache/tai-chi-hd-benchmark/weights")


@pytest.mark.parametrize("name", known())
def test_absent_weights_say_which_file_and_where_to_put_it(name: str, tmp_path) -> None:
    with pytest.raises(ExtractorUnavailable) as caught:
        find(name)
    weights, message = known()[name], str(caught.value)
    for text in (weights.file, weights.digest, weights.variable, "TCHD_WEIGHTS", "hub/checkpoints"):
        assert text in message
    assert f"weights fetch {name}" in message or all(page in message for page in weights.pages)
    assert str(tmp_path) not in message
    assert str(Path.home()) not in message, "reasons go into results: no paths"


@pytest.mark.parametrize(
    ("digests", "said"),
    [
        ({"sha256": SHA256}, rf"^net.pth has sha256 \w{{64}}, expected {SHA256}; .* right one$"),
        ({"sha256": SHA256[:8]}, rf"^net.pth has sha256 \w{{64}}, expected {SHA256[:8]}\.\.\."),
        ({"git_blob": BLOB}, rf"^net.pth has git blob \w{{40}}, expected {BLOB}; it is another"),
    ],
)
def test_another_file_is_refused(places, listed, tmp_path, monkeypatch, digests, said) -> None:
    listed(**digests)
    put(places[0] / "net.pth")
    assert find("net").sha256 == SHA256
    put(places[0] / "net.pth", b"another")
    with pytest.raises(ExtractorUnavailable, match=said) as caught:
        find("net")
    assert str(tmp_path) not in str(caught.value)
    with pytest.raises(UsageError, match=said.replace("^net.pth", "net.pth")):
        find("net", path=places[0] / "net.pth")
    monkeypatch.setenv("TCHD_WEIGHTS_NET", str(places[0] / "net.pth"))
    with pytest.raises(UsageError, match=r"^TCHD_WEIGHTS_NET=.*net.pth has "):
        find("net")


def test_a_named_file_that_is_not_there_stops_the_run(places, listed, monkeypatch) -> None:
    listed()
    put(places[0] / "net.pth")
    with pytest.raises(UsageError, match=r"none.pth is not where it should be; .* file net.pth"):
        find("net", path=places[0] / "none.pth")
    with pytest.raises(UsageError, match="is not where"):
        find("net", path=places[0])  # a folder
    monkeypatch.setenv("TCHD_WEIGHTS_NET", "none.pth")
    with pytest.raises(UsageError, match=r"^TCHD_WEIGHTS_NET=none.pth is not where"):
        find("net")


def test_a_file_often_mistaken_for_it_is_called_by_its_name(places, listed) -> None:
    other = hashlib.sha1(b"blob 5\0other").hexdigest()
    listed(git_blob=BLOB, refused={other[:8]: "that is the later conversion"})
    put(places[0] / "net.pth", b"other")
    with pytest.raises(ExtractorUnavailable, match=f"{other}.*; that is the later conversion"):
        find("net")
    assert known()["openface"].refused["62ba8d57"].startswith("that is openface_20180119.pth")


def test_an_unpinned_file_is_taken_until_another_was_verified(places, listed) -> None:
    listed()
    file = put(places[0] / "net.pth")
    assert find("net").sha256 == SHA256
    write_pin(places[0], "net", SHA256)
    assert find("net").sha256 == SHA256
    put(file, b"silently changed")
    with pytest.raises(ExtractorUnavailable, match=rf"but {SHA256} was verified .*net --accept' "):
        find("net")
    assert find("net", sha256="").sha256 == hashlib.sha256(b"silently changed").hexdigest()


def test_other_digits_may_be_expected(places, listed) -> None:
    listed(git_blob="0" * 40, sha256="0" * 8)
    file = put(places[0] / "net.pth")
    assert find("net", sha256=SHA256[:10]).sha256 == find("net", path=file, sha256="").sha256
    with pytest.raises(ExtractorUnavailable, match=r"expected 1234\.\.\."):
        find("net", sha256="1234")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_said_to_be_one(places, listed) -> None:
    listed()
    put(places[0] / "net.pth").chmod(0)
    with pytest.raises(ExtractorUnavailable, match=r"^net.pth cannot be read \(Permission denied"):
        find("net")


def test_a_file_is_hashed_once_and_again_when_it_changed(places, monkeypatch) -> None:
    calls = []
    real = weight_digests.sha256
    monkeypatch.setattr(weight_digests, "sha256", lambda path: calls.append(path) or real(path))
    file = put(places[0] / "net.pth")
    assert sha256_once(file) == sha256_once(file) == SHA256
    assert calls == [file]
    put(file, b"longer than it was before")
    assert sha256_once(file) != SHA256
    put(file)
    os.utime(file, ns=(1, 1))
    assert sha256_once(file) == SHA256
    assert len(calls) == 3


def test_git_blobs_are_those_of_git(places) -> None:
    file = put(places[0] / "net.pth", bytes(range(256)) * 9000)
    printed = subprocess.run(
        ["git", "hash-object", "--no-filters", file], capture_output=True, text=True, check=True
    )
    assert git_blob_once(file) == printed.stdout.strip()


def test_pins_are_kept_beside_each_other(places) -> None:
    folder = places[0]
    assert read_pins(folder / "none") == {}
    write_pin(folder, "reid", "a" * 64)
    write_pin(folder, "pose", "b" * 64)
    write_pin(folder, "reid", "c" * 64)
    assert read_pins(folder) == {"pose": "b" * 64, "reid": "c" * 64}
    assert [p.name for p in folder.iterdir()] == ["pins.toml"]


@pytest.mark.parametrize("text", ["pose = ", "pose = 3", "[pose]\nsha256 = 'aa'"])
def test_damaged_pins_are_refused(places, listed, text: str) -> None:
    listed()
    put(places[0] / "net.pth")
    (places[0] / "pins.toml").write_text(text)
    with pytest.raises(UsageError, match=r"pins.toml: .*remove it to begin anew"):
        find("net")


def test_looking_for_weights_needs_no_torch() -> None:
    code = (
        "import sys; from metrics.extractors.weight_files import find\n"
        "try: find('pose')\nexcept RuntimeError: pass\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
