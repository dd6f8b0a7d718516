"""The data sets of the benchmark: what each one is, and the names a reader may use.

This module imports nothing but the standard library, so every other folder may read it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Subject = Literal["body", "face", "animal"]
Profile = Literal["mini", "full"]

PROFILES: tuple[str, ...] = ("mini", "full")
VERSION = "v1"


class UsageError(ValueError):
    """A wrong name, key or argument given by the user; command lines turn it into exit status 2."""


def choose(kind: str, name: str, known: Iterable[str]) -> str:
    """Return ``name`` if it is known.

    Args:
        kind: What the name stands for, used in the message ("dataset", "method").
        name: The name given by the user.
        known: The names that exist.

    Raises:
        UsageError: The name is unknown; the message lists the known ones.

    Example:
        >>> choose("dataset", "fashion", ["fashion", "mgif"])
        'fashion'
    """
    names = list(known)
    if name not in names:
        raise UsageError(f"unknown {kind} {name!r}; known: {', '.join(names)}")
    return name


@dataclass(frozen=True)
class DatasetSpec:
    """One data set, as it is known in the literature.

    Attributes:
        name: The name used in ``params.yaml``, in stage names and in paths.
        title: The name used in text and tables.
        subject: What moves. Decides which extractors apply: there is none for animals.
        size: Side of the square crop in pixels in the full profile.
        licence: What is known about the licence of the videos and of the lists.
        homepage: Where the data set is described.
        bibtex: The entry to cite.
    """

    name: str
    title: str
    subject: Subject
    size: int
    licence: str
    homepage: str
    bibtex: str

    @property
    def has_keypoints(self) -> bool:
        """Whether a keypoint and an identity extractor exist for this subject."""
        return self.subject != "animal"


_FOMM_BIB = """@inproceedings{siarohin2019first,
  title = {First Order Motion Model for Image Animation},
  author = {Siarohin, Aliaksandr and Lathuili{\\`e}re, St{\\'e}phane and
            Tulyakov, Sergey and Ricci, Elisa and Sebe, Nicu},
  booktitle = {Advances in Neural Information Processing Systems},
  year = {2019}
}"""

DATASETS: dict[str, DatasetSpec] = {
    spec.name: spec
    for spec in (
        DatasetSpec(
            name="taichi-hd",
            title="Tai-Chi-HD",
            subject="body",
            size=256,
            licence="YouTube videos belong to their uploaders; the lists carry no licence file",
            homepage="https://github.com/AliaksandrSiarohin/video-preprocessing",
            bibtex=_FOMM_BIB,
        ),
        DatasetSpec(
            name="voxceleb",
            title="VoxCeleb",
            subject="face",
            size=256,
            licence="annotations CC BY 4.0; YouTube videos belong to their uploaders",
            homepage="https://www.robots.ox.ac.uk/~vgg/data/voxceleb/",
            bibtex="""@inproceedings{nagrani2017voxceleb,
  title = {VoxCeleb: a large-scale speaker identification dataset},
  author = {Nagrani, Arsha and Chung, Joon Son and Zisserman, Andrew},
  booktitle = {Interspeech},
  year = {2017}
}""",
        ),
        DatasetSpec(
            name="fashion",
            title="Fashion",
            subject="body",
            size=256,
            licence="no video licence is stated; DwNet's repository is CC BY-NC 4.0",
            homepage="https://vision.cs.ubc.ca/datasets/fashion/",
            bibtex="""@inproceedings{zablotskaia2019dwnet,
  title = {DwNet: Dense warp-based network for pose-guided human video generation},
  author = {Zablotskaia, Polina and Siarohin, Aliaksandr and Zhao, Bo and Sigal, Leonid},
  booktitle = {British Machine Vision Conference},
  year = {2019}
}""",
        ),
        DatasetSpec(
            name="mgif",
            title="MGif",
            subject="animal",
            size=256,
            licence="collected by image search; no licence is known, do not redistribute",
            homepage="https://github.com/AliaksandrSiarohin/monkey-net",
            bibtex="""@inproceedings{siarohin2019animating,
  title = {Animating Arbitrary Objects via Deep Motion Transfer},
  author = {Siarohin, Aliaksandr and Lathuili{\\`e}re, St{\\'e}phane and
            Tulyakov, Sergey and Ricci, Elisa and Sebe, Nicu},
  booktitle = {IEEE Conference on Computer Vision and Pattern Recognition},
  year = {2019}
}""",
        ),
    )
}


def get(name: str) -> DatasetSpec:
    """Return the data set called ``name``; `UsageError` lists the known ones otherwise."""
    return DATASETS[choose("dataset", name, DATASETS)]


def shown_name(dataset: str, profile: str) -> str:
    """Return the name a reader sees: a mini number must never read as a Tai-Chi-HD number.

    Example:
        >>> shown_name("taichi-hd", "mini")
        'taichi-hd-mini'
    """
    get(dataset)
    choose("profile", profile, PROFILES)
    return f"{dataset}-mini" if profile == "mini" else dataset


def split_id(dataset: str, profile: str, version: str = VERSION) -> str:
    """Return the citable id of a frozen split.

    Example:
        >>> split_id("fashion", "mini")
        'fashion-mini@v1'
    """
    return f"{shown_name(dataset, profile)}@{version}"
