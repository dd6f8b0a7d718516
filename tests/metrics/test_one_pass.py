"""One pass: what is read how often, and that no way of sharing the work changes a value."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import metrics.clip_score
import metrics.known
import metrics.score
from datasets.manifest import ManifestRow, write_manifest
from datasets.registry import UsageError
from metrics.config import EvaluateConfig, ExtractorConfig
from metrics.eval import main
from metrics.score import groups
from metrics.tools import device_of, load_tools
from tests.metrics.folders import moving, write_clips_folder, write_predictions

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(built_world, tmp_path, monkeypatch):
    """Clips and noisy predictions of the small world, real mini extractors, in the folder."""
    monkeypatch.chdir(tmp_path)
    section = {"bootstrap": 100, "fd_stride": 2, "threads": 1}
    params = {"profile": "mini", "seed": 0, "datasets": [], "profiles": {"mini": {}}}
    params["profiles"]["mini"]["evaluate"] = section
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params))
    monkeypatch.setattr("metrics.eval.fix_threads", lambda threads: None)
    mine = {name: frames // 2 + 60 for name, frames in built_world[1].items()}
    write_predictions(tmp_path / "mine", mine)
    return built_world[0]


def scored(clips, out, *more):
    """The bytes of result and per-clip values."""
    arguments = ["--dataset", "taichi-hd", "--method", "mine", "--predictions", "mine"]
    where = ["--clips", str(clips), "--out", out]
    assert main([*arguments, *where, "--no-cache", "--json", *more]) == 0
    return [path.read_bytes() for path in sorted(Path(out).glob("taichi-hd-mine.[cj]*"))]


@pytest.mark.slow
def test_workers_change_nothing(project, capsys):
    alone = scored(project, "one")
    assert len(alone) == 2
    assert scored(project, "two", "--workers", "2") == alone


@pytest.mark.slow
@pytest.mark.parametrize(("clips", "batch"), [(1, 256), (3, 5)])
def test_groups_and_batches_change_nothing(project, capsys, monkeypatch, clips, batch):
    usual = scored(project, "usual")
    monkeypatch.setattr(metrics.score, "_CLIPS", clips)
    monkeypatch.setattr("metrics.cache._BATCH", batch)
    assert scored(project, "other") == usual


def test_each_file_is_decoded_once(project, capsys, monkeypatch):
    read = []
    for name in ("read_clip", "read_prediction"):
        real = getattr(metrics.known, name)

        def noted(path, *more, real=real):
            read.append(path)
            return real(path, *more)

        monkeypatch.setattr(metrics.known, name, noted)
    scored(project, "out")
    assert len(read) == len(set(read)) == 2 * 7


@pytest.mark.slow
def test_what_a_worker_cannot_read_is_named(project, capsys):
    path = sorted(Path("mine").glob("*.mkv"))[3]
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 100] = bytes(100)
    path.write_bytes(data)
    arguments = ["--dataset", "taichi-hd", "--method", "mine", "--predictions", "mine"]
    for workers in ("1", "2"):
        more = ["--clips", str(project), "--out", "out", "--workers", workers]
        assert main([*arguments, *more]) == 1
        assert path.stem in capsys.readouterr().err
    assert not Path("out").exists()


CLIP = st.integers(1, 600).map(lambda frames: (SimpleNamespace(frames=frames, size=(256, 256)), 0))


@given(st.lists(CLIP, max_size=60), st.integers(1, 8))
def test_groups_are_the_list_in_its_order(clips, parts):
    found = list(groups(clips, parts=parts))
    assert [clip for group in found for clip in group] == clips
    assert all(0 < len(group) <= 16 for group in found)
    assert len(found) >= min(parts, len(clips))
    for group in found:
        assert len(group) == 1 or sum(c.frames for c, _ in group) * 256 * 256 <= 1 << 22


PEAK = """
import sys
from pathlib import Path
from metrics.eval import main
assert main(sys.argv[1:]) == 0
print(int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc, Linux only")
@pytest.mark.slow
def test_peak_memory_does_not_grow_with_the_clips(tmp_path):
    """The same clip under 50 and under 400 names."""
    frames = {"v#000000#000003": moving(3, 64)}
    one = write_clips_folder(tmp_path / "one", frames) / "test" / "v#000000#000003.mkv"
    params = {"profile": "mini", "seed": 0, "datasets": [], "profiles": {"mini": {}}}
    params["profiles"]["mini"]["evaluate"] = {"fd_stride": 2, "threads": 1}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params))
    peaks = []
    for count in (50, 400):
        clips, rows = tmp_path / str(count), []
        (clips / "test").mkdir(parents=True)
        for n in range(count):
            name = f"v{n}#{n:06}#{n + 3:06}"
            os.link(one, clips / "test" / f"{name}.mkv")
            video = name.split("#")[0]
            rows.append(ManifestRow(name, "test", video, 3, 3, 25.0, 64, 64, "", "ok", ""))
        write_manifest(clips / "manifest.csv", rows)
        arguments = ["--dataset", "taichi-hd", "--method", "mine", "--no-cache", "--json"]
        folders = ["--clips", str(clips), "--predictions", str(clips / "test"), "--out", "out"]
        done = subprocess.run(
            [sys.executable, "-c", PEAK, *arguments, *folders],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
            check=False,
        )
        assert done.returncode == 0, done.stderr
        peaks.append(int(done.stdout.splitlines()[-1]))
    assert peaks[1] <= 1.05 * peaks[0], peaks


def test_a_gpu_that_is_not_there_is_refused():
    with pytest.raises(UsageError, match="no cuda:99 here"):
        device_of("cuda:99")
    assert device_of("cpu") == "cpu"


def test_extractors_are_chosen_by_name():
    config = EvaluateConfig(extractors=ExtractorConfig().overridden(keypoints="fan", identity=None))
    with pytest.raises(UsageError, match=r"no extractor 'fan' of keypoints of a body; there are:"):
        load_tools("taichi-hd", "mini", config=config)


def test_mini_extractors_do_not_see_real_clips():
    tools = load_tools("taichi-hd", "full", config=EvaluateConfig(threads=1))
    assert "mini worlds only" in tools.reasons["keypoints"]
    assert tools.slots() == {}


def test_the_networks_of_the_paper_are_not_for_mini_worlds():
    tools = load_tools("voxceleb", "mini", config=EvaluateConfig(threads=1))
    assert "not for the mini worlds" in tools.reasons["keypoints@paper"]
    assert tools.slots() == {
        "keypoints": "mini-keypoints-voxceleb",
        "identity": "mini-identity-voxceleb",
    }
