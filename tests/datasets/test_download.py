"""Download: states, errors, resuming, and the mini worlds as one catalogue."""

import csv
from functools import partial
from pathlib import Path

import pytest

from datasets import catalogue as catalogue_module
from datasets import download as module
from datasets.catalogue import Catalogue, FetchError, Item, mini_catalogue
from datasets.download import check, download, main
from datasets.metadata import read_metadata
from datasets.registry import UsageError
from datasets.video import read_video
from datasets.video_writer import write_video


class Host:
    """A made-up video host: three videos, one of which may be gone."""

    def __init__(self, row, moving):
        self.rows = (
            row("a", 0, 5),
            row("b", 0, 5, partition="val"),
            row("c", 0, 5, partition="test"),
        )
        self.fetched = []
        self.gone = set()
        self.draw = moving

    def catalogue(self, recipe="1"):
        items = tuple(
            Item(row.video_id, row.partition, recipe, partial(self.fetch, row.video_id))
            for row in self.rows
        )
        return Catalogue(self.rows, items)

    def fetch(self, video_id, folder):
        self.fetched.append(video_id)
        if video_id in self.gone:
            raise FetchError("removed", f"{video_id}: removed by its owner")
        write_video(folder / f"{video_id}.mp4", self.draw(5, seed=ord(video_id)), fps=25)


@pytest.fixture
def host(row, moving):
    return Host(row, moving)


def test_all_videos_metadata_and_states(host, tmp_path):
    rows = download(host.catalogue(), tmp_path / "out")
    assert [(row["video_id"], row["status"]) for row in rows] == [
        ("a", "ok"), ("b", "ok"), ("c", "ok"),
    ]  # fmt: skip
    assert read_metadata(tmp_path / "out" / "metadata.csv") == list(host.rows)
    with (tmp_path / "out" / "download.csv").open() as file:
        assert list(csv.DictReader(file)) == rows
    assert rows[0]["bytes"] == str((tmp_path / "out" / "a.mp4").stat().st_size)


def test_complete_folder_is_left_alone(host, tmp_path, tree):
    download(host.catalogue(), tmp_path)
    before = tree(tmp_path)
    host.fetched.clear()
    download(host.catalogue(), tmp_path)
    assert host.fetched == []
    assert tree(tmp_path) == before


def test_only_what_is_missing_damaged_or_of_another_recipe(host, tmp_path, tree):
    download(host.catalogue(), tmp_path)
    before = tree(tmp_path)
    (tmp_path / "a.mp4").unlink()
    data = bytearray((tmp_path / "b.mp4").read_bytes())
    data[100] ^= 1
    (tmp_path / "b.mp4").write_bytes(data)
    host.fetched.clear()
    download(host.catalogue(), tmp_path)
    assert host.fetched == ["a", "b"]
    assert tree(tmp_path) == before
    download(host.catalogue(recipe="2"), tmp_path)
    assert host.fetched == ["a", "b", "a", "b", "c"]


def test_failures_stay_as_rows_and_are_tried_again(host, tmp_path):
    host.gone = {"b"}
    rows = {row["video_id"]: row for row in download(host.catalogue(), tmp_path)}
    assert (rows["b"]["status"], rows["b"]["message"]) == ("removed", "b: removed by its owner")
    assert rows["c"]["status"] == "ok"
    host.gone = set()
    host.fetched.clear()
    assert {row["status"] for row in download(host.catalogue(), tmp_path)} == {"ok"}
    assert host.fetched == ["b"]


def test_interrupted_run_goes_on(host, tmp_path, tree):
    catalogue = host.catalogue()
    host.gone = {"c"}

    def stop(folder):
        raise KeyboardInterrupt

    broken = Catalogue(catalogue.rows, (*catalogue.items[:2], Item("c", "test", "1", stop)))
    with pytest.raises(KeyboardInterrupt):
        download(broken, tmp_path / "x")
    (tmp_path / "x" / ".c.mp4.part").write_bytes(b"half")
    host.gone = set()
    host.fetched.clear()
    download(catalogue, tmp_path / "x")
    assert host.fetched == ["c"]
    download(catalogue, tmp_path / "y")
    assert tree(tmp_path / "x") == tree(tmp_path / "y")


def test_videos_no_longer_listed_go_and_other_files_stay(host, tmp_path):
    download(host.catalogue(), tmp_path)
    (tmp_path / "mine.mp4").write_bytes(b"x")
    host.rows = host.rows[:2]
    download(host.catalogue(), tmp_path)
    assert {path.name for path in tmp_path.glob("*.mp4")} == {"a.mp4", "b.mp4", "mine.mp4"}


def test_killed_before_the_list_had_its_name(host, tmp_path, tree):
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / ".download.csv.part").write_text("video")
    download(host.catalogue(), tmp_path / "x")
    download(host.catalogue(), tmp_path / "y")
    assert tree(tmp_path / "x") == tree(tmp_path / "y")


