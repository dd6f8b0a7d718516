"""LPIPS: what the package gives, from weights at hand, one pair at a time, without a download."""

from __future__ import annotations

import contextlib
import io
import types
import urllib.request
import warnings

import numpy as np
import pytest
import torch

from datasets.registry import UsageError
from metrics.extractors import ExtractorUnavailable, lpips_alex
from metrics.extractors.lpips_alex import CHUNK, SMALLEST, LpipsAlex

RNG = np.random.Generator(np.random.PCG64(31))
SHAPES = {0: (64, 3, 11), 3: (192, 64, 5), 6: (384, 192, 3), 8: (256, 384, 3), 10: (256, 256, 3)}


def noise(count: int, height: int = 64, width: int = 64) -> np.ndarray:
    return RNG.integers(256, size=(count, height, width, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def state() -> dict[str, torch.Tensor]:
    """Random weights of AlexNet's convolutions, and of a layer that LPIPS leaves out."""
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(1)
    made = {"classifier.6.bias": torch.zeros(1000)}
    for index, (out, into, side) in SHAPES.items():
        spread = (2 / (into * side * side)) ** 0.5
        weight = torch.randn(out, into, side, side, generator=generator) * spread
        made[f"features.{index}.weight"] = weight
        made[f"features.{index}.bias"] = torch.randn(out, generator=generator) * 0.1
    return made


@pytest.fixture(scope="module")
def file(state, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "alexnet.pth"
    torch.save(state, path)
    return path


@pytest.fixture(scope="module")
def built(file) -> tuple[LpipsAlex, str]:
    """One whose network is built without network, and what it said meanwhile."""
    printed = io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(printed),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("error")
        for name in ("urlopen", "urlretrieve"):
            patch.setattr(urllib.request, name, lambda *_, **__: pytest.fail("a download"))
        made = LpipsAlex(file, digest_start="")
        made.distances(noise(1), noise(1))
    return made, printed.getvalue()


@pytest.fixture(scope="module")
def lpips(built) -> LpipsAlex:
    return built[0]


@pytest.fixture(scope="module")
def package(state) -> torch.nn.Module:
    """The package's own network, whose torchvision gives it the same weights."""
    from lpips import LPIPS, pretrained_networks
    from torchvision.models import alexnet

    def ours(*, pretrained: bool) -> types.SimpleNamespace:
        assert pretrained
        with torch.device("meta"):  # nothing to fill with random numbers
            features = alexnet(weights=None).features
        names = [k for k in state if k.startswith("features.")]
        features.load_state_dict({k.split(".", 1)[1]: state[k] for k in names}, assign=True)
        return types.SimpleNamespace(features=features)

    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setattr(pretrained_networks, "tv", types.SimpleNamespace(alexnet=ours))
        return LPIPS(net="alex", verbose=False)


@pytest.mark.parametrize("size", [(64, 64), (31, 47), (33, 31), (96, 65)])
def test_it_is_the_packages(lpips, package, size) -> None:
    truth = noise(CHUNK + 1, *size)
    prediction = np.clip(truth + RNG.normal(0, 30, truth.shape), 0, 255).astype(np.uint8)
    pair = (torch.from_numpy(x).permute(0, 3, 1, 2) / 255 for x in (truth, prediction))
    with torch.inference_mode():
        expected = package(*pair, normalize=True).flatten().numpy()
    found = lpips.distances(truth, prediction)
    assert (found.dtype, found.shape) == (np.float64, (CHUNK + 1,))
    assert np.ptp(expected) > 1e-3
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


def test_a_value_depends_on_its_pair_alone(lpips) -> None:
    truth, prediction = noise(CHUNK + 3), noise(CHUNK + 3)
    whole = lpips.distances(truth, prediction)
    assert len(np.unique(whole)) == len(whole)
    order = RNG.permutation(len(truth))
    np.testing.assert_array_equal(lpips.distances(truth[order], prediction[order]), whole[order])
    np.testing.assert_array_equal(lpips.distances(truth[2:3], prediction[2:3]), whole[2:3])
    np.testing.assert_array_equal(lpips.distances(prediction, truth), whole)


def test_equal_frames_have_distance_zero(lpips) -> None:
    truth = noise(3)
    prediction = truth.copy()
    prediction[1] = 255 - truth[1]
    found = lpips.distances(truth, prediction)
    assert found[[0, 2]].tolist() == [0, 0]
    assert found[1] > 0
    assert lpips.distances(truth[:0], truth[:0]).shape == (0,)
    brighter = truth.copy()
    brighter[0, 0, 0, 0] ^= 1
    assert 0 < lpips.distances(truth, brighter)[0] < found[1]


@pytest.mark.parametrize(
    ("truth", "prediction", "said"),
    [
        (noise(2), noise(3), r"truth is \(2, .*prediction is \(3, "),
        (noise(2) / 255, noise(2) / 255, "expected uint8 frames .*, got float64"),
        (noise(1)[0], noise(1)[0], r"got uint8 \(64, 64, 3\)"),
        (noise(2)[..., :1], noise(2)[..., :1], r"got uint8 \(2, 64, 64, 1\)"),
        (noise(1, 30, 64), noise(1, 30, 64), "64x30 pixels; .* at least 31x31"),
        (noise(1, 64, 8), noise(1, 64, 8), "8x64 pixels; .* at least 31x31"),
    ],
    ids=["lengths", "float", "one frame", "grey", "flat", "narrow"],
)
def test_other_input_is_refused(lpips, truth, prediction, said) -> None:
    with pytest.raises(ValueError, match=said):
        lpips.distances(truth, prediction)


def test_the_smallest_size_is_the_packages(package) -> None:
    def run(side: int) -> None:
        package(torch.zeros(1, 3, side, side), torch.zeros(1, 3, side, side))

    run(SMALLEST)
    with pytest.raises(RuntimeError, match="too small"):
        run(SMALLEST - 1)


def test_it_is_quiet(built) -> None:
    assert built[1] == ""


def test_it_describes_itself(file, lpips, state, tmp_path) -> None:
    assert (lpips.name, lpips.version, len(lpips.sha256)) == ("lpips-alex", "1", 64)
    assert "BSD" in lpips.licence
    on_gpu = LpipsAlex(file, digest_start="", device="cuda:0")
    assert (on_gpu.device, on_gpu.version) == ("cuda:0", "1-cuda")
    assert on_gpu.sha256 == lpips.sha256
    other = tmp_path / "alexnet.pth"
    torch.save(state | {"more": torch.zeros(1)}, other)
    assert LpipsAlex(other, digest_start="").sha256 != lpips.sha256


def test_without_alexnet_or_with_another_there_is_none(tmp_path, file, monkeypatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setenv("TCHD_WEIGHTS", str(tmp_path))
    monkeypatch.delenv("TCHD_WEIGHTS_ALEXNET", raising=False)
    with pytest.raises(ExtractorUnavailable, match=r"alexnet-owt-7be5be79.pth \(sha256 7be5be79"):
        LpipsAlex()
    with pytest.raises(UsageError, match=r"has sha256 .*, expected 7be5be79\.\.\."):
        LpipsAlex(file)


def test_changed_linear_layers_are_refused(file, monkeypatch) -> None:
    monkeypatch.setattr(lpips_alex, "LINEAR_SHA256", "0" * 64)
    with pytest.raises(ExtractorUnavailable, match=r"linear layers .* install lpips==0\.1\.4 anew"):
        LpipsAlex(file, digest_start="")
    monkeypatch.setattr(lpips_alex, "find_spec", lambda _: None)
    with pytest.raises(ExtractorUnavailable, match="pip install lpips"):
        LpipsAlex(file, digest_start="")


def test_the_metric_knows_how_small_frames_may_be():
    from metrics import METRICS
    from metrics.extractors.lpips_alex import SMALLEST

    assert METRICS["lpips"].smallest == SMALLEST
