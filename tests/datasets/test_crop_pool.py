"""Crop in parallel: the same bytes, and no video, process or disk ends more than it must."""

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace

import pytest

from datasets import crop_pool, crop_task
from datasets.crop import crop_folder, main
from datasets.crop_config import CropConfig, RunConfig
from datasets.crop_folder import counts
from datasets.crop_pool import run_tasks
from datasets.crop_task import Task
from datasets.manifest import read_manifest
from datasets.registry import UsageError

SMALL = CropConfig(size=16)
TWO = RunConfig(jobs=2)


@pytest.fixture
def source(make_source, row, moving):
    rows = [row(f"v{n}", start, start + 9) for n in range(5) for start in (0, 4)]
    rows += [row("gone", 0, 5), row("broken", 0, 5)]
    folder = make_source(rows, {f"v{n}": moving(14, seed=n) for n in range(5)})
    (folder / "broken.mp4").write_text("<html>")
    return folder


class Bomb:
    """Ends the process that unpickles it."""

    def __reduce__(self):
        return os._exit, (3,)


def task(source, out, video_id="v0", **changes):
    from datasets.metadata import read_metadata

    rows = tuple(r for r in read_metadata(source / "metadata.csv") if r.video_id == video_id)
    made = Task(video_id, (source / f"{video_id}.mp4",), rows, source, False, out, SMALL, {}, None)
    return replace(made, **changes)


@pytest.mark.slow
def test_bytes_do_not_depend_on_the_number_of_processes(source, tmp_path, tree):
    one = crop_folder(source, tmp_path / "one", config=SMALL)
    two = crop_folder(source, tmp_path / "two", config=SMALL, run=TWO)
    assert counts(two) == "1 missing-video, 10 ok, 1 unreadable"
    assert one == two
    assert tree(tmp_path / "one") == tree(tmp_path / "two")


@pytest.mark.slow
def test_a_process_that_dies_takes_one_video_with_it(source, tmp_path):
    out = tmp_path / "out"
    tasks = [task(source, out, f"v{n}") for n in range(5)]
    tasks[2] = replace(tasks[2], known={"x": Bomb()})
    done = {one.video_id: one.rows for one in run_tasks(tasks, TWO)}
    assert {name: counts(rows) for name, rows in done.items()} == {
        name: "2 worker-died" if name == "v2" else "2 ok" for name in ("v0", "v1", "v2", "v3", "v4")
    }
    (again,) = run_tasks([task(source, out, "v2")], TWO)
    assert counts(again.rows) == "2 ok"


@pytest.mark.parametrize("run", [RunConfig(), TWO])
def test_an_unforeseen_error_is_a_status_and_tried_again(source, tmp_path, monkeypatch, run):
    def stumble(*arguments, **settings):
        raise RuntimeError(f"{tmp_path}/out/x: no such\nluck")

    monkeypatch.setattr(crop_pool, "_on_processes", lambda tasks, jobs: map(crop_task.work, tasks))
    with monkeypatch.context() as patch:
        patch.setattr(crop_task, "crop_video", stumble)
        rows = crop_folder(source, tmp_path / "out", config=SMALL, run=run)
    assert counts(rows) == "12 crashed"
    assert rows[0].message == "RuntimeError: x: no such luck"
    assert read_manifest(tmp_path / "out" / "manifest.csv")[0].status == "crashed"
    assert counts(crop_folder(source, tmp_path / "out", config=SMALL, run=run)).endswith(
        "10 ok, 1 unreadable"
    )


def test_a_full_disk_ends_the_run_and_keeps_what_is_done(source, tmp_path, monkeypatch, capsys):
    original, calls = crop_task.crop_video, []

    def full(*arguments, **settings):
        calls.append(1)
        if len(calls) == 4:
            raise OSError(errno.ENOSPC, "No space left on device")
        return original(*arguments, **settings)

    arguments = ["--source", str(source), "--out", str(tmp_path / "out"), "--size", "16"]
    with monkeypatch.context() as patch:
        patch.setattr(crop_task, "crop_video", full)
        assert main(arguments) == 1
    assert "No space left on device" in capsys.readouterr().err
    assert not (tmp_path / "out/manifest.csv").exists()
    assert len(list((tmp_path / "out").glob("*/*.mkv"))) == 2
    assert main(arguments) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--jobs", "0"], "jobs must be at least 1, got 0"),
        (["--dask", "tcp://127.0.0.1:9"], "--dask tcp://127.0.0.1:9: no scheduler answers there"),
    ],
)
def test_wrong_usage(source, tmp_path, capsys, monkeypatch, arguments, message):
    monkeypatch.setattr(crop_pool, "_PATIENCE", 1)
    where = ["--source", str(source), "--out", str(tmp_path / "out")]
    assert main([*where, *arguments]) == 2
    assert message in capsys.readouterr().err


@pytest.fixture
def cluster(tmp_path):
    """A real scheduler and two workers, started as their own programs in this folder."""
    pytest.importorskip("distributed")
    started = []

    def start(*words):
        command = [sys.executable, "-m", *words, "--no-dashboard"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        started.append(subprocess.Popen(command, start_new_session=True, **quiet))

    address = tmp_path / "scheduler.json"
    where = ["--scheduler-file", str(address)]
    start("distributed.cli.dask_scheduler", "--port", "0", "--host", "127.0.0.1", *where)
    for _ in range(2):
        local = str(tmp_path / "dask")
        start("distributed.cli.dask_worker", *where, "--nthreads", "1", "--local-directory", local)
    yield address
    for process in started:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.slow
def test_on_a_dask_cluster(source, tmp_path, tree, cluster):
    import json

    from distributed import Client

    for _ in range(200):
        if cluster.is_file() and cluster.read_text().strip():
            break
        time.sleep(0.1)
    address = json.loads(cluster.read_text())["address"]
    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)
        victim = min(client.run(os.getpid).values())
    crop_folder(source, tmp_path / "one", config=SMALL)
    arguments = ["--source", str(source), "--size", "16", "--dask", address, "--out"]
    assert main([*arguments, str(tmp_path / "many")]) == 0
    assert tree(tmp_path / "one") == tree(tmp_path / "many")
    killer = threading.Timer(0.5, os.kill, (victim, signal.SIGKILL))
    killer.start()
    assert main([*arguments, str(tmp_path / "fewer")]) == 0
    killer.join()
    assert tree(tmp_path / "one") == tree(tmp_path / "fewer")


def test_workers_with_other_code_are_refused(monkeypatch):
    class Cluster:
        def __init__(self, answers):
            self.answers = answers

        def run(self, function):
            if isinstance(self.answers, ImportError):
                raise self.answers
            return {name: code or function() for name, code in self.answers.items()}

    crop_pool._check_workers(Cluster({"a": "", "b": ""}), "tcp://x")
    for answers, message in (
        ({"a": "", "b": "other"}, "b has other code"),
        ({}, "has no workers"),
        (ImportError("datasets"), "cannot import our code"),
    ):
        with pytest.raises(UsageError, match=message):
            crop_pool._check_workers(Cluster(answers), "tcp://x")
