"""Folders that persist are made again when code changes that decides about their bytes.

Each stage names that code; what else it imports is named here, so that a new module, or code that
moves from one to another, has to be put on one of the lists.
"""

from __future__ import annotations

import pytest

from datasets import catalogue, crop_recipe, pair_folder, track_run
from tests.test_stages import ROOT, closure, module_file

# Checks, errors, names, manifests, journals, progress: nothing of it is in a pixel or a box.
HARMLESS = {
    "__init__",
    "clip_checks",
    "clips",
    "code",
    "crop_config",
    "digests",
    "files",
    "gif",
    "journal",
    "manifest",
    "metadata",
    "progress",
    "quiet",
    "registry",
    "specs",
}
CODES = {
    # Clips are not written, and pictures are read for a comparison alone.
    "catalogue": (catalogue._RENDER_CODE, {"clip_writer", "pixels"}),
    # Recipes and journals; ready crops name their own modules in crop_ready.
    "crop_task": (
        crop_recipe._PIXEL_CODE,
        {"crop_journal", "crop_ready", "crop_recipe", "crop_task", "crop_video"}
        | {"pictures", "readers"},
    ),
    # Frames are drawn and not decoded; the mini worlds' clips have the resizer of `resize`.
    "pair_folder": (
        pair_folder._CODE,
        {"crop_clock", "crop_pass", "crop_recipe", "crop_video", "pair_folder", "pair_manifest"}
        | {"resize_skimage"},
    ),
    # Clips are not written; what a track says is found elsewhere.
    "track_run": (track_run._CODE, {"clip_writer", "track_run"}),
}


@pytest.mark.parametrize("entry", CODES)
def test_all_that_is_imported_is_in_the_digest_or_harmless(entry: str) -> None:
    named, others = CODES[entry]
    file = module_file(f"datasets.{entry}")
    assert file is not None
    paths = (path.relative_to(ROOT / "datasets") for path in closure(file, packages=False))
    imported = {path.stem for path in paths if path.parent.name != "worlds"}
    assert imported - set(named) - HARMLESS - others == set()
    assert set(named) <= imported, "named, but not imported any more"
    assert others <= imported, "excused, but not imported any more"
