"""The scripts for Slurm, with stand-ins for its commands: what is called, and when again."""

from __future__ import annotations

import getpass
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGE = (DOCS / "cluster.md").read_text(encoding="utf-8")
SCRIPTS = sorted(DOCS.glob("*.slurm"))

# Four tasks on two nodes, one after the other; the highest status, as the real one has it. With
# --ntasks=2 there are two.
SRUN = r"""#!/bin/sh
options=
export SLURM_NTASKS=4
while [ "${1#--}" != "$1" ]; do
  options="$options $1"
  [ "$1" != --ntasks=2 ] || SLURM_NTASKS=2
  shift
done
echo "srun$options" >> "$LOG"
worst=0
for SLURM_PROCID in $(seq 0 $((SLURM_NTASKS - 1))); do
  export SLURM_PROCID SLURM_LOCALID=$((SLURM_PROCID % 2))
  "$@"
  status=$?
  [ $status -le $worst ] || worst=$status
done
exit $worst
"""
SCONTROL = r"""#!/bin/sh
echo "scontrol $*" >> "$LOG"
[ "$1" != show ] || printf 'gpu07\ngpu08\n'
"""
# A training: is asked to stop on its first run, and done on the second.
PYTHON = r"""#!/bin/sh
echo "${RANK+$RANK/$WORLD_SIZE $LOCAL_RANK $MASTER_ADDR:$MASTER_PORT }python $*" >> "$LOG"
[ -n "$RANK" ] || exit "$FIRST"
[ -e "saved-$RANK" ] || { touch "saved-$RANK"; exit "$FIRST"; }
"""
# A make with one training, which takes a moment to save its state.
MAKE = r"""#!/bin/sh
echo "make $*" >> "$LOG"
sh -c 'trap "sleep 0.3; echo saved >> $LOG; exit 75" TERM
  echo begun >> "$LOG"
  while :; do sleep 0.02; done' &
wait
"""
EACH_NODE = "srun --nodes=2 --ntasks=2 --ntasks-per-node=1"
JOB = {
    "SLURM_JOB_ID": "123456",
    "SLURM_JOB_NODELIST": "gpu[07-08]",
    "SLURM_CPUS_PER_TASK": "8",
    "SLURM_GPUS_ON_NODE": "4",
}


@pytest.fixture
def job(tmp_path: Path):
    """Start a script as Slurm would: a copy, in the folder from which it was submitted."""
    (tmp_path / "bin").mkdir()
    fakes = {"srun": SRUN, "scontrol": SCONTROL, "python": PYTHON, "make": MAKE}
    for name, text in fakes.items():
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    (tmp_path / "log").touch()

    def start(name: str, *words: str, first: int = 0, **more: str) -> subprocess.Popen[bytes]:
        shutil.copy(DOCS / name, tmp_path / "slurm_script")
        variables = {"LOG": str(tmp_path / "log"), "FIRST": str(first)} | more
        variables["PATH"] = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
        command = ["bash", str(tmp_path / "slurm_script"), *words]
        return subprocess.Popen(command, cwd=tmp_path, env=os.environ | JOB | variables)

    return start


def lines(tmp_path: Path) -> list[str]:
    """What was called since the last time."""
    found = (tmp_path / "log").read_text().splitlines()
    (tmp_path / "log").write_text("")
    return found


def trained(*more: str) -> list[str]:
    """All that a run calls, up to its end."""
    words = " ".join(["--profile full --dataset taichi-hd --method fomm", *more])
    tasks = [
        f"{rank}/4 {rank % 2} gpu07:23456 python -m baselines.train {words}" for rank in range(4)
    ]
    options = "--cpus-per-task=8 --kill-on-bad-exit=0 --wait=90"
    return ["scontrol show hostnames gpu[07-08]", f"srun {options}", *tasks]


def test_a_training_that_was_stopped_is_queued_again_and_goes_on(job, tmp_path: Path) -> None:
    assert job("train.slurm", "fomm", "taichi-hd", "--seed", "1", first=75).wait() == 75
    assert lines(tmp_path) == [*trained("--seed 1"), "scontrol requeue 123456"]
    assert job("train.slurm", "fomm", "taichi-hd", "--seed", "1", first=75).wait() == 0
    assert lines(tmp_path) == trained("--seed 1")


@pytest.mark.parametrize("status", [1, 2, 130])
def test_a_training_that_failed_is_not_queued_again(job, tmp_path: Path, status: int) -> None:
    assert job("train.slurm", "fomm", "taichi-hd", first=status).wait() == status
    assert lines(tmp_path) == trained()


