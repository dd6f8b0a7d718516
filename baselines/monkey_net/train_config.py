"""How Monkey-Net is trained, and how motion is transferred: the sections beside the networks'."""

from __future__ import annotations

from dataclasses import dataclass

from baselines.monkey_net.checked import AboveZero, Checked, Count, FromZero, Positive
from datasets.registry import UsageError


@dataclass(frozen=True)
class LossWeights(Checked):
    """Weights of the losses; one of weight 0 is not computed.

    Attributes:
        reconstruction: Mean absolute difference of pixels, then of the output of every block of
            the discriminator.
        reconstruction_deformed: Mean absolute difference of pixels of the warped source.
        generator_gan: Least-squares GAN.
        discriminator_gan: The discriminator's own loss.
    """

    reconstruction: tuple[FromZero, ...] = (10.0, 10.0, 10.0, 10.0, 1.0)
    reconstruction_deformed: FromZero = 0.0
    generator_gan: FromZero = 1.0
    discriminator_gan: FromZero = 1.0

    @property
    def need_discriminator(self) -> bool:
        """Whether a loss of the generator listens to the discriminator."""
        return self.generator_gan > 0 or any(self.reconstruction[1:])


@dataclass(frozen=True)
class TransferConfig:
    """Relative motion: see `baselines.monkey_net.transfer.transfer_keypoints`."""

    movement_mult: bool = False
    clip_mean: bool = False
    adapt_variance: bool = False


@dataclass(frozen=True)
class TrainConfig(Checked):
    """Rates and the published schedule.

    Attributes:
        lr: Adam's rate for all three networks.
        num_epochs: Passes through the training clips, one pair of frames of each.
        epoch_milestones: The first epochs (0-based) at a tenth of the rate before.
        batch_size: Pairs per step.
    """

    lr: AboveZero = 2e-4
    num_epochs: Positive | None = None
    epoch_milestones: tuple[Count, ...] = ()
    batch_size: Positive | None = None


@dataclass(frozen=True)
class AugmentationConfig(Checked):
    """Published augmentation of the training pairs; colours and flips as `baselines.augment`.

    Attributes:
        time_flip: Swap the frames with probability 1/2.
        horizontal_flip: Mirror both with probability 1/2 where they are not swapped.
        hue: Turn of the colours drawn from [-hue, hue].
        resize: The size's factor is drawn from [lowest, highest].
        rotation: Angle in degrees drawn from [-rotation, rotation].
    """

    time_flip: bool = False
    horizontal_flip: bool = False
    hue: FromZero = 0.0
    resize: tuple[AboveZero, ...] = (1.0, 1.0)
    rotation: FromZero = 0.0

    def __post_init__(self) -> None:
        """Raise `UsageError` for numbers out of range."""
        super().__post_init__()
        if len(self.resize) != 2:
            raise UsageError(f"augmentation_params.resize must be two factors, got {self.resize}")
