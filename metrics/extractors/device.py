"""On which device a network runs, so that its rows can be compared with those of another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

CUDA_CHUNK = 64  # frames per batch on a GPU; on the CPU each network has its own number


def version_on(version: str, device: str) -> str:
    """Return ``version``, marked with the kind of ``device``, whose last digits differ.

    Example:
        >>> version_on("1", "cpu"), version_on("1", "cuda:1")
        ('1', '1-cuda')
    """
    kind = device.partition(":")[0]
    return version if kind == "cpu" else f"{version}-{kind}"


def chunk_on(chunk: int, device: str) -> int:
    """Return the fixed batch size: ``chunk`` on the CPU, `CUDA_CHUNK` elsewhere.

    Example:
        >>> chunk_on(8, "cpu"), chunk_on(8, "cuda")
        (8, 64)
    """
    return chunk if device.partition(":")[0] == "cpu" else CUDA_CHUNK


@contextmanager
def inference(device: str) -> Iterator[None]:
    """Run networks without gradients; on a GPU in full float32 and by deterministic algorithms.

    TF32, which convolutions use by default, keeps 10 bits of each factor. The flags hold for the
    process and are not put back, since another thread may be in the middle of its own networks.
    """
    import torch

    with torch.inference_mode():
        if device.partition(":")[0] != "cpu":
            torch.set_float32_matmul_precision("highest")
            cudnn = torch.backends.cudnn
            cudnn.benchmark, cudnn.deterministic, cudnn.allow_tf32 = False, True, False
        yield
