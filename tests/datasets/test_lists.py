"""Lists of real data: from the upstream file to the committed digests."""

import os
import tomllib
import zipfile
from pathlib import Path

import pytest

from datasets import frozen, pins
from datasets.frozen import SplitError, read_split, split_files, split_sha256
from datasets.list_toml import describe_list, describe_unpinned
from datasets.lists import build, description, load_list
from datasets.metadata import PARTITIONS
from datasets.pair_draw import identities_of, pairs_of
from datasets.pair_list import read_pair_list
from datasets.registry import DATASETS, UsageError
from datasets.upstream import Pin, UpstreamError
from tests.real_list import freeze_rows, pin_rows, small_rows

REAL = [
    ("taichi-hd", "v1"), ("taichi-hd", "v1-lite"),
    ("voxceleb", "v1"), ("voxceleb", "v1-asis"), ("voxceleb", "v1-lite"),
]  # fmt: skip
LISTS = [(name, one.name) for name, spec in DATASETS.items() for one in spec.lists]


@pytest.fixture
def store(monkeypatch, tmp_path):
    return freeze_rows(monkeypatch, tmp_path, small_rows(), lists=("v1", "v1-lite"))


@pytest.fixture(scope="module")
def metadata():
    """The folder of real metadata files, which is a store."""
    folder = Path(os.environ.get("TCHD_SHARED", "../shared")) / "data/metadata"
    if not folder.is_dir():
        pytest.skip(f"no shared data at {folder} (set TCHD_SHARED)")
    return folder


@pytest.fixture(scope="module")
def real(metadata):
    """A function that gives a real list, read once."""
    known = {}

    def get(dataset, list_name):
        if (dataset, list_name) not in known:
            known[dataset, list_name] = load_list(dataset, list_name, store=metadata)
        return known[dataset, list_name]

    return get


def test_a_list_is_made_from_its_upstream_file_and_checked(store):
    found = load_list("taichi-hd")
    assert found.id == "taichi-hd@v1" and found.citable
    counts = {part: found.split.of(part).counts() for part in PARTITIONS}
    assert counts == {
        "train": {"clips": 38, "videos": 19, "frames": 228},
        "val": {"clips": 2, "videos": 1, "frames": 12},
        "test": {"clips": 6, "videos": 3, "frames": 36},
    }
    assert [row.clip_id for row in found.rows] == sorted(row.clip_id for row in found.rows)
    assert found.split.parameters == DATASETS["taichi-hd"].parameters
    assert read_split("taichi-hd", "full") == found.split
    assert split_sha256("taichi-hd", "full", "test") == found.split.of("test").sha256
    said = description("taichi-hd")
    assert said["list"] == {"rows": 46, "sha256": found.sha256}
    lite = read_split("taichi-hd", "full", list_name="v1-lite")
    assert lite.id == "taichi-hd@v1-lite" and lite.sha256 != found.split.sha256
    with pytest.raises(SplitError, match="taichi-hd-mini@v1-lite is not frozen"):
        read_split("taichi-hd", "mini", list_name="v1-lite")
    assert lite.rows == found.rows  # so few videos are all in the short list


def test_without_the_file_the_message_says_what_goes_where(store):
    (store / "anything.csv").unlink()
    with pytest.raises(UpstreamError, match=rf"no list with sha256 \w{{64}} in {store}"):
        load_list("taichi-hd")
    with pytest.raises(UpstreamError, match="no list with sha256"):
        read_pair_list("taichi-hd", "full")


def test_a_list_that_is_not_there_has_no_id(monkeypatch, tmp_path):
    pin_rows(monkeypatch, tmp_path, small_rows())
    with pytest.raises(SplitError, match=r"taichi-hd@v1 is not frozen: taichi-hd.toml is missing"):
        load_list("taichi-hd")
    with pytest.raises(UsageError, match="unknown list of taichi-hd 'v2'; known: v1, v1-lite"):
        load_list("taichi-hd", "v2")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[list]\n", "[list]\nx = 1\n", None),
        ('size = "256"', 'size = "128"', "parameters .*'size': '128'"),
        ("[splits.test]\n", "[splits.test]\n[splits.more]\n", "lacks 'sha256'"),
        ('id = "taichi-hd@v1"', 'id = "taichi-hd@v2"', "is not of taichi-hd@v1; restore it"),
        ("[parameters]", "[parameters", "cannot be read"),
    ],
)
def test_a_changed_description_is_noticed(store, old, new, message):
    toml = split_files("taichi-hd", "full")[1]
    text = toml.read_text()
    assert old in text
    toml.write_text(text.replace(old, new))
    if message is None:
        assert load_list("taichi-hd").citable
        return
    with pytest.raises(SplitError, match=message):
        load_list("taichi-hd")


