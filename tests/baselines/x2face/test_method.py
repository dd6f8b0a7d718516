"""X2Face as a method: the protocol's promises, its two stages, its motion, its cost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from baselines import checkpoint, predict
from baselines.method import Batch
from baselines.schedule import Schedule
from baselines.x2face.config import IdentityConfig, TrainConfig, X2FaceConfig
from baselines.x2face.method import X2FaceMethod
from datasets.registry import UsageError
from fomm import FOMM, FOMMConfig
from fomm.cost import macs_per_frame
from tests.baselines.engines import engine_on

ROOT = Path(__file__).parents[3]
CONFIGS = ROOT / "baselines" / "x2face" / "configs"
SMALL = {"size": 32, "embedding_levels": 5, "driving_levels": 5, "base": 4, "inner_channels": 6}


def read(name: str) -> dict:
    return yaml.safe_load((CONFIGS / f"{name}.yaml").read_text())


def build(**train) -> X2FaceMethod:
    torch.manual_seed(0)
    values = {"optimizer": "adam", "initial_offsets": 0.1} | train
    return X2FaceMethod.from_config({**SMALL, "train_params": values})


def pair(batch: int = 4, sources: int = 1) -> Batch:
    torch.manual_seed(1)
    source, *more = torch.rand(sources, batch, 3, 32, 32)
    return Batch(source, torch.rand(batch, 3, 32, 32), tuple(more))


def losses_of(method: X2FaceMethod, batch: Batch) -> dict[str, torch.Tensor]:
    steps = list(method.training_step(batch))
    assert [player for player, _ in steps] == ["generator"]
    return steps[0][1]


def test_its_files_exist_and_are_all_there() -> None:
    assert all((ROOT / file).is_file() for file in X2FaceMethod.files)
    own = {str(p.relative_to(ROOT)) for p in (ROOT / "baselines" / "x2face").glob("*.py")}
    assert own <= set(X2FaceMethod.files)


def test_the_first_stage_is_the_mean_absolute_difference() -> None:
    method, batch = build().train(), pair()
    losses = losses_of(method, batch)
    assert list(losses) == ["l1"]
    with torch.no_grad():
        made = method.x2face(batch.driving, batch.source)
    assert losses["l1"].item() == pytest.approx((made - batch.driving).abs().mean().item())
    losses["l1"].backward()
    [spec] = method.players()["generator"]
    owned = list(spec.parameters)
    assert len(owned) == len(list(method.parameters()))
    assert all(p.grad is not None for p in owned)


def test_several_sources_train_the_confidence_too() -> None:
    method = build(sources=2).train()
    losses_of(method, pair(sources=2))["l1"].backward()
    assert method.x2face.pix2pixUnwrapped.netG.model.up[2].weight.grad[2].any()
    with pytest.raises(UsageError, match="asks for 2 sources, the batch holds 1"):
        losses_of(method, pair())


def test_the_second_stage_compares_with_the_driving_frame_and_with_the_source() -> None:
    config = X2FaceConfig.from_mapping(
        {**SMALL, "train_params": {"optimizer": "adam", "identity": {"same": 1.0, "other": 0.1}}}
    )
    seen = []

    def embedding(frames):
        seen.append(frames.detach())
        return frames.mean(dim=(2, 3))

    method, batch = X2FaceMethod(config, embedding=embedding).train(), pair()
    losses = losses_of(method, batch)
    assert list(losses) == ["l1", "identity_same", "identity_other"]
    assert losses["identity_same"].item() == pytest.approx(losses["l1"].item(), rel=1e-5)
    assert losses["identity_other"].item() == pytest.approx(losses["l1"].item() / 10, rel=1e-5)
    wanted_same, _, wanted_other, made_other = seen
    assert torch.equal(wanted_same, batch.driving) and torch.equal(wanted_other, batch.source)
    with torch.no_grad():
        other = method.x2face(batch.driving.roll(1, dims=0), batch.source)
    torch.testing.assert_close(made_other, other)
    with pytest.raises(UsageError, match="two pairs or more"):
        losses_of(method, pair(1))


def test_the_second_stage_loads_its_network_once_and_keeps_it_out_of_the_checkpoint() -> None:
    method = build(identity={"taps": 1}).train()
    keys = list(method.state_dict())
    assert len(losses_of(method, pair(2))) == 3
    network = method._embedding[0]
    assert len(losses_of(method, pair(2))) == 3
    assert method._embedding == [network] and list(method.state_dict()) == keys
    assert list(method.inference_state()) == keys


def test_the_published_optimiser_is_what_trains() -> None:
    assert X2FaceConfig.from_mapping(read("full")).train_params == TrainConfig(optimizer="sgd")
    [spec] = X2FaceMethod.from_config(read("full")).players()["generator"]
    optimizer = spec.build()
    assert isinstance(optimizer, torch.optim.SGD)
    assert (optimizer.defaults["lr"], optimizer.defaults["momentum"]) == (1e-3, 0.9)
    [spec] = build().players()["generator"]
    assert isinstance(spec.build(), torch.optim.Adam)


@pytest.mark.parametrize("sources", [1, 2])
def test_the_engine_trains_it(tmp_path: Path, sources: int) -> None:
    """One pair is learnt by heart."""
    rng = np.random.default_rng(0)
    smooth = torch.from_numpy(rng.random((2, 3, 4, 4), np.float32))
    frames = torch.nn.functional.interpolate(smooth, size=(32, 32), mode="bilinear")
    frames = frames[:1].expand(4, -1, -1, -1)
    batch = Batch(frames, frames.roll(3, -1), (frames,) * (sources - 1))
    method = build(learning_rate=3e-3, sources=sources)
    rows = engine_on(method, batch, tmp_path, schedule=Schedule(40)).run()
    assert rows[-1]["l1"] < 0.6 * rows[0]["l1"]


def test_animation_has_the_promised_shapes() -> None:
    method, frames = build().eval(), torch.rand(3, 3, 32, 32)
    with torch.inference_mode():
        state = method.encode(frames[:1])
        for initial in (None, frames[1:2]):
            out = method.animate(state, frames, initial=initial)
            assert out.prediction.shape == (3, 3, 32, 32)
            assert out.prediction.min() >= 0 and out.prediction.max() <= 1
            assert out.flow.shape == (3, 32, 32, 2) and out.occlusion is None
        plain = torch.cat([method.x2face(frame[None], frames[:1]) for frame in frames])
        absolute = method.animate(state, frames).prediction
    torch.testing.assert_close(absolute, plain, rtol=0, atol=1e-5)


@torch.inference_mode()
def test_relative_motion_of_a_still_driver_is_none(small) -> None:
    method, frames = build().eval(), torch.rand(3, 3, 32, 32)
    method.x2face.load_state_dict(small().state_dict())
    state = method.encode(frames[:1])
    still = method.animate(state, frames[1:2], initial=frames[1:2]).prediction
    same = method.animate(state, frames[:1]).prediction
    torch.testing.assert_close(still, same, rtol=0, atol=1e-5)
    moved = method.animate(state, frames[2:], initial=frames[1:2]).prediction
    assert not torch.allclose(moved, same, atol=1e-3)


@torch.inference_mode()
@pytest.mark.parametrize("align_corners", [True, False])
def test_the_flow_says_where_pixels_came_from(small, align_corners) -> None:
    """Moving a picture of positions by it gives the positions that the prediction shows."""
    torch.manual_seed(0)
    method = X2FaceMethod.from_config({**SMALL, "align_corners": [True, align_corners]}).eval()
    method.x2face.load_state_dict(small().state_dict())
    method.x2face.scale_offsets(0.1)
    own = torch.arange(32.0).expand(32, 32)
    ramp = torch.stack((own, own.T, own), dim=0)[None] / 64
    out = method.animate(method.encode(ramp), torch.rand(2, 3, 32, 32))
    source = out.flow + torch.stack((own, own.T), dim=-1)
    inside = ((source > 2) & (source < 29)).all(-1)
    assert inside.float().mean() > 0.5
    shown = out.prediction[:, :2].permute(0, 2, 3, 1) * 64
    assert out.flow[inside].abs().max() > 0.5
    torch.testing.assert_close(shown[inside], source[inside], atol=1e-3, rtol=0)


def test_a_network_that_moves_nothing_has_no_flow() -> None:
    method = build(initial_offsets=0.0).eval()
    frames = torch.rand(2, 3, 32, 32)
    with torch.inference_mode():
        out = method.animate(method.encode(frames[:1]), frames)
    assert out.flow.abs().max() < 1e-4
    torch.testing.assert_close(out.prediction, frames[:1].expand(2, -1, -1, -1))


def test_a_checkpoint_restores_it(tmp_path: Path, monkeypatch) -> None:
    method = build().eval()
    config = {**SMALL, "train_params": {"optimizer": "adam"}}
    info = checkpoint.CheckpointInfo("x2face", config, "", 0, 0, 0, 0)
    checkpoint.save(tmp_path / "x.safetensors", method.inference_state(), info)
    monkeypatch.setattr(predict, "method_class", lambda name: X2FaceMethod)
    restored, _ = predict.load_method(tmp_path / "x.safetensors", "x2face")
    frames = torch.rand(2, 3, 32, 32)
    with torch.inference_mode():
        outs = [m.animate(m.encode(frames[:1]), frames).prediction for m in (method, restored)]
    assert torch.equal(*outs)


def test_the_mini_model_costs_what_the_mini_fomm_costs() -> None:
    fomm = macs_per_frame(FOMM.from_config(FOMMConfig.load("mini")), 64)
    mine = X2FaceMethod.from_config(read("mini"))
    assert 0.8 < mine.macs(64) / fomm < 1.25
    assert mine.parameter_count() == sum(p.numel() for p in mine.parameters())


def test_cost_is_counted_by_hand() -> None:
    """Five levels: 16 products per output of a way down, 9 of a way up, at 4, 8, 16, 32 widths."""
    down = 16 * (3 * 4 * 256 + 4 * 8 * 64 + 8 * 16 * 16 + 16 * 32 * 4 + 32 * 6 * 1)
    up = 9 * (4 * 2 * 1024 + 8 * 4 * 256 + 16 * 8 * 64 + 32 * 16 * 16 + 6 * 32 * 4)
    assert build().macs(32) == down + up


def test_wrong_configurations_are_refused() -> None:
    with pytest.raises(UsageError, match="unknown key 'sizze'"):
        X2FaceMethod.from_config({**SMALL, "sizze": 3})
    with pytest.raises(UsageError, match="identity: features vgg19: weights are needed"):
        losses_of(build(identity={"features": "vgg19"}), pair())
    assert IdentityConfig().other == 0.1
