"""Monkey-Net (Siarohin et al., CVPR 2019): ``from baselines.monkey_net import MonkeyNet``."""

from baselines.monkey_net.config import MonkeyNetConfig
from baselines.monkey_net.model import MonkeyNet

__all__ = ["MonkeyNet", "MonkeyNetConfig"]