@pytest.mark.parametrize("place", ["id", "list", "train", "val", "test", "pairs"])
def test_every_digest_is_compared(store, place):
    toml = split_files("taichi-hd", "full")[1]
    said = tomllib.loads(toml.read_text())
    digests = {"id": said["sha256"], "list": said["list"]["sha256"]}
    digests |= {part: said["splits"][part]["sha256"] for part in PARTITIONS}
    digests["pairs"] = said["pairs"]["sha256"]
    toml.write_text(toml.read_text().replace(digests[place], "0" * 64))
    with pytest.raises(SplitError, match=f"the file says {'0' * 64}"):
        read_pair_list("taichi-hd", "full")


def test_pairs_are_drawn_anew_and_compared(store):
    split = read_split("taichi-hd", "full")
    found = read_pair_list("taichi-hd", "full")
    assert found == pairs_of(split, identities_of(split, "taichi-hd", "full"))
    assert len(found.pairs) == 3 and found.test_sha256 == split.of("test").sha256


@pytest.fixture
def fashion(monkeypatch, tmp_path):
    """The two lists of Fashion in a store, unpinned, as they are now."""
    store = tmp_path / "lists"
    store.mkdir()
    for part, number in (("train", 30), ("test", 4)):
        urls = (f"https://vision.example/{part}/{part}{k}.mp4" for k in range(number))
        (store / f"fashion_{part}.txt").write_text("".join(f"{url}\n" for url in urls))
    monkeypatch.setenv("TCHD_LISTS", str(store))
    return store


def test_a_list_that_is_not_pinned_can_be_used_but_not_cited(fashion, capsys):
    with pytest.raises(UpstreamError, match="nobody has recorded its sha256 yet"):
        load_list("fashion")
    found = load_list("fashion", fetch=True)
    assert capsys.readouterr().err.count("seen for the first time") == 2
    assert found.id == "fashion@unfrozen" and not found.citable
    assert load_list("fashion") == found
    assert {row.partition for row in found.rows} == set(PARTITIONS)
    assert found.urls["test0"] == "https://vision.example/test/test0.mp4"
    assert set(found.urls) == {row.video_id for row in found.rows}
    assert [len(found.split.of(part).rows) for part in PARTITIONS] == [28, 2, 4]
    pairs = read_pair_list("fashion", "full")
    assert pairs.id == "fashion@unfrozen" and len(pairs.pairs) == 4
    with pytest.raises(SplitError, match="its upstream files are not pinned; it has no citable id"):
        read_split("fashion", "full")
    (fashion / "fashion_test.txt").write_text("https://vision.example/test/other.mp4\n")
    with pytest.raises(UpstreamError, match=r"fashion_test.txt: has changed"):
        load_list("fashion", fetch=True)


def test_the_list_of_an_archive_is_its_members(monkeypatch, tmp_path):
    with zipfile.ZipFile(tmp_path / "mgif-processed.archive", "w") as packed:
        for name in ("x/train/b.gif", "x/train/a.gif", "x/train/d.gif", "x/test/c.gif"):
            packed.writestr(name, b"GIF89a")
    found = load_list("mgif", store=tmp_path, fetch=True)
    assert [row.video_id for row in found.rows] == ["a", "b", "c", "d"]
    assert found.members["c"] == "x/test/c.gif" and found.files == (
        tmp_path / "mgif-processed.archive",
    )
    assert not found.citable and all(row.whole for row in found.rows)


@pytest.mark.parametrize(("dataset", "list_name"), LISTS)
def test_every_list_is_described_and_pins_are_those_of_the_code(dataset, list_name):
    said = description(dataset, list_name)
    assert [(pin["name"], pin["sha256"]) for pin in said["upstream"]] == [
        (pin.name, pin.sha256) for pin in pins.PINS[dataset]
    ]
    assert (dataset, list_name) in REAL or said["sha256"] == "unpinned"
    if said["sha256"] == "unpinned":
        toml = split_files(dataset, "full", list_name)[1]
        assert toml.read_text() == describe_unpinned(dataset, list_name)


