"""Settings of a stage that are one value for all data sets, or one for each."""

from pathlib import Path

import pytest

from datasets.crop_video import CropConfig
from datasets.registry import UsageError
from datasets.stage import stage_config

PARAMS = """profile: mini
profiles:
  mini:
    crop:
      size: 32
      box_policy:
        taichi-hd: clip
        fashion: refuse
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "params.yaml").write_text(PARAMS)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("dataset", "policy"), [("taichi-hd", "clip"), ("fashion", "refuse"), (None, "refuse")]
)
def test_a_setting_per_data_set(dataset, policy):
    profile, config = stage_config(CropConfig, "crop", profile=None, dataset=dataset)
    assert (profile, config) == ("mini", CropConfig(size=32, box_policy=policy))


def test_a_data_set_without_its_setting_is_named():
    with pytest.raises(UsageError, match=r"crop.box_policy: nothing for 'mgif'; it has taichi-hd"):
        stage_config(CropConfig, "crop", profile=None, dataset="mgif")
