"""What there is of a data set: before the download, after it, after the crop; at full scale."""

import json

import pytest

from datasets.fetch.attempts import AttemptLog
from datasets.fetch.folder import COLUMNS
from datasets.frozen import list_sha256
from datasets.journal import Journal
from datasets.manifest import MANIFEST, ManifestRow, write_manifest
from datasets.metadata import write_metadata
from datasets.stamp import write_source_stamp
from datasets.status import format_stock, main, next_step
from datasets.stock import take_stock


@pytest.fixture
def rows(row):
    return [
        row("a", 0, 100),
        row("a", 100, 150),
        row("b", 0, 200),
        row("c", 0, 50, partition="test"),
        row("d", 0, 25, partition="test"),
    ]


@pytest.fixture
def source(tmp_path, rows):
    """Videos a and c are here, b was removed, nobody has asked for d."""
    folder = tmp_path / "work" / "full" / "source" / "taichi-hd"
    journal = Journal(folder / "download.csv", COLUMNS)
    write_metadata(folder / "metadata.csv", rows)
    digest = list_sha256(rows)
    write_source_stamp(folder, id="taichi-hd@unfrozen", list_sha256=digest, format="avc1-1080")
    blank = dict.fromkeys(COLUMNS, "")
    for name, status in (("a", "ok"), ("b", "removed"), ("c", "ok")):
        journal.add(blank | {"video_id": name, "status": status, "message": status})
        if status == "ok":
            (folder / f"{name}.mp4").write_bytes(b"x")
    return folder


@pytest.fixture
def crop(tmp_path):
    """A function that writes the manifest of the crop stage: {row: status}."""

    def write(statuses):
        made = [
            ManifestRow(row.clip_id, row.partition, row.video_id, row.end - row.start, 1, 25.0, 56,
                        40, "", status, "")
            for row, status in statuses
        ]  # fmt: skip
        folder = tmp_path / "work" / "full" / "clips" / "taichi-hd"
        write_manifest(folder / MANIFEST, made)

    return write


def take(tmp_path):
    return take_stock("taichi-hd", "full", root=tmp_path)


def test_after_the_download(source, tmp_path):
    stock = take(tmp_path)
    train, whole = stock.shares["train"], stock.shares["all"]
    assert list(stock.shares) == ["test", "train", "all"]
    assert train.videos == {"ok": 1, "removed": 1}
    assert (train.wanted, train.got, train.coverage) == (3, 0, 0.0)
    assert train.lost == {"not-cropped": 2, "video removed": 1}
    assert whole.videos == {"ok": 2, "pending": 1, "removed": 1}
    assert (whole.frames_wanted, whole.frames_got) == (425, 0)
    assert stock.existing_sha256 == "" and stock.clips_id == "" and stock.frozen_sha256 == ""
    step = next_step(stock, "taichi-hd", "full")
    assert step == (
        "python -m datasets.download --dataset taichi-hd --profile full"
        ", with the same options as before"
    )


def test_after_the_crop(source, crop, rows, tmp_path):
    crop([(rows[0], "ok"), (rows[1], "too-short"), (rows[2], "missing-video"), (rows[3], "ok"),
          (rows[4], "missing-video")])  # fmt: skip
    stock = take(tmp_path)
    train = stock.shares["train"]
    assert (train.got, train.coverage, train.frames_got) == (1, pytest.approx(1 / 3), 100)
    assert train.lost == {"too-short": 1, "video removed": 1}
    assert train.frames_coverage == pytest.approx(100 / 350)
    assert stock.shares["test"].lost == {"video pending": 1}
    assert stock.existing_sha256 == list_sha256([rows[0], rows[3]])
    for share in stock.shares.values():
        assert share.got + sum(share.lost.values()) == share.wanted
    text = format_stock(stock, "taichi-hd", "full")
    assert max(map(len, text.splitlines()[:-1])) <= 100
    assert "1 of 2              1 of 3    33.3%    28.6%" in text
    assert "removed: taken down by its owner or the host" in text


def test_a_file_that_went_away(source, tmp_path):
    (source / "a.mp4").unlink()
    stock = take(tmp_path)
    assert stock.shares["train"].videos == {"missing": 1, "removed": 1}
    assert stock.shares["train"].lost == {"video missing": 2, "video removed": 1}


def test_next_steps(source, crop, rows, tmp_path):
    journal = Journal(source / "download.csv", COLUMNS)
    journal.add(journal.rows["b"] | {"video_id": "d", "status": "network"})
    step = next_step(take(tmp_path), "taichi-hd", "full")
    assert step == "python -m datasets.crop --dataset taichi-hd --profile full"
    crop([(row, "ok" if row.video_id in "ac" else "missing-video") for row in rows])
    assert next_step(take(tmp_path), "taichi-hd", "full").endswith("for 1 videos that may come yet")
    journal.add(journal.rows["b"] | {"video_id": "d", "status": "private"})
    assert next_step(take(tmp_path), "taichi-hd", "full").startswith("nothing: the rest is lost")


