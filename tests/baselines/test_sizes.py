"""Bytes of videos, clips and predictions: by hand, of what is there alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from baselines import sizes
from baselines.size_table import read_sizes
from datasets.clips import write_clip
from tests.real_list import freeze_rows, small_rows

PARAMS = "profile: full\nprofiles:\n  full:\n    crop: {size: 16}\n"
TEST = ("c#000000#000008", "d#000000#000008")


@pytest.fixture
def project(clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to run in, with videos, clips and a method's predictions of known sizes."""
    freeze_rows(monkeypatch, tmp_path, small_rows())
    (tmp_path / "params.yaml").write_text(PARAMS)
    home = tmp_path / "work/full"
    (home / "clips").mkdir(parents=True)
    clips.rename(home / "clips/taichi-hd")
    (home / "source/taichi-hd").mkdir(parents=True)
    for name, length in (("a.mp4", 100), ("b.mp4", 300)):
        (home / "source/taichi-hd" / name).write_bytes(bytes(length))
    made = home / "predictions/taichi-hd-fomm"
    made.mkdir(parents=True)
    for name in TEST:
        (made / f"{name}.mkv").write_bytes(bytes(1000))
        (made / f"{name}.motion.npz").write_bytes(bytes(4096))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(*words: str) -> dict[tuple[str, str, int], float]:
    assert sizes.main(["--dataset", "taichi-hd", *words, "--out", "s.csv"]) == 0
    return {(row.what, row.method, row.size): row.value for row in read_sizes(Path("s.csv")).rows}


def test_what_is_there_is_measured(project: Path) -> None:
    folder = Path("work/full/clips/taichi-hd")
    clips = {path.stem: path.stat().st_size for path in folder.glob("*/*.mkv")}
    assert found() == pytest.approx(
        {
            ("source_bytes_per_video", "", 0): 200,
            ("pair_frames", "", 0): 3 * 6,  # three test videos, six frames each
            ("clip_bytes_per_frame", "", 16): sum(clips.values()) / 40,
            ("picture_ratio", "fomm", 16): 2000 / sum(clips[name] for name in TEST),
            ("motion_bytes_per_pixel", "fomm", 16): 2 * 4096 / 16 / 16**2,
        },
        rel=1e-5,
    )


def test_a_video_stands_in_for_clips(project: Path, capsys) -> None:
    frames = np.random.default_rng(0).integers(0, 255, (5, 16, 16, 3), dtype=np.uint8)
    write_clip(Path("crop.mkv"), frames)
    assert found("--video", "crop.mkv")["clip_bytes_per_frame", "", 16] == pytest.approx(
        Path("crop.mkv").stat().st_size / 5, rel=1e-5
    )
    write_clip(Path("small.mkv"), frames[:, :8])
    for words, said in (
        (["--dataset", "mgif", "--video", "small.mkv"], "is 16x8, clips are 16x16"),
        (["--dataset", "mgif", "--video", "none.mkv"], "no such file"),
        (["--video", "crop.mkv"], "name it with --dataset"),
        (["--dataset", "mgif"], "nothing to measure"),
    ):
        assert sizes.main([*words, "--out", "t.csv"]) == 2
        assert said in capsys.readouterr().err
    assert not Path("t.csv").exists()


def test_a_method_without_motion_has_no_size_of_it(project: Path) -> None:
    for path in Path("work/full/predictions/taichi-hd-fomm").glob("*.motion.npz"):
        path.unlink()
    names = {what for what, method, _ in found() if method}
    assert names == {"picture_ratio"}
