"""The identity loss: its scales, its gradients, its networks."""

from __future__ import annotations

import hashlib

import pytest
import torch
import torch.nn.functional as F

from baselines.x2face.config import IdentityConfig
from baselines.x2face.identity import balanced, identity_losses, load_embedding, map_distances
from datasets.registry import UsageError

CONVOLUTIONS = ((0, 3, 4), (3, 4, 5), (6, 5, 6), (8, 6, 6), (11, 6, 7), (13, 7, 7), (16, 7, 3))


def test_each_term_is_scaled_to_the_reference_in_value_and_gradient():
    x = torch.tensor(2.0, requires_grad=True)
    reference = torch.tensor(0.5, requires_grad=True)
    loss = balanced([3 * x, 100 * x], reference * 1, strength=0.1)
    assert loss.item() == pytest.approx(2 * 0.05)
    loss.backward()
    assert x.grad.item() == pytest.approx(2 * 0.05 / 2)  # each term is linear in x
    assert reference.grad is None


def test_a_term_that_is_zero_stays_zero():
    x = torch.zeros((), requires_grad=True)
    balanced([x * 1], torch.tensor(0.5), strength=1.0).backward()
    assert x.grad.isfinite()


def test_distances_are_per_map_and_only_what_was_made_learns():
    made, wanted = torch.ones(1, 1, 2, 2, requires_grad=True), torch.zeros(1, 1, 2, 2)
    wanted.requires_grad_()
    single = map_distances(lambda x: 3 * x, made, wanted=wanted)
    several = map_distances(lambda x: [x, x[..., :1] * 2], made, wanted=wanted)
    assert [d.item() for d in single + several] == [3, 1, 2]
    sum(several).backward()
    assert made.grad.any() and wanted.grad is None


def test_the_other_identity_counts_a_tenth_and_can_be_left_out():
    torch.manual_seed(0)
    frames = [torch.rand(2, 3, 4, 4) for _ in range(4)]
    made, wanted = (frames[0], frames[1]), (frames[2], frames[3])

    def losses(*strengths):
        return identity_losses(
            lambda x: [x, x**2],
            made,
            wanted=wanted,
            photometric=torch.tensor(0.2),
            strengths=strengths,
        )

    values = {name: value.item() for name, value in losses(1.0, 0.1).items()}
    assert values == pytest.approx({"identity_same": 0.4, "identity_other": 0.04})
    assert list(losses(0.0, 0.1)) == ["identity_other"]


@pytest.fixture
def vgg(tmp_path):
    """The weights of a very thin VGG-11, under torchvision's names, and their file."""
    torch.manual_seed(0)
    state = {}
    for index, entering, leaving in CONVOLUTIONS:
        state[f"features.{index}.weight"] = torch.randn(leaving, entering, 3, 3) / 3
        state[f"features.{index}.bias"] = torch.randn(leaving) / 3
    path = tmp_path / "vgg11.pth"
    torch.save(state, path)
    return state, path


def test_vgg11_has_the_taps_of_the_paper(vgg):
    state, path = vgg
    image = torch.rand(2, 3, 32, 32)
    config = IdentityConfig(
        features="vgg11", weights=str(path), mean=(0.1, 0.2, 0.3), deviation=(0.5, 0.5, 2.0)
    )
    found = load_embedding(config)(image)
    x = (image - torch.tensor([0.1, 0.2, 0.3]).view(3, 1, 1)) / torch.tensor([0.5, 0.5, 2]).view(
        3, 1, 1
    )
    expected = []
    for index, _, _ in CONVOLUTIONS:
        weight, bias = state[f"features.{index}.weight"], state[f"features.{index}.bias"]
        x = F.relu(F.conv2d(x, weight, bias, padding=1))
        if index in (3, 6, 8, 11, 16):
            expected.append(x)
        if index in (0, 3, 8, 13):
            x = F.max_pool2d(x, 2)
    assert [tuple(f.shape[1:]) for f in found] == [
        (5, 16, 16), (6, 8, 8), (6, 8, 8), (7, 4, 4), (3, 2, 2)
    ]  # fmt: skip
    for mine, theirs in zip(found, expected, strict=True):
        torch.testing.assert_close(mine, theirs, atol=1e-5, rtol=1e-5)


def test_weights_are_checked(vgg, tmp_path):
    state, path = vgg
    digest = hashlib.sha256(path.read_bytes()).hexdigest()

    def load(**values):
        return load_embedding(IdentityConfig(features="vgg11", **values))

    assert len(load(weights=str(path), sha256=digest[:8], taps=2)(torch.rand(1, 3, 16, 16))) == 2
    with pytest.raises(UsageError, match="needs weights"):
        load()
    with pytest.raises(UsageError, match="no such file"):
        load(weights=str(tmp_path / "none.pth"))
    with pytest.raises(UsageError, match=f"has sha256 {digest}, expected 00000000"):
        load(weights=str(path), sha256="00000000")
    torch.save({"features.0.weight": state["features.0.weight"]}, path)
    with pytest.raises(UsageError, match=r"not the state_dict of a VGG-11.*features.0.bias"):
        load(weights=str(path))
    with pytest.raises(UsageError, match="identity: features vgg19: weights are needed"):
        load_embedding(IdentityConfig(features="vgg19"))


def test_the_packaged_network_needs_no_path():
    maps = load_embedding(IdentityConfig(taps=2))(torch.rand(1, 3, 32, 32))
    assert [m.shape[1] for m in maps] == [16, 24]