@pytest.mark.parametrize(("dataset", "list_name"), REAL)
def test_the_arithmetic_of_the_corrections_adds_up(dataset, list_name):
    said = description(dataset, list_name)
    left = said["upstream"][0]["rows"]
    for one in said["corrections"]:
        left += sum(one.get("added", {}).values()) - sum(one["removed"].values())
        assert sum(one["left"].values()) == left
        assert all(one["removed"][p] <= one["found"][p] or "added" in one or list_name == "v1-asis"
                   for p in one["found"])  # fmt: skip
    clips = {part: said["splits"][part]["clips"] for part in PARTITIONS}
    if list_name != "v1-lite":
        assert left == sum(clips.values()) == said["list"]["rows"]
    assert clips["test"] == said["corrections"][-1]["left"]["test"]


def test_the_known_findings_of_vox():
    said = {one["name"]: one for one in description("voxceleb")["corrections"]}
    assert said["leaked-videos"]["videos"] == ["ST2JZXcyYkE", "hgB5ziAudzU"]
    assert said["leaked-videos"]["removed"] == {"train": 4, "test": 3}
    assert sum(said["duplicate-rows"]["found"].values()) == 311
    assert said["duplicate-rows"]["removed"] == {"train": 307, "test": 0}
    assert said["box-past-edge"]["found"] == {"train": 866 - 38, "test": 38}
    assert sum(said["box-at-top"]["found"].values()) == 2064
    assert sum(said["box-at-left"]["found"].values()) == 4
    assert said["overlapping-clips"]["found"] == {"train": 246, "test": 5}
    splits = description("voxceleb")["splits"]
    assert [splits[part]["clips"] for part in PARTITIONS] == [18046, 1193, 522]
    asis = description("voxceleb", "v1-asis")["splits"]
    assert [asis[part]["clips"] for part in PARTITIONS] == [19242, 0, 522]


@pytest.mark.slow
@pytest.mark.parametrize(("dataset", "list_name"), REAL)
def test_the_generator_gives_the_committed_description(real, dataset, list_name):
    found = real(dataset, list_name)
    pairs = pairs_of(found.split, identities_of(found.split, dataset, "full"))
    toml = split_files(dataset, "full", list_name)[1]
    assert toml.read_text(encoding="utf-8") == describe_list(found, pairs)


@pytest.mark.parametrize(("dataset", "list_name"), REAL)
def test_real_lists_share_no_video_and_no_person_between_splits(real, dataset, list_name):
    found = real(dataset, list_name)
    for key in ("video_id", "person_id"):
        seen = [{getattr(r, key) for r in found.split.of(p).rows} - {None} for p in PARTITIONS]
        shared = sum(map(len, seen)) - len(set().union(*seen))
        assert shared == (1 if (list_name, key) == ("v1-asis", "person_id") else 0)
    parts = {row.clip_id: row.partition for row in found.rows}
    assert len(parts) == len(found.rows)


def test_the_short_lists_have_the_test_list_of_the_whole_ones(real):
    for dataset in ("taichi-hd", "voxceleb"):
        whole, short = (real(dataset, name).split for name in ("v1", "v1-lite"))
        assert short.of("test").rows == whole.of("test").rows
        assert set(short.of("train").rows) < set(whole.of("train").rows)
        assert set(short.of("val").rows) < set(whole.of("val").rows)
        assert [short.of(p).counts()["videos"] for p in ("train", "val")] == [32, 4]


def test_real_pairs_take_every_test_video_once_each_way(real):
    for dataset, number in (("taichi-hd", 28), ("voxceleb", 88)):
        rows = {row.clip_id: row for row in real(dataset, "v1").split.of("test").rows}
        split = real(dataset, "v1").split
        pairs = pairs_of(split, identities_of(split, dataset, "full")).pairs
        assert len(pairs) == number == description(dataset)["pairs"]["count"]
        for pair in pairs:
            source, driving = rows[pair.source], rows[pair.driving]
            assert source.video_id != driving.video_id
            assert source.person_id is None or source.person_id != driving.person_id
        assert len({rows[pair.source].video_id for pair in pairs}) == number


def test_build_checks_nothing(monkeypatch, tmp_path):
    store = pin_rows(monkeypatch, tmp_path, small_rows())
    monkeypatch.setattr(frozen, "FOLDER", tmp_path / "none")
    assert build("taichi-hd", "v1", (store / "anything.csv",)).id == "taichi-hd@v1"
    assert Pin("x", ()).pinned is False
