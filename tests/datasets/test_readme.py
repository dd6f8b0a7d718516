"""The commands of datasets/README.md work as they stand there."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

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