def test_ready_crops_need_no_videos(source, crop, rows, tmp_path):
    digest = list_sha256(rows)
    write_source_stamp(source, id="taichi-hd@unfrozen", list_sha256=digest, format="ready")
    stock = take(tmp_path)
    assert stock.shares["all"].videos == {"not-needed": 4}
    assert next_step(stock, "taichi-hd", "full").endswith("--profile full --ready FOLDER")
    crop([(row, "missing-video" if row is rows[0] else "ok") for row in rows])
    assert take(tmp_path).shares["all"].lost == {"missing-video": 1}


def test_complete(source, crop, rows, tmp_path):
    journal = Journal(source / "download.csv", COLUMNS)
    for name in "bd":
        journal.add(journal.rows["a"] | {"video_id": name})
        (source / f"{name}.mp4").write_bytes(b"x")
    crop([(row, "ok") for row in rows])
    stock = take(tmp_path)
    assert stock.existing_sha256 == stock.list_sha256
    assert next_step(stock, "taichi-hd", "full") == "nothing: the list is complete"


def test_mini_before_everything(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["mgif"]) == 0
    text = capsys.readouterr().out
    assert "mgif-mini@v1, profile mini" in text and "= frozen" in text
    assert "next: python -m datasets.download --dataset mgif --profile mini\n" in text
    assert main(["mgif", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["list_sha256"] == found["frozen_sha256"] and found["existing_sha256"] == ""
    assert found["shares"]["all"]["coverage"] == 0
    assert found["shares"]["all"]["frames_coverage"] == 0
    assert not list(tmp_path.iterdir())


def test_a_folder_and_a_list_of_ones_own(source, rows, tmp_path, monkeypatch, capsys):
    """The folders are those of the download's options, which what is to be done next repeats."""
    monkeypatch.chdir(tmp_path)
    mine = source.rename(tmp_path / "my videos")
    write_source_stamp(mine, id="taichi-hd@v1-lite", list_sha256=list_sha256(rows), format="files")
    AttemptLog(tmp_path / "my videos-availability").add("d", [("live", "premieres in 2 hours")])
    assert main(["taichi-hd", "--profile", "full", "--out", "my videos", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["shares"]["all"]["videos"] == {"ok": 2, "live": 1, "removed": 1}
    command = ["taichi-hd", "--profile", "full", "--out", "my videos", "--reports", "elsewhere"]
    assert main(command) == 0
    assert capsys.readouterr().out.endswith(
        "next: python -m datasets.download --dataset taichi-hd --profile full --list v1-lite "
        "--out 'my videos' --reports elsewhere, with the same options as before\n"
    )
    AttemptLog(tmp_path / "elsewhere").add("d", [("removed", "gone")])
    assert main(command) == 0
    assert capsys.readouterr().out.endswith(
        "next: python -m datasets.crop --dataset taichi-hd --profile full --source 'my videos'\n"
    )


def test_wrong_usage(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["vox"]) == 2
    assert "unknown dataset 'vox'" in capsys.readouterr().err
    assert main(["taichi-hd", "--profile", "full", "--lists", str(tmp_path)]) == 2
    assert "1f9dcf5af96c1eb7aceb9afdf796f81668a0f8d8fc58c910369dedaab04fe12f" in (
        capsys.readouterr().err
    )


@pytest.mark.slow
def test_voxceleb_at_full_scale(shared, tmp_path, monkeypatch, capsys):
    """The real list, a journal and an attempt log for its 3,440 videos, a manifest of its clips."""
    from datasets.lists import load_list

    loaded = load_list("voxceleb", store=shared / "data" / "metadata")
    folder = tmp_path / "work" / "full" / "source" / "voxceleb"
    folder.mkdir(parents=True)
    write_metadata(folder / "metadata.csv", loaded.rows)
    write_source_stamp(folder, id=loaded.id, list_sha256=loaded.sha256, format="avc1-1080")
    journal = Journal(folder / "download.csv", COLUMNS)
    videos = sorted({row.video_id for row in loaded.rows})
    gone = set(videos[::5])
    blank = dict.fromkeys(COLUMNS, "")
    for name in videos:
        status = "removed" if name in gone else "ok"
        journal.rows[name] = blank | {"video_id": name, "status": status}
        if name not in gone:
            (folder / f"{name}.mp4").touch()
    journal.finish()
    log = AttemptLog(tmp_path / "work" / "full" / "availability" / "voxceleb")
    log.add(videos[0], [("removed", "gone")])
    made = [
        ManifestRow(row.clip_id, row.partition, row.video_id, row.end - row.start,
                    row.end - row.start, 25.0, 1280, 720, "",
                    "missing-video" if row.video_id in gone else "ok", "")
        for row in loaded.rows
    ]  # fmt: skip
    write_manifest(tmp_path / "work" / "full" / "clips" / "voxceleb" / MANIFEST, made)
    monkeypatch.chdir(tmp_path)
    assert main(["voxceleb", "--profile", "full", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    whole, test = found["shares"]["all"], found["shares"]["test"]
    assert found["frozen_sha256"] == found["list_sha256"] == loaded.sha256
    assert (test["wanted"], sum(test["videos"].values())) == (522, 88)
    assert whole["wanted"] == len(loaded.rows) == 19761
    assert whole["lost"] == {"video removed": sum(row.video_id in gone for row in loaded.rows)}
    there = [row for row in loaded.rows if row.video_id not in gone]
    assert found["existing_sha256"] == list_sha256(there)