def test_video_that_fails_to_come_again_leaves_nothing_of_the_old_one(host, tmp_path):
    download(host.catalogue(), tmp_path)
    (tmp_path / "a.truth.npz").write_bytes(b"x")
    host.gone = {"a"}
    rows = download(host.catalogue(recipe="2"), tmp_path)
    assert [row["status"] for row in rows] == ["removed", "ok", "ok"]
    assert {path.name for path in tmp_path.iterdir()} == {
        "b.mp4", "c.mp4", "download.csv", "metadata.csv",
    }  # fmt: skip


def test_ids_of_the_list_never_leave_the_folder(host, tmp_path):
    out = tmp_path / "out"
    download(host.catalogue(), out)
    (tmp_path / "mine.mp4").write_bytes(b"x")
    with (out / "download.csv").open("a") as file:
        file.write("../mine,ok,,,1,,1\n")
    download(host.catalogue(), out)
    assert (tmp_path / "mine.mp4").is_file()
    assert "mine" not in (out / "download.csv").read_text()


@pytest.mark.parametrize("library", ["av", "cv2", "numpy"])
def test_other_libraries_render_again(library, monkeypatch):
    """The folder of sources persists: it must not survive a change of what made it."""
    before = catalogue_module._generator()
    assert catalogue_module._generator() == before
    monkeypatch.setattr(f"{library}.__version__", "0.0.1")
    assert catalogue_module._generator() != before


OTHER_CODE = ["video.py", "video_writer.py", "truth.py", "catalogue.py", "render.py", "mgif.py"]


@pytest.mark.parametrize("name", OTHER_CODE)
def test_other_code_renders_again(name, monkeypatch):
    before = catalogue_module._generator()
    original = Path.read_text

    def edited(path, *arguments, **settings):
        return original(path, *arguments, **settings) + "\nEDIT = 1\n" * (path.name == name)

    monkeypatch.setattr(Path, "read_text", edited)
    assert catalogue_module._generator() != before


def test_a_split_first(host, tmp_path):
    rows = download(host.catalogue(), tmp_path, splits=["test"])
    assert host.fetched == ["c"] and [row["video_id"] for row in rows] == ["c"]
    assert len(read_metadata(tmp_path / "metadata.csv")) == 3
    download(host.catalogue(), tmp_path)
    assert host.fetched == ["c", "a", "b"]


def test_check_changes_nothing(host, tmp_path, tree):
    out = tmp_path / "out"
    assert {row["status"] for row in check(host.catalogue(), out)} == {"missing"}
    assert not out.exists()
    host.gone = {"b"}
    download(host.catalogue(), out)
    (out / "c.mp4").write_bytes(b"")
    before = tree(out)
    found = {row["video_id"]: row["status"] for row in check(host.catalogue(), out)}
    assert found == {"a": "ok", "b": "removed", "c": "missing"}
    assert tree(out) == before


def test_folder_of_somebody_else_is_refused(host, tmp_path):
    (tmp_path / "thesis.txt").write_text("x")
    with pytest.raises(UsageError, match="holds files that download has not made"):
        download(host.catalogue(), tmp_path)


def test_exit_statuses(host, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "mini_catalogue", lambda dataset, seed: host.catalogue())
    arguments = ["--dataset", "taichi-hd"]
    assert main([*arguments, "--check"]) == 1
    assert main(arguments) == 0
    assert "3 videos: 3 ok -> work/mini/source/taichi-hd" in capsys.readouterr().out
    assert main([*arguments, "--check"]) == 0
    (tmp_path / "work/mini/source/taichi-hd/a.mp4").unlink()
    host.gone = {"a"}
    assert main(arguments) == 0
    assert main([*arguments, "--strict"]) == 1
    assert main([*arguments, "--strict", "--split", "test"]) == 0
    assert "removed: a: a: removed by its owner" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--dataset", "x"], "unknown dataset 'x'; known: taichi-hd"),
        (["--dataset", "mgif", "--profile", "x"], "unknown profile 'x'; known: mini, full"),
        (["--dataset", "mgif", "--seed", "-1"], "seed must not be negative, got -1"),
    ],
)
def test_wrong_usage(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_mini_world_video_is_lossless_with_its_truth(tmp_path):
    from datasets.truth import load_truth
    from datasets.worlds.render import render_video
    from datasets.worlds.scenes import plan

    catalogue = mini_catalogue("taichi-hd", 0)
    item = catalogue.items[0]
    item.fetch(tmp_path)
    frames, truth = render_video(plan("taichi-hd", 0)[0])
    assert (read_video(tmp_path / f"{item.video_id}.mp4") == frames).all()
    assert (load_truth(tmp_path / f"{item.video_id}.truth.npz").part_map == truth.part_map).all()
    assert len({entry.recipe for entry in catalogue.items}) == len(catalogue.items)
