"""What killed runs, damaged lists and strangers leave in the folder of the clips."""

import pytest

from datasets.crop import crop_folder
from datasets.crop_config import RunConfig
from datasets.crop_video import CropConfig
from datasets.metadata import write_metadata
from datasets.registry import UsageError
from datasets.stamp import write_source_stamp

SMALL = CropConfig(size=16)


@pytest.fixture
def source(make_source, row, moving):
    rows = [
        row("one", 0, 20),
        row("one", 10, 30, bbox=(20, 4, 52, 36)),
        row("two", 5, 15, partition="test"),
    ]
    videos = {"one": moving(30), "two": moving(16, seed=1)}
    return make_source(rows, videos), rows, videos


def test_killed_before_the_journal_had_its_name(source, tmp_path, tree):
    out = tmp_path / "out"
    out.mkdir()
    (out / ".journal.csv.part").write_text("clip")
    crop_folder(source[0], out, config=SMALL)
    (out / ".manifest.csv.part").write_text("clip")
    crop_folder(source[0], out, config=SMALL)
    crop_folder(source[0], tmp_path / "fresh", config=SMALL)
    assert tree(out) == tree(tmp_path / "fresh")


def test_leftovers_of_somebody_else_stay_with_the_rest_of_the_folder(source, tmp_path):
    out = tmp_path / "mine"
    out.mkdir()
    for name in ("thesis.txt", ".thesis.txt.part"):
        (out / name).write_text("x")
    with pytest.raises(UsageError, match="holds files that crop has not made"):
        crop_folder(source[0], out, config=SMALL)
    assert len(list(out.iterdir())) == 2


def test_killed_run_leaves_no_manifest_that_vouches_for_other_clips(source, tmp_path, monkeypatch):
    folder, rows, _ = source
    out = tmp_path / "out"
    crop_folder(folder, out, config=SMALL)

    def stop(*arguments, **settings):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("datasets.crop_video.cut_clips", stop)
        crop_folder(folder, out, config=SMALL)  # nothing to cut
        assert (out / "manifest.csv").is_file()
        with pytest.raises(KeyboardInterrupt):
            crop_folder(folder, out, config=CropConfig(size=8))
    assert not (out / "manifest.csv").exists()
    crop_folder(folder, out, config=SMALL)
    write_metadata(folder / "metadata.csv", rows[:-1])
    with monkeypatch.context() as patch:
        patch.setattr("datasets.crop_task.crop_video", stop)
        with pytest.raises(KeyboardInterrupt):
            crop_folder(folder, out, config=SMALL)
    assert not (out / "manifest.csv").exists()


def test_ids_of_a_journal_or_manifest_never_leave_the_folder(source, tmp_path):
    out = tmp_path / "a" / "out"
    crop_folder(source[0], out, config=SMALL)
    outside = [tmp_path / "a" / "mine.mkv", tmp_path / "mine.mkv"]
    for path in outside:
        path.write_text("x")
    for name in (".journal.csv", "manifest.csv"):
        text = (out / name).read_text().splitlines()
        lines = [
            text[1].replace("one#000000#000020", f"{up}mine") for up in ("../../", "../../../")
        ]
        (out / name).write_text("\n".join([*text, *lines]) + "\n")
    crop_folder(source[0], out, config=SMALL)
    assert all(path.is_file() for path in outside)
    assert "mine" not in (out / ".journal.csv").read_text() + (out / "manifest.csv").read_text()


def test_orphans_that_no_list_knows_go(source, tmp_path, tree):
    out = tmp_path / "out"
    crop_folder(source[0], out, config=SMALL)
    before = tree(out)
    clip = out / "train" / "one#000000#000020.mkv"
    (out / "val").mkdir()
    for orphan in (
        "train/old.mkv",
        "val/one#000000#000020.mkv",
        "test/one#000000#000020.truth.npz",
    ):
        (out / orphan).write_bytes(clip.read_bytes())
    crop_folder(source[0], out, config=SMALL, splits=["test"])
    crop_folder(source[0], out, config=SMALL)
    assert tree(out) == before


def test_damaged_journal_row_is_cut_again(source, tmp_path, tree):
    out = tmp_path / "out"
    crop_folder(source[0], out, config=SMALL)
    before = tree(out)
    journal = out / ".journal.csv"
    journal.write_text(journal.read_text().replace(",20,", ",twenty,"))
    crop_folder(source[0], out, config=SMALL)
    assert tree(out) == before


def test_clips_of_another_list_are_not_removed_unasked(source, tmp_path, tree):
    folder, rows, _ = source
    out = tmp_path / "out"
    write_source_stamp(folder, id="taichi-hd@v1", list_sha256="0" * 64, format="given")
    crop_folder(folder, out, config=SMALL)
    before = tree(out)
    write_source_stamp(folder, id="taichi-hd@v1-lite", list_sha256="1" * 64, format="given")
    write_metadata(folder / "metadata.csv", rows[1:])
    with pytest.raises(UsageError, match=r"holds clips of taichi-hd.*, 1 files .* --replace"):
        crop_folder(folder, out, config=SMALL)
    assert tree(out) == before
    crop_folder(folder, out, config=SMALL, run=RunConfig(replace=True))
    assert len(list(out.glob("*/*.mkv"))) == 2