@pytest.mark.parametrize("status", [0, 1])
def test_shards_are_unpacked_on_each_node_before(job, tmp_path: Path, status: int) -> None:
    nodes = {"SHARDS": "/s h", "SLURM_NNODES": "2", "NODE_CLIPS": str(tmp_path)}
    assert job("train.slurm", "fomm", "taichi-hd", first=status, **nodes).wait() == status
    first, one, *found = lines(tmp_path)
    assert one == EACH_NODE
    clips = f"--clips {tmp_path}"
    assert found[:2] == [f"python -m datasets.shards import --strict --shards /s h {clips}"] * 2
    assert [first, *found[2:]] == (trained(clips) if status == 0 else trained()[:1])
    assert tmp_path.is_dir(), "a folder that was named is kept"


@pytest.mark.parametrize("status", [0, 1, 75])
def test_clips_lie_in_the_jobs_own_folder_which_is_removed(
    job, tmp_path: Path, status: int
) -> None:
    clips = tmp_path / f"clips-{getpass.getuser()}-123456"
    (tmp_path / "bin" / "python").write_text(
        '#!/bin/sh\necho "python $*" >> "$LOG"\n'
        f'[ -n "$RANK" ] || exec mkdir -p "{clips}"\n[ -d "{clips}" ] || exit 9\nexit "$FIRST"\n'
    )
    nodes = {"SHARDS": "/shards", "SLURM_NNODES": "2", "SLURM_TMPDIR": str(tmp_path)}
    process = job("train.slurm", "fomm", "taichi-hd", first=status, **nodes)
    assert process.wait() == status and not clips.exists()
    again = ["scontrol requeue 123456"] if status == 75 else []
    called = lines(tmp_path)
    assert f"--clips {clips}" in called[2] and f"--clips {clips}" in called[-2 - len(again)]
    assert called[-1 - len(again) :] == [EACH_NODE, *again], "queued again when it is removed"


def test_what_to_train_must_be_said(job, tmp_path: Path) -> None:
    assert job("train.slurm", "fomm").wait() != 0
    assert lines(tmp_path) == []


def test_a_run_that_is_stopped_waits_for_its_trainings(job, tmp_path: Path) -> None:
    process = job("repro.slurm")
    for _ in range(500):
        if "begun" in (tmp_path / "log").read_text():
            break
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 128 + signal.SIGTERM
    assert lines(tmp_path) == ["make repro JOBS=4", "begun", "saved", "scontrol requeue 123456"]


@pytest.mark.parametrize("status", [0, 2])
def test_a_run_that_ends_by_itself_is_not_queued_again(job, tmp_path: Path, status: int) -> None:
    make = tmp_path / "bin" / "make"
    make.write_text(f'#!/bin/sh\necho "make $*" >> "$LOG"\nexit {status}\n')
    assert job("repro.slurm", "--keep-going").wait() == status
    assert lines(tmp_path) == ["make repro JOBS=4 --keep-going"]


def options(script: Path) -> dict[str, str]:
    text = script.read_text(encoding="utf-8")
    return dict(re.findall(r"^#SBATCH --([\w-]+)(?:=(\S+))?$", text, flags=re.MULTILINE))


def test_who_is_told_to_stop_and_that_there_is_time_for_it() -> None:
    train, repro = options(DOCS / "train.slurm"), options(DOCS / "repro.slurm")
    assert train["signal"] == "TERM@120", "the tasks are told, not the script"
    assert repro["signal"] == "B:TERM@180", "the script is told, which tells all"
    for script in (train, repro):
        assert "requeue" in script and script["open-mode"] == "append"
    assert train["ntasks-per-node"] == train["gpus-per-node"], "one process per GPU"


def test_the_page_names_the_scripts_and_modules_there_are() -> None:
    assert {path.name for path in SCRIPTS} == set(re.findall(r"\]\((\w+\.slurm)\)", PAGE))
    commands = re.findall(r"-m (\w+\.\w+)((?: +[^\s`'\"]+)*)", PAGE)
    assert {"baselines.predict", "baselines.train", "datasets.shards"} <= {c[0] for c in commands}
    for module, words in commands:
        file = ROOT / f"{module.replace('.', '/')}.py"
        known = file.read_text(encoding="utf-8") + (ROOT / "baselines" / "stage.py").read_text()
        for option in re.findall(r"--[a-z-]+", words):
            assert f'"{option}"' in known, f"{module} {option}"
