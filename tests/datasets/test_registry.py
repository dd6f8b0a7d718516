"""What is known of the data sets: names, lists, policies, sources."""

from pathlib import Path

import pytest
import yaml

from datasets.registry import (
    DATASETS,
    OTHERS,
    UsageError,
    frozen_parameters,
    get,
    list_spec,
    split_id,
)

FULL = yaml.safe_load((Path(__file__).parents[2] / "params.yaml").read_text())["profiles"]["full"]


def test_the_boards_have_four_data_sets_and_others_say_why_not():
    assert list(DATASETS) == ["taichi-hd", "voxceleb", "fashion", "mgif"]
    assert not any(spec.unusable for spec in DATASETS.values())
    assert list(OTHERS) == ["ted-talks", "uva-nemo", "bair"]
    assert all(spec.unusable and not spec.lists for spec in OTHERS.values())
    assert "start and end are 0" in OTHERS["ted-talks"].unusable
    with pytest.raises(UsageError, match="known: taichi-hd, voxceleb, fashion, mgif"):
        get("ted-talks")


@pytest.mark.parametrize("spec", [*DATASETS.values(), *OTHERS.values()], ids=lambda s: s.name)
def test_every_spec_is_whole(spec):
    assert spec.bibtex.startswith("@inproceedings{") and spec.bibtex.count(
        "{"
    ) == spec.bibtex.count("}")
    assert spec.homepage.startswith("https://") and spec.licence and spec.native
    assert spec.sources[-1] == "ready" and len(set(spec.sources)) == len(spec.sources)


def test_lists_and_their_parameters():
    lists = {name: [one.name for one in spec.lists] for name, spec in DATASETS.items()}
    assert lists.pop("voxceleb") == ["v1", "v1-asis", "v1-lite"]
    assert set(map(tuple, lists.values())) == {("v1", "v1-lite")}
    assert split_id("voxceleb", "full", "v1-asis") == "voxceleb@v1-asis"
    assert frozen_parameters("voxceleb", "v1-asis") == {
        "box_policy": "clip", "format": "avc1-1080", "frames": "as-decoded",
        "resizer": "skimage-0.14", "size": "256",
    }  # fmt: skip
    assert frozen_parameters("mgif", "v1-lite") == {
        "box_policy": "pad", "format": "archive", "frames": "ref-fps",
        "resizer": "area-antialias", "size": "256",
    }  # fmt: skip
    with pytest.raises(UsageError, match="unknown list of mgif 'v1-asis'; known: v1, v1-lite"):
        list_spec("mgif", "v1-asis")


@pytest.mark.parametrize("dataset", DATASETS)
def test_the_full_profile_makes_the_frozen_lists_and_no_variants(dataset):
    def own(value):
        return value[dataset] if isinstance(value, dict) else value

    crop = {key: str(own(value)) for key, value in FULL["crop"].items()}
    frozen = frozen_parameters(dataset)
    assert crop == {key: frozen[key] for key in ("size", "resizer", "box_policy", "frames")}
    assert own(FULL["download"]["source"]) == get(dataset).sources[0]
    assert own(FULL["download"]["list"]) == "v1"
