"""What a report of speeds says of its machine: no name of a host or a person, but torch and GPU."""

from __future__ import annotations

from typing import Any

import pytest
import torch


@pytest.hookimpl
def pytest_benchmark_update_machine_info(machine_info: dict[str, Any]) -> None:
    machine_info.pop("node", None)
    machine_info["torch"] = torch.__version__
    machine_info["gpu"] = torch.cuda.get_device_name() if torch.cuda.is_available() else None
