"""``make repro`` with a stand-in for DVC: layers in order, a GPU for each slot, failures told."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
LAYERS = ("download", "crop", "pairs", "train", "anchor", "predict", "gallery", "evaluate")
CELLS = tuple(f"{layer}@mini-{cell}" for layer in LAYERS for cell in "abcd")

# Says what it was asked for and where; each cell takes long enough for all slots to be used.
DVC = r"""#!/bin/sh
case "$*" in
  status*) exit "${STALE:-1}" ;;
  "stage list"*) printf '%s\n' $FAKE_CELLS; exit ;;
  repro) echo "whole:$CUDA_VISIBLE_DEVICES:" >> "$LOG"; exit ;;
esac
for last; do :; done
echo "${REPRO_SLOT-none}:${CUDA_VISIBLE_DEVICES-unset}:$*" >> "$LOG"
sleep 0.1
case "$*" in *"$FAILS"*) exit 255 ;; esac
"""
SMI = """#!/bin/sh
[ "$*" = -L ] && [ "$GPUS" -gt 0 ] || { echo "NVIDIA-SMI has failed"; exit 9; }
for i in $(seq 0 $((GPUS - 1))); do
  echo "GPU $i: NVIDIA A100-SXM4-40GB (UUID: GPU-00$i)"
  echo "  MIG 1g.5gb Device 0: (UUID: MIG-00$i)"
done
"""


class Call(NamedTuple):
    """One start of DVC: the slot, the devices that it saw, its words."""

    slot: str
    devices: str
    words: list[str]

    @property
    def cells(self) -> list[str]:
        return [word for word in self.words if "@" in word]


@pytest.fixture
def repro(tmp_path: Path):
    """Run ``make repro`` with words and variables, and return its exit status and the calls."""
    (tmp_path / "bin").mkdir()
    for name, text in {"dvc": DVC, "nvidia-smi": SMI}.items():
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)

    def run(*words: str, **variables: str) -> tuple[int, list[Call]]:
        log = tmp_path / "log"
        log.write_text("")
        env = {name: v for name, v in os.environ.items() if name != "CUDA_VISIBLE_DEVICES"}
        env |= {"LOG": str(log), "FAKE_CELLS": " ".join(CELLS), "FAILS": "nothing", "GPUS": "0"}
        command = ["make", "repro", f"VENV={tmp_path}", *words]
        done = subprocess.run(
            command, cwd=ROOT, env=env | variables, capture_output=True, text=True
        )
        lines = [line.split(":", 2) for line in log.read_text().splitlines()]
        return done.returncode, [Call(a, b, c.split()) for a, b, c in lines]

    return run


def test_layers_come_one_after_the_other_and_the_whole_last(repro) -> None:
    status, calls = repro()
    assert status == 0
    assert calls[-1].slot == "whole"
    layers = [call.cells[0].split("@")[0] for call in calls[:-1]]
    assert layers == [layer for layer in LAYERS for _ in range(2)], "two cells a start of DVC"
    assert sorted(cell for call in calls for cell in call.cells) == sorted(CELLS)
    told = {"--wait-for-lock", "--single-item", "--keep-going"}
    assert all(told <= set(call.words) for call in calls[:-1])


def test_where_nothing_is_stale_only_the_whole_is_asked_for(repro) -> None:
    assert repro(STALE="0") == (0, [Call("whole", "", [])])


def test_without_a_gpu_nothing_is_set(repro) -> None:
    _, calls = repro("JOBS=4", FAKE_CELLS=" ".join(CELLS[:4]))
    assert {call.slot for call in calls[:-1]} == set("0123"), "four cells at a time"
    assert {call.devices for call in calls[:-1]} == {"unset"}
    _, calls = repro(GPUS="4", CUDA_VISIBLE_DEVICES="", FAKE_CELLS=" ".join(CELLS[:4]))
    assert {call.devices for call in calls} == {""}, "an empty list hides all devices"


@pytest.mark.parametrize(
    ("variables", "devices"),
    [
        ({"GPUS": "2"}, ["0", "1"]),
        ({"GPUS": "3"}, ["0", "1", "2"]),
        ({"GPUS": "8", "CUDA_VISIBLE_DEVICES": "5,2"}, ["5", "2"]),
        ({"GPUS": "8", "CUDA_VISIBLE_DEVICES": "GPU-8a, MIG-1f"}, ["GPU-8a", "MIG-1f"]),
        ({"CUDA_VISIBLE_DEVICES": "3"}, ["3"]),
    ],
    ids=["two", "three", "chosen", "uuids", "one"],
)
def test_each_slot_has_a_device_counted_round(repro, variables, devices) -> None:
    status, calls = repro("JOBS=3", FAKE_CELLS=" ".join(CELLS[12:16]), **variables)
    assert status == 0
    assert len(calls) == 5
    assert {call.slot for call in calls[:-1]} == set("012")
    for call in calls[:-1]:
        assert call.devices == devices[int(call.slot) % len(devices)]
    assert calls[-1].devices == variables.get("CUDA_VISIBLE_DEVICES", ""), "the rest is left alone"


def test_a_cell_that_fails_stops_the_run_after_its_layer(repro) -> None:
    status, calls = repro("JOBS=3", FAILS="train@mini-a")
    assert status == 2
    done = [cell for call in calls for cell in call.cells]
    assert sorted(done) == sorted(CELLS[:16]), "the others of the layer go on, later layers do not"
    assert "whole" not in {call.slot for call in calls}


def test_the_layers_are_those_of_the_pipeline() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    found = re.search(r"^LAYERS := (.+)$", makefile, flags=re.MULTILINE)
    assert found and tuple(found[1].split()) == LAYERS
    pipeline = (ROOT / "dvc.yaml").read_text(encoding="utf-8")
    stages = re.findall(r"^  ([a-z]+):$", pipeline.split("\nstages:")[1], flags=re.MULTILINE)
    assert set(stages) - {"leaderboard"} == set(LAYERS)


def test_an_xargs_without_slots_still_runs_all(repro, tmp_path: Path) -> None:
    """As that of macOS, where there are no such GPUs either."""
    plain = tmp_path / "bin" / "xargs"
    plain.write_text(
        '#!/bin/sh\ncase "$*" in *--process-slot-var*) exit 1 ;; esac\n'
        f'exec {shutil.which("xargs")} "$@"\n'
    )
    plain.chmod(0o755)
    path = f"{plain.parent}:{os.environ['PATH']}"
    status, calls = repro("JOBS=4", GPUS="2", PATH=path, FAKE_CELLS=" ".join(CELLS[:4]))
    assert status == 0
    assert {(call.slot, call.devices) for call in calls[:-1]} == {("none", "unset")}
