"""Convert checkpoints: ``python -m fomm.convert IN OUT``; without OUT only say what IN holds.

OUT's ending says the format: .safetensors is ours (with configuration and align_corners inside),
.pth.tar the original's (with neither). Optimizers' states and the epoch go along. Weights are
written as float32: float64 is rounded, with a warning if that changes a value.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from fomm.checkpoint import Checkpoint, as_config, check_name, checkpoint_of, write_checkpoint
from fomm.config import ConfigError, FOMMConfig
from fomm.formats.contents import CheckpointError, Contents
from fomm.formats.file import naming, read_contents
from fomm.formats.layout import blank_model, leaves, networks_of
from fomm.infer import NOT_IN_SHAPES, infer_config
from fomm.settings.mapping import plain

_FROM_SHAPES = "from the shapes"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return 0, or 2 for wrong usage or a bad file."""
    args = _parser().parse_args(argv)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        try:
            lines = list(_converted(args))
        except (CheckpointError, ConfigError) as error:
            lines = []
            print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
    for warning in caught:
        print(f"warning: {warning.message}", file=sys.stderr)
    for line in lines:
        print(line)
    return 0 if lines else 2


def _converted(args: argparse.Namespace) -> Iterator[str]:
    """Do what is asked and yield what is to be said."""
    if args.out is not None:
        with naming(args.out):
            check_name(args.out)
    config = None if args.config is None else as_config(args.config)
    aligned = None if args.align_corners is None else args.align_corners == "true"
    contents = read_contents(args.file)
    checkpoint = checkpoint_of(contents, args.file, config=config, align_corners=aligned)
    source = _source(contents, given=config is not None)
    yield f"{args.file}: {contents.form}, {args.file.stat().st_size:,} bytes"
    yield from _networks(checkpoint)
    yield from _sizes(checkpoint.config, source)
    yield _convention(checkpoint, contents, given=aligned is not None)
    if args.out is not None:
        if args.weights_only:
            checkpoint = replace(checkpoint, optimizers={}, epoch=None)
        write_checkpoint(args.out, checkpoint)
        if not args.out.name.endswith(".safetensors"):
            yield from _not_written(checkpoint)
        yield f"wrote {args.out}, {args.out.stat().st_size:,} bytes"


def _not_written(checkpoint: Checkpoint) -> Iterator[str]:
    """Say what the original's layout has no place for and nobody will guess."""
    guessed = dict(leaves(infer_config(checkpoint.networks).to_mapping()))
    lost = [] if checkpoint.align_corners else ["align_corners false"]
    lost += [
        f"{'.'.join(name)} {value}"
        for name, value in leaves(checkpoint.config.to_mapping())
        if name[-1] in NOT_IN_SHAPES and guessed.get(name, value) != value
    ]
    if checkpoint.config.train_params is not None:
        lost.append("train_params")
    if lost:
        yield f"note: the original's layout has no place for: {', '.join(lost)}"


def _source(contents: Contents, *, given: bool) -> str:
    if given:
        return "as --config says"
    return _FROM_SHAPES if contents.config is None else "as the file says"


def _networks(checkpoint: Checkpoint) -> Iterator[str]:
    modules = networks_of(blank_model(checkpoint.config))
    for name, state in checkpoint.networks.items():
        number = sum(parameter.numel() for parameter in modules[name].parameters())
        optimizer = checkpoint.optimizers.get(name)
        moments = "no optimizer"
        if optimizer is not None:
            moments = f"optimizer with the state of {len(optimizer['state'])} parameters"
        yield f"  {name}: {number:,} parameters in {len(state)} tensors, {moments}"
    epoch = checkpoint.epoch
    yield f"  epoch: {'not in the file' if epoch is None else f'{epoch} (the last finished)'}"


def _sizes(config: FOMMConfig, source: str) -> Iterator[str]:
    common, detector = config.common_params, config.kp_detector_params
    jacobian = "no jacobians"
    if common.estimate_jacobian:
        jacobian = "one jacobian map" if detector.single_jacobian_map else "jacobians"
    yield (
        f"  K = {common.num_kp} keypoints with {jacobian}, pictures of {config.size}x{config.size} "
        f"with {common.num_channels} channels ({source})"
    )
    yield f"  kp_detector_params: {_words(detector)}"
    yield f"  generator_params: {_words(config.generator_params)}"
    if config.generator_params.dense_motion_params is not None:
        yield f"  dense_motion_params: {_words(config.generator_params.dense_motion_params)}"
    if config.discriminator_params is not None:
        yield f"  discriminator_params: {_words(config.discriminator_params)}"
    if source == _FROM_SHAPES:
        yield f"  published values, since no shape tells them: {', '.join(NOT_IN_SHAPES)}"


def _words(params: object) -> str:
    """Return the values of one section; a section within it has a line of its own."""
    return ", ".join(
        f"{name} {value}"
        for name, value in plain(params).items()
        if not isinstance(value, dict | None)
    )


def _convention(checkpoint: Checkpoint, contents: Contents, *, given: bool) -> str:
    source = "what released weights need; the file does not say"
    if given:
        source = "as --align-corners says"
    elif contents.align_corners is not None:
        source = "as the file says"
    return f"  align_corners: {str(checkpoint.align_corners).lower()} ({source})"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m fomm.convert",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="IN", type=Path, help="checkpoint; told by its content")
    parser.add_argument(
        "out",
        metavar="OUT",
        type=Path,
        nargs="?",
        help="file to write: .safetensors or .pth.tar (default: none, only say what IN holds)",
    )
    parser.add_argument(
        "--config",
        metavar="NAME",
        help="name or .yaml of a configuration (default: the file's, else what the shapes tell)",
    )
    parser.add_argument(
        "--align-corners",
        choices=("true", "false"),
        help="convention of the warps (default: the file's, else true)",
    )
    parser.add_argument(
        "--weights-only",
        action="store_true",
        help="leave out the optimizers' states and the epoch (default: they go along)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
