from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from baselines import METHODS
from baselines.method import Batch, Output
from baselines.pairs import TrainingClip, list_clips
from baselines.validation import Validation, undisturbed
from datasets.clips import ClipError, read_clip, write_clip
from datasets.registry import UsageError
from fomm.settings.file import read_config

ROOT = Path(__file__).parents[2]
MINI = yaml.safe_load((ROOT / "params.yaml").read_text())["profiles"]["mini"]["train"]
CPU = torch.device("cpu")


def numbered(folder: Path, *lengths: int) -> list[TrainingClip]:
    """Clips that say where a frame comes from: red is the clip, green the time."""
    found = []
    for number, frames in enumerate(lengths):
        path = folder / f"{number}.mkv"
        pixels = np.zeros((frames, 16, 16, 3), np.uint8)
        pixels[..., 0] = number
        pixels[..., 1] = np.arange(frames)[:, None, None]
        write_clip(path, pixels)
        found.append(TrainingClip(str(number), f"v{number}", path, frames))
    return found


def where(validation: Validation) -> list[tuple[str, int, int]]:
    """Clip, time of the source, time of the driving frame."""
    for pair in validation.pairs:
        assert pair.source[0, 0, 0] == pair.driving[0, 0, 0] == int(pair.clip_id)
    return [(p.clip_id, int(p.source[0, 0, 1]), int(p.driving[0, 0, 1])) for p in validation.pairs]


def test_pairs_are_from_all_over_the_list(tmp_path: Path) -> None:
    clips = numbered(tmp_path, *[10] * 9)
    assert where(Validation(clips, pairs=3)) == [("0", 0, 5), ("3", 0, 5), ("6", 0, 5)]


def test_few_clips_serve_more_than_once(tmp_path: Path) -> None:
    clips = numbered(tmp_path, 12, 1, 2)
    found = where(Validation(clips, pairs=7))
    assert found[:3] == [("0", 0, 3), ("0", 0, 6), ("0", 0, 9)]
    assert found[3:5] == [("1", 0, 0)] * 2  # it has no later frame
    assert found[5:] == [("2", 0, 1)] * 2


def test_there_must_be_something_to_look_at(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="split 'val' is empty"):
        Validation([])
    with pytest.raises(UsageError, match="at least 1, got 0"):
        Validation(numbered(tmp_path, 2), pairs=0)
    with pytest.raises(ClipError, match=r"gone\.mkv"):
        Validation([TrainingClip("gone", "v", tmp_path / "gone.mkv", 8)])


def test_the_error_is_the_mean_over_the_pairs(blend, clips: Path) -> None:
    listed = list_clips(clips, "train")
    method = blend(start=0.7)
    share = float(torch.sigmoid(torch.tensor(0.7)))
    wanted = []
    for clip in listed:
        frames = read_clip(clip.path) / 255
        wanted.append((1 - share) * np.abs(frames[4] - frames[0]).mean())
    validation = Validation(listed, pairs=3)
    assert validation.l1(method, CPU) == pytest.approx(np.mean(wanted), rel=1e-6)
    # Frames are in memory: nothing is read any more.
    for clip in listed:
        clip.path.unlink()
    assert validation.l1(method, CPU) == pytest.approx(np.mean(wanted), rel=1e-6)


def test_modes_go_back_to_what_each_module_had(blend, clips: Path) -> None:
    validation = Validation(list_clips(clips, "train"), pairs=2)
    method = blend().train()
    method.noise.eval()  # frozen while the rest trains
    seen = []

    class BrokenError(RuntimeError):
        pass

    def look(source):
        seen.append((method.training, method.noise.training, torch.is_inference_mode_enabled()))
        if len(seen) == 3:
            raise BrokenError
        return source

    method.encode = look
    validation.l1(method, CPU)
    assert (method.training, method.noise.training) == (True, False)
    with pytest.raises(BrokenError):
        validation.l1(method, CPU)
    assert (method.training, method.noise.training) == (True, False)
    assert seen == [(False, False, True)] * 3
    assert not torch.is_inference_mode_enabled()


def test_a_method_that_draws_moves_no_generator_and_repeats_itself(blend, clips: Path) -> None:
    class Drawing(blend):
        def animate(self, state, driving, *, initial=None):
            jitter = random.random() + np.random.rand()  # noqa: NPY002
            return Output(torch.rand_like(driving) * jitter)

    def draws() -> list[float]:
        return [float(torch.rand(())), float(np.random.rand()), random.random()]  # noqa: NPY002

    def seed() -> None:
        torch.manual_seed(5)
        np.random.seed(5)  # noqa: NPY002
        random.seed(5)

    validation = Validation(list_clips(clips, "train"), pairs=2)
    seed()
    wanted = draws()
    seed()
    first = validation.l1(Drawing(), CPU)
    assert draws() == wanted
    assert validation.l1(Drawing(), CPU) == first  # wherever the generators are


def trained(name: str, validation: Validation | None) -> dict[str, torch.Tensor]:
    """Weights and running statistics after two steps, with a look after each."""
    torch.manual_seed(1)
    method = METHODS[name].from_config(read_config(ROOT / MINI[name]["config"])).train()
    players = {name: [spec.build() for spec in specs] for name, specs in method.players().items()}
    for step in range(2):
        torch.manual_seed(step)
        batch = Batch(torch.rand(2, 3, 64, 64), torch.rand(2, 3, 64, 64))
        for player, losses in method.training_step(batch):
            for optimizer in players[player]:
                optimizer.zero_grad()
            torch.stack(list(losses.values())).sum().backward()
            for optimizer in players[player]:
                optimizer.step()
        if validation is not None:
            assert 0 < validation.l1(method, CPU) < 1
            with undisturbed(method, CPU):
                method.keypoints(validation.pairs[0].images(CPU)[0])
    return method.state_dict()


@pytest.mark.slow
@pytest.mark.parametrize("name", METHODS)
def test_a_watched_training_has_the_same_weights_bit_by_bit(name: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    write_clip(tmp_path / "a.mkv", rng.integers(0, 255, (3, 64, 64, 3)).astype(np.uint8))
    validation = Validation([TrainingClip("a", "v", tmp_path / "a.mkv", 3)], pairs=2)
    alone, watched = trained(name, None), trained(name, validation)
    assert any(key.endswith("running_var") for key in alone)
    assert [key for key in alone if not torch.equal(alone[key], watched[key])] == []
