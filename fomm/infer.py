"""The configuration of a model from the shapes of its weights: released files hold none.

Shapes tell everything that decides which tensors there are. They do not tell the temperature of the
detector's softmax, the variance of the keypoints' Gaussians, the padding of the detector's heads
and the size of the images; those take the published values (0.1, 0.01, 0, 256), which are the same
in all published configurations. Where a cap on the number of features is never reached, any larger
one gives the same network, and the widest layer's number stands for it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from torch import Tensor

from fomm.config import (
    CommonConfig,
    DenseMotionConfig,
    DetectorConfig,
    DiscriminatorConfig,
    FOMMConfig,
    GeneratorConfig,
)
from fomm.formats.contents import CheckpointError, short

NOT_IN_SHAPES = ("temperature", "kp_variance", "pad", "size")
"""Names of what `infer_config` takes from the published configurations."""


def infer_config(networks: Mapping[str, Mapping[str, Tensor]], *, size: int = 256) -> FOMMConfig:
    """Return the configuration that networks of these weights have.

    Args:
        networks: State dicts of "generator" and "kp_detector", and of "discriminator" if there
            is one.
        size: Side in pixels of the images, which shapes do not tell; rounded up to a multiple of
            what the down-sampling needs (128 for the published models).

    Raises:
        CheckpointError: A tensor that tells a size is missing or has an impossible shape.
    """
    detector = _Shapes("kp_detector", networks["kp_detector"])
    generator = _Shapes("generator", networks["generator"])
    common = _common(detector, generator)
    discriminator = None
    if "discriminator" in networks:
        discriminator = infer_discriminator(networks["discriminator"], common)
    parts = _detector(detector, common), _generator(generator)
    unit = _least_size(*parts)
    return FOMMConfig(common, *parts, discriminator, size=-(-size // unit) * unit)


def infer_discriminator(state: Mapping[str, Tensor], common: CommonConfig) -> DiscriminatorConfig:
    """Return the configuration of a discriminator; its scales in the order of its keys.

    Raises:
        CheckpointError: As `infer_config`.
    """
    shapes = _Shapes("discriminator", state)
    names = list(dict.fromkeys(key.split(".")[1] for key in state if key.startswith("discs.")))
    if not names:
        raise CheckpointError("discriminator: no tensors of a scale, 'discs.<scale>....'")
    first = f"discs.{names[0]}.down_blocks"
    sn = f"{first}.0.conv.weight_orig" in state
    weight = "weight_orig" if sn else "weight"
    channels = shapes.of(f"{first}.0.conv.{weight}")[1]
    with_kp = common.num_channels + common.num_kp
    if channels not in (common.num_channels, with_kp):
        raise CheckpointError(
            f"discriminator: its input has {channels} channels, not {common.num_channels} (images) "
            f"or {with_kp} (images and keypoints)"
        )
    blocks = range(shapes.count(f"{first}.{{}}.conv.{weight}"))
    widths = [shapes.of(f"{first}.{i}.conv.{weight}")[0] for i in blocks]
    return DiscriminatorConfig(
        scales=tuple(_scale_of(name) for name in names),
        block_expansion=(widths[0] + 1) // 2,  # the first block doubles it, up to the cap
        max_features=max(widths),
        num_blocks=len(widths),
        sn=sn,
        use_kp=channels == with_kp,
    )


class _Shapes:
    """The shapes of one network's tensors, with errors that name it."""

    def __init__(self, network: str, state: Mapping[str, Tensor]) -> None:
        self.network = network
        self.state = state

    def of(self, key: str) -> tuple[int, int, int, int]:
        """Return the shape of a convolution's weight: out, in, height, width."""
        if key not in self.state:
            raise CheckpointError(
                f"{self.network}: it has no tensor {key!r}, so its sizes cannot be told; "
                "it is not one of FOMM or incomplete"
            )
        shape = tuple(self.state[key].shape)
        if len(shape) != 4 or 0 in shape:
            raise CheckpointError(
                f"{self.network}: {short(key)} has shape {shape}, expected four dimensions"
            )
        return shape

    def count(self, pattern: str) -> int:
        """Return how many keys there are of a pattern with one {}, counted from 0."""
        number = 0
        while pattern.format(number) in self.state:
            number += 1
        return number

    def has(self, key: str) -> bool:
        return key in self.state

    def scale(self, key: str) -> float:
        """Return 1 / n of an anti-alias kernel with 4 n - 3 taps (`fomm.sampling.AntiAlias`)."""
        if not self.has(key):
            return 1.0
        taps = self.of(key)[-1]
        if taps % 4 != 1:
            raise CheckpointError(
                f"{self.network}: {key!r} has {taps} taps, which no scale has (1/2: 5, 1/4: 13)"
            )
        return 4 / (taps + 3)

    def hourglass(self, prefix: str) -> tuple[int, int, int]:
        """Return block_expansion, max_features, num_blocks of a `fomm.hourglass.Hourglass`."""
        down = f"{prefix}.encoder.down_blocks.{{}}.conv.weight"
        number = self.count(down)
        if not number:
            self.of(down.format(0))
        last = self.of(f"{prefix}.decoder.up_blocks.{number - 1}.conv.weight")[0]
        return last, max(last, *(self.of(down.format(i))[0] for i in range(number))), number


