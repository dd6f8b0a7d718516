"""Monkey-Net: detector, generator and, for training, discriminator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import nn

from baselines.monkey_net.config import MonkeyNetConfig
from baselines.monkey_net.discriminator import Discriminator
from baselines.monkey_net.generator import Generator
from baselines.monkey_net.keypoints import KeypointDetector


class MonkeyNet(nn.Module):
    """Monkey-Net (Siarohin et al., "Animating Arbitrary Objects via Deep Motion Transfer", 2019).

    ``kp_detector``, ``generator`` and ``discriminator`` are modules of their own; each one's
    `state_dict` has the keys, shapes and order of the released checkpoints.

    Args:
        config: Sizes and options.
        align_corners: Convention of all warps. True is what the released weights were trained
            with; False is what the original code computes under torch >= 1.3.

    Example:
        >>> import torch
        >>> from pathlib import Path
        >>> import yaml
        >>> text = Path("baselines/monkey_net/configs/mini.yaml").read_text()
        >>> model = MonkeyNet.from_config(yaml.safe_load(text)).eval()
        >>> video = torch.rand(1, 3, 2, 64, 64)
        >>> kp = model.kp_detector(video)
        >>> first = {name: value[:, :1] for name, value in kp.items()}
        >>> out = model.generator(video[:, :, :1], kp_source=first, kp_driving=kp)
        >>> tuple(out["prediction"].shape)
        (1, 3, 2, 64, 64)
    """

    def __init__(self, config: MonkeyNetConfig, *, align_corners: bool = True) -> None:
        super().__init__()
        self.config = config
        self.align_corners = align_corners
        common = config.common_params
        self.kp_detector = KeypointDetector(config.kp_detector_params, common)
        self.generator = Generator(config.generator_params, common, align_corners=align_corners)
        self.discriminator = Discriminator(
            config.discriminator_params, common, align_corners=align_corners
        )

    @classmethod
    def from_config(
        cls, config: MonkeyNetConfig | Mapping[str, Any], *, align_corners: bool = True
    ) -> MonkeyNet:
        """Build a model from a configuration or a mapping with its nesting.

        Raises:
            UsageError: The mapping has unknown or missing keys, or values that cannot be.
        """
        if not isinstance(config, MonkeyNetConfig):
            config = MonkeyNetConfig.from_mapping(config)
        return cls(config, align_corners=align_corners)
