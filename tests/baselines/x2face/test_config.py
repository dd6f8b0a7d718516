"""Configurations: the files that come along, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from baselines.x2face.config import X2FaceConfig
from datasets.registry import UsageError

CONFIGS = Path(__file__).parents[3] / "baselines" / "x2face" / "configs"
MINI = {"size": 64, "embedding_levels": 5, "driving_levels": 6}


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_files_are_read_and_round_trip(path):
    config = X2FaceConfig.from_mapping(yaml.safe_load(path.read_text()))
    assert X2FaceConfig.from_mapping(config.to_mapping()) == config
    assert config.train_params.identity is None  # the second stage is an option


def test_the_full_file_is_the_default():
    values = yaml.safe_load((CONFIGS / "full.yaml").read_text())
    assert X2FaceConfig.from_mapping(values) == X2FaceConfig()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"sise": 64}, "x2face: unknown key 'sise'; known: align_corners, base"),
        ({"train_params": {"rate": 1}}, r"x2face\.train_params: unknown key 'rate'"),
        ({"train_params": {"identity": {"same": "1"}}}, r"identity\.same: expected float"),
        ({"size": 128}, "embedding_levels 8 does not suit size 128"),
        ({"size": 384, "embedding_levels": 7}, "driving_levels 8 does not suit size 384"),
        ({"embedding_levels": 4}, "at least 5 levels"),
        ({"embedding_levels": -1}, "at least 5 levels"),
        ({"size": 0}, "does not suit size 0"),
        ({"base": 0}, "base must be at least 1, got 0"),
        ({"inner_channels": -3}, "inner_channels must be at least 1, got -3"),
        ({"align_corners": [True]}, r"has two values.*got \[True\]"),
        ({"align_corners": True}, r"align_corners: expected"),
        ({"train_params": {"learning_rate": 0}}, "learning_rate must be above 0"),
        ({"train_params": {"learning_rate": float("nan")}}, "learning_rate must be a number"),
        ({"train_params": {"momentum": 1}}, "momentum below 1"),
        ({"train_params": {"sources": 0}}, "sources at least 1"),
        ({"train_params": {"optimizer": "lbfgs"}}, "known: sgd, adam"),
        ({"train_params": {"identity": {"taps": 6}}}, "taps must be 1 to 5"),
        ({"train_params": {"identity": {"other": -1}}}, "other must be a number from 0"),
        ({"train_params": {"identity": {"mean": [0.5]}}}, "three values"),
        ({"train_params": {"identity": {"deviation": [1, 1, 0]}}}, "deviations above 0"),
    ],
)
def test_wrong_values_are_refused(values, message):
    with pytest.raises(UsageError, match=message):
        X2FaceConfig.from_mapping(values)


def test_sizes_and_depths_go_together():
    for size, levels in ((128, 7), (256, 8), (384, 7), (512, 8), (512, 9)):
        values = {"size": size, "embedding_levels": levels, "driving_levels": levels}
        assert X2FaceConfig.from_mapping(values).size == size
