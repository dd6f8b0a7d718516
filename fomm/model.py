"""The First Order Motion Model: detector, generator and, for training, discriminator."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import torch
from torch import nn

from fomm.config import FOMMConfig
from fomm.discriminator import MultiScaleDiscriminator
from fomm.generator import Generator
from fomm.keypoints import KeypointDetector


class FOMM(nn.Module):
    """First Order Motion Model (Siarohin et al., NeurIPS 2019).

    ``kp_detector``, ``generator`` and ``discriminator`` (None if not configured) are modules of
    their own; each one's `state_dict` has the keys, shapes and order of the released checkpoints.

    Args:
        config: Sizes and options.
        align_corners: Convention of all warps. True is what the released weights were trained
            with; False is what the original code computes under torch >= 1.3. Belongs to a
            checkpoint: store it with the weights.

    Example:
        >>> import torch
        >>> model = FOMM.from_config(FOMMConfig.load("mini")).eval()
        >>> frames = torch.rand(2, 3, 64, 64)
        >>> kp = model.kp_detector(frames)
        >>> out = model.generator(frames, kp_source=kp, kp_driving=kp)
        >>> tuple(out["prediction"].shape)
        (2, 3, 64, 64)
    """

    def __init__(self, config: FOMMConfig, *, align_corners: bool = True) -> None:
        super().__init__()
        self.config = config
        self.align_corners = align_corners
        common = config.common_params
        self.kp_detector = KeypointDetector(config.kp_detector_params, common)
        self.generator = Generator(config.generator_params, common, align_corners=align_corners)
        self.discriminator: MultiScaleDiscriminator | None = None
        if config.discriminator_params is not None:
            self.discriminator = MultiScaleDiscriminator(config.discriminator_params, common)

    @classmethod
    def from_config(
        cls, config: FOMMConfig | Mapping[str, Any], *, align_corners: bool = True
    ) -> FOMM:
        """Build a model from a configuration or a mapping with its nesting.

        Raises:
            ConfigError: The mapping has unknown or missing keys, or values of the wrong type.
        """
        if not isinstance(config, FOMMConfig):
            config = FOMMConfig.from_mapping(config)
        return cls(config, align_corners=align_corners)

    @classmethod
    def load(
        cls,
        path: str | PathLike[str],
        *,
        config: FOMMConfig | Mapping[str, Any] | str | Path | None = None,
        align_corners: bool | None = None,
        device: str | torch.device = "cpu",
    ) -> FOMM:
        """Return the trained model of a checkpoint, in eval mode, ready to animate.

        Args:
            path: A released file (``.pth.tar``), ours or the benchmark's (``.safetensors``);
                what it is is told by its content, and nothing in it is executed.
            config: A configuration, a mapping, or a name or path for `FOMMConfig.load`. By
                default that of the file; released files hold none, so it is inferred from the
                shapes (`fomm.infer`).
            align_corners: By default what the file says, else True, which released weights need.
            device: Where the model goes.

        Returns:
            A model that has a discriminator only if the file has a fitting one.

        Raises:
            CheckpointError: There is no such file, it is damaged, holds code, belongs to another
                method, or does not fit the configuration.
            ConfigError: ``config`` is none.
        """
        from fomm.checkpoint import load_model  # which imports this module

        return load_model(path, config=config, align_corners=align_corners, device=device)
