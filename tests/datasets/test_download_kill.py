"""``kill -9`` at any moment of a download, then the same command: nothing lost, nothing twice."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from datasets.fetch.folder import COLUMNS
from datasets.journal import read_journal
from tests.datasets.real_lists import write_lists, write_params
from tests.datasets.video_host import video_host

pytest.importorskip("yt_dlp")
ROOT = Path(__file__).parents[2]
KILLS = 20


def begin(folder, lists):
    command = [sys.executable, "-m", "datasets.download", "--dataset", "fashion"]
    return subprocess.Popen(
        [*command, "--lists", str(lists)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "NO_PROXY": "127.0.0.1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def source(folder):
    return folder / "work" / "full" / "source" / "fashion"


@pytest.mark.slow
def test_killed_at_random_moments(tmp_path, tree):
    ids = [f"{way}_{n}" for n in range(16) for way in ("h264", "cut", "404")]
    with video_host() as host:
        for name in ("whole", "killed"):
            (tmp_path / name).mkdir()
            write_params(tmp_path / name, jobs=2)
        lists = write_lists(tmp_path, host, train=ids[:30], test=ids[30:])
        process = begin(tmp_path / "whole", lists)
        assert process.wait(60) == 0, process.stderr.read()

        host.pause = 0.02  # so that a file takes 40 ms
        rng = np.random.default_rng(0)
        out = source(tmp_path / "killed")
        killed, finished = 0, {}
        for _ in range(KILLS):
            seen = len(host.requests)
            process = begin(tmp_path / "killed", lists)
            for line in process.stderr:  # the first video is through: the start is behind us
                if line.startswith("download ["):
                    break
            time.sleep(rng.uniform(0, 0.12))
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed += process.returncode == -signal.SIGKILL
            asked = {request.video_id for request in host.requests[seen:]}
            assert not asked & set(finished), "a complete file was asked for again"
            finished = {
                name: row["sha256"]
                for name, row in read_journal(out / "download.csv", COLUMNS).items()
                if row["status"] == "ok"
            }
        assert killed >= KILLS // 2 and len(finished) > 0
        host.pause = 0.0
        seen = len(host.requests)
        process = begin(tmp_path / "killed", lists)
        assert process.wait(60) == 0, process.stderr.read()
        assert not {request.video_id for request in host.requests[seen:]} & set(finished)
    assert tree(out) == tree(source(tmp_path / "whole"))
    assert {row["status"] for row in read_journal(out / "download.csv", COLUMNS).values()} == {
        "ok", "not-found",
    }  # fmt: skip
