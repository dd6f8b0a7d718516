"""Train, measure and store the mini extractors of one data set.

``python -m metrics.extractors.train_mini --dataset taichi-hd`` draws its own identities, trains the
keypoint network and then the identity network on one thread, measures both on identities that were
held out, and writes ``<out>/<dataset>.safetensors``, its table in ``<out>/weights.toml`` and, where
that has the markers, the accuracies in ``<out>/../README.md``. On one machine the same seed and
steps give the same bytes.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from safetensors.torch import save as serialised
from torch import nn

from datasets.files import replacing
from datasets.registry import DATASETS, UsageError, choose, get
from datasets.worlds import world_of
from datasets.worlds.world import World
from metrics.extractors.mini import WEIGHTS, listed, load
from metrics.extractors.mini_accuracy import against_blur, best_threshold, pictures
from metrics.extractors.mini_card import markdown, refresh, write_table
from metrics.extractors.mini_data import CALIBRATE, HELD_OUT, TRAIN, Pool, draw_pool
from metrics.extractors.mini_detect import Detector, Networks, scored
from metrics.extractors.mini_nets import KeypointNet, fold
from metrics.extractors.mini_training import Report, train_identity, train_keypoints

N = TypeVar("N", bound=nn.Module)

MARGINS = {"body": 0.12, "face": 0.35}
"""Around the keypoints in the identity's crop: hair lies outside the keypoints of a face."""


@dataclass(frozen=True)
class Recipe:
    """How the extractors of a data set are made.

    Attributes:
        seed: Of the pictures and of the training.
        keypoint_steps: Batches of 32 pictures.
        identity_steps: Batches of two pictures of 48 identities.
        identities: Drawn for training; each performs two motions.
        frames: Pictures per identity and motion.
        backgrounds: Drawn for training.
        held_out: Identities to calibrate on, and as many others to measure on.
    """

    seed: int = 0
    keypoint_steps: int = 3000
    identity_steps: int = 500
    identities: int = 500
    frames: int = 6
    backgrounds: int = 150
    held_out: int = 60


def train(world: World, recipe: Recipe, *, report: Report) -> Networks:
    """Return trained, folded networks; sets torch's global seed and number of threads.

    Args:
        world: What the pictures show.
        recipe: All that determines the result.
        report: Called with the name of the network, the step and its loss.
    """
    torch.set_num_threads(1)
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng([recipe.seed, 1])
    pool = draw_pool(
        world,
        TRAIN,
        identities=recipe.identities,
        frames=recipe.frames,
        backgrounds=recipe.backgrounds,
        seed=recipe.seed,
    )
    finder = train_keypoints(pool, steps=recipe.keypoint_steps, rng=rng, report=report)
    detector = _calibrated(_stored(finder), world, recipe)
    people = train_identity(pool, detector, steps=recipe.identity_steps, rng=rng, report=report)
    return Networks(detector, _stored(people))


def _stored(net: N) -> N:
    """Fold ``net`` and round its weights to half precision, as they will be read back."""
    fold(net)
    net.requires_grad_(requires_grad=False).half().float()
    return net


def _calibrated(net: KeypointNet, world: World, recipe: Recipe) -> Detector:
    """Choose the visibility threshold on identities of its own, half of the pictures blurred."""
    pool = held_out_pool(world, recipe, CALIBRATE)
    scores = [
        scored(net, pictures(pool, np.random.default_rng(recipe.seed), sigma=sigma))[..., 2]
        for sigma in (0.0, 1.0)
    ]
    threshold = best_threshold(np.concatenate(scores), np.concatenate([pool.visible] * 2))
    names = tuple(world.keypoint_names)
    margin = MARGINS[get(world.dataset).subject]
    return Detector(net, names, threshold, fewest=round(0.3 * len(names)), margin=margin)


def held_out_pool(world: World, recipe: Recipe, role: int = HELD_OUT) -> Pool:
    """Return pictures of identities, motions and backgrounds that training does not see."""
    return draw_pool(
        world,
        role,
        identities=recipe.held_out,
        frames=8,
        backgrounds=recipe.held_out,
        seed=recipe.seed,
    )


def save(path: Path, networks: Networks) -> None:
    """Write both networks in half precision, and the detector's settings, to ``path``."""
    parts = {"keypoints": networks.detector.net, "identity": networks.identity}
    state = {
        f"{prefix}.{name}": weight.half().contiguous()
        for prefix, net in parts.items()
        for name, weight in net.state_dict().items()
    }
    config = {
        field.name: getattr(networks.detector, field.name)
        for field in fields(Detector)
        if field.name != "net"
    }
    stored = serialised(state, metadata={"config": json.dumps(config, sort_keys=True)})
    with replacing(path) as part:
        part.write_bytes(stored)


_OUT_HELP = "folder of the weights; a README.md beside the folder gets the table of accuracies"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m metrics.extractors.train_mini",
        description="Train, measure and store the mini extractors of one data set.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--dataset", required=True, help="a data set with keypoints")
    parser.add_argument("--out", type=Path, default=WEIGHTS, help=_OUT_HELP)
    for field in fields(Recipe):
        flag = f"--{field.name.replace('_', '-')}"
        parser.add_argument(flag, type=int, default=field.default, help="see Recipe")
    return parser


def _progress(started: float) -> Report:
    def report(network: str, step: int, loss: float) -> None:
        if step % 100 == 0:
            print(
                f"{time.monotonic() - started:6.0f} s  {network} {step:5}  loss {loss:.3f}",
                flush=True,
            )

    return report


def main(argv: Sequence[str] | None = None) -> int:
    """Train the extractors of one data set; return 0, or 2 for an unknown data set."""
    arguments = vars(_parser().parse_args(argv))
    dataset, out = arguments.pop("dataset"), arguments.pop("out")
    recipe = Recipe(**arguments)
    try:
        choose("dataset", dataset, [name for name, d in DATASETS.items() if d.has_keypoints])
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    world, path = world_of(dataset), out / f"{dataset}.safetensors"
    save(path, train(world, recipe, report=_progress(time.monotonic())))
    rows = against_blur(load(path), held_out_pool(world, recipe), seed=recipe.seed)
    write_table(out, dataset, command=_command(dataset, recipe), rows=rows)
    refresh(out.parent / "README.md", listed(out))
    print(markdown(listed(out)))
    print(f"wrote {path}")
    return 0


def _command(dataset: str, recipe: Recipe) -> str:
    """Return the command that makes these weights, without what is the default."""
    changed = {k: v for k, v in asdict(recipe).items() if v != getattr(Recipe(), k)}
    flags = "".join(f" --{k.replace('_', '-')} {v}" for k, v in changed.items())
    return f"python -m metrics.extractors.train_mini --dataset {dataset}{flags}"


if __name__ == "__main__":
    sys.exit(main())
