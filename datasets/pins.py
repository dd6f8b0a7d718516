"""Which upstream files the lists of real data are made from, and where they can be had."""

from __future__ import annotations

from datasets.upstream import Pin

_GITHUB = "https://raw.githubusercontent.com/AliaksandrSiarohin"
_HERITAGE = "https://archive.softwareheritage.org/api/1/content/sha256:{}/raw/"
_TAICHI = "1f9dcf5af96c1eb7aceb9afdf796f81668a0f8d8fc58c910369dedaab04fe12f"
_VOX = "dfbaf55a6edaaf84add29f93692f8bb7289aff1102631bcdf1b1aaf52f3953f7"
_UBC = "https://vision.cs.ubc.ca/datasets/fashion/resources/fashion_dataset"
_MGIF = (
    "https://cloud-api.yandex.net/v1/disk/public/resources/download"
    "?public_key=https%3A%2F%2Fyadi.sk%2Fd%2F5VdqLARizmnj3Q"
)
_UBC_NOTE = "one URL of an MP4 file per line; could not be had when v1 was made"

PINS: dict[str, tuple[Pin, ...]] = {
    "taichi-hd": (
        Pin(
            name="taichi-metadata.csv",
            urls=(
                f"{_GITHUB}/first-order-model/c027484/data/taichi-loading/taichi-metadata.csv",
                f"{_GITHUB}/video-preprocessing/master/taichi-metadata.csv",
                _HERITAGE.format(_TAICHI),
            ),
            sha256=_TAICHI,
            bytes=196_418,
            rows=3334,
            note="the file of both repositories; corrected by its authors on 2019-09-16",
        ),
    ),
    "voxceleb": (
        Pin(
            name="vox-metadata.csv",
            urls=(
                f"{_GITHUB}/video-preprocessing/master/vox-metadata.csv",
                _HERITAGE.format(_VOX),
            ),
            sha256=_VOX,
            bytes=1_265_155,
            rows=20_075,
            note="the commit is not recorded: the sha256 is what binds; "
            "rows as since 2020-05-08, when person_id was added",
        ),
    ),
    "fashion": (
        Pin("fashion_train.txt", (f"{_UBC}/fashion_train.txt",), note=_UBC_NOTE),
        Pin("fashion_test.txt", (f"{_UBC}/fashion_test.txt",), note=_UBC_NOTE),
    ),
    "mgif": (
        Pin(
            "mgif-processed.archive",
            (_MGIF,),
            note="the processed GIFs of yadi.sk/d/5VdqLARizmnj3Q: the URL answers JSON with the "
            "address of the archive; could not be had when v1 was made",
            limit=8 * 2**30,
        ),
    ),
}
"""Data set -> its files, in the order in which they are read."""

STATED: dict[str, dict[str, int]] = {
    "fashion": {"train": 500, "test": 100},
    "mgif": {"train": 900, "test": 100},
}
"""Clips per partition that the literature states of lists that are not pinned yet."""
