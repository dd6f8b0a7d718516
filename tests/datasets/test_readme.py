"""The commands of datasets/README.md work as they stand there."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from datasets.clips import read_clip
from tests.datasets.shard_folders import clip_folder

ROOT = Path(__file__).parents[2]
LISTS = Path(os.environ.get("TCHD_SHARED", ROOT.parent / "shared")).resolve() / "data/metadata"
PAGE = (ROOT / "datasets/README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
COMMANDS = [line[2:] for kind, text in BLOCKS if kind == "console" for line in text.splitlines()]
ONLINE = [line for kind, text in BLOCKS if kind == "sh" for line in text.splitlines()]


def run(command: str, *more: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, *shlex.split(command, comments=True)[1:], *more]
    environment = os.environ | {"TCHD_LISTS": str(LISTS)}
    return subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True)


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_what_needs_no_network(command):
    if not (LISTS / "vox-metadata.csv").is_file():
        pytest.skip(f"{LISTS}: the upstream lists are not there")
    done = run(command)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("command", [line for line in ONLINE if line.startswith("python")])
def test_what_needs_a_network_is_understood(command):
    """With one option too many, only that option is refused: the others exist."""
    done = run(command, "--nonsense")
    assert done.returncode == 2
    assert "unrecognized arguments: --nonsense" in done.stderr


@pytest.mark.slow
def test_the_example_of_shards_works_as_it_stands(tmp_path, monkeypatch, tree):
    """Both commands and the loop over WebDataset, on a folder of small clips."""
    monkeypatch.chdir(tmp_path)
    clips = Path("work/mini/clips/taichi-hd")
    clip_folder(clips)
    commands = [line for line in ONLINE if "datasets.shards" in line]
    (example,) = [text for kind, text in BLOCKS if kind == "python" and "webdataset" in text]
    assert [shlex.split(command)[3] for command in commands] == ["export", "import"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    for command in commands:
        words = [sys.executable, *shlex.split(command)[1:]]
        done = subprocess.run(words, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert done.stdout
    assert tree(Path("work/again")) == tree(clips)
    pytest.importorskip("webdataset")
    names: dict[str, object] = {}
    exec(example, names)
    frames = read_clip(clips / "train" / f"{names['row']['clip_id']}.mkv")
    assert np.array_equal(names["frames"], frames)