def _common(detector: _Shapes, generator: _Shapes) -> CommonConfig:
    return CommonConfig(
        num_kp=detector.of("kp.weight")[0],
        num_channels=generator.of("first.conv.weight")[1],
        estimate_jacobian=detector.has("jacobian.weight"),
    )


def _detector(shapes: _Shapes, common: CommonConfig) -> DetectorConfig:
    width, most, number = shapes.hourglass("predictor")
    maps = shapes.of("jacobian.weight")[0] if common.estimate_jacobian else 0
    return DetectorConfig(
        block_expansion=width,
        max_features=most,
        num_blocks=number,
        scale_factor=shapes.scale("down.weight"),
        single_jacobian_map=maps == 4 and common.num_kp > 1,
    )


def _generator(shapes: _Shapes) -> GeneratorConfig:
    first = shapes.of("first.conv.weight")[0]
    down = "down_blocks.{}.conv.weight"
    widths = [first, *(shapes.of(down.format(i))[0] for i in range(shapes.count(down)))]
    motion = None
    if any(key.startswith("dense_motion_network.") for key in shapes.state):
        width, most, number = shapes.hourglass("dense_motion_network.hourglass")
        scale = shapes.scale("dense_motion_network.down.weight")
        motion = DenseMotionConfig(width, most, number, scale_factor=scale)
    return GeneratorConfig(
        block_expansion=first,
        max_features=max(widths),
        num_down_blocks=len(widths) - 1,
        num_bottleneck_blocks=shapes.count("bottleneck.r{}.conv1.weight"),
        estimate_occlusion_map=shapes.has("dense_motion_network.occlusion.weight"),
        dense_motion_params=motion,
    )


def _least_size(detector: DetectorConfig, generator: GeneratorConfig) -> int:
    """Return what the side of the images must be a multiple of."""
    motion = generator.dense_motion_params
    unit = math.lcm(
        1 << generator.num_down_blocks, round(1 / detector.scale_factor) << detector.num_blocks
    )
    if motion is None:
        return unit
    return math.lcm(unit, round(1 / motion.scale_factor) << motion.num_blocks)


def _scale_of(name: str) -> float:
    """Return the scale 1 / n that a key names: '1', '0-5', '0-125'."""
    try:
        return 1 / round(1 / float(name.replace("-", ".")))
    except (ValueError, ArithmeticError) as error:
        raise CheckpointError(
            f"discriminator: {short(name)} in 'discs.{short(name)[1:-1]}' is no scale"
        ) from error
