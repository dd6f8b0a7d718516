"""How a model is trained: the sections ``train_params`` and ``dataset_params``.

The nesting is that of the original's files; the model itself is not concerned.
"""

from __future__ import annotations

from dataclasses import dataclass

from fomm.settings.ranges import AboveZero, Count, FeatureName, FromZero, Positive, Scale, Turn


@dataclass(frozen=True)
class LossWeights:
    """Weights of the losses, by default those of the paper's training without a GAN.

    Attributes:
        perceptual: Per tap of the feature network; all zero or empty: no feature network is used.
        generator_gan: Least-squares GAN; at 0 there is no feature matching either, and the
            discriminator is not trained.
        discriminator_gan: The discriminator's own loss.
        feature_matching: Per block of the discriminator; all zero or empty: not computed.
        equivariance_value: Of keypoint positions.
        equivariance_jacobian: Of jacobians; must be 0 for a detector without them.
        l1: Mean absolute difference of pixels. Not in the paper; for small budgets.
    """

    perceptual: tuple[FromZero, ...] = (10.0,) * 5
    generator_gan: FromZero = 0.0
    discriminator_gan: FromZero = 1.0
    feature_matching: tuple[FromZero, ...] = (10.0,) * 4
    equivariance_value: FromZero = 10.0
    equivariance_jacobian: FromZero = 10.0
    l1: FromZero = 0.0


@dataclass(frozen=True)
class TransformConfig:
    """The random transform of the equivariance losses: see `fomm.transform.Transform.random`."""

    sigma_affine: FromZero = 0.05
    sigma_tps: FromZero = 0.005
    points_tps: Positive = 5


@dataclass(frozen=True)
class TrainConfig:
    """Schedule, rates and losses.

    ``num_epochs`` and ``batch_size`` are both given or both left out; left out, the configuration
    prescribes no schedule and whoever trains must bring one.

    Attributes:
        num_epochs: Epochs, those before ``start_epoch`` included.
        num_repeats: How often an epoch goes through the training data.
        start_epoch: The first epoch; above 0 for a run that continues a trained model.
        epoch_milestones: The rates fall to a tenth after each of these epochs (0-based) has run.
        batch_size: Pairs per step.
        lr_generator: Adam's rate for the generator, dense motion included.
        lr_discriminator: Adam's rate for the discriminator.
        lr_kp_detector: Adam's rate for the detector; at 0 its parameters are fixed, but the
            running statistics of its batch norms still move.
        scales: Of the perceptual pyramid, and those that a discriminator may use.
        transform_params: Of the equivariance losses.
        features: Network of the perceptual loss, see `fomm.features`; the paper's is vgg19.
        features_weights: File of its weights, where they do not come with a package.
        loss_weights: Of the losses; the features have as many taps as perceptual weights.
    """

    num_epochs: Positive | None = None
    num_repeats: Positive = 1
    start_epoch: Count = 0
    epoch_milestones: tuple[Count, ...] = ()
    batch_size: Positive | None = None
    lr_generator: AboveZero = 2e-4
    lr_discriminator: AboveZero = 2e-4
    lr_kp_detector: FromZero = 2e-4
    scales: tuple[Scale, ...] = (1.0, 0.5, 0.25, 0.125)
    transform_params: TransformConfig = TransformConfig()
    features: FeatureName = "efficientnet-lite0"
    features_weights: str | None = None
    loss_weights: LossWeights = LossWeights()


@dataclass(frozen=True)
class FlipConfig:
    """Swap the two frames with probability 1/2, or else mirror both with probability 1/2."""

    time_flip: bool = False
    horizontal_flip: bool = False


@dataclass(frozen=True)
class JitterConfig:
    """Half widths of the factors' ranges around 1, and of the hue's turn around 0."""

    brightness: FromZero = 0.0
    contrast: FromZero = 0.0
    saturation: FromZero = 0.0
    hue: Turn = 0.0


@dataclass(frozen=True)
class ResizeConfig:
    """Resize both frames by a factor drawn from ``ratio``, [lowest, highest]."""

    ratio: tuple[AboveZero, AboveZero]


@dataclass(frozen=True)
class CropConfig:
    """Cut a window of ``size``, [height, width], out of both frames, their edges repeated."""

    size: tuple[Positive, Positive]


@dataclass(frozen=True)
class AugmentationConfig:
    """What happens to a training pair, to both frames alike; a section left out is not done."""

    flip_param: FlipConfig | None = None
    jitter_param: JitterConfig | None = None
    resize_param: ResizeConfig | None = None
    crop_param: CropConfig | None = None


@dataclass(frozen=True)
class DatasetConfig:
    """How training pairs are drawn.

    Attributes:
        id_sampling: Whether an epoch goes through identities (a clip of each), not through clips.
        augmentation_params: See `AugmentationConfig`.
    """

    id_sampling: bool = False
    augmentation_params: AugmentationConfig = AugmentationConfig()
