"""Between pictures of 8 bits and the images of networks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from fomm.media.picture import Picture


def images_of(
    pictures: Sequence[Picture], *, size: int, device: torch.device | str = "cpu"
) -> Tensor:
    """Return B pictures, uint8 ``(S, S, 3)`` each, as float32 (B, 3, S, S) in [0, 1].

    The memory has channels last.

    Raises:
        ValueError: A picture is no square of side ``size``.
    """
    for picture in pictures:
        if picture.shape != (size, size, 3):
            raise ValueError(
                f"expected pictures of {(size, size, 3)}, got {picture.shape}; see fomm.media.fit"
            )
    stack = torch.from_numpy(np.stack(pictures)).to(device)
    return stack.permute(0, 3, 1, 2).float().div_(255)


def pictures_of(images: Tensor) -> Picture:
    """Return images (B, 3, H, W) as uint8 ``(B, H, W, 3)``, clipped to [0, 1] and rounded."""
    whole = images.clamp(0, 1).mul(255).round().byte().permute(0, 2, 3, 1)
    return np.asarray(whole.contiguous().cpu().numpy(), np.uint8)
