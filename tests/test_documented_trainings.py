"""Trainings with several processes that our pages show: they start."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from baselines.train_plan import TrainConfig
from datasets import params
from datasets.registry import DATASETS

ROOT = Path(__file__).parents[1]
SCRIPT = "docs/train.slurm"
LAUNCHED = r"^ *\$? *(?:accelerate launch|torchrun)\b(.*) -m baselines\.train (.*)$"
QUEUED = rf"^[#$ ]*(?:\w+=\S+ )*sbatch((?: --\S+)*) {SCRIPT} (\S+) (\S+)"
PROCESSES = r"--(?:num_processes|nproc_per_node)[ =](\d+)"


def batch_of(profile: str, dataset: str, method: str) -> int:
    """Return what the plan has, without building the networks."""
    values = params.load(ROOT / "params.yaml")
    config = params.section(values, TrainConfig, "profiles", profile, "train", method).of(dataset)
    return config.batch or config.model()["train_params"]["batch_size"]


def option(words: str, name: str, default: str | None = None) -> str:
    found = re.search(rf"--{name}[ =](\S+)", words)
    assert found or default is not None, f"{words}: no --{name}"
    return found[1] if found else str(default)


def shown(page: str) -> list[tuple[str, str, str, int]]:
    """Return profile, data set, method and number of processes of each training on a page."""
    text = (ROOT / page).read_text(encoding="utf-8")
    head = "\n".join(re.findall(r"^#SBATCH (.*)$", (ROOT / SCRIPT).read_text(), flags=re.MULTILINE))
    found = []
    for launcher, words in re.findall(LAUNCHED, text, flags=re.MULTILINE):
        cell = (option(words, "dataset"), option(words, "method"))
        (count,) = re.findall(PROCESSES, launcher)
        found.append((option(words, "profile", "mini"), *cell, int(count)))
    for words, method, dataset in re.findall(QUEUED, text, flags=re.MULTILINE):
        nodes, each, gpus = (
            int(option(words, name, option(head, name)))
            for name in ("nodes", "ntasks-per-node", "gpus-per-node")
        )
        assert each == gpus, f"{page}, {words}: one process per GPU"
        found.append(("full", dataset, method, nodes * each))
    return found


@pytest.mark.parametrize(
    ("page", "least"),
    [("docs/cluster.md", 5), ("baselines/README.md", 1), (SCRIPT, 3), ("baselines/train.py", 1)],
)
def test_the_number_of_processes_divides_the_batch(page: str, least: int) -> None:
    commands = shown(page)
    for profile, dataset, method, count in commands:
        batch = batch_of(profile, dataset, method)
        assert count > 1 and batch % count == 0, f"{dataset}-{method}: {batch} by {count}"
    assert len(commands) >= least, "commands are written in a way that is not understood here"


def test_the_page_on_clusters_tells_the_batches() -> None:
    text = " ".join((ROOT / "docs" / "cluster.md").read_text(encoding="utf-8").split())
    fomm = {dataset: batch_of("full", dataset, "fomm") for dataset in DATASETS}
    assert f"{fomm['voxceleb']} on VoxCeleb" in text
    assert f"{fomm['taichi-hd']} on Tai-Chi-HD" in text
    assert f"{fomm['fashion']} on Fashion and {fomm['mgif']} on MGif" in text
    for title, method in {"Monkey-Net": "monkey-net", "X2Face": "x2face"}.items():
        (batch,) = {batch_of("full", dataset, method) for dataset in DATASETS}
        assert f"{title}'s {batch}" in text
