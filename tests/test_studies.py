"""The studies' own dvc.yaml: its lists agree, and its stages depend on what they run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml

from baselines import METHODS
from fomm.settings.file import read_config
from tests.test_stages import closure, module_file

ROOT = Path(__file__).parents[1]
STUDIES = ROOT / "studies"
PARAMS = yaml.safe_load((STUDIES / "params.yaml").read_text(encoding="utf-8"))
STAGES = yaml.safe_load((STUDIES / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
MINI = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))


def commands(stage: dict) -> list[str]:
    return stage["cmd"] if isinstance(stage["cmd"], list) else [stage["cmd"]]


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_depends_on_what_it_runs(name: str) -> None:
    stage, given = STAGES[name], set()
    for dep in stage["deps"]:
        path = ROOT / str(dep).replace("${item.variant}", "no-jacobian")
        given |= set(path.rglob("*.py")) if path.is_dir() else {path}
    for command in commands(stage):
        words = shlex.split(command)
        entry = module_file(words[words.index("-m") + 1])
        methods = tuple(METHODS[m].__module__ for m in METHODS) if "baselines" in str(entry) else ()
        missing = sorted(str(p.relative_to(ROOT)) for p in closure(entry, methods) - given)
        assert not missing, f"{name} in studies/dvc.yaml lacks deps: {missing}"


def test_the_lists_are_those_of_the_benchmark() -> None:
    assert PARAMS["methods"] == MINI["methods"]
    assert PARAMS["worlds"] == MINI["datasets"]
    assert PARAMS["worlds"] == ["taichi-hd", *PARAMS["elsewhere"]["datasets"]]
    assert PARAMS["elsewhere"]["steps"] == MINI["profiles"]["mini"]["train"]["fomm"]["steps"]


def test_what_is_compared_is_what_was_trained() -> None:
    """The commands that compare name all methods, variants and seeds one by one."""
    seeds = {str(seed) for seed in PARAMS["seeds"]}
    for stage, names in (
        ("compare", PARAMS["methods"]),
        ("compare-variants", ["full", *PARAMS["variants"]]),
    ):
        text = " ".join(commands(STAGES[stage]))
        assert re.findall(r"--runs ([\w-]+)=", text) == names
        assert re.search(r"--seeds ([\d,]+)", text)[1].split(",") == sorted(seeds)
        for runs in re.findall(r"--runs [\w-]+=(\S+)", text):
            assert re.findall(r"seed-(\d+)", runs) == sorted(seeds)
    for stage in ("ranking", "ablation"):
        assert set(re.findall(r"scores/seed-(\d+)", " ".join(commands(STAGES[stage])))) == seeds


@pytest.mark.parametrize("variant", PARAMS["variants"])
def test_a_variant_is_the_mini_model_without_one_part(variant: str) -> None:
    whole, part = read_config("mini"), read_config(STUDIES / "configs" / f"{variant}.yaml")
    METHODS["fomm"].from_config(part)
    assert {key for key in whole if whole[key] != part[key]} <= {
        "common_params",
        "generator_params",
        "train_params",
    }
    assert whole != part
