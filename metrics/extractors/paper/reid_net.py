"""The person re-identification network: ResNet-50 with a bottleneck and a classifier of 751 people.

Keys and shapes are those of `reid_model.pth` (Person_reID_baseline_pytorch at 2a5a656).
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

FEATURES = 2048
PEOPLE = 751  # training identities of Market-1501
_LAYERS = ((64, 3), (128, 4), (256, 6), (512, 3))  # width, blocks


class Bottleneck(nn.Module):
    """1x1, 3x3 (with the stride) and 1x1 convolutions beside a shortcut."""

    def __init__(self, inputs: int, width: int, *, stride: int) -> None:
        super().__init__()
        outputs = 4 * width
        self.conv1, self.bn1 = nn.Conv2d(inputs, width, 1, bias=False), nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3, self.bn3 = nn.Conv2d(width, outputs, 1, bias=False), nn.BatchNorm2d(outputs)
        self.downsample: nn.Module = nn.Identity()
        if inputs != outputs or stride != 1:
            projection = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
            self.downsample = nn.Sequential(projection, nn.BatchNorm2d(outputs))

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, 4 * width, H / stride, W / stride) of (B, inputs, H, W)."""
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        return F.relu(self.bn3(self.conv3(y)) + self.downsample(x))


class ResNet50(nn.Module):
    """ResNet-50 with global average pooling; ``fc`` is the bottleneck of 512."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64)
        inputs = 64
        for number, (width, blocks) in enumerate(_LAYERS, 1):
            layer = nn.Sequential()
            for block in range(blocks):
                stride = 2 if number > 1 and block == 0 else 1
                layer.append(Bottleneck(inputs, width, stride=stride))
                inputs = 4 * width
            self.add_module(f"layer{number}", layer)
        self.fc = nn.Sequential(
            nn.Linear(FEATURES, 512), nn.BatchNorm1d(512), nn.LeakyReLU(0.1), nn.Dropout(0.5)
        )

    def features(self, pictures: Tensor) -> Tensor:
        """Return (B, 2048), not normalised."""
        x = self.stem(pictures)
        for number in range(1, len(_LAYERS) + 1):
            x = self.get_submodule(f"layer{number}")(x)
        return x.mean((2, 3))  # (B, 2048, H/32, W/32) -> (B, 2048)

    def stem(self, pictures: Tensor) -> Tensor:
        """Return (B, 64, H/4, W/4), what the first layer reads."""
        return F.max_pool2d(F.relu(self.bn1(self.conv1(pictures))), 3, 2, 1)


class ReidNet(nn.Module):
    """The network as its file holds it; the script cuts ``fc`` and ``classifier`` off."""

    def __init__(self) -> None:
        super().__init__()
        self.model = ResNet50()
        self.classifier = nn.Sequential(nn.Linear(512, PEOPLE))

    def forward(self, pictures: Tensor) -> Tensor:
        """Return features (B, 2048): the truncated network.

        Args:
            pictures: float (B, 3, 288, 144), RGB, normalised.
        """
        return self.model.features(pictures)

    def logits(self, pictures: Tensor) -> Tensor:
        """Return (B, 751): the whole network, as it was trained."""
        people: Tensor = self.classifier(self.model.fc(self(pictures)))
        return people


def use_frame_statistics(network: nn.Module) -> None:
    """Make batch normalisation use the statistics of what it is given, and keep none.

    That is what training mode computes, without its side effect on the running statistics.
    """
    for part in network.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.track_running_stats = False
            part.running_mean = part.running_var = part.num_batches_tracked = None
