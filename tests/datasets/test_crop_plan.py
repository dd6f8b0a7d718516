"""The dry run: counts from the metadata and file names, at full scale in seconds."""

import pytest

from datasets.crop import crop_folder, main
from datasets.crop_config import CropConfig
from datasets.crop_folder import counts
from datasets.crop_plan import SplitPlan, plan_folder
from datasets.manifest import read_manifest
from datasets.metadata import whole_row, write_metadata


def test_counts(row, tmp_path):
    rows = [
        row("a", 0, 10),
        row("a", 0, 10),
        row("a", 5, 9, bbox=(0, 0, 57, 40), partition="test"),  # the first row says train
        row("b", 9, 4, bbox=(-1, 0, 9, 9), partition="test"),
        row("c", 0, 7, partition="test"),
        whole_row("d", "val"),
    ]
    write_metadata(tmp_path / "metadata.csv", rows)
    for name in ("a.mp4", "b.mp4", "b.webm", "c.gif", ".d.mp4.part", "d.txt"):
        (tmp_path / name).write_bytes(b"")
    assert plan_folder(tmp_path) == {
        "train": SplitPlan(clips=3, frames=24, past_edge=1, duplicates=1, videos=1, there=1),
        "val": SplitPlan(clips=1, videos=1, missing=1),
        "test": SplitPlan(clips=2, frames=7, past_edge=1, videos=2, there=1, missing=1),
    }
    assert list(plan_folder(tmp_path, splits=["test"])) == ["test"]


@pytest.mark.slow
def test_real_lists_at_full_scale(shared, tmp_path, capsys):
    """The counts of the spec; then the whole manifest without a single video."""
    source, out = tmp_path / "source", tmp_path / "out"
    source.mkdir()
    (source / "metadata.csv").symlink_to((shared / "data/metadata/vox-metadata.csv").resolve())
    assert main(["--source", str(source), "--out", str(out), "--dry-run"]) == 0
    table = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert table[1] == ["train", "19553", "4004772", "828", "311", "3354", "0", "3354"]
    assert table[3] == ["test", "522", "131932", "38", "0", "88", "0", "88"]
    assert not out.exists()
    rows = crop_folder(source, out, config=CropConfig(size=256))
    assert counts(rows) == "20075 missing-video"
    assert len(read_manifest(out / "manifest.csv")) == 20075
