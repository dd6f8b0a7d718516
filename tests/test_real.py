"""Real videos: crop, train FOMM for some minutes on 28 clips of people, reconstruct 8 others.

Run with ``make real``; needs the clips in ``TCHD_SHARED``/data/actions.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from baselines.predict import load_method, reconstruct
from baselines.run import Run
from baselines.train_plan import TrainConfig
from baselines.training import train
from datasets import params
from datasets.clips import read_clip
from datasets.crop import CropConfig, crop_folder
from datasets.manifest import read_manifest
from datasets.metadata import MetadataRow, write_metadata
from datasets.readers import read_frames
from datasets.video_writer import write_video

ROOT = Path(__file__).parents[1]
SHARED = Path(os.environ.get("TCHD_SHARED", ROOT.parent / "shared"))
ACTIONS = SHARED / "data" / "actions"
STEPS = int(os.environ.get("TCHD_REAL_STEPS", "900"))

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not ACTIONS.is_dir(), reason=f"no real clips: {ACTIONS} is not there"),
]


def cropped(work: Path) -> Path:
    """Make source videos of the strips, padded off-centre, and crop them back."""
    source, rows = work / "source", []
    for split in ("train", "test"):
        for strip in sorted((ACTIONS / split).glob("*.png")):
            frames = read_frames(strip)
            count, height, width = frames.shape[:3]
            left, top = 11 + int(strip.stem) % 7, 5 + int(strip.stem) % 5
            canvas = np.full((count, height + 24, width + 32, 3), 128, np.uint8)
            canvas[:, top : top + height, left : left + width] = frames
            write_video(source / f"{strip.stem}.mp4", canvas, fps=25)
            box = (left, top, left + width, top + height)
            size = (canvas.shape[2], canvas.shape[1])
            rows.append(MetadataRow(strip.stem, 0, count, box, 25.0, *size, split, None))
    write_metadata(source / "metadata.csv", rows)
    crop_folder(source, work / "clips", config=CropConfig(size=64))
    assert all(row.ok for row in read_manifest(work / "clips" / "manifest.csv"))
    return work / "clips"


def test_fomm_beats_copying_the_first_frame_on_real_videos(tmp_path: Path) -> None:
    clips = cropped(tmp_path)
    for strip in sorted((ACTIONS / "test").glob("*.png")):  # nothing was resampled on the way
        clip = next((clips / "test").glob(f"{strip.stem}#*.mkv"))
        assert np.array_equal(read_clip(clip), read_frames(strip))
    settings = yaml.safe_load((ROOT / "params.yaml").read_text())
    config = params.section(settings, TrainConfig, "profiles", "mini", "train", "fomm")
    hue = replace(config.augmentation, hue=0.1)
    config = replace(config, steps=STEPS, augmentation=hue)
    out = tmp_path / "actions-fomm.safetensors"
    train(Run("fomm", config, clips, out, seed=0))
    method, _ = load_method(out, "fomm")
    made, copied = [], []
    for path in sorted((clips / "test").glob("*.mkv")):
        truth = read_clip(path)
        prediction, _ = reconstruct(method, truth, 16)
        made.append(np.abs(prediction.astype(float) - truth).mean() / 255)
        copied.append(np.abs(truth[:1].astype(float) - truth).mean() / 255)
    print(f"\nclip-weighted L1: fomm {np.mean(made):.4f}, copy-source {np.mean(copied):.4f}")
    assert np.mean(made) < 0.95 * np.mean(copied)
