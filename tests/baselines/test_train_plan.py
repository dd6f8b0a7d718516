"""How long, on what and with which rates a run trains: params.yaml over the recipe."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import yaml

from baselines import method_class
from baselines.augment import Augmentation
from baselines.pairs import TrainingClip
from baselines.recipe import Recipe
from baselines.schedule import Milestones, Schedule
from baselines.train_plan import TrainConfig, make_plan
from datasets import params
from datasets.registry import DATASETS, UsageError

ROOT = Path(__file__).parents[2]
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text())
FULL = params.section(PARAMS, TrainConfig, "profiles", "full", "train", "fomm")
NONE = Augmentation(False, False, 0, 0, 0, 0)
RECIPE = Recipe(4, 10, 3, (5,), 2, False, NONE)


def clips(videos: int, each: int = 2, people: int = 0) -> list[TrainingClip]:
    """``each`` clips of every video; with people, the videos are dealt out to them in turn."""
    made = []
    for v in range(videos):
        person = f"id{v % people:03}#" if people else ""
        names = (f"{person}v{v:03}#{i:06}" for i in range(each))
        made += [TrainingClip(name, f"v{v:03}", Path(name), 8) for name in names]
    return made


# Steps of an epoch and of the run, and what the released training counts: identities or clips.
FULL_RUNS = {
    "taichi-hd": (clips(252, each=12), 252 * 150 // 30, 126_000),
    "voxceleb": (clips(840, each=3, people=420), 420 * 75 // 40, 78_700),
    "fashion": (clips(500, each=1), 500 * 50 // 27, 92_500),
    "mgif": (clips(900, each=1), 900 * 25 // 36, 62_500),
}


@pytest.mark.parametrize("dataset", DATASETS)
def test_the_full_profile_runs_the_published_training(dataset: str) -> None:
    found, epoch_steps, steps = FULL_RUNS[dataset]
    config = FULL.of(dataset)
    with torch.device("meta"):
        recipe = method_class("fomm").from_config(config.model()).recipe()
    plan = make_plan(config, recipe, found)
    assert plan.schedule == Milestones(steps, epoch_steps, (60, 90), 0)
    assert plan.unit == ("identity" if dataset in ("taichi-hd", "voxceleb") else "clip")
    colours = {"mgif": (0, 0, 0, 0.5), "fashion": (0, 0, 0, 0.1)}.get(dataset, (0.1,) * 4)
    resize = (0.9, 1.1) if dataset == "mgif" else (1.0, 1.0)
    assert plan.augmentation == Augmentation(True, True, *colours, resize)


def test_a_continued_run_has_the_epochs_that_are_left() -> None:
    plan = make_plan(TrainConfig("x.yaml"), RECIPE, clips(4))  # 8 clips x 3 / 4 = 6 steps
    assert plan.schedule == Milestones(8 * 6, 6, (5,), 2)
    assert (plan.batch, plan.unit, plan.augmentation) == (4, "clip", NONE)


def test_an_epoch_leaves_an_incomplete_batch_out() -> None:
    plan = make_plan(TrainConfig("x.yaml", batch=5), RECIPE, clips(4))  # 24 / 5 = 4.8
    assert plan.schedule == Milestones(8 * 4, 4, (5,), 2)


def test_params_win_over_the_recipe() -> None:
    mine = Augmentation(hue=0.3)
    plan = make_plan(TrainConfig("x.yaml", 7, 2, augmentation=mine), RECIPE, clips(4))
    assert plan.schedule == Milestones(7, 12, (5,), 2)
    assert (plan.batch, plan.augmentation) == (2, mine)
    for given in ({"warmup": 3}, {"final": 0.5}):
        plan = make_plan(TrainConfig("x.yaml", **given), RECIPE, clips(4))
        assert plan.schedule == Schedule(8 * 6, given.get("warmup", 0), given.get("final", 0.0))


def test_without_a_recipe_params_say_it_all() -> None:
    plan = make_plan(TrainConfig("x.yaml", 7, 2, 1, 0.5, NONE), None, clips(4))
    assert plan.schedule == Schedule(7, 1, 0.5)
    assert (plan.batch, plan.unit, plan.augmentation) == (2, "video", NONE)


@pytest.mark.parametrize("missing", ["steps", "batch", "augmentation"])
def test_what_nobody_says_is_asked_for(missing: str) -> None:
    given = {"steps": 1, "batch": 1, "augmentation": NONE}
    del given[missing]
    with pytest.raises(UsageError, match=f"{missing} is missing: set it in params.yaml"):
        make_plan(TrainConfig("x.yaml", **given), None, clips(4))


def test_an_epoch_must_fill_a_batch() -> None:
    with pytest.raises(UsageError, match=r"8 x 3 pairs does not fill a batch of 25"):
        make_plan(TrainConfig("x.yaml", batch=25), RECIPE, clips(4))


def test_one_configuration_per_data_set() -> None:
    config = TrainConfig({"mgif": "a.yaml", "fashion": "b.yaml"})
    assert config.of("mgif").config == "a.yaml"
    assert TrainConfig("c.yaml").of("mgif").config == "c.yaml"
    with pytest.raises(UsageError, match="no configuration for 'voxceleb'; there are: mgif, fash"):
        config.of("voxceleb")
    with pytest.raises(UsageError, match="choose"):
        config.model()
    with pytest.raises(UsageError, match=r"unknown dataset in train\.config 'gif'"):
        TrainConfig({"gif": "a.yaml"})
    with pytest.raises(UsageError, match="expected a path, got 3"):
        TrainConfig({"mgif": 3})


def test_the_configuration_comes_with_what_it_inherits() -> None:
    values = TrainConfig(str(ROOT / "fomm/configs/taichi-adv.yaml")).model()
    assert "inherits" not in values
    assert values["common_params"]["num_kp"] == 10
    with pytest.raises(UsageError, match=r"nowhere.yaml: not found"):
        TrainConfig("nowhere.yaml").model()
